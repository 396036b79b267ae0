"""How an endpoint does: the breaker that spares a receiver that is down, and the end of one that stays down."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import connections, transaction

from billing_customers import signals
from billing_customers.choices import DisabledReason
from billing_customers.events.record import database
from billing_customers.events.schedule import Randomness, probe_delay
from billing_customers.models import Lane, WebhookEndpoint

FAILURES_TO_OPEN = 5
DISABLE_AFTER = timedelta(hours=120)
PROBES_TO_DISABLE = 10
# An endpoint that is enabled and fails again soon is told of once.
ALERT_EVERY = timedelta(hours=24)
# A healthy endpoint's row is not written for every batch.
SUCCESS_RESOLUTION = timedelta(seconds=5)

logger = logging.getLogger("billing_customers.webhooks")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an attempt says about its endpoint: the lane it was made in, whether it arrived or met 410 Gone, and for how
    long the receiver asked to be left alone.
    """

    lane: int
    is_success: bool
    is_gone: bool = False
    retry_after: timedelta | None = None


def note(
    endpoint: WebhookEndpoint,
    verdicts: Sequence[Verdict],
    *,
    is_probe: bool,
    at: datetime,
    uniform: Randomness = random.uniform,
) -> None:
    """Bring the endpoint's breaker up to date with what was attempted, in order.

    In a transaction of its own: nothing else is locked while its row is.
    """
    if not verdicts or _tells_nothing_new(endpoint, verdicts, at):
        return
    using = database()
    with transaction.atomic(using=using):
        no_key = connections[using].features.has_select_for_no_key_update
        row = WebhookEndpoint.objects.using(using).for_site(endpoint.site_id).select_for_update(no_key=no_key)
        current = row.filter(pk=endpoint.pk).first()
        if current is None:
            return
        was_open = current.opened_at is not None
        for verdict in verdicts:
            _count(current, verdict, at)
        if was_open and current.failures == 0:
            _wake_all(current, at)
        elif current.failures:
            _open_or_probe_later(current, was_open and is_probe, verdicts[-1].retry_after, at, uniform)
            _disable_if_hopeless(current, verdicts[-1].is_gone, at)
        current.save(
            update_fields=[
                "failures",
                "failing_since",
                "failing_lane",
                "opened_at",
                "probes",
                "probe_at",
                "last_success_at",
                "last_failure_at",
                "disabled_at",
                "disabled_reason",
                "alerted_at",
            ]
        )


def reset(endpoint: WebhookEndpoint) -> None:
    """Forget an endpoint's failures, on the instance alone."""
    endpoint.failures = endpoint.probes = 0
    endpoint.failing_since = endpoint.failing_lane = endpoint.opened_at = endpoint.probe_at = None


def wake_all(endpoint: WebhookEndpoint, at: datetime) -> None:
    """Make every lane of the endpoint that waits ready at ``at``."""
    waiting = Lane.objects.using(database()).for_site(endpoint.site_id).filter(endpoint=endpoint, ready_at__gt=at)
    waiting.update(ready_at=at)


_wake_all = wake_all


def _tells_nothing_new(endpoint: WebhookEndpoint, verdicts: Sequence[Verdict], at: datetime) -> bool:
    if endpoint.failures or endpoint.opened_at or not all(each.is_success for each in verdicts):
        return False
    return endpoint.last_success_at is not None and at - endpoint.last_success_at < SUCCESS_RESOLUTION


def _count(endpoint: WebhookEndpoint, verdict: Verdict, at: datetime) -> None:
    if verdict.is_success:
        reset(endpoint)
        endpoint.last_success_at = at
        return
    if endpoint.failures == 0:
        endpoint.failing_since, endpoint.failing_lane = at, verdict.lane
    elif endpoint.failing_lane != verdict.lane:
        endpoint.failing_lane = None
    endpoint.failures += 1
    endpoint.last_failure_at = at


def _open_or_probe_later(
    endpoint: WebhookEndpoint,
    is_failed_probe: bool,
    retry_after: timedelta | None,
    at: datetime,
    uniform: Randomness,
) -> None:
    """One lane alone never opens the breaker: its event may be poison, and others shall not wait for it."""
    if is_failed_probe:
        endpoint.probes += 1
        endpoint.probe_at = at + probe_delay(endpoint.probes, retry_after=retry_after, uniform=uniform)
    elif endpoint.opened_at is None and endpoint.failures >= FAILURES_TO_OPEN and endpoint.failing_lane is None:
        endpoint.opened_at = at
        endpoint.probes = 0
        endpoint.probe_at = at + probe_delay(0, retry_after=retry_after, uniform=uniform)


def _disable_if_hopeless(endpoint: WebhookEndpoint, is_gone: bool, at: datetime) -> None:
    since = endpoint.failing_since or at
    is_hopeless = at - since >= DISABLE_AFTER and max(endpoint.probes, endpoint.failures) >= PROBES_TO_DISABLE
    if endpoint.disabled_at is not None or not (is_gone or is_hopeless):
        return
    endpoint.disabled_at = at
    endpoint.disabled_reason = DisabledReason.GONE if is_gone else DisabledReason.FAILING
    logger.warning("endpoint %s was disabled: %s", endpoint.public_id, endpoint.disabled_reason)
    if endpoint.alerted_at is not None and at - endpoint.alerted_at < ALERT_EVERY:
        return
    endpoint.alerted_at = at
    tell = partial(
        signals.webhook_endpoint_disabled.send_robust,
        sender=WebhookEndpoint,
        endpoint=endpoint,
        reason=str(endpoint.disabled_reason),
        at=at,
    )
    transaction.on_commit(lambda: (tell(), None)[1], using=database())
