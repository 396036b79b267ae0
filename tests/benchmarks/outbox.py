"""Events that wait for their endpoint: made by the operations themselves, and sent as often as one likes."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone

from billing_customers.choices import DeliveryStatus, DialectName
from billing_customers.events.renderers import renderers
from billing_customers.models import BillingSite, Delivery, DeliveryAttempt, Lane, WebhookEndpoint
from billing_customers.operations.customers import create_customer, update_customer
from billing_customers.operations.webhooks import create_endpoint
from tests.benchmarks.seeding import settle

EVENTS_EACH = 5

_TABLES = (Lane._meta.db_table, Delivery._meta.db_table, DeliveryAttempt._meta.db_table)


def make_endpoint(site: BillingSite, url: str, *, dialect: DialectName = DialectName.CHING) -> WebhookEndpoint:
    """An endpoint that gets every event."""
    assert dialect in renderers()
    attributes = {"dialect": dialect, "url": url, "events": ["*"]}
    return create_endpoint(site=site, attributes=attributes, at=timezone.now())[0]


def fill(site: BillingSite, events: int) -> None:
    """Record ``events`` events of a fifth as many customers."""
    for number in range(events // EVENTS_EACH):
        attributes = {"name": f"Dana Cohen {number}", "email": f"dana.{number}@example.com", "phone": "+972501234567"}
        customer = create_customer(site=site, attributes=attributes, at=timezone.now())
        for change in range(1, EVENTS_EACH):
            attributes = {"name": f"Dana Levi {number}", "metadata": {"seats": change}}
            update_customer(site=site, public_id=customer.public_id, attributes=attributes, at=timezone.now())


def queue_again() -> None:
    """Let every delivery wait as if it had never been tried."""
    DeliveryAttempt.objects.all().delete()
    Delivery.objects.update(
        status=DeliveryStatus.PENDING, attempts=0, failures=0, first_attempt_at=None, finished_at=None
    )
    Lane.objects.update(ready_at=timezone.now(), lease_until=None, token="")
    settle(*_TABLES)
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")


def waiting() -> int:
    """How many deliveries have not arrived."""
    return Delivery.objects.exclude(status=DeliveryStatus.SUCCEEDED).count()
