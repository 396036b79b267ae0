"""Endpoints, events, deliveries and attempts as workers leave them behind, for the pages that show them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from billing_customers.choices import AttemptTrigger, DeliveryStatus, JobStatus
from billing_customers.models import BillingSite, Customer, Delivery, DeliveryAttempt, Event, Job, Lane, WebhookEndpoint
from billing_customers.operations.customers import update_customer
from billing_customers.operations.webhooks import create_endpoint
from tests.fixtures import NOW

URL = "https://hooks.example.com/billing"


def make_endpoint(site: BillingSite, **attributes: Any) -> WebhookEndpoint:
    """An endpoint that gets all events, unless ``attributes`` say otherwise."""
    given: Any = {"dialect": "ching", "url": URL, **attributes}
    return create_endpoint(site=site, attributes=given, at=NOW)[0]


def change(customer: Customer, **attributes: Any) -> Event:
    """Change the customer; return the event of it."""
    given: Any = attributes or {"company": f"Company {Event.objects.count()}"}
    update_customer(site=customer.site, public_id=customer.public_id, attributes=given, at=NOW)
    return Event.objects.filter(customer=customer).latest("pk")


def attempted(delivery: Delivery, status: int | None = 200, *, text: str = "ok", **columns: Any) -> DeliveryAttempt:
    """Write one attempt of the delivery, as the worker would, and what became of the delivery."""
    delivery.attempts += 1
    delivery.first_attempt_at = delivery.first_attempt_at or NOW
    if status is not None and 200 <= status < 300:
        delivery.status, delivery.finished_at = DeliveryStatus.SUCCEEDED, NOW + timedelta(seconds=1)
    delivery.save()
    attempt = DeliveryAttempt(
        site_id=delivery.site_id,
        delivery=delivery,
        number=delivery.attempts,
        **{
            "trigger": AttemptTrigger.SCHEDULE,
            "started_at": NOW,
            "duration_ms": 1234,
            "status_code": status,
            "response_text": text,
            **columns,
        },
    )
    attempt.save(force_insert=True)
    return attempt


def many_deliveries(endpoint: WebhookEndpoint, event: Event, count: int, status: str = "pending") -> None:
    """Deliveries of one event to the endpoint, in one statement."""
    lane = Lane.objects.get_or_create(
        site_id=endpoint.site_id, endpoint=endpoint, customer=event.customer, is_manual=False
    )[0]
    rows = {"site_id": endpoint.site_id, "event": event, "endpoint": endpoint, "lane": lane, "created_at": NOW}
    Delivery.objects.bulk_create(Delivery(**rows, status=status) for _ in range(count))


def make_job(site: BillingSite | None = None, *, at: datetime = NOW, **columns: Any) -> Job:
    """A job that waits, unless ``columns`` say otherwise."""
    job = Job(site=site, created_at=at, **{"kind": "webhooks.resend_range", "run_at": at, **columns})
    job.save(force_insert=True)
    return job


def failed_job(site: BillingSite | None = None, **columns: Any) -> Job:
    """A job that used up its attempts."""
    ended = {"status": JobStatus.FAILED, "run_at": None, "attempts": 10, "error": "ValueError: no", "finished_at": NOW}
    return make_job(site, **{**ended, **columns})
