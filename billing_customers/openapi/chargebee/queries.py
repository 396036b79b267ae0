"""Chargebee's query parameters: filters, order and pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from billing_customers.dialects.chargebee.errors import wire_name
from billing_customers.dialects.chargebee.filters import ENUMS, MAX_CONDITIONS, MAX_NAMED, MAX_SECONDS, MAX_VALUE
from billing_customers.dialects.chargebee.pagination import DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET
from billing_customers.dialects.chargebee.viewsets import EVENT_SORTS
from billing_customers.openapi.schemas import BOOLEAN, STRING, Schema, one_of
from billing_customers.queries.conditions import ATTRIBUTES, OPERATORS, Attributes, Kind
from billing_customers.queries.customers import SORT_COLUMNS
from billing_customers.queries.events import EVENT_ATTRIBUTES

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


_EVENT_TIMES = {**_TIMES, "after": "This second or later: what came after the last event that was read, and no less."}


def _filters(attributes: Attributes, times: Mapping[str, str]) -> tuple[Schema, ...]:
    return tuple(
        _filter(attribute, kind, operator, times)
        for attribute, (kind, _) in attributes.items()
        for operator in OPERATORS[kind]
    )


def _filter(attribute: str, kind: Kind, operator: str, times: Mapping[str, str]) -> Schema:
    schema, description = _OPERANDS.get(operator) or (_value(kind, attribute), times.get(operator, ""))
    return _parameter(wire_name(f"{attribute}.{operator}"), schema, description)


def _value(kind: Kind, attribute: str) -> Schema:
    if kind is Kind.TIME:
        return {"type": "integer", "minimum": 0, "exclusiveMaximum": MAX_SECONDS}
    if kind is Kind.FLAG:
        return BOOLEAN
    if kind is Kind.ENUM and len(ENUMS[attribute]) <= MAX_NAMED:
        return one_of(ENUMS[attribute])
    return {"type": "string", "maxLength": MAX_VALUE}


def _parameter(name: str, schema: Schema, description: str = "") -> Schema:
    parameter: dict[str, Any] = {"name": name, "in": "query", "schema": schema}
    return {**parameter, "description": description} if description else parameter


FILTERS = _filters(ATTRIBUTES, _TIMES)
EVENT_FILTERS = _filters(EVENT_ATTRIBUTES, _EVENT_TIMES)
EVENT_TIMES = (
    _parameter("start_time", _value(Kind.TIME, ""), "As occurred_at[after]."),
    _parameter("end_time", _value(Kind.TIME, ""), "This second or earlier."),
)
FILTERS_NOTE = f"At most {MAX_CONDITIONS} filters together."
PAGING = (
    _parameter("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
    _parameter("offset", {"type": "string", "maxLength": MAX_OFFSET}, "The next_offset of the same list."),
)


def _order(columns: Iterable[str]) -> tuple[Schema, ...]:
    return tuple(_parameter(f"sort_by[{order}]", one_of(columns), "Only one sort_by.") for order in ("asc", "desc"))


ORDER = _order(SORT_COLUMNS)
EVENT_ORDER = _order(EVENT_SORTS)
INCLUDE_DELETED = _parameter("include_deleted", BOOLEAN, "Deleted customers too.")
