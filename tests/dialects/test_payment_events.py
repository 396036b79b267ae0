"""What receivers get of payments, invoices and subscriptions. Chargebee "Events": payment_succeeded and _failed with
``transaction``, ``customer``, ``card``, and ``invoice`` when there is one; CHING: ``charge.*``, ``subscription.*``.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from billing_customers.models import BillingSite, Customer, Event
from billing_customers.operations.documents import change_subscription
from tests.clients import ChargebeeClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import CREATED, SECONDS, VERSION, chargebee_customer
from tests.dialects.payments import (
    a_payer,
    a_subscription,
    an_invoice,
    card,
    collect,
    invoice,
    last_payment,
    link,
    paid_invoice,
    transaction,
)
from tests.dialects.sources import card_of, last_source, paying_customer
from tests.factories import RelationshipFactory
from tests.operations import collecting as pay

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def payer(clock: Clock, site: BillingSite, chargebee: ChargebeeClient) -> str:
    """The customer ``c1`` with a card and the invoice ``inv`` over 1095."""
    return a_payer(site, chargebee)


@pytest.fixture
def stranger(clock: Clock, site: BillingSite, chargebee: ChargebeeClient) -> None:
    """The customer ``c1`` without a card, and the invoice ``inv`` over 1095."""
    chargebee.post("/customers", {"id": "c1"})
    an_invoice(site)


def events(since: int = 0) -> list[Event]:
    return list(Event.objects.order_by("pk")[since:])


def content(event: Event) -> Any:
    return json.loads(event.chargebee_payload or "")["content"]


def ching(event: Event) -> Any:
    return json.loads(event.ching_payload or "null")


def charge(**said: Any) -> dict[str, Any]:
    """CHING's charge, of a payment over 1095 that succeeded."""
    payment = last_payment()
    return {
        "id": payment.public_id,
        "object": "charge",
        "customer": "c1",
        "amount": 1095,
        "currency": "USD",
        "status": "succeeded",
        "payment_method": payment.payment_source.public_id if payment.payment_source else None,
        "failure_code": None,
        "failure_message": None,
        "metadata": {},
        "livemode": False,
        "created": CREATED,
        **said,
    }


def test_payment_that_succeeded(chargebee: ChargebeeClient, payer: str) -> None:
    before = Event.objects.count()

    answer = collect(chargebee).json()

    paid, updated = events(before)
    source, payment = last_source(), last_payment()
    assert (paid.type, updated.type) == ("payment_succeeded", "invoice_updated")
    assert content(paid) == {
        "customer": answer["customer"],
        "card": card_of(source),
        "transaction": answer["transaction"],
        "invoice": paid_invoice(payment),
    }
    assert content(paid)["transaction"] == transaction(payment, link())
    assert content(updated) == {
        "customer": answer["customer"],
        "card": card_of(source),
        "invoice": paid_invoice(payment),
    }
    assert paid.resource_version == answer["customer"]["resource_version"]


def test_payment_of_two_invoices_names_neither(site: BillingSite, chargebee: ChargebeeClient, payer: str) -> None:
    an_invoice(site, public_id="inv2")
    before = Event.objects.count()

    collect(chargebee, "inv", "inv2")

    paid, *updated = events(before)
    assert list(content(paid)) == ["customer", "card", "transaction"]
    assert [each["invoice_id"] for each in content(paid)["transaction"]["linked_invoices"]] == ["inv", "inv2"]
    assert [content(each)["invoice"]["id"] for each in updated] == ["inv", "inv2"]


@pytest.mark.usefixtures("stranger")
def test_payment_that_failed(chargebee: ChargebeeClient) -> None:
    before = Event.objects.count()

    collect(chargebee, **card(pay.DECLINED))

    (failed,) = events(before)
    payment = last_payment()
    assert failed.type == "payment_failed"
    assert content(failed) == {
        "customer": chargebee_customer("c1", resource_version=VERSION + 1),
        "transaction": transaction(
            payment,
            status="failure",
            error_code="card_declined",
            error_text="The card was declined.",
            masked_card_number="************0341",
        ),
        "invoice": invoice(),
    }


@pytest.mark.usefixtures("stranger")
def test_payment_under_way(chargebee: ChargebeeClient) -> None:
    before = Event.objects.count()

    answer = collect(chargebee, **card(pay.PENDING)).json()

    (initiated,) = events(before)
    assert (initiated.type, initiated.ching_payload) == ("payment_initiated", None)
    assert content(initiated)["transaction"] == answer["transaction"]
    assert content(initiated)["invoice"] == invoice()


def test_events_of_a_family_are_of_those_that_they_are_about(
    site: BillingSite, chargebee: ChargebeeClient, payer: str
) -> None:
    chargebee.post("/customers", {"id": "child"})
    an_invoice(site, public_id="of-child", customer_public_id="child")
    RelationshipFactory(child=Customer.objects.get(public_id="child"), parent=Customer.objects.get(public_id="c1"))
    before = Event.objects.count()

    collect(chargebee, "of-child")

    paid, updated = events(before)
    assert [content(each)["customer"]["id"] for each in (paid, updated)] == ["c1", "child"]
    assert [content(each)["invoice"]["customer_id"] for each in (paid, updated)] == ["child", "child"]
    assert content(paid)["transaction"]["customer_id"] == "c1"


def test_chings_charge_that_succeeded(chargebee: ChargebeeClient, payer: str) -> None:
    before = Event.objects.count()

    collect(chargebee)

    paid, updated = events(before)
    assert ching(paid) == {
        "id": paid.public_id,
        "type": "charge.succeeded",
        "data": charge(payment_method=payer),
        "livemode": False,
        "created": CREATED,
    }
    assert updated.ching_payload is None


@pytest.mark.usefixtures("stranger")
def test_chings_charge_that_failed(chargebee: ChargebeeClient) -> None:
    collect(chargebee, **card(pay.DECLINED))

    said = ching(Event.objects.latest("pk"))
    assert (said["type"], said["data"]) == (
        "charge.failed",
        charge(status="failed", failure_code="card_declined", failure_message="The card was declined."),
    )


@pytest.mark.usefixtures("stranger")
def test_invoice_that_was_generated(site: BillingSite) -> None:
    a_subscription(site)

    an_invoice(site, public_id="inv2", subscription_id="sub")

    event = Event.objects.latest("pk")
    assert (event.type, event.ching_payload) == ("invoice_generated", None)
    assert content(event) == {
        "customer": chargebee_customer("c1"),
        "invoice": invoice("inv2", subscription_id="sub", recurring=True),
    }


@pytest.mark.parametrize(
    ("status", "shown", "cancelled"),
    [
        ("active", "active", False),
        ("trialing", "in_trial", False),
        ("past_due", "active", False),
        ("incomplete", "future", False),
        ("incomplete_expired", "cancelled", True),
        ("canceled", "cancelled", True),
    ],
)
@pytest.mark.usefixtures("stranger")
def test_subscription_that_was_made(site: BillingSite, status: str, shown: str, cancelled: bool) -> None:
    a_subscription(site, status)

    event = Event.objects.latest("pk")
    assert event.type == "subscription_created"
    assert content(event) == {
        "customer": chargebee_customer("c1"),
        "subscription": {
            "id": "sub",
            "object": "subscription",
            "customer_id": "c1",
            "status": shown,
            "currency_code": "USD",
            "created_at": SECONDS,
            "started_at": SECONDS,
            "updated_at": SECONDS,
            "deleted": False,
            "has_scheduled_changes": False,
            "resource_version": VERSION,
            **({"cancelled_at": SECONDS} if cancelled else {}),
        },
    }
    assert ching(event) == {
        "id": event.public_id,
        "type": "subscription.created",
        "data": {
            "id": "sub",
            "object": "subscription",
            "customer": "c1",
            "status": status,
            "currency": "USD",
            "canceled_at": CREATED if cancelled else None,
            "metadata": {},
            "livemode": False,
            "created": CREATED,
        },
        "livemode": False,
        "created": CREATED,
    }


@pytest.mark.usefixtures("stranger")
def test_subscription_that_was_changed(site: BillingSite) -> None:
    a_subscription(site)

    change_subscription(site=site, public_id="sub", status="canceled", at=START)

    event = Event.objects.latest("pk")
    said = ching(event)
    assert (event.type, said["type"]) == ("subscription_changed", "subscription.updated")
    assert (said["data"]["status"], said["data"]["canceled_at"]) == ("canceled", CREATED)
    assert content(event)["subscription"]["cancelled_at"] == SECONDS


def test_card_in_events_holds_no_number(chargebee: ChargebeeClient, payer: str) -> None:
    collect(chargebee, **card(pay.GOOD), retain_payment_source="true")

    assert pay.GOOD not in str(list(Event.objects.values("chargebee_payload", "ching_payload")))
    assert paying_customer(last_source())["card_status"] == "valid"
