"""What comes round: one row for each, armed anew by every run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from billing_customers.choices import JobStatus
from billing_customers.models import Job
from billing_customers.work.handlers import LEASE, Handler, RunningJob, handler
from billing_customers.work.jobs import claim, enqueue, run_due
from billing_customers.work.outcomes import Outcome
from billing_customers.work.recurring import ensure_recurring, take_turn, warn_of_unknown_kinds
from tests.events.sending import Clock, no_jitter
from tests.fixtures import NOW

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def run(clock: Clock) -> Outcome | None:
    return run_due(clock=clock, uniform=no_jitter)


def columns(*names: str) -> tuple[Any, ...]:
    return Job.objects.values_list(*names).get()


@pytest.fixture
def hourly(kinds: dict[str, Handler]) -> list[int]:
    """A recurring kind; its next run raises where the list ends with 0."""
    made: list[int] = []

    @handler("tidy", every=HOUR)
    def tidy(running: RunningJob) -> float:
        return 1 / made.pop() if made else 0.5

    return made


def test_row_of_a_recurring_handler_is_made_once(hourly: Any) -> None:
    handler("other")(len)

    assert [ensure_recurring(at=NOW), ensure_recurring(at=NOW + HOUR)] == [1, 0]
    assert columns("kind", "key", "run_at", "status") == ("tidy", "every:tidy", NOW, JobStatus.PENDING)


def test_run_arms_the_next(hourly: Any, clock: Clock) -> None:
    ensure_recurring(at=NOW)
    clock.pass_(seconds=10)

    assert [run(clock), run(clock)] == [Outcome.SUCCEEDED, None]
    armed = columns("status", "key", "run_at", "attempts", "result", "finished_at", "lease_until", "token")
    assert armed == (JobStatus.PENDING, "every:tidy", clock() + HOUR, 0, 0.5, clock(), None, "")


def test_failed_run_is_repeated_sooner(hourly: list[int], clock: Clock) -> None:
    ensure_recurring(at=NOW)
    hourly.append(0)

    assert run(clock) is Outcome.FAILED
    waiting = columns("status", "key", "run_at", "attempts", "error")
    assert waiting == (
        JobStatus.PENDING,
        "every:tidy",
        NOW + timedelta(seconds=5),
        1,
        "ZeroDivisionError: division by zero",
    )


def test_what_recurs_is_never_given_up(hourly: list[int], clock: Clock) -> None:
    ensure_recurring(at=NOW)
    hourly.extend([0] * 12)
    for _ in range(12):
        run(clock)
        clock.now = Job.objects.values_list("run_at", flat=True).get() or clock.now

    assert hourly == []
    assert columns("status", "key", "attempts") == (JobStatus.PENDING, "every:tidy", 12)
    assert run(clock) is Outcome.SUCCEEDED


def test_failures_wait_no_longer_than_a_round(hourly: list[int], clock: Clock) -> None:
    ensure_recurring(at=NOW)
    Job.objects.update(attempts=9)
    hourly.append(0)

    run(clock)

    assert columns("run_at") == (NOW + HOUR,)


def test_success_forgets_failures(hourly: list[int], clock: Clock) -> None:
    ensure_recurring(at=NOW)
    hourly.append(0)
    run(clock)
    clock.pass_(seconds=5)

    assert run(clock) is Outcome.SUCCEEDED
    assert columns("attempts", "error") == (0, "")


def test_run_of_a_worker_that_died_is_taken_over(hourly: Any, clock: Clock) -> None:
    ensure_recurring(at=NOW)
    claim(at=NOW)
    clock.pass_(seconds=LEASE.seconds)

    assert run(clock) is Outcome.SUCCEEDED


def test_unknown_kinds_are_told_to_the_log(hourly: Any, caplog: pytest.LogCaptureFixture) -> None:
    ensure_recurring(at=NOW)
    for _ in range(2):
        enqueue(kind="from.the.future", at=NOW)
    enqueue(kind="later", run_at=NOW + HOUR, at=NOW)

    assert warn_of_unknown_kinds(at=NOW) == ["from.the.future"]
    assert [each.message for each in caplog.records] == [
        "jobs of the kind from.the.future wait: this version has no handler for it"
    ]


def test_turn_is_taken_by_one_within_its_time(db: None) -> None:
    turns = [take_turn("sweep", every=HOUR, at=NOW + minutes * HOUR / 60) for minutes in (0, 0, 59, 60, 61, 120)]

    assert turns == [True, False, False, True, False, True]


def test_turn_is_no_job(db: None, clock: Clock) -> None:
    take_turn("sweep", every=HOUR, at=NOW)
    clock.pass_(days=1)

    assert (run(clock), warn_of_unknown_kinds(at=clock())) == (None, [])
