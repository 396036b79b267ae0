"""CHING's bodies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from billing_customers.dialects.ching.inputs import (
    DEFAULT_LOCALE,
    FIELDS,
    IDENTIFIERS,
    MAX_OVERLAP_HOURS,
    WEBHOOK_FIELDS,
)
from billing_customers.openapi.schemas import Schema, nullable, one_of, record
from billing_customers.operations.cleaning import CUSTOMER_RULES
from billing_customers.operations.endpoint_columns import ENDPOINT_RULES
from billing_customers.operations.rules import schema_of
from billing_customers.operations.webhooks import DEFAULT_OVERLAP

# CHING's own sample; not anybody's.
_EXAMPLE = {
    "name": "Example Ltd",
    "email": "billing@example.com",
    "phone": "+972501234567",
    "locale": DEFAULT_LOCALE,
    "metadata": {"plan": "gold"},
}
_NEVER_CLEARED = "name"


def _fields() -> dict[str, Schema]:
    """What can be said of a customer: null and the empty string unset whatever can be unset."""
    fields = {wire: nullable(schema_of(CUSTOMER_RULES[attribute])) for wire, attribute in FIELDS.items()}
    fields[_NEVER_CLEARED] = {**schema_of(CUSTOMER_RULES[_NEVER_CLEARED]), "minLength": 1}
    return fields


def _webhook_field(field: str) -> Schema:
    schema = dict(schema_of(ENDPOINT_RULES[field]))
    if field in {"url", "dialect"}:
        return schema
    return nullable(schema)


def _body(schema: Schema, example: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema, "example": example}}


NEW = _body(record(_fields(), required=["name"]), _EXAMPLE)
CHANGES = _body(record(_fields(), required=[]), {"name": _EXAMPLE["name"]})
UPSERT = _body(
    record({"identifyBy": one_of(IDENTIFIERS), **_fields()}, required=["identifyBy"]),
    {"identifyBy": next(iter(IDENTIFIERS)), **_EXAMPLE},
)
NEW_WEBHOOK = _body(
    record({field: _webhook_field(field) for field in WEBHOOK_FIELDS}, required=["url"]),
    {"url": "https://receiver.example.com/ching", "events": ["customer.created", "customer.updated"]},
)
ROTATION = _body(
    record({"overlap_hours": {"type": "integer", "minimum": 0, "maximum": MAX_OVERLAP_HOURS}}, required=[]),
    {"overlap_hours": DEFAULT_OVERLAP // timedelta(hours=1)},
)
TEST_CARD = _body(record({"customer": {"type": "string", "minLength": 1}}), {"customer": "cus_WMc9X22NT1af"})
NOTHING = _body(record({}), {})
