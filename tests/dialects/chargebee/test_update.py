"""Chargebee "Update a customer" and "Retrieve a customer"."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite
from billing_customers.operations.customers import create_customer, rename_customer
from tests.clients import ChargebeeClient, ChingClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import NO_SUCH_RESOURCE, SECONDS, VERSION, chargebee_customer, chargebee_refusal

pytestmark = pytest.mark.usefixtures("clock")

WHOLE = {
    "first_name": "John",
    "last_name": "Doe",
    "email": "john@test.com",
    "preferred_currency_code": "EUR",
    "phone": "(541) 754-3010",
    "company": "Globex Corp",
    "auto_collection": "off",
    "taxability": "exempt",
    "customer_type": "business",
    "taxjar_exemption_category": "other",
    "locale": "fr-CA",
    "entity_code": "a",
    "exempt_number": "E-1",
    "offline_payment_method": "cash",
    "invoice_notes": "notes",
}
TYPED: dict[str, tuple[str, Any]] = {
    "net_term_days": ("30", 30),
    "allow_direct_debit": ("true", True),
    "auto_close_invoices": ("true", True),
    "consolidated_invoicing": ("false", False),
    "meta_data": ('{"a":1}', {"a": 1}),
    "exemption_details": ('[{"cat":7}]', [{"cat": 7}]),
}
SHOWN = {**WHOLE, **{name: value for name, (_, value) in TYPED.items()}}
DEFAULTS = {
    "preferred_currency_code": "USD",
    "auto_collection": "on",
    "taxability": "taxable",
    "net_term_days": 0,
    "allow_direct_debit": False,
}
VERSIONED = {"resource_version": VERSION + 1}


@pytest.fixture
def made(chargebee: ChargebeeClient) -> dict[str, Any]:
    """A customer with everything that can be updated."""
    params = {**WHOLE, **{name: text for name, (text, _) in TYPED.items()}}
    customer: dict[str, Any] = chargebee.post("/customers", {"id": "c1", **params}).json()["customer"]
    return customer


def test_an_update_answers_the_whole_customer(chargebee: ChargebeeClient, clock: Clock) -> None:
    chargebee.post("/customers", {"id": "c1", "first_name": "David", "last_name": "Louis"})
    clock.forward(seconds=9)

    response = chargebee.post("/customers/c1", {"first_name": "Denise", "last_name": "Barone", "locale": "fr-CA"})

    assert response.status_code == 200
    assert response.json() == {
        "customer": chargebee_customer(
            "c1",
            first_name="Denise",
            last_name="Barone",
            locale="fr-CA",
            updated_at=SECONDS + 9,
            resource_version=VERSION + 9000,
        )
    }
    assert chargebee.get("/customers/c1").json() == response.json()


def test_what_is_not_sent_stays(chargebee: ChargebeeClient, made: dict[str, Any]) -> None:
    response = chargebee.post("/customers/c1", {"company": "Acme"})

    assert response.json() == {"customer": chargebee_customer("c1", **{**SHOWN, "company": "Acme"}, **VERSIONED)}


@pytest.mark.parametrize("param", [*WHOLE, *TYPED])
def test_an_empty_value_clears(chargebee: ChargebeeClient, made: dict[str, Any], param: str) -> None:
    response = chargebee.post("/customers/c1", {param: ""})

    left = {**SHOWN, **VERSIONED}
    left.pop(param)
    if param in DEFAULTS:
        left[param] = DEFAULTS[param]
    assert response.json() == {"customer": chargebee_customer("c1", **left)}


@pytest.mark.parametrize(
    "param",
    ["id", "vat_number", "registered_for_gst", "business_customer_without_vat_number", "created_from_ip", "name"],
)
def test_what_is_no_parameter_of_update_is_ignored(
    chargebee: ChargebeeClient, made: dict[str, Any], param: str
) -> None:
    response = chargebee.post("/customers/c1", {param: "true", "billing_address[city]": "Walnut"})

    assert response.json() == {"customer": made}


def test_an_update_without_a_change_keeps_the_version(
    chargebee: ChargebeeClient, made: dict[str, Any], clock: Clock
) -> None:
    clock.forward(hours=1)

    assert chargebee.post("/customers/c1", WHOLE).json() == {"customer": made}


def test_an_update_without_parameters_is_taken(chargebee: ChargebeeClient, made: dict[str, Any]) -> None:
    assert chargebee.post("/customers/c1").json() == {"customer": made}


def test_a_name_that_was_given_over_the_other_dialect_stays(chargebee: ChargebeeClient, ching: ChingClient) -> None:
    made = ching.post("/customers", {"name": "Tal Levi"}).json()["data"]["id"]

    chargebee.post(f"/customers/{made}", {"first_name": "Dana", "last_name": "Cohen"})

    assert ching.get(f"/customers/{made}").json()["data"]["name"] == "Tal Levi"


def test_a_version_of_if_match_is_minded(chargebee: ChargebeeClient, made: dict[str, Any]) -> None:
    response = chargebee.post("/customers/c1", {"company": "Acme"}, **{"If-Match": '"1"'})

    assert response.status_code == 409
    assert response.json() == chargebee_refusal(409, "invalid_state_for_request", "The customer has changed since.")
    assert chargebee.get("/customers/c1").json() == {"customer": made}


@pytest.mark.parametrize(
    "path",
    ["", "/update_billing_info", "/change_billing_date"],
)
@pytest.mark.parametrize("public_id", ["nobody", "x" * 51, "x" * 200])
def test_an_unknown_customer_is_not_found(chargebee: ChargebeeClient, path: str, public_id: str) -> None:
    response = chargebee.post(f"/customers/{public_id}{path}", {"first_name": "x"})

    assert response.status_code == 404
    assert response.json() == NO_SUCH_RESOURCE


@pytest.mark.parametrize("public_id", ["nobody", "a%00b", "%ED%A0%80", "%FF", "x" * 200, "a%2Fb", "%0A", "%5Bx%5D"])
def test_an_unknown_customer_cannot_be_retrieved(chargebee: ChargebeeClient, public_id: str) -> None:
    response = chargebee.get(f"/customers/{public_id}")

    assert response.status_code == 404
    assert response.json() == {
        "message": "Sorry, we couldn't find that resource",
        "type": "invalid_request",
        "api_error_code": "resource_not_found",
        "error_code": "resource_not_found",
        "error_msg": "Sorry, we couldn't find that resource",
        "http_status_code": 404,
    }


def test_a_deleted_customer_is_not_found(chargebee: ChargebeeClient, ching: ChingClient, made: dict[str, Any]) -> None:
    ching.delete("/customers/c1")

    responses = [chargebee.get("/customers/c1"), chargebee.post("/customers/c1", {"company": "x"})]

    assert [response.status_code for response in responses] == [404, 404]
    assert [response.json() for response in responses] == [NO_SUCH_RESOURCE, NO_SUCH_RESOURCE]


def test_a_former_id_answers_with_the_customer_of_today(chargebee: ChargebeeClient, site: BillingSite) -> None:
    create_customer(site=site, public_id="old", attributes={}, at=START)
    rename_customer(site=site, public_id="old", new_public_id="new", at=START)

    responses = [chargebee.get("/customers/old"), chargebee.post("/customers/old", {"company": "Acme"})]

    assert [response.json()["customer"]["id"] for response in responses] == ["new", "new"]
