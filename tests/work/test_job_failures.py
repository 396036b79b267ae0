"""A job that fails is told, put off and tried again, up to its last attempt."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.db import DataError, connection, transaction

from billing_customers.choices import JobStatus
from billing_customers.work.handlers import Handler, Refused, RunningJob, handler
from billing_customers.work.jobs import enqueue
from billing_customers.work.outcomes import Outcome, retry_delay
from tests.events.sending import Clock, no_jitter
from tests.fixtures import NOW
from tests.work.running import columns, run, seconds, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kinds")]


@pytest.fixture
def failing(kinds: dict[str, Handler]) -> None:
    """Jobs of the kind ``fail`` raise."""

    @handler("fail", max_attempts=3)
    def fail(running: RunningJob) -> None:
        raise ConnectionError("No route to\nthe customer Dana")


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


def test_refused_job_has_failed_at_once(kinds: dict[str, Handler], clock: Clock, caplog: Any) -> None:
    @handler("refuse", max_attempts=3)
    def refuse(running: RunningJob) -> None:
        raise Refused("It has children.")

    job = enqueue(kind="refuse", key="k", at=NOW)

    with caplog.at_level(logging.INFO, logger="billing_customers.jobs"):
        assert run(clock) is Outcome.FAILED

    ended = columns(job, "status", "attempts", "run_at", "key", "error")
    assert ended == (JobStatus.FAILED, 1, None, None, "Refused: It has children.")
    assert f"job {job.pk} (refuse) is refused: It has children." in caplog.messages
    assert not [record for record in caplog.records if record.exc_info]


def test_attempts_are_the_handlers_unless_they_are_given(failing: None) -> None:
    made = [enqueue(kind="fail", at=NOW), enqueue(kind="fail", max_attempts=7, at=NOW), enqueue(kind="x", at=NOW)]

    assert [each.max_attempts for each in made] == [3, 7, 10]


@pytest.mark.usefixtures("failing")
def test_key_is_taken_while_its_job_waits_for_another_attempt(clock: Clock) -> None:
    first = enqueue(kind="fail", key="k", at=NOW)
    run(clock)

    assert enqueue(kind="fail", key="k", at=NOW).pk == first.pk


@pytest.mark.usefixtures("failing")
def test_key_is_free_again_once_its_job_has_failed(clock: Clock) -> None:
    first = enqueue(kind="fail", key="k", max_attempts=1, at=NOW)
    run(clock)

    assert enqueue(kind="fail", key="k", at=NOW).pk != first.pk


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


def test_site_of_a_job_without_one_is_an_error(clock: Clock, kinds: Any) -> None:
    @handler("sited")
    def sited(running: RunningJob) -> str:
        return running.site.slug

    job = enqueue(kind="sited", at=NOW)

    assert run(clock) is Outcome.FAILED
    assert stored(job).error == "ValueError: A job sited has no site."
