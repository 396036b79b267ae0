"""Events that were delivered long ago, by the million, made by PostgreSQL itself."""

from __future__ import annotations

from typing import Any

from django.db import connection

from billing_customers.models import WebhookEndpoint
from tests.benchmarks.outbox import EVENTS_EACH
from tests.benchmarks.seeding import seed_customers

# The same payload as an event that waits has.
_EVENTS = """
INSERT INTO billing_customers_event
    (site_id, public_id, customer_id, sequence, type, source, "user", occurred_at, tx, is_silenced, ching_payload)
SELECT c.site_id, 'evt_' || c.id || '_' || place, c.id, place, 'customer_changed', 'api', '',
    now() - interval '1 day', 1, false, (SELECT ching_payload FROM billing_customers_event ORDER BY id LIMIT 1)
FROM billing_customers_customer c CROSS JOIN generate_series(1, {each}) place
WHERE c.site_id = %(site)s AND NOT EXISTS (SELECT FROM billing_customers_event e WHERE e.customer_id = c.id)
"""
_LANES = """
INSERT INTO billing_customers_lane (site_id, endpoint_id, customer_id, is_manual, token)
SELECT c.site_id, %(endpoint)s, c.id, false, '' FROM billing_customers_customer c
WHERE c.site_id = %(site)s AND NOT EXISTS (SELECT FROM billing_customers_lane l WHERE l.customer_id = c.id)
"""
_DELIVERIES = """
INSERT INTO billing_customers_delivery (site_id, event_id, endpoint_id, lane_id, status, is_manual, attempts, failures,
    created_at, first_attempt_at, finished_at)
SELECT e.site_id, e.id, l.endpoint_id, l.id, 'succeeded', false, 1, 0, e.occurred_at, e.occurred_at, e.occurred_at
FROM billing_customers_event e JOIN billing_customers_lane l ON l.customer_id = e.customer_id
WHERE e.site_id = %(site)s AND NOT EXISTS (SELECT FROM billing_customers_delivery d WHERE d.event_id = e.id)
"""


def add_delivered(endpoint: WebhookEndpoint, events: int) -> None:
    """Add ``events`` delivered events of a fifth as many customers beside what waits for the endpoint."""
    named: dict[str, Any] = {"site": endpoint.site_id, "endpoint": endpoint.pk}
    seed_customers(endpoint.site, events // EVENTS_EACH)
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS.format(each=EVENTS_EACH), named)
        cursor.execute(_LANES, named)
        cursor.execute(_DELIVERIES, named)
