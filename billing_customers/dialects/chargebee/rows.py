"""Payments and documents as queries and events have them: rows with the ids of what they belong to.

Such a row has ``customer__public_id`` and ``customer__deleted_at``; whatever is of a deleted customer is gone with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from billing_customers.dialects.chargebee import money

Row = Mapping[str, Any]


def transaction(row: Row, links: Iterable[Row]) -> dict[str, Any]:
    """A transaction. The row also has ``payment_source__public_id`` and ``gateway_account__public_id``."""
    links = list(links)
    subscriptions = {link["invoice__subscription__public_id"] for link in links}
    return money.transaction(
        _with_its_customer(row),
        customer_id=row["customer__public_id"],
        links=links,
        payment_source_id=row["payment_source__public_id"],
        gateway_account_id=row["gateway_account__public_id"],
        # As in the samples: it is of a subscription when all that it paid is.
        subscription_id=subscriptions.pop() if len(subscriptions) == 1 else None,
    )


def invoice(row: Row, payments: Iterable[Row]) -> dict[str, Any]:
    """An invoice. The row also has ``subscription__public_id``."""
    return money.invoice(
        _with_its_customer(row),
        customer_id=row["customer__public_id"],
        payments=payments,
        subscription_id=row["subscription__public_id"],
    )


def subscription(row: Row) -> dict[str, Any]:
    """A subscription."""
    return money.subscription(_with_its_customer(row), customer_id=row["customer__public_id"])


def _with_its_customer(row: Row) -> dict[str, Any]:
    return {**row, "deleted_at": row["deleted_at"] or row["customer__deleted_at"]}
