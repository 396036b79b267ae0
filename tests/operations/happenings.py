"""How each type of event happens to the customer ``acme``, once, by the operations; others may happen on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from billing_customers.choices import EventType, SubscriptionStatus
from billing_customers.exceptions import PaymentFailed
from billing_customers.models import BillingSite, WebhookEndpoint
from billing_customers.operations.credits import deduct_promotional_credits
from billing_customers.operations.documents import change_subscription, create_subscription
from billing_customers.operations.expiries import refresh_expiries
from billing_customers.operations.payment_sources import delete_payment_source
from billing_customers.operations.sites import create_site
from billing_customers.operations.webhooks import send_ping
from tests.fixtures import NOW
from tests.operations import acts, collecting, families, money, moving, paying


def update_source(site: BillingSite) -> None:
    paying.attach(site)
    paying.attach(site, expiry_year=2031, at=acts.LATER)


def expire(site: BillingSite, at: datetime) -> None:
    """A card that is good to the end of January 2026 is looked at."""
    paying.attach(site, expiry_month=1, expiry_year=2026)
    refresh_expiries(site=site, at=at)


def deduct(site: BillingSite) -> None:
    money.credit(site, 5)
    deduct_promotional_credits(site=site, customer_public_id="acme", amount=5, description="Used", at=acts.LATER)


def collect(site: BillingSite, card: str = collecting.GOOD) -> None:
    collecting.an_invoice(site)
    collecting.a_source(site, card)
    collecting.collect(site)


def collect_in_vain(site: BillingSite) -> None:
    with pytest.raises(PaymentFailed):
        collect(site, collecting.DECLINED)


def subscribe(site: BillingSite) -> None:
    status = SubscriptionStatus.ACTIVE
    create_subscription(site=site, customer_public_id="acme", status=status, public_id="sub", at=NOW)


def cancel(site: BillingSite) -> None:
    subscribe(site)
    change_subscription(site=site, public_id="sub", status=SubscriptionStatus.CANCELED, at=acts.LATER)


def link(site: BillingSite) -> None:
    families.people(site, "parent")
    families.link(site, "acme", "parent")


def delink(site: BillingSite) -> None:
    link(site)
    families.delink(site, "acme")


def move_in(site: BillingSite) -> None:
    moving.a_source(site)
    moving.schedule(site)
    moving.run_all()


def move_out(site: BillingSite) -> None:
    target = create_site(slug="globex-test", at=NOW)
    moving.allow(target, site)
    moving.schedule(target, "acme", site.slug)
    moving.run_all()


TYPES: dict[EventType, Callable[[BillingSite], Any]] = {
    EventType.CUSTOMER_CREATED: lambda site: acts.create(site, "another"),
    EventType.CUSTOMER_CHANGED: lambda site: acts.update(site, name="New"),
    EventType.CUSTOMER_DELETED: acts.delete,
    EventType.CUSTOMER_MOVED_IN: move_in,
    EventType.CUSTOMER_MOVED_OUT: move_out,
    EventType.PAYMENT_SOURCE_ADDED: paying.attach,
    EventType.PAYMENT_SOURCE_UPDATED: update_source,
    EventType.PAYMENT_SOURCE_DELETED: lambda site: delete_payment_source(
        site=site, public_id=paying.attach(site).public_id, at=acts.LATER
    ),
    EventType.PAYMENT_SOURCE_EXPIRING: lambda site: expire(site, datetime(2026, 1, 5, tzinfo=UTC)),
    EventType.PAYMENT_SOURCE_EXPIRED: lambda site: expire(site, datetime(2026, 2, 1, tzinfo=UTC)),
    EventType.PROMOTIONAL_CREDITS_ADDED: lambda site: money.credit(site, 5),
    EventType.PROMOTIONAL_CREDITS_DEDUCTED: deduct,
    EventType.TRANSACTION_CREATED: lambda site: money.pay(site, 5),
    EventType.PAYMENT_SUCCEEDED: collect,
    EventType.PAYMENT_FAILED: collect_in_vain,
    EventType.PAYMENT_INITIATED: lambda site: collect(site, collecting.PENDING),
    EventType.INVOICE_GENERATED: collecting.an_invoice,
    EventType.INVOICE_UPDATED: collect,
    EventType.SUBSCRIPTION_CREATED: subscribe,
    EventType.SUBSCRIPTION_CHANGED: cancel,
    EventType.HIERARCHY_CREATED: link,
    EventType.HIERARCHY_DELETED: delink,
    EventType.PING: lambda site: send_ping(site=site, public_id=WebhookEndpoint.objects.get().public_id, at=NOW),
}
