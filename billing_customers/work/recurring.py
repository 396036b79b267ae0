"""Work that comes round: one row for each recurring handler, which every run arms anew."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import Q

from billing_customers.events.record import database
from billing_customers.models import Job
from billing_customers.work.handlers import Handler, handlers, recurring_key, turn_key

logger = logging.getLogger("billing_customers.jobs")


def ensure_recurring(*, at: datetime) -> int:
    """Write the rows of recurring handlers that have none, due at ``at``; return how many. Can be repeated."""
    wanted = {recurring_key(each.kind): each for each in handlers().values() if each.every is not None}
    jobs = Job.objects.using(database())
    missing = wanted.keys() - set(jobs.filter(key__in=wanted).values_list("key", flat=True))
    # Whoever is quicker has written the same.
    jobs.bulk_create([_armed(key, wanted[key], at) for key in sorted(missing)], ignore_conflicts=True)
    return len(missing)


def warn_of_unknown_kinds(*, at: datetime) -> list[str]:
    """Log the kinds of due jobs that nobody here carries out, as after a newer version wrote them; return them."""
    due = Job.objects.using(database()).filter(Q(lease_until=None) | Q(lease_until__lte=at), run_at__lte=at)
    unknown = sorted(due.exclude(kind__in=list(handlers())).values_list("kind", flat=True).distinct())
    for kind in unknown:
        logger.warning("jobs of the kind %s wait: this version has no handler for it", kind)
    return unknown


def take_turn(name: str, *, every: timedelta, at: datetime) -> bool:
    """Whether the caller is the first to take the turn ``name`` within ``every``, over all processes."""
    turns = Job.objects.using(database())
    mine = turns.filter(key=turn_key(name))
    if mine.filter(started_at__lte=at - every).update(started_at=at):
        return True
    if mine.exists():
        return False
    # It is never due: only its time is of use.
    turns.bulk_create([Job(kind=name, key=turn_key(name), created_at=at, started_at=at)], ignore_conflicts=True)
    return True


def _armed(key: str, handler: Handler, at: datetime) -> Job:
    return Job(kind=handler.kind, key=key, run_at=at, max_attempts=handler.max_attempts, created_at=at)
