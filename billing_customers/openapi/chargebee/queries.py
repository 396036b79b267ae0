"""Chargebee's query parameters: filters, order and pages."""

from __future__ import annotations

from typing import Any, get_args

from billing_customers.dialects.chargebee.errors import wire_name
from billing_customers.dialects.chargebee.filters import MAX_CONDITIONS, MAX_SECONDS, MAX_VALUE
from billing_customers.dialects.chargebee.pagination import DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET
from billing_customers.openapi.schemas import BOOLEAN, STRING, Schema, one_of
from billing_customers.operations.cleaning import CUSTOMER_RULES
from billing_customers.operations.rules import schema_of
from billing_customers.queries.conditions import ATTRIBUTES, OPERATORS, Kind
from billing_customers.queries.customers import SortColumn

# What some operators take, whatever the attribute.
_OPERANDS: dict[str, tuple[Schema, str]] = {
    "in": (STRING, 'A list in brackets: ["one","two"].'),
    "not_in": (STRING, 'A list in brackets: ["one","two"].'),
    "between": (STRING, "Two times in brackets, both included: [1500000000,1600000000]."),
    "is_present": (BOOLEAN, "Whether there is a value."),
}
_TIMES = {
    "after": "Later than this second.",
    "before": "Earlier than this second.",
    "on": "The UTC day of this second.",
}


def _filter(attribute: str, operator: str) -> Schema:
    kind = ATTRIBUTES[attribute][0]
    schema, description = _OPERANDS.get(operator) or (_value(kind, attribute), _TIMES.get(operator, ""))
    return _parameter(wire_name(f"{attribute}.{operator}"), schema, description)


def _value(kind: Kind, attribute: str) -> Schema:
    if kind is Kind.TIME:
        return {"type": "integer", "minimum": 0, "exclusiveMaximum": MAX_SECONDS}
    if kind is Kind.FLAG:
        return BOOLEAN
    if kind is Kind.ENUM:
        return dict(schema_of(CUSTOMER_RULES[attribute]))
    return {"type": "string", "maxLength": MAX_VALUE}


def _parameter(name: str, schema: Schema, description: str = "") -> Schema:
    parameter: dict[str, Any] = {"name": name, "in": "query", "schema": schema}
    return {**parameter, "description": description} if description else parameter


FILTERS = tuple(
    _filter(attribute, operator) for attribute, (kind, _) in ATTRIBUTES.items() for operator in OPERATORS[kind]
)
FILTERS_NOTE = f"At most {MAX_CONDITIONS} filters together."
PAGING = (
    _parameter("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
    _parameter("offset", {"type": "string", "maxLength": MAX_OFFSET}, "The next_offset of the same list."),
)
ORDER = tuple(
    _parameter(f"sort_by[{order}]", one_of(get_args(SortColumn)), "Only one sort_by.") for order in ("asc", "desc")
)
INCLUDE_DELETED = _parameter("include_deleted", BOOLEAN, "Deleted customers too.")
