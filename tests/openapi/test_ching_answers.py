"""CHING's real answers keep to the document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from billing_customers.models import BillingSite
from billing_customers.operations.api_keys import create_api_key
from tests.clients import ChingClient
from tests.fixtures import NOW
from tests.openapi.reading import Contract

Call = Callable[[ChingClient], Any]

WEBHOOK = {"url": "https://hooks.example.com/", "events": ["customer.created"]}
STALE = {"If-Match": '"1"'}
CALLS: list[tuple[str, int, Call]] = [
    ("customer_list", 200, lambda ching: ching.get("/customers")),
    ("customer_create", 200, lambda ching: ching.post("/customers", {"name": "Ada"})),
    ("customer_create", 400, lambda ching: ching.post("/customers", {"email": "none"})),
    ("customer_create", 400, lambda ching: ching.post("/customers", b"{")),
    ("customer_create", 413, lambda ching: ching.post("/customers", {"name": "x" * 300_000})),
    ("customer_create", 415, lambda ching: ching.http.post("/ching/v1/customers", {"name": "Ada"})),
    ("customer_upsert", 200, lambda ching: ching.post("/customers/upsert", {"identifyBy": "email", **known()})),
    ("customer_upsert", 400, lambda ching: ching.post("/customers/upsert", {})),
    ("customer_retrieve", 200, lambda ching: ching.get(f"/customers/{new(ching)}")),
    ("customer_retrieve", 200, lambda ching: ching.get(f"/customers/{deleted(ching)}")),
    ("customer_retrieve", 404, lambda ching: ching.get("/customers/cus_none")),
    ("customer_update", 200, lambda ching: ching.post(f"/customers/{new(ching)}", {"email": None, "taxId": "1"})),
    ("customer_update", 412, lambda ching: ching.post(f"/customers/{new(ching)}", {"locale": "en"}, **STALE)),
    ("customer_destroy", 200, lambda ching: ching.delete(f"/customers/{new(ching)}")),
    ("customer_destroy", 404, lambda ching: ching.delete("/customers/cus_none")),
    ("paymentmethod_retrieve", 200, lambda ching: ching.get(f"/payment_methods/{with_card(ching)[1]}")),
    ("paymentmethod_retrieve", 404, lambda ching: ching.get("/payment_methods/pm_none")),
    ("paymentmethod_list", 200, lambda ching: ching.get(f"/customers/{with_card(ching)[0]}/payment_methods")),
    ("paymentmethod_list", 404, lambda ching: ching.get("/customers/cus_none/payment_methods")),
    (
        "paymentmethod_list_inactive",
        200,
        lambda ching: ching.get(f"/customers/{with_card(ching)[0]}/payment_methods/inactive"),
    ),
    (
        "paymentmethod_attach_test_card",
        200,
        lambda ching: ching.post("/payment_methods/test-card", {"customer": new(ching)}),
    ),
    ("paymentmethod_attach_test_card", 400, lambda ching: ching.post("/payment_methods/test-card")),
    (
        "paymentmethod_attach_test_card",
        404,
        lambda ching: ching.post("/payment_methods/test-card", {"customer": "cus_none"}),
    ),
    ("webhook_list", 200, lambda ching: (new_webhook(ching), ching.get("/webhooks"))[-1]),
    ("webhook_create", 200, lambda ching: ching.post("/webhooks", WEBHOOK)),
    ("webhook_create", 400, lambda ching: ching.post("/webhooks", {})),
    ("webhook_destroy", 200, lambda ching: ching.delete(f"/webhooks/{new_webhook(ching)}")),
    ("webhook_destroy", 404, lambda ching: ching.delete("/webhooks/9")),
    ("webhook_rotate_secret", 200, lambda ching: ching.post(f"/webhooks/{new_webhook(ching)}/rotate_secret")),
    ("webhook_ping", 200, lambda ching: ching.post(f"/webhooks/{new_webhook(ching)}/ping")),
]


def known() -> dict[str, Any]:
    return {"name": "Ada", "email": "ada@example.com", "phone": "+972501234567", "metadata": {"plan": {"tier": [1]}}}


def new(ching: ChingClient) -> str:
    identity: str = ching.post("/customers", known()).json()["data"]["id"]
    return identity


def with_card(ching: ChingClient) -> tuple[str, str]:
    """The ids of a new customer and of its test card."""
    identity = new(ching)
    answer = ching.post("/payment_methods/test-card", {"customer": identity})
    return identity, answer.json()["data"]["id"]


def new_webhook(ching: ChingClient) -> int:
    number: int = ching.post("/webhooks", WEBHOOK).json()["data"]["id"]
    return number


def deleted(ching: ChingClient) -> str:
    identity = new(ching)
    ching.delete(f"/customers/{identity}")
    return identity


@pytest.mark.parametrize(("name", "status", "call"), CALLS, ids=[f"{name}-{status}" for name, status, _ in CALLS])
def test_answer_keeps_to_the_document(
    name: str, status: int, call: Call, ching: ChingClient, contract: Contract
) -> None:
    response = call(ching)

    assert response.status_code == status
    assert contract.faults(f"ching_{name}", response) == []


@pytest.mark.parametrize(("name", "status", "call"), CALLS, ids=[f"{name}-{status}" for name, status, _ in CALLS])
def test_headers_that_matter_to_a_caller_are_told(
    name: str, status: int, call: Call, ching: ChingClient, contract: Contract
) -> None:
    response = call(ching)

    sent = {"ETag", "X-Request-Id", "Retry-After", "WWW-Authenticate"} & set(response.headers)
    assert sent - {"ETag"} <= set(contract.response(f"ching_{name}", status)["headers"])


def test_each_operation_is_called_with_success(contract: Contract) -> None:
    called = {f"ching_{name}" for name, status, _ in CALLS if status == 200}

    assert called == {name for name in contract.operations if name.startswith("ching_") and not name.endswith("_2")}


def test_stranger_is_told_what_the_document_says(site: BillingSite, contract: Contract) -> None:
    response = ChingClient("ck_test_unknown").get("/customers")

    assert response.status_code == 401
    assert contract.faults("ching_customer_list", response) == []


def test_reader_who_writes_is_told_what_the_document_says(site: BillingSite, contract: Contract) -> None:
    reader = ChingClient(create_api_key(site=site, scopes=["read"], at=NOW)[1])

    response = reader.post("/customers", {"name": "Ada"})

    assert response.status_code == 403
    assert contract.faults("ching_customer_create", response) == []


def test_answer_with_a_key_too_many_would_be_noticed(ching: ChingClient, contract: Contract) -> None:
    del contract.components["schemas"]["ChingCustomer"]["properties"]["livemode"]

    response = ching.post("/customers", {"name": "Ada"})

    assert any("livemode" in fault for fault in contract.faults("ching_customer_create", response))


def test_answer_of_another_type_would_be_noticed(ching: ChingClient, contract: Contract) -> None:
    contract.components["schemas"]["ChingCustomer"]["properties"]["created"] = {"type": "integer"}

    response = ching.post("/customers", {"name": "Ada"})

    assert len(contract.faults("ching_customer_create", response)) == 1
