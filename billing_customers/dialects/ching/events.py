"""Events as CHING writes them: ``{id, type, data, livemode, created}``."""

from __future__ import annotations

import re

import orjson

from billing_customers.choices import EventType
from billing_customers.dialects.ching import outputs
from billing_customers.events.renderers import Happening

NAMES: dict[str, str] = {
    EventType.CUSTOMER_CREATED: "customer.created",
    # Copied from another site: here it is new.
    EventType.CUSTOMER_MOVED_IN: "customer.created",
    EventType.CUSTOMER_CHANGED: "customer.updated",
    EventType.CUSTOMER_DELETED: "customer.deleted",
    # That one is attached has no name in the contract; customer.updated tells of a new default.
    EventType.PAYMENT_SOURCE_DELETED: "payment_method.detached",
    EventType.PAYMENT_SUCCEEDED: "charge.succeeded",
    EventType.PAYMENT_FAILED: "charge.failed",
    EventType.SUBSCRIPTION_CREATED: "subscription.created",
    EventType.SUBSCRIPTION_CHANGED: "subscription.updated",
    EventType.PING: "ping",
}
# Other names of the contract, which nothing here raises; an endpoint may select them.
_NEIGHBOURS = re.compile(r"\A(?:subscription|charge)\.[a-z_]{1,40}\Z")


class ChingEvents:
    """The dialect's renderer."""

    def name_of(self, event_type: str) -> str | None:
        return NAMES.get(event_type)

    def fault_of_name(self, name: str) -> str | None:
        if name == "*" or name in NAMES.values() or _NEIGHBOURS.match(name):
            return None
        return "Must be * or an event of the contract, such as customer.created."

    def render(self, happening: Happening) -> str:
        body = {
            "id": happening.public_id,
            "type": NAMES[happening.type],
            "data": _data(happening),
            "livemode": happening.site.livemode,
            "created": outputs.timestamp(happening.occurred_at),
        }
        return orjson.dumps(body).decode()


def _data(happening: Happening) -> dict[str, object]:
    row = happening.customer
    if row is None:
        return {}
    content, livemode = happening.content, happening.site.livemode
    if "payment_source" in content:
        source = content["payment_source"]
        is_default = source["public_id"] == row["primary_payment_source_id"]
        return outputs.payment_method(source, is_default=is_default, livemode=livemode)
    if "transaction" in content:
        return outputs.charge(content["transaction"], livemode=livemode)
    if "subscription" in content:
        return outputs.subscription(content["subscription"], livemode=livemode)
    if row["deleted_at"] is not None:
        return outputs.deleted_customer(row)
    return outputs.customer(row, livemode=livemode)
