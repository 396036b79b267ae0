"""Chargebee "List contacts of a customer"."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite
from billing_customers.operations.contacts import add_contact
from billing_customers.operations.customers import create_customer, rename_customer
from tests.clients import ChargebeeClient
from tests.dialects.clock import START
from tests.dialects.expected import NO_SUCH_RESOURCE, wrong_value

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def customer(site: BillingSite) -> None:
    """The customer c1 with the contacts k0 to k4."""
    create_customer(site=site, public_id="c1", attributes={}, at=START)
    for number in range(5):
        add_contact(site=site, public_id="c1", attributes={"id": f"k{number}", "email": "k@x.co"}, at=START)


def ids(response: Any) -> list[str]:
    return [each["contact"]["id"] for each in response.json()["list"]]


def test_a_customer_without_contacts_has_an_empty_list(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1"})

    assert chargebee.get("/customers/c1/contacts").json() == {"list": []}


def test_each_entry_holds_a_whole_contact(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1"})
    chargebee.post(
        "/customers/c1/add_contact",
        {"contact[id]": "jane", "contact[email]": "jane@test.com", "contact[enabled]": "true", "contact[label]": "dev"},
    )

    response = chargebee.get("/customers/c1/contacts")

    assert response.status_code == 200
    assert response.json() == {
        "list": [
            {
                "contact": {
                    "email": "jane@test.com",
                    "enabled": True,
                    "id": "jane",
                    "label": "dev",
                    "object": "contact",
                    "send_account_email": False,
                    "send_billing_email": False,
                }
            }
        ]
    }


@pytest.mark.usefixtures("customer")
def test_pages_of_two_hold_each_contact_once_and_in_order(chargebee: ChargebeeClient) -> None:
    first = chargebee.get("/customers/c1/contacts", {"limit": "2"})
    second = chargebee.get("/customers/c1/contacts", {"limit": "2", "offset": first.json()["next_offset"]})
    third = chargebee.get("/customers/c1/contacts", {"limit": "2", "offset": second.json()["next_offset"]})

    assert [ids(page) for page in (first, second, third)] == [["k0", "k1"], ["k2", "k3"], ["k4"]]
    assert "next_offset" not in third.json()


@pytest.mark.usefixtures("customer")
def test_the_offset_of_another_customers_contacts_is_refused(chargebee: ChargebeeClient, site: BillingSite) -> None:
    create_customer(site=site, public_id="c2", attributes={}, at=START)
    offset = chargebee.get("/customers/c1/contacts", {"limit": "2"}).json()["next_offset"]

    response = chargebee.get("/customers/c2/contacts", {"offset": offset})

    assert response.status_code == 400
    assert response.json() == wrong_value("offset", "Must be the next_offset of the same list.")


@pytest.mark.usefixtures("customer")
@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1.5"])
def test_a_limit_out_of_range_is_refused(chargebee: ChargebeeClient, limit: str) -> None:
    response = chargebee.get("/customers/c1/contacts", {"limit": limit})

    assert response.status_code == 400
    assert response.json() == wrong_value("limit", "Must be an integer from 1 to 100.")


@pytest.mark.usefixtures("customer")
def test_a_former_id_answers_with_the_contacts_of_today(chargebee: ChargebeeClient, site: BillingSite) -> None:
    rename_customer(site=site, public_id="c1", new_public_id="new", at=START)

    assert len(ids(chargebee.get("/customers/c1/contacts"))) == 5


def test_an_unknown_customer_is_not_found(chargebee: ChargebeeClient, other_site: BillingSite) -> None:
    create_customer(site=other_site, public_id="theirs", attributes={}, at=START)

    responses = [chargebee.get(f"/customers/{each}/contacts") for each in ("theirs", "nobody")]

    assert [response.status_code for response in responses] == [404, 404]
    assert responses[0].content == responses[1].content
    assert responses[0].json() == NO_SUCH_RESOURCE
