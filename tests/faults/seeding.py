"""Events that wait, by the thousand or the million, made by PostgreSQL itself."""

from __future__ import annotations

from typing import Any

from django.db import connection, models, transaction

from billing_customers.models import BillingSite, Customer, Delivery, Event, Lane, WebhookEndpoint
from tests.events.sending import make_endpoint
from tests.fixtures import NOW

_CUSTOMERS = {
    "site_id": "%(site)s",
    "public_id": "'c' || n",
    "is_live": "true",
    "resource_version": "n",
    "created_at": "%(now)s",
    "updated_at": "%(now)s",
}
_LANES = {
    "site_id": "%(site)s",
    "endpoint_id": "%(endpoint)s",
    "customer_id": "c.id",
    # By turns, as they would have come in.
    "ready_at": "%(now)s + c.resource_version * interval '1 millisecond'",
}
_EVENTS = {
    "site_id": "%(site)s",
    "public_id": "'evt_' || lpad((row_number() OVER (ORDER BY step, c.id))::text, 26, '0')",
    "customer_id": "c.id",
    "sequence": "step",
    "type": "'customer.changed'",
    "source": "'api'",
    "resource_version": "c.resource_version",
    "occurred_at": "%(now)s",
    "ching_payload": """'{"customer": "' || c.public_id || '", "sequence": ' || step || '}'""",
}
_DELIVERIES = {
    "site_id": "%(site)s",
    "event_id": "e.id",
    "endpoint_id": "%(endpoint)s",
    "lane_id": "l.id",
    "created_at": "%(now)s",
}
_WAITING = (
    "billing_customers_event e JOIN billing_customers_lane l ON l.customer_id = e.customer_id "
    "WHERE e.site_id = %(site)s AND l.endpoint_id = %(endpoint)s ORDER BY e.id"
)


def make_local_endpoint(site: BillingSite, url: str, **columns: Any) -> WebhookEndpoint:
    """An endpoint that gets CHING's events at ``url``."""
    endpoint = make_endpoint(site, **columns)
    endpoint.url = url
    endpoint.save(update_fields=["url"])
    return endpoint


def seed_waiting(site: BillingSite, endpoint_pk: int, *, customers: int, events: int) -> None:
    """Add the customers ``c1``, ``c2`` … to a site without any, with ``events`` events each that wait for the endpoint.

    The body of an event is ``{"customer": "c1", "sequence": 1}``.
    """
    named = {"site": site.pk, "endpoint": endpoint_pk, "customers": customers, "events": events, "now": NOW}
    here = "c.site_id = %(site)s"
    with transaction.atomic(), connection.cursor() as cursor:
        # Foreign keys are right by construction; to look each one up takes most of the time.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for model, columns, source in (
            (Customer, _CUSTOMERS, "generate_series(1, %(customers)s) n"),
            (Lane, _LANES, f"billing_customers_customer c WHERE {here} ORDER BY c.id"),
            (
                Event,
                _EVENTS,
                f"billing_customers_customer c, generate_series(1, %(events)s) step WHERE {here} ORDER BY step, c.id",
            ),
            (Delivery, _DELIVERIES, _WAITING),
        ):
            cursor.execute(_insert(model, columns, source), named)
            # The next statement is planned by what is here now, not by what another test left behind.
            cursor.execute(f"ANALYZE {model._meta.db_table}")


def _insert(model: type[models.Model], columns: dict[str, str], source: str) -> str:
    values = _defaults(model) | columns
    names = ", ".join(f'"{name}"' for name in values)
    return f"INSERT INTO {model._meta.db_table} ({names}) SELECT {', '.join(values.values())} FROM {source}"


def _defaults(model: type[models.Model]) -> dict[str, str]:
    """What else may not be null, with the default of its field."""
    needed = (field for field in model._meta.local_concrete_fields if not field.null and not field.primary_key)
    return {
        str(field.column): _literal(field.get_default())
        for field in needed
        if field.has_default() or field.empty_strings_allowed
    }


def _literal(value: Any) -> str:
    if isinstance(value, dict | list):
        return "'[]'" if isinstance(value, list) else "'{}'"
    return str(value).lower() if isinstance(value, bool | int) else "'" + str(value).replace("'", "''") + "'"
