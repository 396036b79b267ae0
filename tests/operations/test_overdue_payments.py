"""Payments that nobody goes on with are found by a job that comes round, and reconciled by one of their own."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest

from billing_customers.gateways.base import Charge, ChargeStatus
from billing_customers.models import BillingSite, Customer, Job, Transaction
from billing_customers.operations import collecting, reconciling
from billing_customers.operations.collecting import RECONCILE_AFTER
from billing_customers.work import jobs
from billing_customers.work.handlers import RunningJob
from billing_customers.work.outcomes import Outcome
from billing_customers.work.recurring import ensure_recurring
from tests.operations.collecting import (
    LATER,
    MUCH_LATER,
    FakeGateway,
    a_source,
    an_invoice,
    collection,
    of_invoice,
)


@pytest.fixture
def payer(site: BillingSite, acme: Customer) -> Customer:
    """A customer with an invoice over 1000 and a good card."""
    an_invoice(site, 1000)
    a_source(site)
    return acme


def begin(site: BillingSite) -> Transaction:
    return collecting.begin_collection(site=site, customer_public_id="acme", collection=collection(), at=LATER)[0]


def look_after(at: datetime) -> list[str]:
    """The payments that the recurring job finds at the time ``at``, by the jobs that it makes."""
    job = jobs.enqueue(kind="payments.overdue", at=at)
    reconciling.look_after_payments(RunningJob(job, clock=lambda: at, is_stopping=lambda: False))
    job.delete()
    return [job.arguments["transaction"] for job in Job.objects.filter(kind="payments.reconcile").order_by("pk")]


def test_overdue_payment_gets_a_job(site: BillingSite, payer: Customer) -> None:
    attempt = begin(site)
    second = timedelta(seconds=1)

    found = [look_after(LATER + RECONCILE_AFTER + wait) for wait in (-second, 0 * second, second)]

    assert found == [[], [attempt.public_id], [attempt.public_id]]
    job = Job.objects.get(kind="payments.reconcile")
    assert (job.site, job.customer, job.run_at) == (site, payer, LATER + RECONCILE_AFTER)


@pytest.mark.parametrize("status", ["in_progress", "timeout"])
def test_whatever_is_not_settled_is_overdue(site: BillingSite, payer: Customer, status: str) -> None:
    begin(site)
    Transaction.objects.update(status=status)

    assert len(look_after(MUCH_LATER)) == 1


@pytest.mark.parametrize("status", ["success", "failure", "voided", "needs_attention", "late_failure"])
@pytest.mark.breaks_books("a status that nothing was done for")
def test_whatever_is_settled_is_not(site: BillingSite, payer: Customer, status: str) -> None:
    begin(site)
    Transaction.objects.update(status=status)

    assert look_after(MUCH_LATER) == []


def test_job_that_failed_for_good_is_followed_by_another(site: BillingSite, payer: Customer) -> None:
    begin(site)
    look_after(MUCH_LATER)
    Job.objects.update(status="failed", key=None, run_at=None)

    assert len(look_after(MUCH_LATER)) == 2


def test_more_are_found_than_are_looked_at_at_once(
    site: BillingSite, payer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "BATCH", 2)
    for number in range(5):
        an_invoice(site, 100, f"inv{number}")
        collecting.begin_collection(
            site=site, customer_public_id="acme", collection=collection(f"inv{number}"), at=LATER
        )

    assert len(look_after(MUCH_LATER)) == 5


def test_worker_does_both_when_the_time_has_come(site: BillingSite, payer: Customer) -> None:
    collecting.charge_attempt(begin(site), is_repeated=False)
    ensure_recurring(at=LATER)
    Job.objects.exclude(kind="payments.overdue").delete()

    early = jobs.run_due(clock=lambda: LATER)
    outcomes = [jobs.run_due(clock=lambda: MUCH_LATER) for _ in range(3)]

    assert (early, outcomes) == (Outcome.SUCCEEDED, [Outcome.SUCCEEDED, Outcome.SUCCEEDED, None])
    assert Job.objects.get(kind="payments.reconcile").result == "success"
    assert of_invoice() == ("paid", 1000, 0, 0)


def test_payment_that_takes_time_is_no_error_in_the_log(
    site: BillingSite, payer: Customer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    begin(site)
    look_after(MUCH_LATER)
    FakeGateway.script = [Charge(ChargeStatus.PENDING, id_at_gateway="ch_1")]
    monkeypatch.setattr(reconciling, "gateway_of", lambda account: FakeGateway(account, {}))
    caplog.set_level(logging.INFO, "billing_customers.jobs")

    assert jobs.run_due(clock=lambda: MUCH_LATER) is Outcome.FAILED

    job = Job.objects.get(kind="payments.reconcile")
    assert (job.status, job.error[:7]) == ("pending", "NotYet:")
    assert {record.levelname for record in caplog.records} == {"INFO"}
