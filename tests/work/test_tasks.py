"""Any backend of ``django.tasks`` in this process: when it is told, and how sweeps follow each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from billing_customers.models import BillingSite, Job, WebhookEndpoint
from billing_customers.work import jobs, stints, tasks
from tests.fixtures import NOW
from tests.work.conftest import APPS
from tests.work.crowds import LOCAL, endpoint_at, events, names_by_customer, pending
from tests.work.queueing import DUMMY, IMMEDIATE, queued
from tests.work.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True, available_apps=APPS)

DELIVER, RUN_JOBS, SWEEP = (f"billing_customers.work.tasks.{name}" for name in ("deliver", "run_jobs", "sweep"))


@pytest.fixture(autouse=True)
def _chosen(settings: Any) -> None:
    settings.BILLING_CUSTOMERS = {**LOCAL, "WORK_ENGINE": "tasks"}
    settings.TASKS = DUMMY


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time for the chain of sweeps: the last of the list."""
    times = [NOW]
    monkeypatch.setattr(tasks, "timezone", SimpleNamespace(now=lambda: times[-1]))
    return times


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture
def endpoint(site: BillingSite, sink: Sink) -> WebhookEndpoint:
    return endpoint_at(site, sink.url)[0]


def told() -> list[tuple[str, list[Any]]]:
    return [(each.task.module_path, list(each.args)) for each in queued()]


def sweeps() -> list[datetime]:
    """When the sweeps that are queued are to run."""
    return [each.task.run_after for each in queued() if each.task.module_path == SWEEP]


def test_tasks_are_queued_after_the_commit_and_once(site: BillingSite, endpoint: WebhookEndpoint) -> None:
    with transaction.atomic():
        events(site, customers=3, each=2)
        jobs.enqueue(kind="jobs.unknown", at=timezone.now())
        before = told()

    assert (before, told()) == ([], [(DELIVER, [endpoint.pk]), (RUN_JOBS, [])])


def test_no_task_is_queued_after_a_rollback(site: BillingSite, endpoint: WebhookEndpoint) -> None:
    with transaction.atomic():
        events(site, customers=1, each=1)
        transaction.set_rollback(True)

    assert told() == []


def test_immediate_task_does_not_run_inside_the_transaction(
    site: BillingSite, sink: Sink, endpoint: WebhookEndpoint, settings: Any
) -> None:
    settings.TASKS = IMMEDIATE

    with transaction.atomic():
        events(site, customers=3, each=2)
        before = sink.count()

    assert before == 0
    assert names_by_customer(sink.received()) == {f"c{number}": [1, 2] for number in range(3)}


def test_immediate_task_of_a_transaction_that_is_rolled_back_does_not_run(
    site: BillingSite, sink: Sink, endpoint: WebhookEndpoint, settings: Any
) -> None:
    settings.TASKS = IMMEDIATE

    with transaction.atomic():
        events(site, customers=3, each=2)
        transaction.set_rollback(True)

    assert sink.count() == 0


def test_sweep_where_tasks_cannot_be_put_off_is_one_sweep(
    site: BillingSite, sink: Sink, endpoint: WebhookEndpoint, settings: Any
) -> None:
    events(site, customers=1, each=2)
    settings.TASKS = IMMEDIATE

    tasks.sweep.enqueue()

    assert (sink.count(), pending()) == (2, 0)
    assert Job.objects.filter(key__startswith="turn:").count() == 0


@pytest.mark.parametrize(("name", "arguments"), [("deliver", [7]), ("run_jobs", [])])
def test_task_that_is_not_done_in_time_is_queued_again(
    db: None, monkeypatch: pytest.MonkeyPatch, name: str, arguments: list[int]
) -> None:
    monkeypatch.setattr(stints, name, lambda *given: True)

    getattr(tasks, name).call(*arguments)

    assert (f"billing_customers.work.tasks.{name}", arguments) in told()


def test_sweep_queues_the_next(db: None, at: list[datetime]) -> None:
    tasks.sweep.call()

    assert sweeps() == [NOW + timedelta(seconds=15)]


def test_of_several_chains_of_sweeps_one_goes_on(db: None, at: list[datetime]) -> None:
    for seconds in (0, 5, 15, 20, 30):
        at.append(NOW + timedelta(seconds=seconds))
        tasks.sweep.call()

    assert sweeps() == [NOW + timedelta(seconds=each) for each in (15, 30, 45)]


def test_sweep_that_fails_is_followed_by_the_next(
    db: None, at: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stints, "sweep", lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        tasks.sweep.call()

    assert sweeps() == [NOW + timedelta(seconds=15)]


def test_turn_is_not_taken_when_the_next_sweep_cannot_be_queued(db: None, at: list[datetime], settings: Any) -> None:
    settings.TASKS = {"default": {**DUMMY["default"], "QUEUES": ["of others"]}}
    with pytest.raises(Exception, match="is not valid for backend"):
        tasks.sweep.call()
    settings.TASKS = DUMMY

    tasks.sweep.call()

    assert sweeps() == [NOW + timedelta(seconds=15)]


@pytest.mark.parametrize("task", [tasks.run_jobs, tasks.deliver])
def test_chain_of_sweeps_that_is_broken_is_begun_anew_by_any_task(db: None, at: list[datetime], task: Any) -> None:
    arguments = [1] if task is tasks.deliver else []
    for seconds in (0, 59, 60, 61):
        at.append(NOW + timedelta(seconds=seconds))
        task.call(*arguments)

    assert sweeps() == [NOW + timedelta(seconds=15), NOW + timedelta(seconds=75)]


def test_sweep_by_hand_is_queued() -> None:
    said = StringIO()

    call_command("billing_sweep", stdout=said)

    assert (told(), said.getvalue()) == ([(SWEEP, [])], "Queued a sweep.\n")
