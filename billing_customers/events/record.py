"""Write an event, its deliveries and their lanes, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections, models, router

from billing_customers.actors import Actor
from billing_customers.choices import DialectName
from billing_customers.events.renderers import Happening, renderers
from billing_customers.ids import new_event_id
from billing_customers.inserts import Insert
from billing_customers.models import BillingSite, Customer, Delivery, Event, EventClock, Lane, WebhookEndpoint
from billing_customers.statements import Statement

_SEQUENCE = (
    "SELECT COALESCE(MAX(sequence), 0) + 1 AS next FROM billing_customers_event WHERE site_id = %s AND customer_id = %s"
)
# PostgreSQL's transaction id tells readers what may still be committed before this row.
_INSERT_EVENT = Insert(
    Event,
    (
        "site_id",
        "public_id",
        "customer_id",
        "type",
        "source",
        "user",
        "resource_version",
        "occurred_at",
        "is_silenced",
        "ching_payload",
        "chargebee_payload",
    ),
    {
        "postgresql": {"sequence": f"({_SEQUENCE})", "tx": "pg_current_xact_id()::text::bigint"},
        "sqlite": {"sequence": f"({_SEQUENCE})", "tx": "0"},
        # MySQL reads the table that it writes only by way of a derived one.
        "mysql": {
            "sequence": f"(SELECT latest.next FROM ({_SEQUENCE}) AS latest)",  # noqa: S608 - no text of a caller's
            "tx": "0",
        },
    },
)
_INSERT_PING = Insert(
    Event,
    (
        "site_id",
        "public_id",
        "type",
        "source",
        "user",
        "occurred_at",
        "tx",
        "is_silenced",
        "ching_payload",
        "chargebee_payload",
    ),
)
_INSERT_DELIVERY = Insert(
    Delivery,
    ("site_id", "event_id", "endpoint_id", "lane_id", "status", "is_manual", "attempts", "failures", "created_at"),
)

_RECORDING = Statement(
    WebhookEndpoint,
    lambda site: (
        WebhookEndpoint.objects.for_site(site)
        .recording()
        .order_by("pk")
        .values_list("pk", "public_id", "dialect", "events")
    ),
    int,
)

# A lane that backs off keeps its time: something new behind a failing head must not hasten it.
_UPSERT_LANE = """
INSERT INTO billing_customers_lane (site_id, endpoint_id, customer_id, is_manual, ready_at, token)
VALUES (%s, %s, %s, %s, %s, '')
ON CONFLICT (endpoint_id, customer_id, is_manual) DO UPDATE
SET ready_at = COALESCE(billing_customers_lane.ready_at, excluded.ready_at) RETURNING id
"""
_UPSERT_LANE_MYSQL = """
INSERT INTO billing_customers_lane (site_id, endpoint_id, customer_id, is_manual, ready_at, token)
VALUES (%s, %s, %s, %s, %s, '')
ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), ready_at = COALESCE(ready_at, VALUES(ready_at))
"""


_AT_ONCE = """
WITH event AS ({event}), lane AS (
    INSERT INTO billing_customers_lane (site_id, endpoint_id, customer_id, is_manual, ready_at, token) VALUES {lanes}
    ON CONFLICT (endpoint_id, customer_id, is_manual) DO UPDATE
    SET ready_at = COALESCE(billing_customers_lane.ready_at, excluded.ready_at) RETURNING id, endpoint_id
), delivery AS (
    INSERT INTO billing_customers_delivery
        (site_id, event_id, endpoint_id, lane_id, status, is_manual, attempts, failures, created_at)
    SELECT %s, event.id, lane.endpoint_id, lane.id, 'pending', FALSE, 0, 0, %s FROM event, lane
)
SELECT id FROM event
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event that was written: its primary key, its id, and the primary keys of the endpoints that will get it."""

    pk: int
    public_id: str
    endpoints: tuple[int, ...]


def database() -> str:
    """The alias of the database that events are written to: that of the customers."""
    return router.db_for_write(Event)


def record(
    *,
    site: BillingSite,
    customer: Customer,
    event_type: str,
    actor: Actor,
    content: Mapping[str, Any] | None = None,
    at: datetime,
) -> Recorded:
    """Write the event ``event_type`` (of :class:`~billing_customers.choices.EventType`) of ``customer``.

    Must be called inside the transaction of the change, with the customer's row locked: that is what makes ``sequence``
    contiguous. The payloads are rendered here and never again.
    """
    using = database()
    wanting = [] if actor.silences_webhooks else _wanting(site, event_type, using)
    public_id = new_event_id()
    happening = Happening(
        public_id=public_id,
        type=event_type,
        site=site,
        source=actor.source,
        user=actor.name[:100],
        occurred_at=at,
        customer=vars(customer),
        webhook_status=_status(actor, wanting),
        endpoints=tuple(name for _, name, dialect in wanting if dialect == DialectName.CHARGEBEE),
        content=content or {},
    )
    payloads = _rendered(happening)
    _tick(site, using)
    values = (
        site.pk,
        public_id,
        customer.pk,
        event_type,
        actor.source,
        actor.name[:100],
        customer.resource_version,
        at,
        actor.silences_webhooks,
        payloads.get(DialectName.CHING),
        payloads.get(DialectName.CHARGEBEE),
    )
    if wanting and connections[using].vendor == "postgresql":
        pk = _write_at_once(values, [endpoint_pk for endpoint_pk, _, _ in wanting], site.pk, customer.pk, at=at)
    else:
        pk = _INSERT_EVENT.row(using, values, site.pk, customer.pk)
        for endpoint_pk, _, _ in wanting:
            lane = open_lane(site.pk, endpoint_pk, customer.pk, at=at)
            _deliver(site.pk, pk, endpoint_pk, lane, at=at)
    return Recorded(pk, public_id, tuple(endpoint_pk for endpoint_pk, _, _ in wanting))


def record_ping(*, site: BillingSite, endpoint: WebhookEndpoint, actor: Actor, at: datetime) -> Recorded:
    """Write a test event for one endpoint alone, whatever it selects. It has no customer and no sequence."""
    using = database()
    public_id = new_event_id()
    happening = Happening(
        public_id=public_id,
        type="ping",
        site=site,
        source=actor.source,
        user=actor.name[:100],
        occurred_at=at,
        customer=None,
        webhook_status="scheduled",
        endpoints=(endpoint.public_id,),
    )
    payloads = _rendered(happening)
    pk = _INSERT_PING.row(
        using,
        (
            site.pk,
            public_id,
            "ping",
            actor.source,
            actor.name[:100],
            at,
            0,
            False,
            payloads.get(DialectName.CHING),
            payloads.get(DialectName.CHARGEBEE),
        ),
    )
    lanes = Lane.objects.using(using).for_site(site).filter(endpoint=endpoint, customer=None, is_manual=True)
    lane = lanes.select_for_update().values_list("pk", flat=True).first()
    if lane is None:
        lane = open_lane(site.pk, endpoint.pk, None, is_manual=True, at=at)
    else:
        # Somebody waits for it.
        lanes.filter(pk=lane).update(ready_at=at)
    _deliver(site.pk, pk, endpoint.pk, lane, is_manual=True, at=at)
    return Recorded(pk, public_id, (endpoint.pk,))


def redeliver(*, site_pk: int, event_pk: int, endpoint_pk: int, customer_pk: int | None, at: datetime) -> int:
    """Queue the event once more for the endpoint, beside the schedule; return the primary key of the delivery."""
    lane = open_lane(site_pk, endpoint_pk, customer_pk, is_manual=True, at=at)
    return _deliver(site_pk, event_pk, endpoint_pk, lane, is_manual=True, at=at)


def open_lane(site_pk: int, endpoint_pk: int, customer_pk: int | None, *, is_manual: bool = False, at: datetime) -> int:
    """The primary key of the lane, made if it is missing; it is ready at ``at`` unless something waits in it."""
    connection = connections[database()]
    ready_at = connection.ops.adapt_datetimefield_value(at)
    is_mysql = connection.vendor == "mysql"
    with connection.cursor() as cursor:
        cursor.execute(
            _UPSERT_LANE_MYSQL if is_mysql else _UPSERT_LANE, [site_pk, endpoint_pk, customer_pk, is_manual, ready_at]
        )
        return int(cursor.lastrowid if is_mysql else cursor.fetchone()[0])


def _write_at_once(
    event: Sequence[Any], endpoints: Sequence[int], site_pk: int, customer_pk: int, *, at: datetime
) -> int:
    """On PostgreSQL, the event, its lanes and its deliveries in one statement: half of the time went to the others."""
    connection = connections[database()]
    sql = _AT_ONCE.format(
        event=_INSERT_EVENT.sql(connection), lanes=", ".join(["(%s, %s, %s, FALSE, %s, '')"] * len(endpoints))
    )
    lanes = [value for endpoint in endpoints for value in (site_pk, endpoint, customer_pk, at)]
    arguments = [*_INSERT_EVENT.adapted(connection, event), site_pk, customer_pk, *lanes, site_pk, at]
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return int(cursor.fetchone()[0])


def _deliver(
    site_pk: int, event_pk: int, endpoint_pk: int, lane_pk: int, *, is_manual: bool = False, at: datetime
) -> int:
    values = (site_pk, event_pk, endpoint_pk, lane_pk, "pending", is_manual, 0, 0, at)
    return _INSERT_DELIVERY.row(database(), values)


def _wanting(site: BillingSite, event_type: str, using: str) -> list[tuple[int, str, str]]:
    """Primary key, id and dialect of the endpoints that have selected the event, in the order they are locked in."""
    names = {dialect: each.name_of(event_type) for dialect, each in renderers().items()}
    return [
        (pk, public_id, dialect)
        for pk, public_id, dialect, selected in _RECORDING.rows(site.pk, using=using)
        if (name := names[dialect]) is not None and ("*" in selected or name in selected)
    ]


def _rendered(happening: Happening) -> dict[str, str]:
    return {
        dialect: each.render(happening)
        for dialect, each in renderers().items()
        if each.name_of(happening.type) is not None
    }


def _status(actor: Actor, wanting: list[tuple[int, str, str]]) -> str:
    if actor.silences_webhooks:
        return "skipped"
    return "scheduled" if wanting else "not_configured"


def _tick(site: BillingSite, using: str) -> None:
    """On MariaDB let one transaction of the site at a time record, until it is committed; see ``EventClock``."""
    if connections[using].vendor != "mysql":
        return
    clock = EventClock.objects.using(using).for_site(site)
    if not clock.update(ticks=models.F("ticks") + 1):
        EventClock.objects.using(using).bulk_create(
            [EventClock(site=site, ticks=1)], update_conflicts=True, update_fields=["ticks"]
        )
