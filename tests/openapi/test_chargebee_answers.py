"""Chargebee's real answers keep to the document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from billing_customers.models import BillingSite
from billing_customers.operations.api_keys import create_api_key
from tests.clients import ChargebeeClient
from tests.fixtures import NOW
from tests.openapi.families import FAMILY_CALLS, MERGE_CALLS
from tests.openapi.moves import MOVE_CALLS
from tests.openapi.outlooks import OUTLOOK_CALLS
from tests.openapi.payments import PAYMENT_CALLS
from tests.openapi.reading import FORM, Contract

Call = Callable[[ChargebeeClient], Any]

CONTACT = {"contact[id]": "contact_1", "contact[email]": "ada@example.com", "contact[label]": "books"}
ENDPOINT = {"name": "Books", "url": "https://hooks.example.com/", "description": "Ledger"}
CARD = {
    "card[number]": "4012888888881881",
    "card[expiry_month]": "10",
    "card[expiry_year]": "2030",
    "card[billing_country]": "US",
    "card[billing_state_code]": "CA",
}
BANK_ACCOUNT = {"bank_account[account_number]": "000222222227", "bank_account[account_type]": "savings"}
METHOD = {"payment_method[type]": "card", "payment_method[reference_id]": "cus_1"}
REFERENCE = {"type": "card", "reference_id": "cus_1", "issuing_country": "US"}
TOKEN = {"type": "card", "tmp_token": "tok_1"}
STALE = {"If-Match": '"1"'}
PAYMENT = {
    "transaction[id]": "t1",
    "transaction[amount]": "500",
    "transaction[date]": "1600968152",
    "transaction[payment_method]": "check",
    "transaction[reference_number]": "12",
}


def rich(cb: ChargebeeClient) -> str:
    """A customer with credits of 1,000."""
    new(cb, id="rich")
    said = {"amount": "1000", "description": "x", "reference": "7"}
    cb.post("/customers/rich/add_promotional_credits", said)
    return "rich"


def of_customer(verb: str, amount: str) -> Call:
    said = {"amount": amount, "description": "x"}
    return lambda cb: cb.post(f"/customers/{rich(cb)}/{verb}_promotional_credits", said)


def of_site(verb: str, amount: str, owner: str) -> Call:
    said = {"amount": amount, "description": "x", "customer_id": owner}
    return lambda cb: (rich(cb), cb.post(f"/promotional_credits/{verb}", said))[-1]


def a_credit(cb: ChargebeeClient) -> str:
    rich(cb)
    found: str = cb.get("/promotional_credits").json()["list"][0]["promotional_credit"]["id"]
    return found


def record(cb: ChargebeeClient) -> Any:
    return cb.post("/customers/rich/record_excess_payment", PAYMENT)


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
    ("customer_create", 200, lambda cb: cb.post("/customers", CARD)),
    ("customer_create", 200, lambda cb: cb.post("/customers", BANK_ACCOUNT)),
    ("customer_create", 200, lambda cb: cb.post("/customers", {"payment_method[reference_id]": "cus_1"})),
    ("customer_create", 400, lambda cb: cb.post("/customers", {**CARD, "card[number]": "4000000000000002"})),
    ("customer_create", 404, lambda cb: cb.post("/customers", {**CARD, "card[gateway_account_id]": "none"})),
    ("customer_list", 200, lambda cb: (cb.post("/customers", CARD), cb.get("/customers"))[-1]),
    ("customer_update_payment_method", 200, lambda cb: cb.post(f"/customers/{new(cb)}/update_payment_method", METHOD)),
    ("customer_update_payment_method", 400, lambda cb: cb.post(f"/customers/{new(cb)}/update_payment_method")),
    ("customer_update_payment_method", 404, lambda cb: cb.post("/customers/none/update_payment_method", METHOD)),
    ("customer_assign_payment_role", 200, lambda cb: assign(cb, "backup")),
    ("customer_assign_payment_role", 404, lambda cb: assign(cb, "backup", payment_source_id="none")),
    ("customer_assign_payment_role", 409, lambda cb: (assign(cb, "primary"), assign_last(cb, "none"))[-1]),
    ("customer_delete_customer", 200, lambda cb: cb.post(f"/customers/{new(cb)}/delete")),
    (
        "customer_delete_customer",
        400,
        lambda cb: cb.post(f"/customers/{new(cb)}/delete", {"delete_payment_method": "2"}),
    ),
    ("customer_clear_personal_data", 200, lambda cb: eraser(cb).post(f"/customers/{new(cb)}/clear_personal_data")),
    ("customer_clear_personal_data", 403, lambda cb: cb.post(f"/customers/{new(cb)}/clear_personal_data")),
    ("customer_clear_personal_data", 404, lambda cb: eraser(cb).post("/customers/none/clear_personal_data")),
    (
        "customer_clear_personal_data",
        409,
        lambda cb: eraser(cb).post(f"/customers/{new(cb)}/clear_personal_data", {}, **STALE),
    ),
    ("customer_delete_customer", 404, lambda cb: cb.post("/customers/none/delete")),
    ("customer_delete_customer", 409, lambda cb: cb.post(f"/customers/{new(cb)}/delete", {}, **STALE)),
    ("card_retrieve", 200, lambda cb: (new(cb, id="c1", **CARD), cb.get("/cards/c1"))[-1]),
    ("card_retrieve", 404, lambda cb: cb.get("/cards/none")),
    ("card_delete_card", 200, lambda cb: cb.post(f"/customers/{new(cb, **CARD)}/delete_card")),
    ("paymentsource_list", 200, lambda cb: (source(cb), source(cb), cb.get("/payment_sources", {"limit": "1"}))[-1]),
    ("paymentsource_list", 400, lambda cb: cb.get("/payment_sources", {"status[is]": "none"})),
    ("paymentsource_retrieve", 200, lambda cb: cb.get(f"/payment_sources/{source(cb)}")),
    ("paymentsource_retrieve", 404, lambda cb: cb.get("/payment_sources/none")),
    ("paymentsource_create_card", 200, lambda cb: create(cb, "card", **CARD)),
    ("paymentsource_create_card", 404, lambda cb: create(cb, "card", **CARD, customer_id="none")),
    ("paymentsource_create_bank_account", 200, lambda cb: create(cb, "bank_account", **BANK_ACCOUNT)),
    ("paymentsource_create_using_permanent_token", 200, lambda cb: create(cb, "using_permanent_token", **REFERENCE)),
    ("paymentsource_create_using_temp_token", 200, lambda cb: create(cb, "using_temp_token", **TOKEN)),
    ("paymentsource_create_using_temp_token", 400, lambda cb: create(cb, "using_temp_token")),
    ("paymentsource_delete_source", 200, lambda cb: cb.post(f"/payment_sources/{source(cb)}/delete")),
    ("paymentsource_delete_local", 200, lambda cb: cb.post(f"/payment_sources/{source(cb)}/delete_local")),
    ("paymentsource_delete_local", 404, lambda cb: cb.post("/payment_sources/none/delete_local")),
    ("event_list", 200, lambda cb: (source(cb), cb.get("/events"))[-1]),
    *(
        (f"customercredit_{verb}_promotional_credits", status, of_customer(verb, amount))
        for verb, status, amount in (
            ("add", 200, "5"),
            ("add", 400, "0"),
            ("deduct", 200, "5"),
            ("deduct", 400, "5000"),
            ("set", 200, "5"),
            ("set", 200, "1000"),
        )
    ),
    *(
        (f"promotionalcredit_{verb}_credits", status, of_site(verb, amount, owner))
        for verb, status, amount, owner in (
            ("add", 200, "5", "rich"),
            ("add", 404, "5", "none"),
            ("deduct", 200, "5", "rich"),
            ("deduct", 400, "5000", "rich"),
            ("set", 200, "5", "rich"),
            ("set", 409, "1000", "rich"),
        )
    ),
    ("promotionalcredit_list", 200, lambda cb: (rich(cb), cb.get("/promotional_credits", {"limit": "1"}))[-1]),
    ("promotionalcredit_list", 400, lambda cb: cb.get("/promotional_credits", {"type[is]": "none"})),
    ("promotionalcredit_retrieve", 200, lambda cb: cb.get(f"/promotional_credits/{a_credit(cb)}")),
    ("promotionalcredit_retrieve", 404, lambda cb: cb.get("/promotional_credits/none")),
    ("customer_list", 200, lambda cb: (rich(cb), cb.get("/customers"))[-1]),
    ("event_list", 200, lambda cb: (rich(cb), record(cb), cb.get("/events"))[-1]),
    ("transaction_record_excess_payment", 200, lambda cb: (rich(cb), record(cb))[-1]),
    ("transaction_record_excess_payment", 400, lambda cb: (rich(cb), record(cb), record(cb))[-1]),
    ("transaction_record_excess_payment", 404, record),
    ("transaction_list", 200, lambda cb: (rich(cb), record(cb), cb.get("/transactions"))[-1]),
    ("transaction_list", 400, lambda cb: cb.get("/transactions", {"amount[gt]": "x"})),
    ("transaction_retrieve", 200, lambda cb: (rich(cb), record(cb), cb.get("/transactions/t1"))[-1]),
    ("transaction_retrieve", 404, lambda cb: cb.get("/transactions/none")),
    (
        "transaction_list_of_customer",
        200,
        lambda cb: (rich(cb), record(cb), cb.get("/customers/rich/transactions"))[-1],
    ),
    ("transaction_list_of_customer", 404, lambda cb: cb.get("/customers/none/transactions")),
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
    *PAYMENT_CALLS,
    *FAMILY_CALLS,
    *OUTLOOK_CALLS,
    *MERGE_CALLS,
    *MOVE_CALLS,
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
    "number": "4012888888881881",
    "expiry_year": "2030",
}
# Only one of these can be said.
OTHER_METHODS = ("bank_account[", "payment_method[")
BY_TYPE = {"string": "1", "integer": "1", "boolean": "true"}
# No parameter of the creation sets them.
SET_OTHERWISE = {
    "backup_payment_source_id",
    "balances",
    "billing_date",
    "billing_date_mode",
    "billing_day_of_week",
    "billing_day_of_week_mode",
    "billing_month",
    "child_account_access",
    "contacts",
    "fraud_flag",
    "is_location_valid",
    "parent_account_access",
    "referral_urls",
    "relationship",
    "use_default_hierarchy_settings",
    "vat_number_validated_time",
}


def new(cb: ChargebeeClient, **params: str) -> str:
    identity: str = cb.post("/customers", params).json()["customer"]["id"]
    return identity


def eraser(cb: ChargebeeClient) -> ChargebeeClient:
    """A client whose key may clear personal data."""
    return ChargebeeClient(create_api_key(site=BillingSite.objects.get(), scopes=["pii:clear"], at=NOW)[1])


def with_contact(cb: ChargebeeClient) -> str:
    identity = new(cb)
    cb.post(f"/customers/{identity}/add_contact", CONTACT)
    return identity


def source(cb: ChargebeeClient) -> str:
    """The id of the card of a new customer."""
    found: str = cb.post("/customers", CARD).json()["card"]["payment_source_id"]
    return found


def create(cb: ChargebeeClient, how: str, **params: str) -> Any:
    owner = params.pop("customer_id", None) or new(cb)
    return cb.post(f"/payment_sources/create_{how}", {"customer_id": owner, **params})


def assign(cb: ChargebeeClient, role: str, **params: str) -> Any:
    """Give a role to the second card of a new customer."""
    owner = new(cb, **CARD)
    made = create(cb, "card", **CARD, customer_id=owner).json()["payment_source"]["id"]
    return cb.post(f"/customers/{owner}/assign_payment_role", {"payment_source_id": made, "role": role, **params})


def assign_last(cb: ChargebeeClient, role: str) -> Any:
    """Give a role to the newest source."""
    (entry,) = cb.get("/payment_sources", {"sort_by[desc]": "created_at", "limit": "1"}).json()["list"]
    made = entry["payment_source"]
    path = f"/customers/{made['customer_id']}/assign_payment_role"
    return cb.post(path, {"payment_source_id": made["id"], "role": role})


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
    return {
        name: _value(name.rpartition("[")[2].rstrip("]").removeprefix("billing_"), schema)
        for name, schema in properties.items()
        if not name.startswith(OTHER_METHODS) and name != "card[gateway_account_id]"
    }


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


def test_customer_of_whom_nothing_is_said_has_the_required_keys_and_no_card(
    chargebee: ChargebeeClient, contract: Contract
) -> None:
    response = chargebee.post("/customers")

    required = set(contract.components["schemas"]["ChargebeeCustomer"]["required"])
    assert set(response.json()["customer"]) == {*required, "card_status"}


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
