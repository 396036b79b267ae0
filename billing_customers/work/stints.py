"""What a task of Celery or of ``django.tasks`` does: a stint of work, at most some seconds long."""

from __future__ import annotations

import os
import random
import time
from dataclasses import replace
from functools import cache

from django.utils import timezone

from billing_customers.events import lanes
from billing_customers.events.delivery import Courier
from billing_customers.events.transport import Transport
from billing_customers.work import engines, jobs, recurring

SECONDS = 10.0
# Another task may be claiming at the very moment: after how many seconds one looks again.
SECOND_LOOK = 0.02


def deliver(endpoint_pk: int) -> bool:
    """Send what is due at the endpoint (a primary key); return whether the time was up before it was done."""
    until = time.monotonic() + SECONDS
    # A receiver that turns slow in the middle of a batch does not keep the task beyond its time.
    courier, misses = replace(_courier(), is_stopping=lambda: time.monotonic() >= until), 0
    # Most wakes come when what they tell of has been sent already: they cost one query.
    while misses < 2 and lanes.is_due(endpoint_pk, at=timezone.now()):
        if courier.carry(endpoint_pk) is None:
            misses += 1
            time.sleep(SECOND_LOOK * random.uniform(0.5, 1.5))  # noqa: S311 - spreads tasks
        elif time.monotonic() >= until:
            return True
        else:
            misses = 0
    return False


def run_jobs() -> bool:
    """Carry out the jobs that are due; return whether the time was up before it was done."""
    until = time.monotonic() + SECONDS
    while jobs.run_due(clock=timezone.now) is not None:
        if time.monotonic() >= until:
            return True
    return False


def sweep() -> int:
    """Tell the engine of everything that is due; return how many endpoints that is.

    It serves retries, probes and recurring jobs, whose time nobody wakes for, and wakes that were lost.
    """
    at = timezone.now()
    recurring.ensure_recurring(at=at)
    due = lanes.due_endpoints(at=at)
    engines.tell(due, has_jobs=jobs.is_due(at=at))
    return len(due)


@cache
def _courier() -> Courier:
    """One for each process, for the connections that it keeps open."""
    return Courier(Transport())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_courier.cache_clear)
