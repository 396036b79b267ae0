"""One job carried out by this thread, and what its row says then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from billing_customers.models import Job
from billing_customers.work.jobs import run_due
from billing_customers.work.outcomes import Outcome
from tests.events.sending import Clock, no_jitter


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def run(clock: Clock, **how: Any) -> Outcome | None:
    return run_due(clock=clock, uniform=no_jitter, **how)


def stored(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def columns(job: Job, *names: str) -> tuple[Any, ...]:
    return Job.objects.values_list(*names).get(pk=job.pk)
