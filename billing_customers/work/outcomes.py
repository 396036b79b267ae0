"""What became of a job is written once, and only by whoever still holds it."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import F

from billing_customers.choices import JobStatus
from billing_customers.events.record import database
from billing_customers.events.schedule import JITTER, Randomness
from billing_customers.models import Job
from billing_customers.work.handlers import Handler

FIRST_DELAY = timedelta(seconds=5)
MAX_DELAY = timedelta(hours=6)

logger = logging.getLogger("billing_customers.jobs")


class Outcome(StrEnum):
    """What one run of a job came to; a job that failed may be tried again."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    LOST = "lost"


def retry_delay(attempts: int, *, uniform: Randomness) -> timedelta:
    """How long a job waits after its attempt number ``attempts`` (from 1) failed: 5 s, 20 s, 80 s … 6 h, each ±20 %."""
    # 4 to the power of 10 is beyond the maximum; of 10,000 it would not fit.
    delay: timedelta = min(MAX_DELAY, FIRST_DELAY * 4 ** min(attempts - 1, 10))
    return delay * uniform(1 - JITTER, 1 + JITTER)


def note_success(job: Job, handler: Handler, result: Any, *, at: datetime) -> Outcome:
    """The job is done; a recurring one is armed anew in the same statement."""
    done = {"result": result, "error": "", "finished_at": at}
    if handler.every is not None:
        waiting = {"status": JobStatus.PENDING, "run_at": at + handler.every, "attempts": 0}
        return _written(job, Outcome.SUCCEEDED, **done, **waiting)
    return _written(job, Outcome.SUCCEEDED, **done, status=JobStatus.SUCCEEDED, run_at=None, key=None)


def note_failure(
    job: Job, handler: Handler, error: str, *, for_good: bool = False, at: datetime, uniform: Randomness
) -> Outcome:
    """The job is tried again later, or has failed when its attempts are used up, or ``for_good``. What recurs is never
    given up.
    """
    delay = retry_delay(job.attempts, uniform=uniform)
    if handler.every is not None:
        later = at + min(delay, handler.every)
        return _written(job, Outcome.FAILED, status=JobStatus.PENDING, run_at=later, error=error, finished_at=at)
    if job.attempts < job.max_attempts and not for_good:
        return _written(job, Outcome.FAILED, status=JobStatus.PENDING, run_at=at + delay, error=error)
    logger.error("job %s (%s) has failed for good after %s attempts", job.pk, job.kind, job.attempts)
    ended = {"status": JobStatus.FAILED, "run_at": None, "key": None, "finished_at": at}
    return _written(job, Outcome.FAILED, error=error, **ended)


def note_interruption(job: Job, *, at: datetime) -> Outcome:
    """The job waits for another worker, and the attempt does not count."""
    return _written(job, Outcome.INTERRUPTED, status=JobStatus.PENDING, run_at=at, attempts=F("attempts") - 1)


def _written(job: Job, outcome: Outcome, **columns: Any) -> Outcome:
    mine = Job.objects.using(database()).filter(pk=job.pk, token=job.token)
    if mine.update(**columns, done=job.done, total=job.total, lease_until=None, token=""):
        return outcome
    logger.warning("job %s (%s) is another's now", job.pk, job.kind)
    return Outcome.LOST
