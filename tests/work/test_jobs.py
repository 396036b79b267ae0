"""A job is carried out once, by whoever claimed it; again after a failure, and by another after a crash."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DataError, connection, transaction

from billing_customers.choices import JobStatus
from billing_customers.models import BillingSite, Job
from billing_customers.work import jobs
from billing_customers.work.handlers import LEASE, Handler, Interrupted, RunningJob, handler
from billing_customers.work.jobs import claim, enqueue, run_due
from billing_customers.work.outcomes import Outcome, retry_delay
from tests.events.sending import Clock, no_jitter
from tests.fixtures import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kinds")]


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def run(clock: Clock, **how: Any) -> Outcome | None:
    return run_due(clock=clock, uniform=no_jitter, **how)


def stored(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def columns(job: Job, *names: str) -> tuple[Any, ...]:
    return Job.objects.values_list(*names).get(pk=job.pk)


@pytest.fixture
def calls(kinds: dict[str, Handler]) -> list[dict[str, Any]]:
    """The arguments of jobs of the kind ``note``, in the order in which they were carried out."""
    made: list[dict[str, Any]] = []

    @handler("note")
    def note(running: RunningJob) -> dict[str, int]:
        made.append(dict(running.arguments))
        return {"calls": len(made)}

    return made


@pytest.fixture
def failing(kinds: dict[str, Handler]) -> None:
    """Jobs of the kind ``fail`` raise."""

    @handler("fail", max_attempts=3)
    def fail(running: RunningJob) -> None:
        raise ConnectionError("No route to\nthe customer Dana")


def test_job_is_carried_out_with_its_arguments(site: BillingSite, clock: Clock, calls: list[Any]) -> None:
    job = enqueue(kind="note", site=site, arguments={"customer": "c1"}, at=NOW)

    assert run(clock) is Outcome.SUCCEEDED
    assert calls == [{"customer": "c1"}]
    ended = columns(job, "status", "result", "attempts", "run_at", "lease_until", "token", "started_at", "finished_at")
    assert ended == (JobStatus.SUCCEEDED, {"calls": 1}, 1, None, None, "", NOW, NOW)


def test_job_that_has_succeeded_is_not_carried_out_again(clock: Clock, calls: list[Any]) -> None:
    enqueue(kind="note", at=NOW)
    run(clock)

    assert run(clock) is None
    assert calls == [{}]


def test_nothing_is_due_without_a_job(clock: Clock, calls: list[Any]) -> None:
    assert run(clock) is None
    assert not jobs.is_due(at=NOW)


@pytest.mark.parametrize(("passed", "is_due"), [(59, False), (60, True)])
def test_job_waits_for_its_time(clock: Clock, calls: list[Any], passed: int, is_due: bool) -> None:
    enqueue(kind="note", run_at=NOW + seconds(60), at=NOW)
    clock.pass_(seconds=passed)

    assert jobs.is_due(at=clock()) is is_due
    assert (run(clock) is not None) is is_due


def test_job_that_has_waited_the_longest_is_first(clock: Clock, calls: list[Any]) -> None:
    for late in (1, 3, 2):
        enqueue(kind="note", arguments={"late": late}, run_at=NOW - seconds(late), at=NOW)

    while run(clock):
        pass

    assert [each["late"] for each in calls] == [3, 2, 1]


def test_job_that_is_rolled_back_with_its_change_is_never_carried_out(clock: Clock, calls: list[Any]) -> None:
    with transaction.atomic():
        enqueue(kind="note", at=NOW)
        transaction.set_rollback(True)

    assert run(clock) is None


def test_key_makes_one_job_of_two(clock: Clock, calls: list[Any]) -> None:
    first = enqueue(kind="note", key="k", arguments={"number": 1}, at=NOW)
    second = enqueue(kind="note", key="k", arguments={"number": 2}, at=NOW)

    assert second.pk == first.pk
    assert [run(clock), run(clock)] == [Outcome.SUCCEEDED, None]
    assert calls == [{"number": 1}]


def test_key_is_free_again_once_its_job_has_succeeded(clock: Clock, calls: list[Any]) -> None:
    first = enqueue(kind="note", key="k", at=NOW)
    run(clock)

    assert enqueue(kind="note", key="k", at=NOW).pk != first.pk


@pytest.mark.usefixtures("failing")
def test_key_is_free_again_once_its_job_has_failed(clock: Clock) -> None:
    first = enqueue(kind="fail", key="k", max_attempts=1, at=NOW)
    run(clock)

    assert enqueue(kind="fail", key="k", at=NOW).pk != first.pk


@pytest.mark.usefixtures("failing")
def test_key_is_taken_while_its_job_waits_for_another_attempt(clock: Clock) -> None:
    first = enqueue(kind="fail", key="k", at=NOW)
    run(clock)

    assert enqueue(kind="fail", key="k", at=NOW).pk == first.pk


@pytest.mark.usefixtures("failing")
def test_failed_attempt_is_put_off_and_told(clock: Clock) -> None:
    job = enqueue(kind="fail", at=NOW)

    assert run(clock) is Outcome.FAILED
    waiting = columns(job, "status", "attempts", "run_at", "lease_until", "token", "finished_at")
    assert waiting == (JobStatus.PENDING, 1, NOW + seconds(5), None, "", None)
    assert stored(job).error == "ConnectionError: No route to"


@pytest.mark.usefixtures("failing")
def test_job_has_failed_after_its_last_attempt(clock: Clock) -> None:
    job = enqueue(kind="fail", at=NOW)
    for wait in (0, 5, 20):
        clock.pass_(seconds=wait)
        assert run(clock) is Outcome.FAILED

    clock.pass_(days=365)
    assert run(clock) is None
    ended = columns(job, "status", "attempts", "run_at", "key", "finished_at")
    assert ended == (JobStatus.FAILED, 3, None, None, NOW + seconds(25))


def test_failure_is_logged_with_its_traceback(clock: Clock, failing: None, caplog: pytest.LogCaptureFixture) -> None:
    job = enqueue(kind="fail", at=NOW)

    run(clock)

    (record,) = caplog.records
    assert (record.message, record.levelno) == (f"job {job.pk} (fail) failed, attempt 1", logging.ERROR)
    assert record.exc_info is not None


@pytest.mark.parametrize(
    ("attempts", "delay"), [(1, 5), (2, 20), (3, 80), (4, 320), (7, 20_480), (8, 21_600), (10_000, 21_600)]
)
def test_delays_grow_fourfold_up_to_six_hours(attempts: int, delay: int) -> None:
    assert retry_delay(attempts, uniform=no_jitter) == seconds(delay)


@pytest.mark.parametrize(("choose", "delay"), [(min, 4), (max, 6)])
def test_delays_are_spread_by_a_fifth(choose: Any, delay: int) -> None:
    assert retry_delay(1, uniform=choose) == seconds(delay)


def test_error_of_the_database_is_told_without_its_rows(clock: Clock, kinds: Any) -> None:
    @handler("cast")
    def cast(running: RunningJob) -> None:
        raise DataError('invalid input syntax for type integer: "dana@example.com"')

    job = enqueue(kind="cast", at=NOW)

    run(clock)

    assert stored(job).error == "DataError"


@pytest.mark.postgres
def test_error_of_the_database_is_told_by_its_code(clock: Clock, kinds: Any) -> None:
    @handler("cast")
    def cast(running: RunningJob) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 'dana@example.com'::int")

    job = enqueue(kind="cast", at=NOW)

    run(clock)

    assert stored(job).error == "DataError 22P02"


def test_long_error_is_cut(clock: Clock, kinds: Any) -> None:
    @handler("long")
    def long(running: RunningJob) -> None:
        raise ValueError("x" * 10_000)

    job = enqueue(kind="long", at=NOW)

    run(clock)

    assert stored(job).error == "ValueError: " + "x" * 488


def test_result_that_is_no_json_is_a_failure(clock: Clock, kinds: Any) -> None:
    @handler("odd")
    def odd(running: RunningJob) -> Any:
        return {1, 2}

    job = enqueue(kind="odd", at=NOW)

    assert run(clock) is Outcome.FAILED
    assert stored(job).error == "TypeError: Object of type set is not JSON serializable"


def test_success_after_a_failure_leaves_no_error(clock: Clock, kinds: Any) -> None:
    tries = iter([1, 0])

    @handler("twice")
    def twice(running: RunningJob) -> float:
        return 1 / (1 - next(tries))

    job = enqueue(kind="twice", at=NOW)
    run(clock)
    clock.pass_(seconds=5)

    assert run(clock) is Outcome.SUCCEEDED
    assert columns(job, "status", "error", "attempts", "result") == (JobStatus.SUCCEEDED, "", 2, 1.0)


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


def test_unknown_kind_is_left_alone(clock: Clock, calls: list[Any]) -> None:
    job = enqueue(kind="from.the.future", run_at=NOW - seconds(9), at=NOW)
    enqueue(kind="note", at=NOW)

    assert [run(clock), run(clock)] == [Outcome.SUCCEEDED, None]
    assert columns(job, "status", "attempts", "run_at") == (JobStatus.PENDING, 0, NOW - seconds(9))


def test_attempts_are_the_handlers_unless_they_are_given(failing: None) -> None:
    made = [enqueue(kind="fail", at=NOW), enqueue(kind="fail", max_attempts=7, at=NOW), enqueue(kind="x", at=NOW)]

    assert [each.max_attempts for each in made] == [3, 7, 10]


def test_site_of_a_job_without_one_is_an_error(clock: Clock, kinds: Any) -> None:
    @handler("sited")
    def sited(running: RunningJob) -> str:
        return running.site.slug

    job = enqueue(kind="sited", at=NOW)

    assert run(clock) is Outcome.FAILED
    assert stored(job).error == "ValueError: A job sited has no site."


def test_site_of_a_job_is_given(site: BillingSite, clock: Clock, kinds: Any) -> None:
    @handler("sited")
    def sited(running: RunningJob) -> str:
        return running.site.slug

    job = enqueue(kind="sited", site=site, at=NOW)
    run(clock)

    assert stored(job).result == "acme-test"


def test_kind_has_one_handler(kinds: dict[str, Handler]) -> None:
    handler("note")(len)

    with pytest.raises(ValueError, match="'note' has a handler already"):
        handler("note")(repr)
    assert kinds["note"].carry is len


@pytest.mark.parametrize("kind", ["", "x" * 61])
def test_kind_must_fit_its_column(kinds: dict[str, Handler], kind: str) -> None:
    with pytest.raises(ValueError, match="must have 1 to 60 characters"):
        handler(kind)(len)
    assert kinds == {}
