"""Send events once more, by hand: beside the schedule, in lanes of their own, with the same webhook-id."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from billing_customers.actors import UNKNOWN, Actor
from billing_customers.choices import DeliveryStatus, EventType
from billing_customers.events.record import redeliver
from billing_customers.events.renderers import renderer_of
from billing_customers.exceptions import InvalidInput, InvalidState, Issue, NotFound
from billing_customers.models import BillingSite, Delivery, Event, Job, WebhookEndpoint
from billing_customers.operations import locks
from billing_customers.operations.webhooks import lock_endpoint
from billing_customers.work import engines, jobs
from billing_customers.work.handlers import RunningJob, handler

logger = logging.getLogger("billing_customers.webhooks")

RESEND_RANGE = "webhooks.resend_range"
BATCH = 500

FAILED = (DeliveryStatus.EXHAUSTED, DeliveryStatus.EXPIRED)


def resend_event(
    *, site: BillingSite, event_id: str, endpoint_id: str | None = None, actor: Actor = UNKNOWN, at: datetime
) -> int:
    """Send an event once more; return how many deliveries were queued.

    To the endpoint named, whatever it selects, or else to every one that selects it and is not disabled by hand. Where
    the event waits to be resent already, none is added. Raises :class:`NotFound` for event and endpoint, and
    :class:`InvalidState` when the endpoint named is disabled, or has no form of the event in its dialect.
    """
    event = Event.objects.for_site(site).exclude(type=EventType.PING).filter(public_id=event_id).first()
    if event is None:
        raise NotFound("There is no such event.")
    with transaction.atomic(using=locks.database()):
        if endpoint_id is not None:
            endpoint = _enabled(site, endpoint_id)
            if not has_payload(event, endpoint):
                raise InvalidState("The endpoint's contract has no such event.")
            wanting = [endpoint]
        else:
            # One order for all who lock several.
            ids = WebhookEndpoint.objects.for_site(site).recording().order_by("pk").values_list("public_id", flat=True)
            locked = [lock_endpoint(site, public_id) for public_id in ids]
            wanting = [each for each in locked if event.type in _selected(each) and has_payload(event, each)]
        queued = [each.pk for each in wanting if _queue(each, [event], at)]
        engines.wake_deliveries(queued)
    logger.info("event %s is resent to %d endpoints, source %s", event.public_id, len(queued), actor.source)
    return len(queued)


def resend_range(
    *,
    site: BillingSite,
    endpoint_id: str,
    since: datetime,
    until: datetime | None = None,
    only_failed: bool = True,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Job:
    """Send what occurred from ``since`` to ``until`` (aware; without it, ``at``) once more to an endpoint.

    A job does it; return the job. With ``only_failed`` only what was given up and has not arrived since, else all that
    the endpoint selects, also from before there was the endpoint, but for what was silenced. Raises :class:`NotFound`,
    :class:`InvalidInput`, and :class:`InvalidState` for a disabled endpoint.
    """
    until = until or at
    if since.tzinfo is None or until.tzinfo is None or not since < until:
        raise InvalidInput([Issue("since", "Must be a time with its zone, before the end of the range.")])
    with transaction.atomic(using=locks.database()):
        endpoint = _enabled(site, endpoint_id)
        job = jobs.enqueue(
            kind=RESEND_RANGE,
            site=site,
            arguments={
                "endpoint": endpoint.public_id,
                "since": since.isoformat(),
                "until": until.isoformat(),
                "only_failed": only_failed,
            },
            at=at,
        )
    logger.info("events are resent to endpoint %s, source %s", endpoint.public_id, actor.source)
    return job


@handler(RESEND_RANGE)
def carry_resend_range(running: RunningJob) -> dict[str, int]:
    """Queue what :func:`resend_range` asked for, in batches; an endpoint that is gone ends it."""
    said, queued, last = running.arguments, 0, 0
    since, until = datetime.fromisoformat(said["since"]), datetime.fromisoformat(said["until"])
    total: int | None = None
    while True:
        with transaction.atomic(using=locks.database()):
            try:
                endpoint = lock_endpoint(running.site, said["endpoint"])
            except NotFound:
                return {"queued": queued}
            events = _in_range(endpoint, since, until, only_failed=said["only_failed"], marked=running.job.created_at)
            total = events.count() if total is None else total
            batch = list(events.filter(pk__gt=last).order_by("pk")[:BATCH])
            queued += _queue(endpoint, batch, running.job.created_at)
            engines.wake_deliveries([endpoint.pk] if batch else [])
        if not batch:
            return {"queued": queued}
        last = batch[-1].pk
        running.progress(queued, total)


def has_payload(event: Event, endpoint: WebhookEndpoint) -> bool:
    """Whether the event was written in the endpoint's dialect."""
    return getattr(event, f"{endpoint.dialect}_payload") is not None


def _enabled(site: BillingSite, public_id: str) -> WebhookEndpoint:
    endpoint = lock_endpoint(site, public_id)
    if not endpoint.is_enabled:
        raise InvalidState("The endpoint is disabled: enable it first.")
    return endpoint


def _selected(endpoint: WebhookEndpoint) -> list[str]:
    """The types that the endpoint selects; a ping is for one endpoint, once."""
    renderer = renderer_of(endpoint.dialect)
    names = {kind: renderer.name_of(kind) for kind in EventType.values if kind != EventType.PING}
    return [kind for kind, name in names.items() if name is not None and endpoint.wants(name)]


def _in_range(
    endpoint: WebhookEndpoint, since: datetime, until: datetime, *, only_failed: bool, marked: datetime
) -> QuerySet[Event]:
    """What a job has still to queue: its own deliveries bear the time ``marked``, so that it can be repeated."""
    events = Event.objects.for_site(endpoint.site_id).exclude(type=EventType.PING)
    events = events.filter(
        Q(**{f"{endpoint.dialect}_payload__isnull": False}), occurred_at__gte=since, occurred_at__lt=until
    )
    mine = Delivery.objects.for_site(endpoint.site_id).filter(endpoint=endpoint, event=OuterRef("pk"))
    if only_failed:
        failed, arrived = mine.filter(status__in=FAILED), mine.filter(status=DeliveryStatus.SUCCEEDED)
        events = events.filter(Exists(failed), ~Exists(arrived))
    else:
        events = events.filter(type__in=_selected(endpoint), is_silenced=False)
    return events.filter(~Exists(mine.filter(is_manual=True, created_at=marked)))


def _queue(endpoint: WebhookEndpoint, events: Sequence[Event], at: datetime) -> int:
    """Queue those of ``events`` that do not wait to be resent; ``endpoint`` must be locked."""
    pending = Delivery.objects.for_site(endpoint.site_id).filter(
        endpoint=endpoint, event__in=events, is_manual=True, status=DeliveryStatus.PENDING
    )
    waiting = set(pending.values_list("event_id", flat=True))
    missing = [event for event in events if event.pk not in waiting]
    for event in missing:
        redeliver(
            site_pk=endpoint.site_id, event_pk=event.pk, endpoint_pk=endpoint.pk, customer_pk=event.customer_id, at=at
        )
    return len(missing)
