"""The customer as CHING shows it. Plain projections of rows, free of any request: events show the same."""

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
        "default_payment_method": None,
        "livemode": livemode,
        "created": timestamp(row["created_at"]),
    }


def deleted_customer(row: Mapping[str, Any]) -> dict[str, Any]:
    """All that is left to see of a deleted customer."""
    return {"id": row["public_id"], "object": "customer", "deleted": True}


def timestamp(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and ``Z``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
