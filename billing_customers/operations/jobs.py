"""What staff may do with a job."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from billing_customers.choices import JobStatus
from billing_customers.exceptions import InvalidState
from billing_customers.models import Job
from billing_customers.models.job import ALIVE
from billing_customers.operations import locks
from billing_customers.work import engines
from billing_customers.work.handlers import stands_forever, turn_key


def retry_job(*, job: Job, at: datetime) -> Job:
    """Let a job that has failed, was cancelled or waits start now, with all its attempts before it.

    Raises :class:`InvalidState` for one that runs or has succeeded.
    """
    with transaction.atomic(using=locks.database()):
        row = _locked(job)
        if row.status not in {JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.PENDING}:
            raise InvalidState(f"The job cannot be tried again: its status is {row.status}.")
        if row.key == turn_key(row.kind):
            raise InvalidState("The row is no job: it only notes a time.")
        row.status, row.run_at, row.attempts = JobStatus.PENDING, at, 0
        row.finished_at = None
        row.save(update_fields=["status", "run_at", "attempts", "finished_at"])
        engines.wake_jobs()
        return row


def cancel_job(*, job: Job, at: datetime) -> Job:
    """End a job that has not ended. One that runs stops when it next writes its progress.

    What it has done by then stays done. Raises :class:`InvalidState` for one that has ended, and for what recurs.
    """
    with transaction.atomic(using=locks.database()):
        row = _locked(job)
        if row.status not in ALIVE:
            raise InvalidState(f"The job cannot be cancelled: its status is {row.status}.")
        if stands_forever(row):
            raise InvalidState("The job cannot be cancelled: it is upkeep, which comes round.")
        row.status, row.run_at, row.key, row.finished_at = JobStatus.CANCELLED, None, None, at
        # Without its token, whoever runs it writes nothing more.
        row.lease_until, row.token = None, ""
        row.save(update_fields=["status", "run_at", "key", "finished_at", "lease_until", "token"])
        return row


def _locked(job: Job) -> Job:
    return Job.objects.using(locks.database()).select_for_update().get(pk=job.pk)
