"""An engine is told after the commit, once in a transaction for each endpoint; and it may be away."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from billing_customers.models import BillingSite, Delivery, WebhookEndpoint
from billing_customers.work import engines, jobs
from tests.work.conftest import APPS
from tests.work.crowds import LOCAL, endpoint_at, events

pytestmark = pytest.mark.django_db(transaction=True, available_apps=APPS)

JOBS = "jobs"


@dataclass
class Queue:
    """An engine that remembers what it was told, or cannot be reached."""

    told: list[int | str] = field(default_factory=list)
    is_away: bool = False

    def wake_endpoint(self, pk: int) -> None:
        self._tell(pk)

    def wake_jobs(self) -> None:
        self._tell(JOBS)

    def _tell(self, what: int | str) -> None:
        if self.is_away:
            raise ConnectionError("amqp://user:secret@broker is away")
        self.told.append(what)


@pytest.fixture(autouse=True)
def queue(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Queue:
    settings.BILLING_CUSTOMERS = {**LOCAL, "WORK_ENGINE": "celery"}
    queue = Queue()
    monkeypatch.setattr(engines, "_engine", lambda: queue)
    return queue


@pytest.fixture
def endpoint(site: BillingSite) -> WebhookEndpoint:
    return endpoint_at(site, "http://127.0.0.1:9/")[0]


def test_engine_is_told_after_the_commit(site: BillingSite, endpoint: WebhookEndpoint, queue: Queue) -> None:
    with transaction.atomic():
        events(site, customers=1, each=1)
        before = list(queue.told)

    assert (before, queue.told) == ([], [endpoint.pk])


def test_engine_is_told_once_in_a_transaction_for_each_endpoint(
    site: BillingSite, endpoint: WebhookEndpoint, queue: Queue
) -> None:
    other, _ = endpoint_at(site, "http://127.0.0.1:9/other")

    with transaction.atomic():
        events(site, customers=3, each=2)

    assert sorted(queue.told) == sorted([endpoint.pk, other.pk])


def test_engine_is_told_anew_in_the_next_transaction(
    site: BillingSite, endpoint: WebhookEndpoint, queue: Queue
) -> None:
    events(site, customers=1, each=3)

    assert queue.told == [endpoint.pk] * 3


def test_transaction_that_is_rolled_back_wakes_nobody(
    site: BillingSite, endpoint: WebhookEndpoint, queue: Queue
) -> None:
    with transaction.atomic():
        events(site, customers=1, each=1)
        transaction.set_rollback(True)

    assert queue.told == []


def test_transaction_after_one_that_was_rolled_back_wakes(
    site: BillingSite, endpoint: WebhookEndpoint, queue: Queue
) -> None:
    with transaction.atomic():
        events(site, customers=1, each=1)
        transaction.set_rollback(True)

    events(site, customers=1, each=1)

    assert queue.told == [endpoint.pk]


def test_savepoint_that_is_rolled_back_takes_its_wake_along(
    site: BillingSite, endpoint: WebhookEndpoint, queue: Queue
) -> None:
    with transaction.atomic():
        engines.wake_jobs()
        with transaction.atomic():
            events(site, customers=1, each=1)
            transaction.set_rollback(True)

    assert queue.told == [JOBS]


def test_wake_of_a_savepoint_that_was_rolled_back_is_made_up_for(
    site: BillingSite, endpoint: WebhookEndpoint, queue: Queue
) -> None:
    with transaction.atomic():
        with transaction.atomic():
            events(site, customers=1, each=1)
            transaction.set_rollback(True)
        events(site, customers=1, each=1)

    assert queue.told == [endpoint.pk]


def test_change_is_kept_while_the_engine_is_away(
    site: BillingSite, endpoint: WebhookEndpoint, queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    queue.is_away = True

    events(site, customers=1, each=1)

    assert Delivery.objects.filter(endpoint=endpoint).count() == 1
    assert [each.message for each in caplog.records if each.levelno >= logging.WARNING] == [
        "the engine celery cannot be reached: ConnectionError"
    ]


def test_engine_that_was_away_is_left_alone_for_a_while(
    site: BillingSite, endpoint: WebhookEndpoint, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.is_away = True
    engines.wake_jobs()
    queue.is_away = False

    events(site, customers=1, each=2)
    during = list(queue.told)
    monkeypatch.setattr(engines._Reach, "quiet_until", 0.0)
    engines.wake_jobs()

    assert (during, queue.told) == ([], [JOBS])


def test_one_attempt_is_all_that_a_transaction_costs_while_the_engine_is_away(
    site: BillingSite, endpoint: WebhookEndpoint, queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3):
        endpoint_at(site, f"http://127.0.0.1:9/{number}")
    queue.is_away = True

    events(site, customers=1, each=1)

    assert [each.name for each in caplog.records].count("billing_customers.engines") == 1


@pytest.mark.parametrize(("delay", "told"), [(timedelta(0), [JOBS]), (timedelta(minutes=1), [])])
def test_job_wakes_when_it_is_due_at_once(queue: Queue, delay: timedelta, told: list[str]) -> None:
    now = timezone.now()

    jobs.enqueue(kind="jobs.unknown", run_at=now + delay, at=now)

    assert queue.told == told


def test_worker_that_looks_for_itself_is_told_nothing(
    site: BillingSite, endpoint: WebhookEndpoint, queue: Queue, settings: Any
) -> None:
    settings.BILLING_CUSTOMERS = LOCAL

    events(site, customers=1, each=1)
    jobs.enqueue(kind="jobs.unknown", at=timezone.now())

    assert queue.told == []
