"""What an installation does by itself, day after day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from billing_customers.choices import JobStatus
from billing_customers.events import retention
from billing_customers.events.record import database
from billing_customers.models import Job
from billing_customers.work import recurring
from billing_customers.work.handlers import RunningJob, handler

KEEP_JOBS = timedelta(days=30)
ENDED = (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED)

Batch = Callable[..., int]


@handler("webhooks.purge", every=timedelta(days=1))
def purge_webhooks(running: RunningJob) -> dict[str, int]:
    """Give up what has waited too long, then remove events and attempts that were kept long enough."""
    return {
        "expired": repeat(running, retention.expire_deliveries),
        "attempts": repeat(running, retention.purge_attempts),
        "events": repeat(running, retention.purge_events),
    }


@handler("webhooks.sweep", every=timedelta(minutes=10))
def sweep_webhooks(running: RunningJob) -> int:
    """Make ready the lanes that nobody would look at."""
    return repeat(running, retention.sweep_lanes)


@handler("jobs.purge", every=timedelta(days=1))
def purge_ended_jobs(running: RunningJob) -> int:
    """Remove jobs that ended 30 days ago."""
    return repeat(running, purge_jobs)


@handler("jobs.unknown", every=timedelta(minutes=10))
def look_for_unknown_kinds(running: RunningJob) -> list[str]:
    """Tell the log of jobs that wait for another version."""
    return recurring.warn_of_unknown_kinds(at=running.clock())


def purge_jobs(*, at: datetime, batch: int = 1000) -> int:
    """Remove at most ``batch`` jobs that ended 30 days ago; return how many."""
    jobs = Job.objects.using(database())
    old = jobs.filter(Q(run_at=None), status__in=ENDED, finished_at__lt=at - KEEP_JOBS)
    removed: tuple[int, Any] = jobs.filter(pk__in=list(old.values_list("pk", flat=True)[:batch])).delete()
    return removed[0]


def repeat(running: RunningJob, batch: Batch) -> int:
    """Call ``batch(at=…)`` until it finds nothing more to do; return the sum of what it did."""
    total = 0
    while count := batch(at=running.clock()):
        total += count
        running.progress(total)
    return total
