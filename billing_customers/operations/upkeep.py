"""Recurring work on what operations keep."""

from __future__ import annotations

from datetime import timedelta

from billing_customers.operations import idempotency
from billing_customers.work.handlers import RunningJob, handler
from billing_customers.work.upkeep import repeat


@handler("idempotency.purge", every=timedelta(days=1))
def purge_stored_responses(running: RunningJob) -> int:
    """Remove stored responses whose window is over."""
    return repeat(running, idempotency.purge)
