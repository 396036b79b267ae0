"""A job is carried out once, at its time, by whoever claimed it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from billing_customers.choices import JobStatus
from billing_customers.models import BillingSite
from billing_customers.work import jobs
from billing_customers.work.handlers import Handler, RunningJob, handler
from billing_customers.work.jobs import enqueue
from billing_customers.work.outcomes import Outcome
from tests.events.sending import Clock
from tests.fixtures import NOW
from tests.work.running import columns, run, seconds, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kinds")]


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


def test_unknown_kind_is_left_alone(clock: Clock, calls: list[Any]) -> None:
    job = enqueue(kind="from.the.future", run_at=NOW - seconds(9), at=NOW)
    enqueue(kind="note", at=NOW)

    assert [run(clock), run(clock)] == [Outcome.SUCCEEDED, None]
    assert columns(job, "status", "attempts", "run_at") == (JobStatus.PENDING, 0, NOW - seconds(9))


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
