"""What receivers get of credits and recorded payments. Chargebee "Events": promotional_credits_added and _deducted with
``promotional_credit``, transaction_created with ``transaction``. CHING has no name for them.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from billing_customers.models import BillingSite, Delivery, Event
from billing_customers.operations.webhooks import create_endpoint
from tests.clients import ChargebeeClient
from tests.dialects.clock import START
from tests.dialects.expected import SECONDS
from tests.operations import acts
from tests.operations.money import credit

pytestmark = pytest.mark.usefixtures("clock")

CREDIT = {"customer_id": "acme", "amount": "100", "description": "x"}
PAYMENT = {"transaction[amount]": "500", "transaction[date]": "1600968152", "transaction[payment_method]": "check"}
CALLS = [
    ("promotional_credits_added", "/promotional_credits/add", CREDIT),
    ("promotional_credits_deducted", "/promotional_credits/deduct", CREDIT),
    ("promotional_credits_deducted", "/promotional_credits/set", CREDIT),
    ("promotional_credits_added", "/promotional_credits/set", {**CREDIT, "amount": "5000"}),
    ("transaction_created", "/customers/acme/record_excess_payment", PAYMENT),
]


@pytest.fixture
def acme(site: BillingSite) -> None:
    acts.create(site, "acme", at=START)
    credit(site, 1000, at=START)


def payload_of(event: Event) -> Any:
    return json.loads(event.chargebee_payload or "")


@pytest.mark.parametrize(("kind", "path", "params"), CALLS)
def test_event_holds_what_was_answered(
    chargebee: ChargebeeClient, acme: None, kind: str, path: str, params: dict[str, str]
) -> None:
    answer = chargebee.post(path, params).json()

    event = Event.objects.latest("pk")
    assert payload_of(event) == {
        "id": event.public_id,
        "occurred_at": SECONDS,
        "source": "api",
        "user": event.user,
        "object": "event",
        "api_version": "v2",
        "content": answer,
        "event_type": kind,
        "webhook_status": "not_configured",
    }
    assert set(answer) == {"customer", "transaction" if kind == "transaction_created" else "promotional_credit"}
    assert (event.type, event.ching_payload) == (kind, None)
    assert event.resource_version == answer["customer"]["resource_version"]


def test_older_family_raises_the_same_event(chargebee: ChargebeeClient, acme: None) -> None:
    answer = chargebee.post("/customers/acme/add_promotional_credits", CREDIT).json()

    content = payload_of(Event.objects.latest("pk"))["content"]
    assert (content["customer"], content["promotional_credit"]["amount"]) == (answer["customer"], 100)


def test_each_is_one_event_and_no_customer_changed(chargebee: ChargebeeClient, acme: None) -> None:
    before = Event.objects.count()

    for _, path, params in CALLS:
        chargebee.post(path, params)

    assert list(Event.objects.order_by("pk").values_list("type", flat=True)[before:]) == [kind for kind, _, _ in CALLS]


def test_receivers_of_the_contract_get_them_and_those_of_the_other_do_not(
    site: BillingSite, chargebee: ChargebeeClient, acme: None
) -> None:
    said = ("chargebee", ["transaction_created"]), ("chargebee", ["customer_changed"]), ("ching", ["*"])
    endpoints = [
        create_endpoint(
            site=site,
            attributes={"dialect": dialect, "url": f"https://{number}.example.com/", "events": events},
            at=START,
        )[0]
        for number, (dialect, events) in enumerate(said)
    ]

    chargebee.post(CALLS[-1][1], PAYMENT)

    assert list(Delivery.objects.values_list("endpoint_id", flat=True)) == [endpoints[0].pk]


def test_refused_call_is_no_event(chargebee: ChargebeeClient, acme: None) -> None:
    before = Event.objects.count()

    chargebee.post("/promotional_credits/deduct", {**CREDIT, "amount": "5000"})
    chargebee.post("/customers/acme/set_promotional_credits", {**CREDIT, "amount": "1000"})

    assert Event.objects.count() == before


def test_caller_can_have_it_recorded_and_sent_to_nobody(
    site: BillingSite, chargebee: ChargebeeClient, acme: None
) -> None:
    create_endpoint(site=site, attributes={"dialect": "chargebee", "url": "https://hooks.example.com/"}, at=START)

    chargebee.post("/promotional_credits/add", CREDIT, **{"chargebee-event-webhook": "all-disabled"})

    assert (payload_of(Event.objects.latest("pk"))["webhook_status"], Delivery.objects.count()) == ("skipped", 0)
