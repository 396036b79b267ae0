"""Webhooks as most would write them first: one Celery task for each event, which loads, signs, posts and marks it.

No order, no lease, no record of attempts: an event whose worker dies is lost.
"""

from __future__ import annotations

import hmac
import os

import requests
from celery import Celery
from django.conf import settings
from django.utils import timezone

from billing_customers.choices import DeliveryStatus

BROKER = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/0")
QUEUE = "billing_customers_bench"

app = Celery("tests.benchmarks.baseline", broker=BROKER, set_as_current=False)
app.conf.update(
    task_default_queue=QUEUE,
    task_ignore_result=True,
    # Celery's default is another connection to the database for each task, which nearly doubles the time.
    CELERY_DB_REUSE_MAX=1_000,
)

session = requests.Session()


@app.task(name="bench.deliver")  # type: ignore[untyped-decorator]
def deliver(pk: int) -> None:
    from billing_customers.models import Delivery  # noqa: PLC0415 - Celery reads this before the apps are loaded

    delivery = Delivery.objects.select_related("event", "endpoint").get(pk=pk)
    body = (delivery.event.ching_payload or "").encode()
    signature = hmac.digest(settings.SECRET_KEY.encode(), body, "sha256").hex()
    headers = {"Content-Type": "application/json", "Signature": signature, "Event-Id": delivery.event.public_id}
    session.post(delivery.endpoint.url, data=body, headers=headers, timeout=20).raise_for_status()
    delivery.status = DeliveryStatus.SUCCEEDED
    delivery.attempts += 1
    delivery.finished_at = timezone.now()
    delivery.save(update_fields=["status", "attempts", "finished_at"])
