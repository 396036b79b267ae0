"""Events that wait for their endpoint: made by the operations themselves, and sent as often as one likes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models.functions import Mod
from django.utils import timezone

from billing_customers.choices import DeliveryStatus
from billing_customers.events.delivery import Envelope
from billing_customers.events.lanes import Head
from billing_customers.models import BillingSite, Delivery, DeliveryAttempt, Lane, WebhookEndpoint
from billing_customers.operations.customers import create_customer, update_customer
from billing_customers.operations.webhooks import create_endpoint
from tests.benchmarks.seeding import settle

EVENTS_EACH = 5
# Where nothing is sent.
NOWHERE = "https://nowhere.example.com/hook"

_TABLES = (Lane._meta.db_table, Delivery._meta.db_table, DeliveryAttempt._meta.db_table)


def make_endpoint(site: BillingSite, url: str) -> WebhookEndpoint:
    """An endpoint of the CHING dialect that gets every event."""
    return create_endpoint(site=site, attributes={"dialect": "ching", "url": url}, at=timezone.now())[0]


def fill(site: BillingSite, events: int) -> None:
    """Record ``events`` events of a fifth as many customers."""
    for number in range(events // EVENTS_EACH):
        attributes: Any = {"name": f"Dana Cohen {number}", "email": f"dana.{number}@example.com"}
        customer = create_customer(site=site, attributes=attributes | {"phone": "+972501234567"}, at=timezone.now())
        for change in range(1, EVENTS_EACH):
            attributes = {"name": f"Dana Levi {number}", "metadata": {"seats": change}}
            update_customer(site=site, public_id=customer.public_id, attributes=attributes, at=timezone.now())


def queue_again(url: str, *, part: int = 1) -> int:
    """Let every delivery wait as if it had never been tried, for an endpoint at ``url``; return how many wait.

    With ``part`` one in so many; the others have arrived.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {DeliveryAttempt._meta.db_table}")
    Delivery.objects.update(
        status=DeliveryStatus.PENDING, attempts=0, failures=0, first_attempt_at=None, finished_at=None
    )
    waiting = Delivery.objects.alias(turn=Mod("pk", part)).filter(turn=0).count()
    Delivery.objects.alias(turn=Mod("pk", part)).exclude(turn=0).update(status=DeliveryStatus.SUCCEEDED)
    WebhookEndpoint.objects.update(url=url)
    Lane.objects.update(ready_at=timezone.now(), lease_until=None, token="")
    settle(*_TABLES)
    with connection.cursor() as cursor:
        # Or one of the senders would pay for what was written here.
        cursor.execute("CHECKPOINT")
    return waiting


def is_empty() -> bool:
    """Whether nothing waits any longer."""
    return not Delivery.objects.filter(status=DeliveryStatus.PENDING).exists()


def write_posts(endpoint: WebhookEndpoint, path: Path) -> None:
    """Write what the worker sends, ``[body, headers]`` for each delivery, in the order of the events."""
    at = timezone.now()
    envelope = Envelope.of(endpoint, at)
    with path.open("w", encoding="utf-8") as file:
        for delivery in Delivery.objects.select_related("event").order_by("pk"):
            body = str(delivery.event.ching_payload)
            headers = envelope.headers(_head(delivery, body), body.encode(), at=at)
            file.write(json.dumps([body, dict(headers)]) + "\n")


def _head(delivery: Delivery, payload: str) -> Head:
    return Head(
        delivery.pk,
        delivery.lane_id,
        delivery.event_id,
        delivery.event.public_id,
        delivery.event.sequence,
        payload,
        is_manual=False,
        attempts=0,
    )
