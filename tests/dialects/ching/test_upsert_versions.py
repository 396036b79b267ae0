"""``If-Match`` on "POST /v1/customers/upsert"."""

from __future__ import annotations

from billing_customers.models import Customer
from tests.clients import ChingClient

BODY = {"identifyBy": "email", "email": "tal@example.com", "name": "Tal"}


def test_another_version_is_refused(ching: ChingClient) -> None:
    made = ching.post("/customers/upsert", BODY)

    response = ching.post("/customers/upsert", {**BODY, "name": "New"}, **{"If-Match": '"1"'})

    assert (response.status_code, response.json()["error"]["code"]) == (412, "VERSION_MISMATCH")
    assert response.headers["ETag"] == made.headers["ETag"]
    assert Customer.objects.get().name == "Tal"


def test_own_version_is_taken(ching: ChingClient) -> None:
    made = ching.post("/customers/upsert", BODY)

    response = ching.post("/customers/upsert", {**BODY, "name": "New"}, **{"If-Match": made.headers["ETag"]})

    assert (response.status_code, response.json()["action"]) == (200, "updated")
    assert Customer.objects.get().name == "New"


def test_a_version_of_nobody_makes_no_customer(ching: ChingClient) -> None:
    response = ching.post("/customers/upsert", BODY, **{"If-Match": '"1"'})

    assert response.status_code == 412
    assert not Customer.objects.exists()
