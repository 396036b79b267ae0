"""What waits for endpoints, and what was sent to them last: bounded, however many deliveries there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connections, router

from billing_customers.choices import DeliveryStatus
from billing_customers.models import Delivery, DeliveryAttempt, WebhookEndpoint

MAX_WAITING = 1000

# Derived tables, because SQLite takes a LIMIT in a part of a UNION nowhere else. Both are read from the index alone.
_WAITING = """
SELECT %s AS endpoint, COUNT(*) FROM (
    SELECT 1 AS one FROM billing_customers_delivery
    WHERE site_id = %s AND endpoint_id = %s AND status = 'pending' LIMIT %s
) AS waiting
"""
_LATEST = """
SELECT id FROM (
    SELECT id FROM billing_customers_delivery
    WHERE site_id = %s AND endpoint_id = %s AND status = %s ORDER BY id DESC LIMIT %s
) AS latest
"""


def waiting_counts(endpoints: Iterable[WebhookEndpoint]) -> dict[int, int]:
    """How many events wait for each endpoint, by primary key; ``MAX_WAITING + 1`` stands for more. One query."""
    return dict(_union(_WAITING, [(each.pk, each.site_id, each.pk, MAX_WAITING + 1) for each in endpoints]))


def latest_deliveries(endpoint: WebhookEndpoint, count: int) -> list[Delivery]:
    """The endpoint's newest ``count`` deliveries, with their events but not the payloads. Two queries.

    Each status is asked by itself: the index of an endpoint's deliveries has it before the order.
    """
    found = _union(_LATEST, [(endpoint.site_id, endpoint.pk, status, count) for status in DeliveryStatus.values])
    newest = sorted((pk for (pk,) in found), reverse=True)[:count]
    deliveries = Delivery.objects.for_site(endpoint.site_id).filter(pk__in=newest).order_by("-pk")
    return list(deliveries.select_related("event").defer("event__ching_payload", "event__chargebee_payload"))


def latest_attempts(deliveries: Sequence[Delivery], count: int) -> dict[int, list[DeliveryAttempt]]:
    """The newest ``count`` attempts of all ``deliveries`` together, by delivery, each in their order. One query."""
    found = DeliveryAttempt.objects.filter(delivery__in=[each.pk for each in deliveries]).order_by("-pk")[:count]
    attempts: dict[int, list[DeliveryAttempt]] = {}
    for attempt in reversed(list(found)):
        attempts.setdefault(attempt.delivery_id, []).append(attempt)
    return attempts


def _union(part: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    if not arguments:
        return []
    with connections[router.db_for_read(Delivery)].cursor() as cursor:
        cursor.execute(" UNION ALL ".join([part] * len(arguments)), [value for each in arguments for value in each])
        return list(cursor.fetchall())
