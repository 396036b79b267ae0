"""Many workers, one job each; and what would happen without the lease."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from billing_customers.choices import JobStatus
from billing_customers.models import Job
from billing_customers.work import jobs
from billing_customers.work.handlers import Handler, RunningJob, handler
from billing_customers.work.jobs import claim, enqueue, run_due
from billing_customers.work.recurring import ensure_recurring, take_turn
from tests.concurrency.crowd import crowd, persistent, tally, values
from tests.events.sending import Clock
from tests.fixtures import NOW
from tests.work.conftest import APPS

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True, available_apps=APPS)]

THREADS = 16
HOUR = timedelta(hours=1)


def drain(clock: Clock) -> int:
    """Carry out jobs until there is none that is free; return how many."""
    done = 0
    while persistent(lambda: run_due(clock=clock)) is not None:
        done += 1
    return done


@pytest.fixture
def carried_out(kinds: dict[str, Handler]) -> list[int]:
    """The primary keys of the jobs of the kind ``note``, as often as they were carried out."""
    made: list[int] = []

    @handler("note")
    def note(running: RunningJob) -> None:
        made.append(running.job.pk)

    return made


def test_each_job_is_carried_out_once_by_many_threads(carried_out: list[int], clock: Clock) -> None:
    wanted = [enqueue(kind="note", at=NOW).pk for _ in range(100)]

    crowd(lambda _: drain(clock), THREADS)

    assert sorted(carried_out) == wanted
    assert Job.objects.filter(status=JobStatus.SUCCEEDED, attempts=1).count() == 100


@pytest.mark.postgres
def test_job_without_a_lease_is_carried_out_twice(
    carried_out: list[int], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can notice: two read the same row when its lock is taken away."""
    both = threading.Barrier(2)
    real = jobs._due

    class Unlocked:
        def __init__(self, at: Any) -> None:
            self.rows = real(at)

        def order_by(self, *names: str) -> Any:
            return self

        def select_for_update(self, **how: Any) -> Any:
            return self

        def first(self) -> Job | None:
            job = self.rows.first()
            both.wait(10)
            return job

    monkeypatch.setattr(jobs, "_due", Unlocked)
    job = enqueue(kind="note", at=NOW)

    crowd(lambda _: run_due(clock=clock), 2)

    assert carried_out == [job.pk] * 2


def test_key_makes_one_job_of_many_at_the_same_time(carried_out: list[int]) -> None:
    outcomes = crowd(lambda _: persistent(lambda: enqueue(kind="note", key="k", at=NOW).pk), THREADS)

    assert tally(outcomes) == {"done": THREADS}
    assert set(values(outcomes)) == {Job.objects.get().pk}


def test_recurring_rows_are_made_once_by_many_workers(kinds: dict[str, Handler]) -> None:
    handler("note", every=HOUR)(len)

    outcomes = crowd(lambda _: persistent(lambda: ensure_recurring(at=NOW)), THREADS)

    assert tally(outcomes) == {"done": THREADS}
    assert Job.objects.count() == 1


def test_turn_that_is_due_is_taken_by_one_of_many(db: None) -> None:
    take_turn("sweep", every=HOUR, at=NOW - HOUR)

    outcomes = crowd(lambda _: persistent(lambda: take_turn("sweep", every=HOUR, at=NOW)), THREADS)

    assert Counter(values(outcomes)) == {True: 1, False: THREADS - 1}


@pytest.mark.postgres
def test_job_whose_connection_broke_is_put_off_and_told(kinds: dict[str, Handler], clock: Clock) -> None:
    @handler("cut")
    def cut(running: RunningJob) -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    job = enqueue(kind="cut", at=NOW)

    outcomes = crowd(lambda _: run_due(clock=clock), 1)

    assert tally(outcomes) == {"done": 1}
    row = Job.objects.get(pk=job.pk)
    assert (row.status, row.error, row.token) == (JobStatus.PENDING, "OperationalError 57P01", "")


def test_locked_job_does_not_hold_up_the_others(carried_out: list[int], clock: Clock) -> None:
    first, second = enqueue(kind="note", at=NOW).pk, enqueue(kind="note", at=NOW).pk

    held = claim(at=NOW)

    assert held is not None
    assert (held.pk, drain(clock), carried_out) == (first, 1, [second])
