"""Events as Chargebee writes them: ``{id, occurred_at, source, user, object, api_version, content, event_type, …}``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from billing_customers.choices import EventType
from billing_customers.dialects.chargebee import money, outputs, rows
from billing_customers.dialects.chargebee.event_names import EVENT_NAMES
from billing_customers.events.renderers import Happening, Row
from billing_customers.queries.surroundings import surroundings_of

API_VERSION = "v2"

# What an event can be about, besides the customer: functions of a row of its signal and of the customer's id.
SHOWN: dict[str, Callable[[Row, str], dict[str, Any]]] = {
    "invoice": lambda row, _: rows.invoice(row, row["payments"]),
    "payment_source": lambda row, customer_id: money.payment_source(row, customer_id=customer_id),
    "promotional_credit": lambda row, customer_id: money.promotional_credit(row, customer_id=customer_id),
    "subscription": lambda row, _: rows.subscription(row),
    "transaction": lambda row, _: rows.transaction(row, row["links"]),
}


class ChargebeeEvents:
    """The dialect's renderer. Its names are the canonical ones."""

    def name_of(self, event_type: str) -> str | None:
        return event_type

    def fault_of_name(self, name: str) -> str | None:
        if name == "*" or name in EVENT_NAMES or name in EventType.values:
            return None
        return "Must be an event type of the contract, such as customer_created."

    def render(self, happening: Happening) -> str:
        body: dict[str, Any] = {
            "id": happening.public_id,
            "occurred_at": outputs.seconds(happening.occurred_at),
            "source": happening.source,
            **({"user": happening.user} if happening.user else {}),
            "object": "event",
            "api_version": API_VERSION,
            "content": _content(happening),
            "event_type": happening.type,
            "webhook_status": happening.webhook_status,
        }
        if happening.endpoints:
            body["webhooks"] = [
                {"id": endpoint, "webhook_status": happening.webhook_status, "object": "webhook"}
                for endpoint in happening.endpoints
            ]
        return orjson.dumps(body).decode()


def _content(happening: Happening) -> dict[str, Any]:
    row = happening.customer
    if row is None:
        return {}
    around = surroundings_of(happening.site, [row], outputs.CONTACT_COLUMNS)[row["id"]]
    shown = outputs.with_card(row, around)
    for name, subject in happening.content.items():
        shown[name] = SHOWN[name](subject, row["public_id"])
    return shown
