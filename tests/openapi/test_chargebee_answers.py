"""Chargebee's real answers keep to the document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from billing_customers.models import BillingSite
from tests.clients import ChargebeeClient
from tests.openapi.reading import FORM, Contract

Call = Callable[[ChargebeeClient], Any]

CONTACT = {"contact[id]": "contact_1", "contact[email]": "ada@example.com", "contact[label]": "books"}
ENDPOINT = {"name": "Books", "url": "https://hooks.example.com/", "description": "Ledger"}
STALE = {"If-Match": '"1"'}
CALLS: list[tuple[str, int, Call]] = [
    ("configuration_list", 200, lambda cb: cb.get("/configurations")),
    ("customer_list", 200, lambda cb: (new(cb), new(cb), cb.get("/customers", {"limit": 1}))[-1]),
    ("customer_list", 200, lambda cb: (new(cb), cb.get("/customers", {"include_deleted": "true"}))[-1]),
    ("customer_list", 400, lambda cb: cb.get("/customers", {"created_at[after]": "yesterday"})),
    ("customer_create", 200, lambda cb: cb.post("/customers", {"company": "Example Ltd", "cf_tier": "gold"})),
    ("customer_create", 400, lambda cb: cb.post("/customers", {"auto_collection": "perhaps"})),
    ("customer_create", 400, lambda cb: (new(cb, id="c1"), cb.post("/customers", {"id": "c1"}))[-1]),
    ("customer_create", 400, lambda cb: cb.post("/customers", "a=%zz")),
    ("customer_retrieve", 200, lambda cb: cb.get(f"/customers/{new(cb)}")),
    ("customer_retrieve", 404, lambda cb: cb.get("/customers/none")),
    ("customer_update", 200, lambda cb: cb.post(f"/customers/{new(cb)}", {"fraud_flag": "safe"})),
    ("customer_update", 409, lambda cb: cb.post(f"/customers/{new(cb)}", {"locale": "en"}, **STALE)),
    (
        "customer_update_billing_info",
        200,
        lambda cb: cb.post(
            f"/customers/{new(cb)}/update_billing_info",
            {"vat_number": "12", "billing_address[country]": "US", "billing_address[state_code]": "CA"},
        ),
    ),
    (
        "customer_change_billing_date",
        200,
        lambda cb: cb.post(f"/customers/{new(cb)}/change_billing_date", {"billing_date": "31"}),
    ),
    ("contact_list", 200, lambda cb: cb.get(f"/customers/{with_contact(cb)}/contacts")),
    ("contact_add", 200, lambda cb: cb.post(f"/customers/{new(cb)}/add_contact", CONTACT)),
    ("contact_add", 400, lambda cb: cb.post(f"/customers/{new(cb)}/add_contact", {"contact[phone]": "1"})),
    ("contact_update", 200, lambda cb: cb.post(f"/customers/{with_contact(cb)}/update_contact", CONTACT)),
    ("contact_update", 404, lambda cb: cb.post(f"/customers/{new(cb)}/update_contact", CONTACT)),
    ("contact_delete_contact", 200, lambda cb: cb.post(f"/customers/{with_contact(cb)}/delete_contact", CONTACT)),
    ("event_list", 200, lambda cb: (new_endpoint(cb), new(cb), cb.get("/events"))[-1]),
    ("event_list", 400, lambda cb: cb.get("/events", {"event_type[is]": "none"})),
    ("event_retrieve", 200, lambda cb: cb.get(f"/events/{new_event(cb)}")),
    ("event_retrieve", 404, lambda cb: cb.get("/events/none")),
    ("webhookendpoint_list", 200, lambda cb: (new_endpoint(cb), cb.get("/webhook_endpoints"))[-1]),
    ("webhookendpoint_create", 200, lambda cb: cb.post("/webhook_endpoints", ENDPOINT)),
    ("webhookendpoint_create", 400, lambda cb: cb.post("/webhook_endpoints", {"name": "Books"})),
    ("webhookendpoint_retrieve", 200, lambda cb: cb.get(f"/webhook_endpoints/{new_endpoint(cb)}")),
    ("webhookendpoint_update", 200, lambda cb: cb.post(f"/webhook_endpoints/{new_endpoint(cb)}", {"disabled": "true"})),
    ("webhookendpoint_update", 404, lambda cb: cb.post("/webhook_endpoints/none", {"disabled": "true"})),
    ("webhookendpoint_delete_endpoint", 200, lambda cb: cb.post(f"/webhook_endpoints/{new_endpoint(cb)}/delete")),
    ("webhookendpoint_rotate_secret", 200, lambda cb: cb.post(f"/webhook_endpoints/{new_endpoint(cb)}/rotate_secret")),
    ("webhookendpoint_ping", 200, lambda cb: cb.post(f"/webhook_endpoints/{new_endpoint(cb)}/ping")),
    ("webhookendpoint_ping", 409, lambda cb: cb.post(f"/webhook_endpoints/{new_endpoint(cb, disabled='true')}/ping")),
]

# Where the schema alone does not make a value that is taken.
VALUES = {
    "email": "ada@example.com",
    "preferred_currency_code": "EUR",
    "country": "CA",
    "state_code": "ON",
    "state": "Ontario",
    "meta_data": '{"plan": "gold"}',
    "exemption_details": '[{"category": 7}]',
}
BY_TYPE = {"string": "1", "integer": "1", "boolean": "true"}
# No parameter of the creation sets them.
SET_OTHERWISE = {
    "billing_date",
    "billing_date_mode",
    "billing_day_of_week",
    "billing_day_of_week_mode",
    "billing_month",
    "contacts",
    "fraud_flag",
    "is_location_valid",
    "referral_urls",
    "vat_number_validated_time",
}


def new(cb: ChargebeeClient, **params: str) -> str:
    identity: str = cb.post("/customers", params).json()["customer"]["id"]
    return identity


def with_contact(cb: ChargebeeClient) -> str:
    identity = new(cb)
    cb.post(f"/customers/{identity}/add_contact", CONTACT)
    return identity


def new_endpoint(cb: ChargebeeClient, **params: str) -> str:
    identity: str = cb.post("/webhook_endpoints", {**ENDPOINT, **params}).json()["webhook_endpoint"]["id"]
    return identity


def new_event(cb: ChargebeeClient) -> str:
    new_endpoint(cb)
    new(cb)
    identity: str = cb.get("/events").json()["list"][0]["event"]["id"]
    return identity


def everything(contract: Contract) -> dict[str, str]:
    """A value for each parameter of the creation, made from its schema."""
    properties = contract.body("chargebee_customer_create", FORM)["properties"]
    return {name: _value(name.rpartition("[")[2].rstrip("]"), schema) for name, schema in properties.items()}


def _value(name: str, schema: dict[str, Any]) -> str:
    return VALUES.get(name) or (schema["enum"][-1] if "enum" in schema else BY_TYPE[schema["type"]])


@pytest.mark.parametrize(("name", "status", "call"), CALLS, ids=[f"{name}-{status}" for name, status, _ in CALLS])
def test_answer_keeps_to_the_document(
    name: str, status: int, call: Call, chargebee: ChargebeeClient, contract: Contract
) -> None:
    response = call(chargebee)

    assert response.status_code == status
    assert contract.faults(f"chargebee_{name}", response) == []


def test_each_operation_is_called_with_success(contract: Contract) -> None:
    called = {f"chargebee_{name}" for name, status, _ in CALLS if status == 200}

    assert called == {name for name in contract.operations if name.startswith("chargebee_")}


def test_customer_of_whom_all_is_said_has_every_key_of_the_document(
    chargebee: ChargebeeClient, contract: Contract
) -> None:
    response = chargebee.post("/customers", everything(contract))

    told = contract.components["schemas"]
    assert contract.faults("chargebee_customer_create", response) == []
    assert set(response.json()["customer"]) == set(told["ChargebeeCustomer"]["properties"]) - SET_OTHERWISE
    assert set(response.json()["customer"]["billing_address"]) == set(told["ChargebeeBillingAddress"]["properties"])


def test_customer_of_whom_nothing_is_said_has_the_required_keys_alone(
    chargebee: ChargebeeClient, contract: Contract
) -> None:
    response = chargebee.post("/customers")

    assert set(response.json()["customer"]) == set(contract.components["schemas"]["ChargebeeCustomer"]["required"])


def test_stranger_is_told_what_the_document_says(site: BillingSite, contract: Contract) -> None:
    response = ChargebeeClient("ck_test_unknown").get("/customers")

    assert response.status_code == 401
    assert contract.faults("chargebee_customer_list", response) == []


def test_repeated_request_is_marked_as_the_document_says(chargebee: ChargebeeClient, contract: Contract) -> None:
    key = {"chargebee-idempotency-key": "once"}
    chargebee.post("/customers", {"id": "c1"}, **key)

    response = chargebee.post("/customers", {"id": "c1"}, **key)

    told = contract.response("chargebee_customer_create", 200)["headers"]
    assert set(told) <= set(response.headers)


def test_key_used_for_another_request_is_refused_as_the_document_says(
    chargebee: ChargebeeClient, contract: Contract
) -> None:
    key = {"chargebee-idempotency-key": "once"}
    chargebee.post("/customers", {"id": "c1"}, **key)

    response = chargebee.post("/customers", {"id": "c2"}, **key)

    assert response.status_code == 422
    assert contract.faults("chargebee_customer_create", response) == []
