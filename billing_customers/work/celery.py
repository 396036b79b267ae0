"""The engine on Celery, with any broker. Hosts need a Celery app, and beat for the sweep; see ``docs/engines.md``."""

from __future__ import annotations

import kombu.pools
from celery import Task, shared_task

from billing_customers.work import stints

# A broker that is down costs a request little: one new connection is tried, and for no longer than this (seconds).
PATIENCE = 2.0
_ONE_RETRY = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
# RabbitMQ reads nothing while it is short of memory, and confirms nothing, where the host asks it to.
_ONLY_SO_LONG = {"timeout": PATIENCE, "confirm_timeout": PATIENCE}


@shared_task(name="billing_customers.deliver", acks_late=True, ignore_result=True)  # type: ignore[untyped-decorator]
def deliver(endpoint_pk: int) -> None:
    """Send what is due at the endpoint, for some seconds at a time."""
    if stints.deliver(endpoint_pk):
        _publish(deliver, endpoint_pk)


@shared_task(name="billing_customers.run_jobs", acks_late=True, ignore_result=True)  # type: ignore[untyped-decorator]
def run_jobs() -> None:
    """Carry out the jobs that are due, for some seconds at a time."""
    if stints.run_jobs():
        _publish(run_jobs)


@shared_task(name="billing_customers.sweep", ignore_result=True)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Find what is due. To be run every 10 to 60 seconds."""
    stints.sweep()


def wake_endpoint(pk: int) -> None:
    """Queue the delivery of what is due at the endpoint."""
    _publish(deliver, pk)


def wake_jobs() -> None:
    """Queue a run of the jobs that are due."""
    _publish(run_jobs)


def _publish(task: Task, *arguments: int) -> None:
    """Send the task, on a connection that gives up soon: Celery's own waits for Redis for more than a minute."""
    app = task.app
    if app.conf.task_always_eager:
        task.apply_async(arguments)
        return
    options = {**app.conf.broker_transport_options, "max_retries": 0, "interval_start": 0}
    if str(app.conf.broker_write_url or app.conf.broker_url or "").startswith(("redis", "sentinel")):
        options |= {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
    connection = app.connection_for_write(connect_timeout=PATIENCE, transport_options=options)
    with kombu.pools.producers[connection].acquire(block=True, timeout=PATIENCE) as producer:
        task.apply_async(arguments, producer=producer, retry=True, retry_policy=_ONE_RETRY, **_ONLY_SO_LONG)
