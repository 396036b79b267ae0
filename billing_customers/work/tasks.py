"""The engine on any backend of ``django.tasks``, or of its backport ``django_tasks`` on Django 5.2."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from billing_customers.work import recurring, stints

try:
    from django.tasks import task
except ImportError:
    from django_tasks import task  # type: ignore[no-redef]

SWEEP_EVERY = timedelta(seconds=15)


@task()
def deliver(endpoint_pk: int) -> None:
    """Send what is due at the endpoint, for some seconds at a time."""
    if stints.deliver(endpoint_pk):
        deliver.enqueue(endpoint_pk)


@task()
def run_jobs() -> None:
    """Carry out the jobs that are due, for some seconds at a time."""
    if stints.run_jobs():
        run_jobs.enqueue()


@task()
def sweep() -> None:
    """Find what is due, and do so again after a while where the backend can put tasks off.

    Of several such chains one goes on.
    """
    stints.sweep()
    now = timezone.now()
    if sweep.get_backend().supports_defer and recurring.take_turn("engine.sweep", every=SWEEP_EVERY / 2, at=now):
        sweep.using(run_after=now + SWEEP_EVERY).enqueue()


def wake_endpoint(pk: int) -> None:
    """Queue the delivery of what is due at the endpoint."""
    deliver.enqueue(pk)


def wake_jobs() -> None:
    """Queue a run of the jobs that are due."""
    run_jobs.enqueue()
