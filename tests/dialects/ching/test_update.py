"""CHING "POST /v1/customers/:id"."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers import signals
from billing_customers.models import Customer
from tests.clients import ChargebeeClient, ChingClient
from tests.dialects.clock import Clock
from tests.dialects.expected import (
    NO_SUCH_CHING_CUSTOMER,
    VERSION,
    ching_answer,
    ching_customer,
    ching_issue,
)

pytestmark = pytest.mark.usefixtures("clock")

WHOLE = {
    "name": "Tal Levi",
    "email": "tal@example.com",
    "phone": "+972501234567",
    "locale": "en",
    "taxId": "514123456",
    "metadata": {"a": 1, "b": 2},
}


@pytest.fixture
def made(ching: ChingClient) -> str:
    """The id of a customer with every field."""
    public_id: str = ching.post("/customers", WHOLE).json()["data"]["id"]
    return public_id


@pytest.mark.parametrize(
    ("field", "given", "stored"),
    [
        ("name", "Dana", "Dana"),
        ("email", "dana@example.com", "dana@example.com"),
        ("phone", "054-987-6543", "+972549876543"),
        ("locale", "fr", "fr"),
        ("taxId", "1", "1"),
        ("metadata", {"c": 3}, {"c": 3}),
    ],
)
def test_only_the_field_that_is_sent_changes(
    ching: ChingClient, made: str, field: str, given: object, stored: object
) -> None:
    response = ching.post(f"/customers/{made}", {field: given})

    assert response.status_code == 200
    assert response.content == ching_answer(ching_customer(made, **{**WHOLE, field: stored}))
    assert ching.get(f"/customers/{made}").content == response.content


@pytest.mark.parametrize("field", ["email", "phone", "taxId", "locale"])
@pytest.mark.parametrize("nothing", ["", None])
def test_an_empty_string_clears(ching: ChingClient, made: str, field: str, nothing: str | None) -> None:
    response = ching.post(f"/customers/{made}", {field: nothing})

    assert response.content == ching_answer(ching_customer(made, **{**WHOLE, field: None}))


def test_metadata_is_replaced_whole(ching: ChingClient, made: str) -> None:
    assert ching.post(f"/customers/{made}", {"metadata": {}}).json()["data"]["metadata"] == {}


def test_no_default_is_applied_again(ching: ChingClient, chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1"})

    assert ching.post("/customers/c1", {"name": "Tal"}).json()["data"]["locale"] is None


@pytest.mark.parametrize("name", ["", "  ", None])
def test_the_name_cannot_be_cleared(ching: ChingClient, made: str, name: str | None) -> None:
    response = ching.post(f"/customers/{made}", {"name": name, "locale": "fr"})

    assert response.status_code == 400
    assert response.json() == ching_issue("name", message="Cannot be empty.")
    assert ching.get(f"/customers/{made}").json()["data"] == ching_customer(made, **WHOLE)


def test_a_phone_that_cannot_be_dialled_is_refused_and_nothing_changes(ching: ChingClient, made: str) -> None:
    response = ching.post(f"/customers/{made}", {"phone": "nope", "name": "Dana"})

    assert response.status_code == 400
    assert response.json() == ching_issue(
        "phone", message="Must be a phone number, in E.164 (+972501234567) or as dialled locally."
    )
    assert ching.get(f"/customers/{made}").json()["data"] == ching_customer(made, **WHOLE)


def test_a_change_raises_the_version(ching: ChingClient, made: str, clock: Clock) -> None:
    clock.forward(seconds=2)

    response = ching.post(f"/customers/{made}", {"name": "Dana"})

    assert response.headers["ETag"] == f'"{VERSION + 2000}"'


def test_the_version_rises_although_the_clock_stands_still(ching: ChingClient, made: str) -> None:
    assert ching.post(f"/customers/{made}", {"name": "Dana"}).headers["ETag"] == f'"{VERSION + 1}"'


@pytest.mark.parametrize("body", [{}, {"name": "Tal Levi"}, {"unknown": 1, "id": "x", "created": "2000-01-01"}])
def test_what_changes_nothing_keeps_the_version(ching: ChingClient, made: str, body: dict[str, Any]) -> None:
    response = ching.post(f"/customers/{made}", body)

    assert response.content == ching_answer(ching_customer(made, **WHOLE))
    assert response.headers["ETag"] == f'"{VERSION}"'


def test_a_request_without_a_body_changes_nothing(ching: ChingClient, made: str) -> None:
    assert ching.post(f"/customers/{made}", b"").content == ching_answer(ching_customer(made, **WHOLE))


def test_a_change_is_told(ching: ChingClient, made: str) -> None:
    heard: list[Any] = []

    def hear(**told: Any) -> None:
        heard.append((told["customer"].public_id, sorted(told["changes"])))

    signals.customer_updated.connect(hear)
    try:
        ching.post(f"/customers/{made}", {"name": "Dana"})
    finally:
        signals.customer_updated.disconnect(hear)

    assert heard == [(made, ["name"])]


@pytest.mark.parametrize("public_id", ["cus_AAAAAAAAAAAA", "x" * 51])
def test_an_unknown_customer_is_not_found(ching: ChingClient, public_id: str) -> None:
    response = ching.post(f"/customers/{public_id}", {"name": "Dana"})

    assert response.status_code == 404
    assert response.json() == NO_SUCH_CHING_CUSTOMER
    assert Customer.objects.count() == 0


def test_a_deleted_customer_can_no_longer_be_updated(ching: ChingClient, made: str) -> None:
    ching.delete(f"/customers/{made}")

    response = ching.post(f"/customers/{made}", {"name": "Dana"})

    assert response.status_code == 404
    assert response.json() == NO_SUCH_CHING_CUSTOMER
    assert Customer.objects.get().name == "Tal Levi"
