"""Reads cost the same statements, however many customers there are."""

from __future__ import annotations

import pytest

from billing_customers.models import BillingSite
from billing_customers.operations.contacts import add_contact
from billing_customers.operations.customers import create_customer
from tests.clients import ChargebeeClient, ChingClient
from tests.fixtures import NOW
from tests.performance.conftest import KEY, Sends


def _make_customers(site: BillingSite, count: int, *, contacts: int = 0) -> None:
    for number in range(count):
        create_customer(site=site, public_id=f"c{number}", attributes={"first_name": "John"}, at=NOW)
        for place in range(contacts):
            attributes = {"email": f"contact{place}@example.com"}
            add_contact(site=site, public_id=f"c{number}", attributes=attributes, at=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [1, 100])
def test_chings_list_is_one_query(site: BillingSite, ching: ChingClient, sends: Sends, count: int) -> None:
    _make_customers(site, count)
    with sends(KEY, "SELECT customer"):
        answer = ching.get("/customers")
    assert len(answer.json()["data"]) == count


@pytest.mark.parametrize("count", [1, 100])
def test_chargebees_list_is_two_queries(
    site: BillingSite, chargebee: ChargebeeClient, sends: Sends, count: int
) -> None:
    _make_customers(site, count, contacts=2)
    with sends(KEY, "SELECT customer", "SELECT contact"):
        answer = chargebee.get("/customers", {"limit": "100"})
    assert [len(item["customer"]["contacts"]) for item in answer.json()["list"]] == [2] * count


def test_chargebees_list_without_contacts_is_one_query(
    site: BillingSite, chargebee: ChargebeeClient, sends: Sends
) -> None:
    _make_customers(site, 3)
    with sends(KEY, "SELECT customer"):
        answer = chargebee.get("/customers")
    assert len(answer.json()["list"]) == 3


def test_chargebees_filtered_list_is_two_queries(site: BillingSite, chargebee: ChargebeeClient, sends: Sends) -> None:
    _make_customers(site, 3, contacts=1)
    with sends(KEY, "SELECT customer", "SELECT contact"):
        answer = chargebee.get("/customers", {"first_name[is]": "John", "id[starts_with]": "c", "limit": "2"})
    assert len(answer.json()["list"]) == 2


def test_the_next_page_is_two_queries(site: BillingSite, chargebee: ChargebeeClient, sends: Sends) -> None:
    _make_customers(site, 3, contacts=1)
    offset = chargebee.get("/customers", {"limit": "1"}).json()["next_offset"]
    with sends(KEY, "SELECT customer", "SELECT contact"):
        answer = chargebee.get("/customers", {"limit": "1", "offset": offset})
    assert answer.json()["list"][0]["customer"]["id"] == "c1"


def test_chings_customer_is_one_query(site: BillingSite, ching: ChingClient, sends: Sends) -> None:
    _make_customers(site, 1, contacts=2)
    with sends(KEY, "SELECT customer"):
        assert ching.get("/customers/c0").status_code == 200


def test_chargebees_customer_is_two_queries(site: BillingSite, chargebee: ChargebeeClient, sends: Sends) -> None:
    _make_customers(site, 1, contacts=2)
    with sends(KEY, "SELECT customer", "SELECT contact"):
        assert chargebee.get("/customers/c0").status_code == 200


def test_a_customer_without_contacts_is_one_query(site: BillingSite, chargebee: ChargebeeClient, sends: Sends) -> None:
    _make_customers(site, 1)
    with sends(KEY, "SELECT customer"):
        assert chargebee.get("/customers/c0").status_code == 200


def test_an_unknown_id_costs_chargebee_one_look_more(
    site: BillingSite, chargebee: ChargebeeClient, sends: Sends
) -> None:
    with sends(KEY, "SELECT customer", "SELECT customer"):
        assert chargebee.get("/customers/nobody").status_code == 404


def test_an_unknown_id_costs_ching_one_look_more(site: BillingSite, ching: ChingClient, sends: Sends) -> None:
    with sends(KEY, "SELECT customer", "SELECT customer"):
        assert ching.get("/customers/nobody").status_code == 404


def test_the_list_of_contacts_is_two_queries(site: BillingSite, chargebee: ChargebeeClient, sends: Sends) -> None:
    _make_customers(site, 1, contacts=10)
    with sends(KEY, "SELECT customer", "SELECT contact"):
        answer = chargebee.get("/customers/c0/contacts")
    assert len(answer.json()["list"]) == 10
