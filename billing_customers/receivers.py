"""What this package itself does when a customer changes: it records an event, wakes the engine and tells hosts."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import Signal

from billing_customers import signals
from billing_customers.choices import DialectName, EventType
from billing_customers.dialects.chargebee.events import ChargebeeEvents
from billing_customers.dialects.ching.events import ChingEvents
from billing_customers.events import record, renderers
from billing_customers.queries.subjects import row_of
from billing_customers.work import engines

logger = logging.getLogger("billing_customers.signals")

# By their names: ``customer_created`` and ``after_customer_created`` …
_NAMED = {
    "customer_created": EventType.CUSTOMER_CREATED,
    "customer_updated": EventType.CUSTOMER_CHANGED,
    "customer_deleted": EventType.CUSTOMER_DELETED,
    "customer_moved_in": EventType.CUSTOMER_MOVED_IN,
    "customer_moved_out": EventType.CUSTOMER_MOVED_OUT,
    "payment_source_added": EventType.PAYMENT_SOURCE_ADDED,
    "payment_source_updated": EventType.PAYMENT_SOURCE_UPDATED,
    "payment_source_deleted": EventType.PAYMENT_SOURCE_DELETED,
    "payment_source_expiring": EventType.PAYMENT_SOURCE_EXPIRING,
    "payment_source_expired": EventType.PAYMENT_SOURCE_EXPIRED,
    "promotional_credits_added": EventType.PROMOTIONAL_CREDITS_ADDED,
    "promotional_credits_deducted": EventType.PROMOTIONAL_CREDITS_DEDUCTED,
    "transaction_created": EventType.TRANSACTION_CREATED,
    "payment_initiated": EventType.PAYMENT_INITIATED,
    "payment_succeeded": EventType.PAYMENT_SUCCEEDED,
    "payment_failed": EventType.PAYMENT_FAILED,
    "invoice_generated": EventType.INVOICE_GENERATED,
    "invoice_updated": EventType.INVOICE_UPDATED,
    "subscription_created": EventType.SUBSCRIPTION_CREATED,
    "subscription_changed": EventType.SUBSCRIPTION_CHANGED,
    "hierarchy_created": EventType.HIERARCHY_CREATED,
    "hierarchy_deleted": EventType.HIERARCHY_DELETED,
}
EVENTS: tuple[tuple[Signal, Signal, EventType], ...] = tuple(
    (getattr(signals, name), getattr(signals, f"after_{name}"), event_type) for name, event_type in _NAMED.items()
)
# What hosts are told besides; the events of the customers say it to receivers of webhooks.
UNRECORDED = tuple(
    (getattr(signals, name), getattr(signals, f"after_{name}")) for name in ("customer_merged", "customer_merge_undone")
)
# What else an event is about; the signal carries the row under the same name.
SUBJECTS = ("payment_source", "promotional_credit", "transaction", "invoice", "subscription")


def connect() -> None:
    """Connect the receivers, once whatever the host does."""
    renderers.register(DialectName.CHING, ChingEvents())
    renderers.register(DialectName.CHARGEBEE, ChargebeeEvents())
    for signal, after, event_type in EVENTS:
        signal.connect(_receiver(after, event_type), weak=False, dispatch_uid=f"billing_customers.{event_type}")
    for number, (signal, after) in enumerate(UNRECORDED):
        signal.connect(_forwarder(after), weak=False, dispatch_uid=f"billing_customers.unrecorded.{number}")


def _receiver(after: Signal, event_type: EventType) -> Callable[..., None]:
    def receive(sender: Any, **said: Any) -> None:
        # Django adds the signal itself, which the second family sends anew.
        del said["signal"]
        recorded = record.record(
            site=said["site"],
            customer=said["customer"],
            event_type=event_type,
            actor=said["actor"],
            content={name: row_of(said[name], said["site"]) for name in SUBJECTS if name in said},
            at=said["at"],
        )
        engines.wake_deliveries(recorded.endpoints)
        _send_later(after, sender, said)

    return receive


def _forwarder(after: Signal) -> Callable[..., None]:
    def receive(sender: Any, **said: Any) -> None:
        del said["signal"]
        _send_later(after, sender, said)

    return receive


def _send_later(after: Signal, sender: Any, said: dict[str, Any]) -> None:
    if after.has_listeners(sender):
        transaction.on_commit(partial(send_after, after, sender, said), using=record.database())


def send_after(signal: Signal, sender: Any, said: dict[str, Any]) -> None:
    """Send ``signal`` robustly; what a receiver raises is logged with its traceback."""
    for receiver, outcome in signal.send_robust(sender=sender, **said):
        if isinstance(outcome, Exception):
            name = getattr(receiver, "__qualname__", type(receiver).__name__)
            logger.error("A receiver raised after the commit: %s", name, exc_info=outcome)
