"""A job is its worker's while the lease runs, and goes to another when that worker died or stops."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from billing_customers.choices import JobStatus
from billing_customers.models import Job
from billing_customers.work.handlers import LEASE, Interrupted, RunningJob, handler
from billing_customers.work.jobs import claim, enqueue
from billing_customers.work.outcomes import Outcome
from tests.events.sending import Clock
from tests.fixtures import NOW
from tests.work.running import columns, run, seconds, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kinds")]


def test_job_of_a_worker_that_died_is_taken_over_after_its_lease(clock: Clock, calls: list[Any]) -> None:
    job = enqueue(kind="note", at=NOW)
    claim(at=NOW)

    clock.pass_(seconds=LEASE.seconds - 1)
    assert run(clock) is None
    clock.pass_(seconds=1)
    assert run(clock) is Outcome.SUCCEEDED
    assert columns(job, "attempts", "status") == (2, JobStatus.SUCCEEDED)


def test_job_that_kills_every_worker_fails_in_the_end(clock: Clock, calls: list[Any]) -> None:
    job = enqueue(kind="note", max_attempts=2, at=NOW)
    for _ in range(2):
        claim(at=clock())
        clock.pass_(seconds=LEASE.seconds)

    assert run(clock) is Outcome.FAILED
    assert columns(job, "status", "error") == (JobStatus.FAILED, "The worker died.")
    assert calls == []


def test_job_that_was_taken_over_is_not_ended_by_its_first_worker(clock: Clock, kinds: Any) -> None:
    second: list[Job | None] = []

    @handler("slow")
    def slow(running: RunningJob) -> str:
        clock.pass_(seconds=LEASE.seconds)
        second.append(claim(at=clock()))
        return "late"

    job = enqueue(kind="slow", at=NOW)

    assert run(clock) is Outcome.LOST
    assert second[0] is not None
    assert columns(job, "status", "token", "result") == (JobStatus.RUNNING, second[0].token, None)


def test_progress_renews_the_lease(clock: Clock, kinds: Any) -> None:
    seen: list[tuple[datetime | None, int, int | None]] = []

    @handler("long")
    def long(running: RunningJob) -> None:
        for done in (10, 20):
            clock.pass_(seconds=45)
            running.progress(done, 30)
            seen.append(Job.objects.values_list("lease_until", "done", "total").get(pk=running.job.pk))

    job = enqueue(kind="long", at=NOW)

    assert run(clock) is Outcome.SUCCEEDED
    assert seen == [(NOW + seconds(105), 10, 30), (NOW + seconds(150), 20, 30)]
    assert columns(job, "done", "total") == (20, 30)


def test_progress_is_written_once_a_second_and_at_the_end(clock: Clock, kinds: Any) -> None:
    seen: list[int] = []

    @handler("quick")
    def quick(running: RunningJob) -> None:
        for done in range(1, 7):
            running.progress(done)
            clock.pass_(seconds=0.5)
            seen.append(stored(running.job).done)

    job = enqueue(kind="quick", at=NOW)

    run(clock)

    assert seen == [1, 1, 3, 3, 5, 5]
    assert stored(job).done == 6


def test_progress_tells_a_worker_that_its_job_is_anothers(clock: Clock, kinds: Any) -> None:
    reached: list[str] = []

    @handler("slow")
    def slow(running: RunningJob) -> None:
        Job.objects.update(token="another")
        running.progress(1)
        reached.append("went on")

    job = enqueue(kind="slow", at=NOW)

    assert run(clock) is Outcome.LOST
    assert reached == []
    assert columns(job, "token", "done") == ("another", 0)


def test_job_goes_back_when_the_worker_stops(clock: Clock, kinds: Any) -> None:
    @handler("long")
    def long(running: RunningJob) -> None:
        running.progress(7, 9)

    job = enqueue(kind="long", at=NOW)
    clock.pass_(seconds=3)

    assert run(clock, is_stopping=lambda: True) is Outcome.INTERRUPTED
    assert columns(job, "status", "attempts", "run_at", "token", "done") == (JobStatus.PENDING, 0, clock(), "", 7)


def test_handler_may_stop_by_itself(clock: Clock, kinds: Any) -> None:
    @handler("long")
    def long(running: RunningJob) -> None:
        raise Interrupted

    job = enqueue(kind="long", at=NOW)

    assert run(clock) is Outcome.INTERRUPTED
    assert stored(job).attempts == 0
