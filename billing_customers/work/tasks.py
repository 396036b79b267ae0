"""The engine on any backend of ``django.tasks``, or of its backport ``django_tasks`` on Django 5.2."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from billing_customers.events.record import database
from billing_customers.work import recurring, stints

try:
    from django.tasks import task
except ImportError:
    from django_tasks import task  # type: ignore[no-redef]

SWEEP_EVERY = timedelta(seconds=15)
# Without a sweep for so long, the chain of them is broken: a worker died, or nobody has begun it.
SWEEP_MISSED = 4 * SWEEP_EVERY


@task()
def deliver(endpoint_pk: int) -> None:
    """Send what is due at the endpoint, for some seconds at a time."""
    _queue_next_sweep(unless_within=SWEEP_MISSED)
    if stints.deliver(endpoint_pk):
        deliver.enqueue(endpoint_pk)


@task()
def run_jobs() -> None:
    """Carry out the jobs that are due, for some seconds at a time."""
    _queue_next_sweep(unless_within=SWEEP_MISSED)
    if stints.run_jobs():
        run_jobs.enqueue()


@task()
def sweep() -> None:
    """Find what is due, and do so again after a while where the backend can put tasks off.

    Of several such chains one goes on.
    """
    # First, so that whatever befalls this sweep, there is a next one.
    _queue_next_sweep(unless_within=SWEEP_EVERY / 2)
    stints.sweep()


def wake_endpoint(pk: int) -> None:
    """Queue the delivery of what is due at the endpoint."""
    deliver.enqueue(pk)


def wake_jobs() -> None:
    """Queue a run of the jobs that are due."""
    run_jobs.enqueue()


def _queue_next_sweep(*, unless_within: timedelta) -> None:
    """Queue a sweep for later, unless one was queued so shortly ago."""
    if not sweep.get_backend().supports_defer:
        return
    now = timezone.now()
    # Together, for the backend that keeps its queue in the same database.
    with transaction.atomic(using=database()):
        if recurring.take_turn("engine.sweep", every=unless_within, at=now):
            sweep.using(run_after=now + SWEEP_EVERY).enqueue()
