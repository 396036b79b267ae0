"""CHING "DELETE /v1/customers/:id"."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers import signals
from billing_customers.models import Customer
from tests.clients import ChargebeeClient, ChingClient
from tests.dialects.clock import Clock
from tests.dialects.expected import NO_SUCH_CHING_CUSTOMER, VERSION, ching_answer

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def made(ching: ChingClient) -> str:
    public_id: str = ching.post("/customers", {"name": "Tal", "email": "t@x.co"}).json()["data"]["id"]
    return public_id


def stub(public_id: str) -> bytes:
    return ching_answer({"id": public_id, "object": "customer", "deleted": True})


def test_a_deleted_customer_is_a_stub(ching: ChingClient, made: str) -> None:
    response = ching.delete(f"/customers/{made}")

    assert response.status_code == 200
    assert response.content == stub(made)
    assert response.headers["ETag"] == f'"{VERSION + 1}"'


def test_get_answers_the_stub(ching: ChingClient, made: str) -> None:
    ching.delete(f"/customers/{made}")

    response = ching.get(f"/customers/{made}")

    assert response.status_code == 200
    assert response.content == stub(made)


def test_a_second_delete_answers_the_same_and_changes_nothing(ching: ChingClient, made: str, clock: Clock) -> None:
    first = ching.delete(f"/customers/{made}")
    clock.forward(hours=1)

    second = ching.delete(f"/customers/{made}")

    assert (second.status_code, second.content) == (200, first.content)
    assert second.headers["ETag"] == first.headers["ETag"]


def test_the_row_keeps_everything(ching: ChingClient, made: str) -> None:
    ching.delete(f"/customers/{made}")

    row = Customer.objects.get()
    assert (row.public_id, row.name, row.email, row.is_live) == (made, "Tal", "t@x.co", None)


def test_a_deleted_customer_is_not_listed(ching: ChingClient, made: str) -> None:
    ching.delete(f"/customers/{made}")

    assert ching.get("/customers").content == ching_answer([])


def test_an_unknown_customer_is_not_found(ching: ChingClient, made: str) -> None:
    response = ching.delete("/customers/cus_AAAAAAAAAAAA")

    assert response.status_code == 404
    assert response.json() == NO_SUCH_CHING_CUSTOMER
    assert Customer.objects.get().deleted_at is None


def test_the_id_is_free_again_and_then_means_the_new_customer(ching: ChingClient, chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1", "first_name": "old"})
    ching.delete("/customers/c1")

    assert chargebee.post("/customers", {"id": "c1", "first_name": "new"}).status_code == 200
    assert ching.get("/customers/c1").json()["data"]["name"] == "new"


def test_a_deletion_is_told_once(ching: ChingClient, made: str) -> None:
    heard: list[str] = []

    def hear(**told: Any) -> None:
        heard.append(told["customer"].public_id)

    signals.customer_deleted.connect(hear)
    try:
        ching.delete(f"/customers/{made}")
        ching.delete(f"/customers/{made}")
    finally:
        signals.customer_deleted.disconnect(hear)

    assert heard == [made]
