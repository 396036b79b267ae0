"""Events, in the order in which they were recorded, and what became of their deliveries.

A client that polls while others commit must miss nothing. Ids are given when a row is written and seen when it is
committed, so that a row can appear before rows that were read already. Therefore

- on PostgreSQL the order is that of the writing transactions, and what lies beyond the oldest one that is still open is
  not shown yet: a long transaction delays events, it never hides one;
- on MariaDB a site's events are recorded by one transaction at a time (``EventClock``), and SQLite has one writer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections
from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from billing_customers.choices import DeliveryStatus, EventType, WebhookStatus
from billing_customers.models import BillingSite, Delivery, Event
from billing_customers.queries.conditions import SECOND, TIMES, Attributes, Condition, Kind, match

EVENT_ATTRIBUTES: Attributes = {
    "id": (Kind.ID, "public_id"),
    "webhook_status": (Kind.ENUM, ""),
    "event_type": (Kind.ENUM, "type"),
    "source": (Kind.ENUM, "source"),
    "occurred_at": (Kind.TIME, "occurred_at"),
}

_COLUMNS = ("id", "tx", "public_id", "type", "is_silenced", "chargebee_payload")

# What was committed before any transaction that is still open began; and what this transaction itself wrote. A row of
# a later transaction than any that has begun came from another cluster, by a dump.
_HORIZON = """(
    billing_customers_event.tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    OR billing_customers_event.tx >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    OR billing_customers_event.tx = pg_current_xact_id_if_assigned()::text::bigint
)"""

_FAILED = (DeliveryStatus.EXHAUSTED, DeliveryStatus.EXPIRED)
_OF_EVENTS = (WebhookStatus.NOT_CONFIGURED, WebhookStatus.SKIPPED)
# Of several endpoints, the status that most needs to be looked at is the event's.
_WORST_FIRST = (
    WebhookStatus.FAILED,
    WebhookStatus.DISABLED,
    WebhookStatus.RE_SCHEDULED,
    WebhookStatus.SCHEDULED,
    WebhookStatus.SUCCEEDED,
)


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as it was rendered, and by endpoint id what has become of it there, the older endpoints first."""

    payload: str
    is_silenced: bool
    endpoints: dict[str, str]

    @property
    def webhook_status(self) -> str:
        """One of :class:`~billing_customers.choices.WebhookStatus` for the event as a whole."""
        if not self.endpoints:
            return WebhookStatus.SKIPPED if self.is_silenced else WebhookStatus.NOT_CONFIGURED
        return next(status for status in _WORST_FIRST if status in self.endpoints.values())


@dataclass(frozen=True, slots=True)
class EventPosition:
    """Where an event stands in the order of recording."""

    tx: int
    pk: int


@dataclass(frozen=True, slots=True)
class EventPage:
    """Up to ``limit`` events; ``next`` is where the following page starts, ``None`` on the last."""

    rows: list[EventRow]
    next: EventPosition | None


def find_event(site: BillingSite, public_id: str) -> EventRow | None:
    """The event with this id, a ping too, or ``None``; two queries."""
    rows = list(_shown(site).filter(public_id=public_id).values(*_COLUMNS)[:1])
    return _with_deliveries(site, rows)[0] if rows else None


def page_of_events(
    site: BillingSite,
    *,
    conditions: Iterable[Condition] = (),
    descending: bool = False,
    limit: int,
    after: EventPosition | None = None,
) -> EventPage:
    """A page in the order of recording, or against it; pings are left out. Two queries, wherever it lies."""
    events = _shown(site).exclude(type=EventType.PING)
    if connections[events.db].vendor == "postgresql":
        events = events.filter(RawSQL(_HORIZON, (), output_field=BooleanField()))  # noqa: S611 - a constant
    for condition in conditions:
        events = events.filter(_as_q(site, condition))
    if after is not None:
        events = events.filter(_beyond(after, descending))
    ordered = events.order_by(*(("-tx", "-id") if descending else ("tx", "id")))
    rows = list(ordered.values(*_COLUMNS)[: limit + 1])
    last = rows[limit - 1] if len(rows) > limit else None
    page = _with_deliveries(site, rows[:limit])
    return EventPage(page, EventPosition(last["tx"], last["id"]) if last else None)


def _shown(site: BillingSite) -> QuerySet[Event]:
    return Event.objects.for_site(site).filter(chargebee_payload__isnull=False)


def _beyond(position: EventPosition, descending: bool) -> Q:
    """A range that the index can start at; see the list of customers."""
    reach, step = ("lte", "lt") if descending else ("gte", "gt")
    return Q(**{f"tx__{reach}": position.tx}) & (
        Q(**{f"tx__{step}": position.tx}) | Q(tx=position.tx, **{f"id__{step}": position.pk})
    )


def _with_deliveries(site: BillingSite, rows: list[dict[str, Any]]) -> list[EventRow]:
    deliveries = Delivery.objects.for_site(site).filter(event__in=[row["id"] for row in rows])
    by_event: dict[int, dict[str, str]] = {}
    found = deliveries.order_by("endpoint_id", "id").annotate(shown=_STATUS)
    for event, endpoint, status in found.values_list("event_id", "endpoint__public_id", "shown"):
        # The latest of several to one endpoint: it was sent once more by hand.
        by_event.setdefault(event, {})[endpoint] = status
    return [EventRow(row["chargebee_payload"], row["is_silenced"], by_event.get(row["id"], {})) for row in rows]


# Chargebee's word for a delivery.
_STATUS = Case(
    When(status=DeliveryStatus.SUCCEEDED, then=Value(WebhookStatus.SUCCEEDED.value)),
    When(status__in=_FAILED, then=Value(WebhookStatus.FAILED.value)),
    When(status=DeliveryStatus.CANCELLED, then=Value(WebhookStatus.DISABLED.value)),
    When(endpoint__disabled_at__isnull=False, then=Value(WebhookStatus.DISABLED.value)),
    When(endpoint__deleted_at__isnull=False, then=Value(WebhookStatus.DISABLED.value)),
    When(attempts__gt=0, then=Value(WebhookStatus.RE_SCHEDULED.value)),
    default=Value(WebhookStatus.SCHEDULED.value),
)


def _as_q(site: BillingSite, condition: Condition) -> Q:
    """The condition as a filter of events of ``site``."""
    kind, column = EVENT_ATTRIBUTES[condition.attribute]
    operator, value = condition.operator, condition.value
    if kind is Kind.TIME:
        return _time(column, operator, value)
    if operator in {"is_not", "not_in"}:
        positive = "is" if operator == "is_not" else "in"
        return ~_as_q(site, Condition(condition.attribute, positive, value))
    if condition.attribute == "webhook_status":
        return _has_status(site, [value] if operator == "is" else list(value))
    return match(column, operator, value)


def _time(column: str, operator: str, value: Any) -> Q:
    if operator == "after":
        # With what is shown as this very second: whoever asks for what came after the last one must not lose its
        # neighbours.
        return Q(**{f"{column}__gte": value})
    if operator == "until":
        at: datetime = value
        return Q(**{f"{column}__lt": at + SECOND})
    return TIMES[operator](column, value)


def _has_status(site: BillingSite, statuses: list[str]) -> Q:
    """Whether one of the event's webhooks has one of these, or the event as a whole where it has none."""
    mine = Delivery.objects.for_site(site).filter(event=OuterRef("pk"))
    newer = Delivery.objects.for_site(site).filter(
        event=OuterRef("event"), endpoint=OuterRef("endpoint"), pk__gt=OuterRef("pk")
    )
    shown = mine.annotate(shown=_STATUS).filter(~Exists(newer), shown__in=statuses)
    found = Q(Exists(shown))
    for status in _OF_EVENTS:
        if status in statuses:
            found |= Q(~Exists(mine), is_silenced=status == WebhookStatus.SKIPPED)
    return found
