"""``db_worker`` of django-tasks-db in processes of its own."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from billing_customers.choices import JobStatus
from billing_customers.models import BillingSite, Job
from billing_customers.operations.resending import resend_range
from tests.fixtures import NOW
from tests.work.children import ended, eventually
from tests.work.conftest import APPS
from tests.work.crowds import LOCAL, endpoint_at, events, leased, names_by_customer, pending
from tests.work.queueing import database_queue, database_worker
from tests.work.sink import Sink

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True, available_apps=APPS)]


@pytest.fixture(autouse=True)
def queue(db: None, settings: Any) -> Iterator[Any]:
    settings.BILLING_CUSTOMERS = {**LOCAL, "WORK_ENGINE": "tasks"}
    with database_queue() as model:
        yield model


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


def test_changes_arrive_in_order_and_signed(site: BillingSite, sink: Sink) -> None:
    _, secret = endpoint_at(site, sink.url)

    with database_worker() as worker:
        events(site, customers=5, each=4)
        eventually(lambda: pending() == leased() == 0, worker)

    received = sink.received()
    assert names_by_customer(received) == {f"c{number}": [1, 2, 3, 4] for number in range(5)}
    assert all(Webhook(secret).verify(each.body, each.headers) for each in received)


def test_job_is_carried_out_and_what_comes_of_it(site: BillingSite, sink: Sink) -> None:
    endpoint, _ = endpoint_at(site, sink.url)
    with database_worker() as worker:
        events(site, customers=3, each=1)
        eventually(lambda: sink.count() == 3, worker)

        job = resend_range(site=site, endpoint_id=endpoint.public_id, since=NOW, only_failed=False, at=timezone.now())
        eventually(lambda: Job.objects.filter(pk=job.pk, status=JobStatus.SUCCEEDED).exists(), worker)
        eventually(lambda: pending() == 0, worker)

    assert sink.count() == 6


def test_one_sweep_by_hand_is_enough_after_the_queue_was_lost(site: BillingSite, sink: Sink, queue: Any) -> None:
    endpoint_at(site, sink.url)
    events(site, customers=2, each=3)
    sink.behave(status=500, times=1)
    queue.objects.all().delete()

    with database_worker() as worker:
        call_command("billing_sweep")
        eventually(lambda: pending() == leased() == 0, worker)

    assert names_by_customer(sink.arrived()) == {f"c{number}": [1, 2, 3] for number in range(2)}


def test_worker_that_is_killed_is_followed_by_another(site: BillingSite, queue: Any) -> None:
    """The sweeps go on, though a killed worker's tasks stay as they were."""
    with Sink(delay=0.02) as sink, ExitStack() as workers:
        endpoint_at(site, sink.url)
        events(site, customers=20, each=5)
        for count in (1, 30, 60):
            worker = workers.enter_context(database_worker())
            eventually(lambda: sink.count() >= count, worker)  # noqa: B023 - called before the next
            ended(worker, signal.SIGKILL)
        worker = workers.enter_context(database_worker())
        eventually(lambda: pending() == leased() == 0, worker)

        first = {name: list(dict.fromkeys(numbers)) for name, numbers in names_by_customer(sink.arrived()).items()}
    assert first == {f"c{number}": [1, 2, 3, 4, 5] for number in range(20)}
    assert queue.objects.filter(status="RUNNING").exists()
