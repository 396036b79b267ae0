"""How long events are kept, and the repair of lanes. Every function does one batch and can be repeated."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from billing_customers.choices import DeliveryStatus
from billing_customers.events.record import database
from billing_customers.models import Delivery, DeliveryAttempt, Event, Lane

KEEP_EVENTS = timedelta(days=90)
KEEP_ATTEMPTS = timedelta(days=30)
# A delivery that was given up a moment ago may be on its way, and its outcome is still to be written.
ON_ITS_WAY = timedelta(hours=1)
# What gathers for a disabled or failing endpoint is given up after this long.
KEEP_WAITING = timedelta(days=30)


def purge_events(*, at: datetime, batch: int = 1000) -> int:
    """Remove at most ``batch`` events older than 90 days with their deliveries; return how many.

    Kept are those that wait for an endpoint or did so a moment ago, and the newest of each customer, from which
    ``sequence`` goes on.
    """
    in_use = Q(status=DeliveryStatus.PENDING) | Q(finished_at__gte=at - ON_ITS_WAY)
    waiting = Delivery.objects.filter(in_use, event=OuterRef("pk"))
    newer = Event.objects.filter(
        site=OuterRef("site"), customer=OuterRef("customer"), sequence__gt=OuterRef("sequence")
    )
    old = Event.objects.using(database()).filter(~Exists(waiting), occurred_at__lt=at - KEEP_EVENTS)
    purged = list(old.filter(Exists(newer)).order_by("occurred_at").values_list("pk", flat=True)[:batch])
    pings = old.filter(customer=None).order_by("occurred_at").values_list("pk", flat=True)
    purged += list(pings[: batch - len(purged)])
    Event.objects.using(database()).filter(pk__in=purged).delete()
    return len(purged)


def purge_attempts(*, at: datetime, batch: int = 1000) -> int:
    """Remove at most ``batch`` attempts older than 30 days; return how many."""
    attempts = DeliveryAttempt.objects.using(database())
    old = list(attempts.filter(started_at__lt=at - KEEP_ATTEMPTS).order_by("started_at").values_list("pk")[:batch])
    attempts.filter(pk__in=[pk for (pk,) in old]).delete()
    return len(old)


def expire_deliveries(*, at: datetime, batch: int = 1000) -> int:
    """Give up at most ``batch`` deliveries that have waited for 30 days; return how many."""
    waiting = Delivery.objects.using(database()).filter(status=DeliveryStatus.PENDING)
    # By the primary key, which rises with the time.
    oldest = waiting.order_by("pk").values_list("pk", "created_at")[:batch]
    expired = [pk for pk, created_at in oldest if created_at < at - KEEP_WAITING]
    return waiting.filter(pk__in=expired).update(status=DeliveryStatus.EXPIRED, finished_at=at)


def sweep_lanes(*, at: datetime, limit: int = 1000) -> int:
    """Make ready at most ``limit`` lanes in which something waits and that nobody would look at; return how many.

    No code path leaves such a lane behind; this is for what was written by hand.
    """
    lanes = Lane.objects.using(database())
    waiting = Delivery.objects.filter(lane=OuterRef("pk"), status=DeliveryStatus.PENDING)
    lost = list(lanes.filter(Exists(waiting), ready_at=None).values_list("pk", flat=True)[:limit])
    return lanes.filter(pk__in=lost, ready_at=None).update(ready_at=at)
