"""Resources as Chargebee shows them. Plain projections of rows, free of any request: events show the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from billing_customers.choices import Bucket, PaymentMethodType
from billing_customers.dialects.chargebee import families, money
from billing_customers.models import MigrationStatus, ResourceMigration
from billing_customers.models.address import ADDRESS_PARTS
from billing_customers.models.merge import CLEARED_REASON
from billing_customers.queries.surroundings import NOTHING, Surroundings

Row = Mapping[str, Any]
seconds = money.seconds

# Shown when set. Wire name and column; where they are the same, once.
_OPTIONAL = (
    *((name, name) for name in ("auto_close_invoices", "billing_date", "billing_date_mode", "billing_day_of_week")),
    *((name, name) for name in ("billing_day_of_week_mode", "billing_month", "business_customer_without_vat_number")),
    *((name, name) for name in ("company", "consolidated_invoicing", "created_from_ip", "customer_type", "email")),
    *((name, name) for name in ("entity_code", "exempt_number", "exemption_details", "first_name", "fraud_flag")),
    *((name, name) for name in ("invoice_notes", "is_location_valid", "last_name", "locale")),
    ("meta_data", "metadata"),
    *((name, name) for name in ("offline_payment_method", "phone", "referral_urls", "registered_for_gst")),
    ("taxjar_exemption_category", "taxjar_exemption_category"),
    ("vat_number", "tax_id"),
    ("vat_number_status", "tax_id_status"),
    *((name, name) for name in ("primary_payment_source_id", "backup_payment_source_id")),
)
_ADDRESS = tuple((part, f"address_{part}") for part in ADDRESS_PARTS)
_ALWAYS = (
    "allow_direct_debit",
    "auto_collection",
    "net_term_days",
    "pii_cleared",
    "preferred_currency_code",
    "resource_version",
    "taxability",
)

# What the projection reads.
COLUMNS = (
    "id",
    "public_id",
    "contact_count",
    "has_balances",
    "has_parent",
    "child_count",
    "custom_fields",
    "created_at",
    "updated_at",
    "deleted_at",
    "tax_id_validated_at",
    *_ALWAYS,
    *(column for _, column in _OPTIONAL),
    *(column for _, column in _ADDRESS),
)

CONTACT_COLUMNS = (
    "id",
    "public_id",
    "email",
    "first_name",
    "last_name",
    "phone",
    "label",
    "enabled",
    "send_billing_email",
    "send_account_email",
)


def with_card(row: Row, around: Surroundings = NOTHING) -> dict[str, Any]:
    """``customer``, and ``card`` where the primary payment source is one: what most operations return."""
    shown: dict[str, Any] = {"customer": customer(row, around)}
    source = around.primary_source
    if source is not None and source["type"] == PaymentMethodType.CARD:
        shown["card"] = money.card(source, customer_id=row["public_id"])
    return shown


def customer(row: Row, around: Surroundings = NOTHING) -> dict[str, Any]:
    """A customer. What is unset is absent, never null."""
    shown: dict[str, Any] = {
        "id": row["public_id"],
        "object": "customer",
        "created_at": seconds(row["created_at"]),
        "updated_at": seconds(row["updated_at"]),
        "deleted": row["deleted_at"] is not None,
        **_balances(row, around),
        **_payment_method(around.primary_source),
        **families.relationship(row, around),
    }
    for name in _ALWAYS:
        shown[name] = row[name]
    for name, column in _OPTIONAL:
        value = row[column]
        if value is not None:
            shown[name] = value
    address = {part: row[column] for part, column in _ADDRESS if row[column] is not None}
    if address:
        shown["billing_address"] = {**address, "object": "billing_address"}
    if row["tax_id_validated_at"] is not None:
        shown["vat_number_validated_time"] = seconds(row["tax_id_validated_at"])
    people = [contact(each) for each in around.contacts]
    if people:
        shown["contacts"] = people
    if row["custom_fields"]:
        shown.update(row["custom_fields"])
    return shown


def _balances(row: Row, around: Surroundings) -> dict[str, Any]:
    """Those of the preferred currency at the top, as if they were the customer's; all of them below, if any."""
    preferred = row["preferred_currency_code"]
    mine: Row = next((each for each in around.balances if each["currency"] == preferred), {})
    shown: dict[str, Any] = {bucket: mine.get(bucket, 0) for bucket in Bucket.values}
    if around.balances:
        shown["balances"] = [money.balance(each, preferred_currency=preferred) for each in around.balances]
    return shown


def _payment_method(source: Row | None) -> dict[str, Any]:
    """``card_status`` is left out for what is no card, as in the contract's sample of a direct debit."""
    if source is None:
        return {"card_status": "no_card"}
    shown: dict[str, Any] = {"payment_method": money.payment_method(source)}
    if source["type"] == PaymentMethodType.CARD:
        shown["card_status"] = money.card_status(source)
    return shown


def contact(row: Row) -> dict[str, Any]:
    """A contact, as part of a customer and on its own."""
    shown = {
        "id": row["public_id"],
        "object": "contact",
        "email": row["email"],
        "enabled": row["enabled"],
        "send_account_email": row["send_account_email"],
        "send_billing_email": row["send_billing_email"],
    }
    for name in ("first_name", "last_name", "label", "phone"):
        if row[name] is not None:
            shown[name] = row[name]
    return shown


def resource_migration(migration: ResourceMigration) -> dict[str, Any]:
    """How far a move has come; ``errors`` is there where there are any. Contract: the sample of "Move a customer"."""
    errors = migration.errors or (CLEARED_REASON if migration.status == MigrationStatus.FAILED else "")
    return {
        "created_at": seconds(migration.created_at),
        "entity_id": migration.entity_id,
        "entity_type": migration.entity_type,
        **({"errors": errors} if errors else {}),
        "from_site": migration.from_site.slug,
        "object": "resource_migration",
        "status": migration.status,
        "updated_at": seconds(migration.updated_at),
    }


def webhook_endpoint(row: Row, *, signing_secret: str | None = None) -> dict[str, Any]:
    """An endpoint; its password is never shown. ``signing_secret`` is there when it was just made; it, ``dialect``,
    ``description`` and ``disabled_reason`` are ours.
    """
    shown = {
        "id": row["public_id"],
        "object": "webhook_endpoint",
        "name": row["name"],
        "url": row["url"],
        "send_card_resource": row["sends_card"],
        "disabled": row["disabled_at"] is not None,
        "primary_url": row["is_primary"],
        "api_version": "v2",
        "chargebee_response_schema_type": row["response_schema"] or "items",
        "enabled_events": row["events"],
        "dialect": row["dialect"],
    }
    for name in ("description", "disabled_reason"):
        if row[name]:
            shown[name] = row[name]
    if signing_secret is not None:
        shown["signing_secret"] = signing_secret
    return shown


def event(payload: str, webhook_status: str, endpoints: Mapping[str, str]) -> dict[str, Any]:
    """An event as it was sent, with what has become of it since; ``endpoints`` has a status by endpoint id."""
    shown: dict[str, Any] = orjson.loads(payload)
    shown["webhook_status"] = webhook_status
    shown.pop("webhooks", None)
    if endpoints:
        shown["webhooks"] = [
            {"id": endpoint, "webhook_status": status, "object": "webhook"} for endpoint, status in endpoints.items()
        ]
    return shown
