"""Customers, payment methods, webhooks as CHING shows them: projections of rows, without a request, as events need
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from billing_customers.choices import PaymentMethodType, TransactionStatus
from billing_customers.models.customer import display_name

# What the projection reads; the version is for the ETag.
COLUMNS = (
    "id",
    "public_id",
    "name",
    "first_name",
    "last_name",
    "company",
    "email",
    "phone",
    "phone_e164",
    "locale",
    "tax_id",
    "metadata",
    "primary_payment_source_id",
    "created_at",
    "deleted_at",
    "resource_version",
)


def customer(row: Mapping[str, Any], *, livemode: bool) -> dict[str, Any]:
    """A live customer. Missing values are null; keys stand in the contract's order."""
    return {
        "id": row["public_id"],
        "object": "customer",
        "name": display_name(row),
        "email": row["email"],
        "phone": row["phone_e164"] or row["phone"],
        "locale": row["locale"],
        "taxId": row["tax_id"],
        "metadata": row["metadata"] or {},
        "default_payment_method": row["primary_payment_source_id"],
        "livemode": livemode,
        "created": timestamp(row["created_at"]),
    }


def deleted_customer(row: Mapping[str, Any]) -> dict[str, Any]:
    """All that is left to see of a deleted customer; ``merged_into`` is there when it was merged into another one."""
    shown = {"id": row["public_id"], "object": "customer", "deleted": True}
    return shown | ({"merged_into": row["merged_into"]} if row.get("merged_into") else {})


def payment_method(row: Mapping[str, Any], *, is_default: bool, livemode: bool) -> dict[str, Any]:
    """A payment method; keys stand in the contract's order. ``card`` is null for what has none.

    Nothing here pays in installments, and whatever is attached can be charged again and again.
    """
    return {
        "id": row["public_id"],
        "object": "payment_method",
        "type": row["type"],
        "status": "active" if row["deleted_at"] is None else "inactive",
        "is_default": is_default,
        "card": _card(row) if row["type"] == PaymentMethodType.CARD or row["brand"] else None,
        "metadata": row["metadata"] or {},
        "livemode": livemode,
        "created": timestamp(row["created_at"]),
    }


def _card(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "brand": row["brand"] or "other",
        "last4": row["last4"],
        "exp_month": row["expiry_month"],
        "exp_year": row["expiry_year"],
        "issuer_country": row["issuing_country"] or None,
        "supports_installments": False,
        "supports_recurring": True,
    }


def charge(row: Mapping[str, Any], *, livemode: bool) -> dict[str, Any]:
    """A payment that a gateway made, or refused. The contract has no sample of it: these keys are ours.

    The row also has ``customer__public_id`` and ``payment_source__public_id``. ``amount`` is in minor units.
    """
    return {
        "id": row["public_id"],
        "object": "charge",
        "customer": row["customer__public_id"],
        "amount": row["amount"],
        "currency": row["currency"],
        "status": "failed" if row["status"] == TransactionStatus.FAILURE else "succeeded",
        "payment_method": row["payment_source__public_id"],
        "failure_code": row["error_code"] or None,
        "failure_message": row["error_text"] or None,
        "metadata": {},
        "livemode": livemode,
        "created": timestamp(row["created_at"]),
    }


def subscription(row: Mapping[str, Any], *, livemode: bool) -> dict[str, Any]:
    """A subscription, as much as is known of it. The contract has no sample of it: these keys are ours."""
    return {
        "id": row["public_id"],
        "object": "subscription",
        "customer": row["customer__public_id"],
        "status": row["status"],
        "currency": row["currency"],
        "canceled_at": timestamp(row["cancelled_at"]) if row["cancelled_at"] is not None else None,
        "metadata": {},
        "livemode": livemode,
        "created": timestamp(row["created_at"]),
    }


def webhook(row: Mapping[str, Any], *, livemode: bool, secret: str | None = None) -> dict[str, Any]:
    """A webhook. ``secret`` is there when it was just made, and never again; the last three keys are ours."""
    return {
        "id": row["number"],
        "url": row["url"],
        "events": row["events"],
        **({"secret": secret} if secret is not None else {}),
        "active": row["disabled_at"] is None,
        "livemode": livemode,
        "created": timestamp(row["created_at"]),
        "dialect": row["dialect"],
        "description": row["description"] or None,
        "disabled_reason": row["disabled_reason"] or None,
    }


def deleted_webhook(row: Mapping[str, Any]) -> dict[str, Any]:
    """All that is left to see of a deleted webhook."""
    return {"id": row["number"], "object": "webhook", "deleted": True}


def timestamp(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and ``Z``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
