"""Claim lanes and let them go. Only what is claimed is sent, by one worker at a time, and no lock outlives a claim."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import connections, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When

from billing_customers.choices import DeliveryStatus
from billing_customers.events.record import database
from billing_customers.models import Delivery, Lane, WebhookEndpoint
from billing_customers.statements import Statement

LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Claim:
    """Lanes of one endpoint (primary keys), held until ``lease_until`` by whoever knows ``token``.

    A probe has one lane, of which one event is sent.
    """

    endpoint: WebhookEndpoint
    lanes: tuple[int, ...]
    token: str
    lease_until: datetime
    is_probe: bool


@dataclass(frozen=True, slots=True)
class Head:
    """An event that waits in a claimed lane; ``payload`` is in the endpoint's dialect."""

    delivery: int
    lane: int
    event: int
    event_id: str
    sequence: int | None
    payload: str
    is_manual: bool
    attempts: int


_HEADS = """
    SELECT d.id, d.lane_id, d.event_id, e.public_id, e.sequence, e.{payload}, d.is_manual, d.attempts
    FROM billing_customers_delivery d JOIN billing_customers_event e ON e.id = d.event_id
    WHERE d.lane_id = {lane} AND d.status = 'pending' ORDER BY d.id LIMIT {limit:d}
"""
# Planned once for all lanes. MariaDB has no LATERAL.
_OF_ALL = """
SELECT heads.* FROM unnest(%s) WITH ORDINALITY AS claimed (lane, place) CROSS JOIN LATERAL ({heads}) AS heads
ORDER BY claimed.place, heads.id
"""
# SQLite takes a LIMIT in a part of a UNION only within a subquery.
_OF_ONE = "SELECT * FROM ({heads}) AS heads"


def _free(at: datetime) -> Q:
    return Q(lease_until=None) | Q(lease_until__lte=at)


def _due(at: datetime) -> Any:
    lanes = Lane.objects.filter(_free(at), endpoint=OuterRef("pk"), ready_at__isnull=False)
    # In the order of the index: to find any one, PostgreSQL may rather read through all the lanes that are idle.
    first = Subquery(lanes.order_by("ready_at").values("ready_at")[:1])
    ready = Q(opened_at=None) & Q(first__lte=at)
    probed = Q(opened_at__isnull=False, probe_at__lte=at) & Q(first__isnull=False)
    endpoints = WebhookEndpoint.objects.kept().filter(disabled_at=None).alias(first=first)
    return endpoints.filter(ready | probed).order_by("pk").values_list("pk")


_DUE = Statement(WebhookEndpoint, _due, datetime)
_IS_DUE = Statement(WebhookEndpoint, lambda pk, at: _due(at).filter(pk=pk), int, datetime)


def _lock(pk: int) -> Any:
    features = connections[database()].features
    endpoints = WebhookEndpoint.objects.select_for_update(
        no_key=features.has_select_for_no_key_update, skip_locked=features.has_select_for_update_skip_locked
    )
    return endpoints.filter(pk=pk).values_list(*_ENDPOINT_COLUMNS)


_ENDPOINT_COLUMNS = [field.attname for field in WebhookEndpoint._meta.concrete_fields]  # noqa: SLF001 - public in all but name
_LOCK_ENDPOINT = Statement(WebhookEndpoint, _lock, int)
_HOLDERS = Statement(
    Lane,
    lambda site, endpoint, at: (
        Lane.objects.for_site(site)
        .filter(endpoint_id=endpoint, lease_until__gt=at)
        .order_by()
        .values_list("token")
        .distinct()
    ),
    int,
    int,
    datetime,
)


def due_endpoints(*, at: datetime) -> list[int]:
    """The primary keys of the endpoints that have something to send at ``at``, over all sites."""
    return [pk for (pk,) in _DUE.rows(at, using=database())]


def is_due(endpoint_pk: int, *, at: datetime) -> bool:
    """Whether the endpoint is one of :func:`due_endpoints`."""
    return bool(_IS_DUE.rows(endpoint_pk, at, using=database()))


def claim(endpoint_pk: int, *, lanes: int, max_in_flight: int, at: datetime) -> Claim | None:
    """Hold at most ``lanes`` ready lanes of the endpoint; ``None`` when there is nothing to do, or nothing to do now.

    The endpoint's row is locked meanwhile, so that ``max_in_flight`` claims hold over all workers.
    """
    using = database()
    with transaction.atomic(using=using):
        endpoint = _locked_endpoint(endpoint_pk)
        if endpoint is None or not endpoint.is_enabled:
            return None
        is_probe = endpoint.opened_at is not None
        if is_probe and (endpoint.probe_at is None or endpoint.probe_at > at):
            return None
        holders = _HOLDERS.rows(endpoint.site_id, endpoint_pk, at, using=using)
        if len(holders) >= (1 if is_probe else max_in_flight):
            return None
        free = _claimable(1 if is_probe else lanes, is_probe=is_probe).rows(
            endpoint.site_id, endpoint_pk, at, using=using
        )
        held = tuple(pk for (pk,) in free)
        if not held:
            return None
        made = Claim(endpoint, held, secrets.token_hex(16), at + LEASE, is_probe)
        mine = Lane.objects.using(using).for_site(endpoint.site_id).filter(pk__in=held)
        mine.update(lease_until=made.lease_until, token=made.token)
        return made


def renew(held: Claim, *, at: datetime) -> Claim | None:
    """The claim with a fresh lease, or ``None`` when another worker has taken any of it."""
    lease_until = at + LEASE
    mine = Lane.objects.for_site(held.endpoint.site_id).filter(pk__in=held.lanes, token=held.token)
    with transaction.atomic(using=database()):
        if mine.update(lease_until=lease_until) != len(held.lanes):
            transaction.set_rollback(True, using=database())
            return None
    return replace(held, lease_until=lease_until)


def heads(held: Claim, *, most: int) -> list[Head]:
    """What waits in the claimed lanes, lane after lane in the order of the claim, each in the order of its events.

    About ``most`` events in all, the same number of each lane and at least one.
    """
    limit = 1 if held.is_probe else max(1, most // len(held.lanes))
    connection = connections[database()]
    is_postgresql = connection.vendor == "postgresql"
    one = _HEADS.format(
        payload=f"{held.endpoint.dialect}_payload", limit=limit, lane="claimed.lane" if is_postgresql else "%s"
    )
    with connection.cursor() as cursor:
        if is_postgresql:
            cursor.execute(_OF_ALL.format(heads=one), [list(held.lanes)])
            return [Head(*row) for row in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join([_OF_ONE.format(heads=one)] * len(held.lanes)), list(held.lanes))
        rows = cursor.fetchall()
    place = {lane: number for number, lane in enumerate(held.lanes)}
    # UNION promises no order.
    return sorted((Head(*row) for row in rows), key=lambda head: (place[head.lane], head.delivery))


def lock_owned(held: Claim, lanes: Iterable[int]) -> list[int]:
    """Those of ``lanes`` that the claim still holds, locked to the end of the transaction.

    Whatever is read after it, in a new statement, sees what producers committed before; those that come later wait.
    """
    mine = Lane.objects.using(database()).for_site(held.endpoint.site_id).filter(pk__in=lanes, token=held.token)
    return list(mine.select_for_update().order_by("pk").values_list("pk", flat=True))


def let_go(held: Claim, owned: Sequence[int], *, at: datetime | None = None) -> None:
    """Give back lanes that :func:`lock_owned` found: ready when anything waits in them, ``at`` a new time if given."""
    rows = Lane.objects.using(database()).for_site(held.endpoint.site_id).filter(pk__in=owned)
    waiting = Exists(Delivery.objects.filter(lane=OuterRef("pk"), status=DeliveryStatus.PENDING))
    ready_at = Case(When(waiting, then=F("ready_at") if at is None else Value(at)), default=None)
    rows.update(ready_at=ready_at, lease_until=None, token="")


def _locked_endpoint(pk: int) -> WebhookEndpoint | None:
    using = database()
    rows = _LOCK_ENDPOINT.rows(pk, using=using)
    return WebhookEndpoint.from_db(using, _ENDPOINT_COLUMNS, rows[0]) if rows else None


@cache
def _claimable(limit: int, *, is_probe: bool) -> Statement:
    """Lanes of a site and an endpoint that wait and that nobody holds, those that were ready first at the front.

    A statement for each limit: not every database takes one behind FOR UPDATE.
    """

    def build(site: int, endpoint: int, at: datetime) -> Any:
        waits = Q(ready_at__isnull=False) if is_probe else Q(ready_at__lte=at)
        lanes = Lane.objects.for_site(site).filter(waits, _free(at), endpoint_id=endpoint).order_by("ready_at")
        skips = connections[database()].features.has_select_for_update_skip_locked
        return lanes.select_for_update(skip_locked=skips).values_list("pk")[:limit]

    return Statement(Lane, build, int, int, datetime)
