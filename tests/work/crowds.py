"""What threads do to each other here, and a customer's worth of events to carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from billing_customers.choices import DeliveryStatus
from billing_customers.models import BillingSite, Customer, Delivery, Lane, WebhookEndpoint
from billing_customers.operations.customers import create_customer, update_customer
from billing_customers.operations.webhooks import create_endpoint
from billing_customers.work.handlers import handlers
from tests.work.sink import Received

LOCAL = {"WEBHOOK_ALLOW_PRIVATE_NETWORKS": True}


def upkeep() -> int:
    """How many jobs come round in an installation."""
    return sum(1 for handler in handlers().values() if handler.every is not None)


def endpoint_at(site: BillingSite, url: str) -> tuple[WebhookEndpoint, str]:
    """An endpoint of the CHING dialect, and its secret."""
    endpoint, secret = create_endpoint(site=site, attributes={"dialect": "ching", "url": url}, at=timezone.now())
    return endpoint, secret.reveal()


def events(site: BillingSite, *, customers: int, each: int) -> list[Customer]:
    """Make customers ``c0``, ``c1`` …; each is made and then renamed, so that it has ``each`` events."""
    made = [
        create_customer(site=site, public_id=f"c{number}", attributes={"name": "1"}, at=timezone.now())
        for number in range(customers)
    ]
    for round_ in range(2, each + 1):
        for customer in made:
            update_customer(
                site=site, public_id=customer.public_id, attributes={"name": str(round_)}, at=timezone.now()
            )
    return made


def names_by_customer(received: Sequence[Received]) -> dict[str, list[int]]:
    """The numbers that each customer was renamed to, in the order in which they came."""
    found: dict[str, list[int]] = {}
    for each in received:
        customer: Any = each.data["data"]
        found.setdefault(customer["id"], []).append(int(customer["name"]))
    return found


def pending() -> int:
    return Delivery.objects.filter(status=DeliveryStatus.PENDING).count()


def leased() -> int:
    return Lane.objects.exclude(lease_until=None).count()
