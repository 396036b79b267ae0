"""Customers and webhooks as CHING shows them. Plain projections of rows, free of any request: events show the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

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
    """All that is left to see of a deleted customer."""
    return {"id": row["public_id"], "object": "customer", "deleted": True}


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
