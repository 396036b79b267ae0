"""Jobs: rows that are written with the change that needs them, claimed by one worker at a time and carried out."""

from __future__ import annotations

import contextlib
import json
import logging
import random
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import Error, IntegrityError, connections, transaction
from django.db.models import Q, QuerySet

from billing_customers.choices import JobStatus
from billing_customers.events.record import database
from billing_customers.events.schedule import Randomness
from billing_customers.models import BillingSite, Customer, Job
from billing_customers.work import engines, outcomes
from billing_customers.work.handlers import (
    LEASE,
    Clock,
    Handler,
    Interrupted,
    LeaseLost,
    NotYet,
    Refused,
    RunningJob,
    handlers,
)
from billing_customers.work.outcomes import Outcome

logger = logging.getLogger("billing_customers.jobs")

TRIES = 3


def enqueue(
    *,
    kind: str,
    site: BillingSite | None = None,
    customer: Customer | None = None,
    arguments: Mapping[str, Any] | None = None,
    key: str | None = None,
    run_at: datetime | None = None,
    max_attempts: int | None = None,
    at: datetime,
) -> Job:
    """Write a job of ``kind``, in the caller's transaction if there is one; it starts at ``run_at``, or at once.

    ``arguments`` are JSON: ids, never personal data. Of several jobs with one ``key`` (at most 150 characters) there is
    one: as long as it waits or runs, it is what is returned. ``max_attempts`` is the handler's unless it is given.
    """
    job = Job(
        site=site,
        customer=customer,
        kind=kind,
        arguments=dict(arguments or {}),
        key=key,
        run_at=run_at or at,
        max_attempts=max_attempts or _attempts_of(kind),
        created_at=at,
    )
    stored = _store(job)
    if stored is job and (run_at is None or run_at <= at):
        engines.wake_jobs()
    return stored


def is_due(*, at: datetime) -> bool:
    """Whether there is a job that :func:`run_due` would carry out."""
    return _due(at).exists()


def run_due(
    *, clock: Clock, is_stopping: Callable[[], bool] = lambda: False, uniform: Randomness = random.uniform
) -> Outcome | None:
    """Claim the job that has been due the longest and carry it out; ``None`` when there was none.

    Must be called outside a transaction. Jobs of a kind that nobody has registered are left to a newer version.
    """
    job = claim(at=clock())
    if job is None:
        return None
    handler = handlers()[job.kind]
    if job.attempts > job.max_attempts and handler.every is None:
        # Whoever had the last attempt was never heard of again.
        return outcomes.note_failure(job, handler, "The worker died.", at=clock(), uniform=uniform)
    try:
        result = _carried_out(job, handler, clock, is_stopping)
    except Interrupted:
        return outcomes.note_interruption(job, at=clock())
    except LeaseLost:
        logger.warning("job %s (%s) is another's now", job.pk, job.kind)
        return Outcome.LOST
    except Exception as error:  # noqa: BLE001 - it is logged
        _log(job, error)
        _renew_connection()
        for_good = isinstance(error, Refused)
        return outcomes.note_failure(job, handler, _told(error), for_good=for_good, at=clock(), uniform=uniform)
    return outcomes.note_success(job, handler, result, at=clock())


def claim(*, at: datetime) -> Job | None:
    """Hold one due job for 60 seconds, under a token that nobody else knows; its attempt is counted."""
    using = database()
    can_skip = connections[using].features.has_select_for_update_skip_locked
    with transaction.atomic(using=using):
        job = _due(at).order_by("run_at").select_for_update(skip_locked=can_skip).first()
        if job is None:
            return None
        job.token, job.lease_until = secrets.token_hex(16), at + LEASE
        job.status, job.started_at = JobStatus.RUNNING, at
        job.attempts += 1
        job.save(update_fields=["token", "lease_until", "status", "started_at", "attempts"], using=using)
        return job


def _carried_out(job: Job, handler: Handler, clock: Clock, is_stopping: Callable[[], bool]) -> Any:
    result = handler.carry(RunningJob(job, clock, is_stopping))
    # What cannot be written is the handler's fault, and is told as one.
    json.dumps(result)
    return result


def _log(job: Job, error: Exception) -> None:
    if isinstance(error, NotYet):
        logger.info("job %s (%s) waits: %s", job.pk, job.kind, error)
    elif isinstance(error, Refused):
        logger.info("job %s (%s) is refused: %s", job.pk, job.kind, error)
    else:
        logger.error("job %s (%s) failed, attempt %s", job.pk, job.kind, job.attempts, exc_info=error)


def _renew_connection() -> None:
    """What a handler raised may come of a connection that broke; the next statement must not meet it."""
    connection = connections[database()]
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def _due(at: datetime) -> QuerySet[Job]:
    free = Q(lease_until=None) | Q(lease_until__lte=at)
    return Job.objects.using(database()).filter(free, run_at__lte=at, kind__in=list(handlers()))


def _store(job: Job) -> Job:
    using = database()
    if job.key is None:
        job.save(force_insert=True, using=using)
        return job
    # Locked, so that it is still alive when the caller commits; and a locking read sees what others have committed.
    alive = Job.objects.using(using).filter(key=job.key, site=job.site_id).select_for_update()
    with transaction.atomic(using=using):
        for _ in range(TRIES):
            existing = alive.first()
            if existing is not None:
                return existing
            # Another may be quicker, and it may even have ended when we look.
            with contextlib.suppress(IntegrityError), transaction.atomic(using=using):
                job.save(force_insert=True, using=using)
                return job
        job.save(force_insert=True, using=using)
        return job


def _attempts_of(kind: str) -> int:
    known = handlers().get(kind)
    return Job().max_attempts if known is None else known.max_attempts


def _told(error: Exception) -> str:
    """What is kept of an error. A database's message may quote rows, so only its kind is."""
    if isinstance(error, Error):
        state = getattr(error.__cause__, "sqlstate", None)
        return f"{type(error).__name__} {state}" if state else type(error).__name__
    said = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {said}"[:500] if said else type(error).__name__
