"""Chargebee "Add contacts", "Update contacts" and "Delete contacts"."""

from __future__ import annotations

import re
from typing import Any

import pytest

from billing_customers.models import BillingSite, Contact
from billing_customers.operations.contacts import add_contact
from billing_customers.operations.customers import create_customer
from tests.clients import ChargebeeClient
from tests.dialects.clock import START
from tests.dialects.expected import NO_SUCH_RESOURCE, VERSION, chargebee_customer, chargebee_refusal, wrong_value

pytestmark = pytest.mark.usefixtures("clock")

JANE = {
    "contact[first_name]": "Jane",
    "contact[last_name]": "Doe",
    "contact[email]": "jane@test.com",
    "contact[phone]": "(541) 754-3010",
    "contact[label]": "dev",
    "contact[enabled]": "true",
    "contact[send_billing_email]": "true",
    "contact[send_account_email]": "true",
}
JANE_SHOWN = {
    "first_name": "Jane",
    "last_name": "Doe",
    "email": "jane@test.com",
    "phone": "(541) 754-3010",
    "label": "dev",
    "enabled": True,
    "send_billing_email": True,
    "send_account_email": True,
    "object": "contact",
}
MISSING = {**NO_SUCH_RESOURCE, "message": "contact[id]: Sorry, we couldn't find that resource"} | {
    "param": "contact[id]",
    "error_param": "contact[id]",
}


@pytest.fixture
def made(chargebee: ChargebeeClient) -> dict[str, Any]:
    """A customer with the contact jane."""
    chargebee.post("/customers", {"id": "c1", "first_name": "John"})
    answer: dict[str, Any] = chargebee.post("/customers/c1/add_contact", {**JANE, "contact[id]": "jane"}).json()
    return answer


def with_contacts(version: int, *contacts: dict[str, Any]) -> dict[str, Any]:
    shown = {"contacts": list(contacts)} if contacts else {}
    return {"customer": chargebee_customer("c1", first_name="John", resource_version=version, **shown)}


def test_the_first_contact_makes_contacts_appear(made: dict[str, Any]) -> None:
    assert made == with_contacts(VERSION + 1, {"id": "jane", **JANE_SHOWN})


def test_a_contact_of_an_email_alone_has_flags_of_false(chargebee: ChargebeeClient, made: dict[str, Any]) -> None:
    response = chargebee.post("/customers/c1/add_contact", {"contact[email]": "joe@test.com"})

    joe = response.json()["customer"]["contacts"][1]
    assert re.fullmatch(r"contact_[A-Za-z0-9_-]{16}", joe.pop("id"))
    assert joe == {
        "object": "contact",
        "email": "joe@test.com",
        "enabled": False,
        "send_account_email": False,
        "send_billing_email": False,
    }


def test_contacts_are_shown_wherever_the_customer_is(chargebee: ChargebeeClient, made: dict[str, Any]) -> None:
    assert chargebee.get("/customers/c1").json() == made
    assert chargebee.get("/customers").json() == {"list": [made]}
    assert chargebee.post("/customers/c1").json() == made


@pytest.mark.parametrize("params", [{}, {"contact[first_name]": "x"}, {"contact[email]": ""}, {"email": "a@x.co"}])
def test_a_contact_needs_an_email(chargebee: ChargebeeClient, made: dict[str, Any], params: dict[str, str]) -> None:
    response = chargebee.post("/customers/c1/add_contact", params)

    assert response.status_code == 400
    assert response.json() == wrong_value("contact[email]", "Is required.")
    assert chargebee.get("/customers/c1").json() == made


def test_a_contact_id_that_the_customer_has_is_refused(chargebee: ChargebeeClient, made: dict[str, Any]) -> None:
    response = chargebee.post("/customers/c1/add_contact", {"contact[email]": "x@x.co", "contact[id]": "jane"})

    assert response.status_code == 400
    assert response.json() == {
        **wrong_value("contact[id]", "The value jane is already present."),
        "api_error_code": "duplicate_entry",
        "error_code": "param_not_unique",
    }
    assert chargebee.get("/customers/c1").json() == made


def test_two_customers_may_have_contacts_of_the_same_id(chargebee: ChargebeeClient, made: dict[str, Any]) -> None:
    chargebee.post("/customers", {"id": "c2"})

    response = chargebee.post("/customers/c2/add_contact", {"contact[email]": "x@x.co", "contact[id]": "jane"})

    assert response.status_code == 200


def test_a_tenth_contact_is_taken_and_an_eleventh_refused(chargebee: ChargebeeClient, made: dict[str, Any]) -> None:
    tenth = [
        chargebee.post("/customers/c1/add_contact", {"contact[email]": f"c{number}@x.co"}) for number in range(2, 11)
    ][-1]

    eleventh = chargebee.post("/customers/c1/add_contact", {"contact[email]": "c11@x.co"})

    assert len(tenth.json()["customer"]["contacts"]) == 10
    assert eleventh.status_code == 400
    assert eleventh.json() == chargebee_refusal(
        400, "resource_limit_exceeded", "A customer has at most 10 contacts.", "contact"
    )
    assert chargebee.get("/customers/c1").json() == tenth.json()


@pytest.mark.parametrize(
    ("part", "text", "value"),
    [
        ("first_name", "Joan", "Joan"),
        ("last_name", "Roe", "Roe"),
        ("email", "joan@test.com", "joan@test.com"),
        ("phone", "1", "1"),
        ("label", "ops", "ops"),
        ("enabled", "false", False),
        ("send_billing_email", "false", False),
        ("send_account_email", "false", False),
    ],
)
def test_only_the_part_that_is_sent_changes(
    chargebee: ChargebeeClient, made: dict[str, Any], part: str, text: str, value: object
) -> None:
    response = chargebee.post("/customers/c1/update_contact", {"contact[id]": "jane", f"contact[{part}]": text})

    assert response.status_code == 200
    assert response.json() == with_contacts(VERSION + 2, {"id": "jane", **JANE_SHOWN, part: value})


@pytest.mark.parametrize("part", ["first_name", "last_name", "phone", "label"])
def test_an_empty_part_clears(chargebee: ChargebeeClient, made: dict[str, Any], part: str) -> None:
    response = chargebee.post("/customers/c1/update_contact", {"contact[id]": "jane", f"contact[{part}]": ""})

    left = {name: value for name, value in JANE_SHOWN.items() if name != part}
    assert response.json() == with_contacts(VERSION + 2, {"id": "jane", **left})


def test_the_email_of_a_contact_cannot_be_cleared(chargebee: ChargebeeClient, made: dict[str, Any]) -> None:
    response = chargebee.post("/customers/c1/update_contact", {"contact[id]": "jane", "contact[email]": ""})

    assert response.json() == wrong_value("contact[email]", "Is required.")
    assert chargebee.get("/customers/c1").json() == made


def test_an_update_without_a_change_keeps_the_version(chargebee: ChargebeeClient, made: dict[str, Any]) -> None:
    assert chargebee.post("/customers/c1/update_contact", {**JANE, "contact[id]": "jane"}).json() == made


@pytest.mark.parametrize("operation", ["update_contact", "delete_contact"])
@pytest.mark.parametrize("params", [{}, {"contact[id]": ""}, {"contact[email]": "x@x.co"}, {"id": "jane"}])
def test_the_id_of_the_contact_is_required(
    chargebee: ChargebeeClient, made: dict[str, Any], operation: str, params: dict[str, str]
) -> None:
    response = chargebee.post(f"/customers/c1/{operation}", params)

    assert response.status_code == 400
    assert response.json() == wrong_value("contact[id]", "Is required.")
    assert chargebee.get("/customers/c1").json() == made


@pytest.mark.parametrize("operation", ["update_contact", "delete_contact"])
def test_a_contact_of_another_customer_is_as_missing_as_none(
    chargebee: ChargebeeClient, made: dict[str, Any], site: BillingSite, other_site: BillingSite, operation: str
) -> None:
    for owner, public_id in ((site, "c2"), (other_site, "c1")):
        create_customer(site=owner, public_id=public_id, attributes={}, at=START)
        add_contact(site=owner, public_id=public_id, attributes={"id": "theirs", "email": "t@x.co"}, at=START)

    foreign = chargebee.post(f"/customers/c1/{operation}", {"contact[id]": "theirs", "contact[label]": "x"})
    missing = chargebee.post(f"/customers/c1/{operation}", {"contact[id]": "nobody", "contact[label]": "x"})

    assert (foreign.status_code, foreign.content) == (404, missing.content)
    assert foreign.json() == MISSING
    assert Contact.objects.filter(public_id="theirs", label=None).count() == 2


def test_the_last_delete_makes_contacts_disappear(chargebee: ChargebeeClient, made: dict[str, Any]) -> None:
    response = chargebee.post("/customers/c1/delete_contact", {"contact[id]": "jane"})

    assert response.status_code == 200
    assert response.json() == with_contacts(VERSION + 2)


@pytest.mark.parametrize("operation", ["add_contact", "update_contact", "delete_contact"])
def test_an_unknown_customer_is_not_found(chargebee: ChargebeeClient, operation: str) -> None:
    response = chargebee.post(f"/customers/nobody/{operation}", {"contact[id]": "jane", "contact[email]": "j@x.co"})

    assert response.status_code == 404
    assert response.json() == NO_SUCH_RESOURCE


def test_a_contact_without_parts_is_refused(chargebee: ChargebeeClient, made: dict[str, Any]) -> None:
    response = chargebee.post("/customers/c1/add_contact", {"contact": "jane"})

    assert response.json() == wrong_value("contact", "Takes parts, such as contact[email].")
