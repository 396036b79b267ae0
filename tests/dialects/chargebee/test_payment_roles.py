"""Chargebee "Assign payment role" (chargebee-wire 3.8)."""

from __future__ import annotations

import pytest

from billing_customers.models import BillingSite
from billing_customers.operations.api_keys import create_api_key
from tests.clients import ChargebeeClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import NO_SUCH_RESOURCE, SECONDS, VERSION, chargebee_refusal, wrong_value
from tests.dialects.sources import (
    CARD,
    last_source,
    paying_customer,
    payment_source,
    source_id,
    with_card,
)

pytestmark = pytest.mark.usefixtures("clock")

PATH = "/customers/c1/assign_payment_role"
MISSING = chargebee_refusal(404, "resource_not_found", "Sorry, we couldn't find that resource", "payment_source_id")


def with_two_cards(chargebee: ChargebeeClient) -> tuple[str, str]:
    """The ids of the primary source of c1, and of another one without a role."""
    primary = with_card(chargebee)
    return primary, source_id(chargebee.post("/payment_sources/create_card", {"customer_id": "c1", **CARD}))


def test_sample(chargebee: ChargebeeClient, clock: Clock) -> None:
    _, other = with_two_cards(chargebee)
    clock.forward(seconds=1)

    response = chargebee.post(PATH, {"payment_source_id": other, "role": "primary"})

    later = {"updated_at": SECONDS + 1, "resource_version": VERSION + 1000}
    assert response.json() == {
        "customer": paying_customer(last_source(), **later),
        "payment_source": payment_source(last_source()),
    }


def test_backup_is_shown_by_its_id(chargebee: ChargebeeClient) -> None:
    primary, other = with_two_cards(chargebee)

    response = chargebee.post(PATH, {"payment_source_id": other, "role": "backup"})

    shown = response.json()["customer"]
    assert (shown["primary_payment_source_id"], shown["backup_payment_source_id"]) == (primary, other)


def test_backup_that_has_no_role_any_more_is_absent(chargebee: ChargebeeClient) -> None:
    _, other = with_two_cards(chargebee)
    chargebee.post(PATH, {"payment_source_id": other, "role": "backup"})

    response = chargebee.post(PATH, {"payment_source_id": other, "role": "none"})

    assert "backup_payment_source_id" not in response.json()["customer"]


@pytest.mark.parametrize("role", ["primary", "backup", "none"])
def test_primary_source_cannot_be_assigned(chargebee: ChargebeeClient, role: str) -> None:
    primary, _ = with_two_cards(chargebee)
    before = chargebee.get("/customers/c1").json()

    response = chargebee.post(PATH, {"payment_source_id": primary, "role": role})

    message = "The payment source is the primary one: make another one primary, and it has no role."
    assert (response.status_code, response.json()) == (
        409,
        chargebee_refusal(409, "invalid_state_for_request", message, "payment_source_id"),
    )
    assert chargebee.get("/customers/c1").json() == before


@pytest.mark.parametrize(
    ("params", "named", "message"),
    [
        ({"role": "primary"}, "payment_source_id", "Is required."),
        ({"payment_source_id": "pm_1"}, "role", "Is required."),
        ({"payment_source_id": "pm_1", "role": "first"}, "role", "Must be one of primary, backup, none."),
        (
            {"payment_source_id": "p" * 41, "role": "primary"},
            "payment_source_id",
            "Must have at most 40 characters.",
        ),
    ],
)
def test_refused_parameter_is_named(
    chargebee: ChargebeeClient, params: dict[str, str], named: str, message: str
) -> None:
    with_card(chargebee)

    response = chargebee.post(PATH, params)

    assert (response.status_code, response.json()) == (400, wrong_value(named, message))


def test_source_that_is_not_the_customers_is_missing_whoever_has_it(
    chargebee: ChargebeeClient, other_site: BillingSite
) -> None:
    with_card(chargebee)
    stranger = ChargebeeClient(create_api_key(site=other_site, scopes=["write"], at=START)[1])
    detached = source_id(chargebee.post("/payment_sources/create_card", {"customer_id": "c1", **CARD}))
    chargebee.post(f"/payment_sources/{detached}/delete")
    ids = ["pm_missing", with_card(chargebee, "c2"), with_card(stranger, "c1"), detached]

    answers = [chargebee.post(PATH, {"payment_source_id": each, "role": "backup"}) for each in ids]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(404, MISSING)] * 4


def test_unknown_customer_is_missing(chargebee: ChargebeeClient) -> None:
    response = chargebee.post(PATH, {"payment_source_id": "pm_1", "role": "primary"})

    assert (response.status_code, response.json()) == (404, NO_SUCH_RESOURCE)


def test_version_that_is_not_the_current_one_is_refused(chargebee: ChargebeeClient) -> None:
    _, other = with_two_cards(chargebee)

    response = chargebee.post(PATH, {"payment_source_id": other, "role": "backup"}, **{"if-match": '"1"'})

    assert response.status_code == 409
    assert "backup_payment_source_id" not in chargebee.get("/customers/c1").json()["customer"]
