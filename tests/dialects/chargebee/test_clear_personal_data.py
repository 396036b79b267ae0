"""Chargebee "Clear personal data of a customer" (chargebee-wire 3.15)."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite, Customer, Job
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.documents import create_subscription
from billing_customers.work.jobs import run_due
from tests.clients import ChargebeeClient, ChingClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import (
    NO_SUCH_RESOURCE,
    SECONDS,
    VERSION,
    chargebee_customer,
    chargebee_refusal,
    ching_refusal,
)
from tests.dialects.sources import CARD, card_of, last_source, method_of
from tests.fixtures import NOW

pytestmark = pytest.mark.usefixtures("clock")

PATH = "/customers/c1/clear_personal_data"
CLOSED = "The personal data of the customer was cleared: it cannot be changed any more."


@pytest.fixture
def eraser(site: BillingSite) -> ChargebeeClient:
    """A client whose key may clear, and nothing else."""
    return ChargebeeClient(create_api_key(site=site, scopes=["pii:clear"], at=NOW)[1])


@pytest.fixture
def c1(chargebee: ChargebeeClient) -> dict[str, Any]:
    """The answer to the creation of c1."""
    said = {"id": "c1", "first_name": "Mark", "last_name": "Henry", "email": "m@example.com"}
    answer: dict[str, Any] = chargebee.post("/customers", said).json()
    return answer


def run_jobs() -> None:
    while run_due(clock=lambda: START, uniform=lambda low, high: low):
        pass


def cleared() -> bool:
    return Customer.objects.get(public_id="c1").pii_cleared == "cleared"


def test_answer_shows_that_it_is_scheduled(eraser: ChargebeeClient, c1: dict[str, Any], clock: Clock) -> None:
    clock.forward(seconds=1)

    response = eraser.post(PATH)

    later = {"pii_cleared": "scheduled_for_clear", "updated_at": SECONDS + 1, "resource_version": VERSION + 1000}
    assert (response.status_code, response.json()) == (200, {"customer": {**c1["customer"], **later}})


def test_card_is_shown_as_in_the_sample(
    chargebee: ChargebeeClient, eraser: ChargebeeClient, clock: Clock, site: BillingSite
) -> None:
    chargebee.post("/customers", {"id": "c1", "first_name": "Mark", **CARD})
    source = last_source()
    clock.forward(seconds=1)

    response = eraser.post(PATH)

    assert response.json()["card"] == card_of(source)
    assert response.json()["customer"]["payment_method"] == method_of(source)


def test_customer_is_bare_afterwards(chargebee: ChargebeeClient, eraser: ChargebeeClient, c1: dict[str, Any]) -> None:
    eraser.post(PATH)
    run_jobs()

    response = chargebee.get("/customers/c1")

    # The clock stands still, and a version rises all the same: by one for each change.
    bare = chargebee_customer("c1", pii_cleared="cleared", resource_version=VERSION + 2)
    assert (response.status_code, response.json()) == (200, {"customer": bare})


def test_ching_shows_its_id_for_a_name(ching: ChingClient, eraser: ChargebeeClient, c1: dict[str, Any]) -> None:
    eraser.post(PATH)
    run_jobs()

    data = ching.get("/customers/c1").json()["data"]

    assert (data["name"], data["email"], data["phone"], data["locale"], data["taxId"]) == ("c1", None, None, None, None)
    assert data["metadata"] == {}


def test_write_is_no_scope_for_it(chargebee: ChargebeeClient, c1: dict[str, Any]) -> None:
    response = chargebee.post(PATH)

    refusal = chargebee_refusal(403, "api_authorization_failed", "The API key lacks the scope 'pii:clear'.")
    del refusal["type"]
    assert (response.status_code, response.json()) == (403, refusal)
    assert Customer.objects.get().pii_cleared == "active"
    assert not Job.objects.exists()


def test_scope_to_clear_is_none_to_read_or_write(eraser: ChargebeeClient, c1: dict[str, Any]) -> None:
    assert [eraser.get("/customers/c1").status_code, eraser.post("/customers/c1", {"phone": "1"}).status_code] == [
        403,
        403,
    ]


def test_second_call_has_the_answer_of_the_first(eraser: ChargebeeClient, c1: dict[str, Any], clock: Clock) -> None:
    first = eraser.post(PATH)
    clock.forward(seconds=1)

    assert eraser.post(PATH).json() == first.json()
    assert Job.objects.count() == 1


def test_live_subscription_is_in_the_way(eraser: ChargebeeClient, c1: dict[str, Any], site: BillingSite) -> None:
    create_subscription(site=site, customer_public_id="c1", status="active", public_id="sub", at=START)  # type: ignore[arg-type]

    response = eraser.post(PATH)

    message = "The customer has a subscription that is active, trialing or past due."
    assert (response.status_code, response.json()) == (
        409,
        chargebee_refusal(409, "invalid_state_for_request", message),
    )
    assert Customer.objects.get().pii_cleared == "active"
    assert not Job.objects.exists()


def test_missing_customer_is_told(eraser: ChargebeeClient) -> None:
    response = eraser.post("/customers/none/clear_personal_data")

    assert (response.status_code, response.json()) == (404, NO_SUCH_RESOURCE)


def test_customer_of_another_site_is_missing(other_site: BillingSite, c1: dict[str, Any]) -> None:
    stranger = ChargebeeClient(create_api_key(site=other_site, scopes=["pii:clear"], at=NOW)[1])

    assert stranger.post(PATH).json() == NO_SUCH_RESOURCE
    assert Customer.objects.get().pii_cleared == "active"


def test_stale_version_is_refused(eraser: ChargebeeClient, c1: dict[str, Any]) -> None:
    response = eraser.post(PATH, **{"If-Match": '"1"'})

    assert (response.status_code, response.json()["api_error_code"]) == (409, "invalid_state_for_request")
    assert Customer.objects.get().pii_cleared == "active"


def test_deleted_customer_can_be_cleared(
    chargebee: ChargebeeClient, eraser: ChargebeeClient, c1: dict[str, Any]
) -> None:
    chargebee.post("/customers/c1/delete")
    run_jobs()

    response = eraser.post(PATH)
    run_jobs()

    assert (response.status_code, response.json()["customer"]["deleted"]) == (200, True)
    assert cleared()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("", {"first_name": "Back"}),
        ("/update_billing_info", {"billing_address[city]": "Haifa"}),
        ("/change_billing_date", {"billing_date": "2", "billing_date_mode": "manually_set"}),
        ("/add_contact", {"contact[email]": "b@example.com"}),
        ("/update_payment_method", {"payment_method[type]": "card", "payment_method[reference_id]": "cus_1"}),
        ("/add_promotional_credits", {"amount": "1", "description": "Ann"}),
        (
            "/record_excess_payment",
            {"transaction[amount]": "1", "transaction[date]": "1", "transaction[payment_method]": "cash"},
        ),
    ],
)
def test_cleared_customer_is_closed(
    chargebee: ChargebeeClient, eraser: ChargebeeClient, c1: dict[str, Any], path: str, said: dict[str, str]
) -> None:
    eraser.post(PATH)
    run_jobs()
    before = Customer.objects.values().get()

    response = chargebee.post(f"/customers/c1{path}", said)

    assert (response.status_code, response.json()) == (409, chargebee_refusal(409, "invalid_state_for_request", CLOSED))
    assert Customer.objects.values().get() == before


def test_ching_says_so_too(ching: ChingClient, eraser: ChargebeeClient, c1: dict[str, Any]) -> None:
    eraser.post(PATH)
    run_jobs()

    response = ching.post("/customers/c1", {"name": "Back"})

    body = response.json()
    assert response.status_code == 409
    assert body == ching_refusal(409, body["error"]["code"], CLOSED)


def test_cleared_customer_can_be_deleted(
    chargebee: ChargebeeClient, eraser: ChargebeeClient, c1: dict[str, Any]
) -> None:
    eraser.post(PATH)
    run_jobs()

    assert chargebee.post("/customers/c1/delete").status_code == 200
    run_jobs()
    assert chargebee.get("/customers/c1").status_code == 404
