"""Chargebee's query parameters: filters, order and pages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from billing_customers.dialects.chargebee.errors import wire_name
from billing_customers.dialects.chargebee.filters import (
    ENUMS,
    MAX_CONDITIONS,
    MAX_NAMED,
    MAX_NUMBER,
    MAX_SECONDS,
    MAX_VALUE,
    Enums,
)
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


def filters_of(attributes: Attributes, enums: Enums = ENUMS, times: Mapping[str, str] = _TIMES) -> tuple[Schema, ...]:
    """The filters of a list with these attributes; ``enums`` has the values of its enumerations."""
    return tuple(
        _filter(attribute, kind, operator, enums.get(attribute, ()), times)
        for attribute, (kind, _) in attributes.items()
        for operator in OPERATORS[kind]
    )


def _filter(attribute: str, kind: Kind, operator: str, allowed: Collection[str], times: Mapping[str, str]) -> Schema:
    schema, description = _OPERANDS.get(operator) or (_value(kind, allowed), times.get(operator, ""))
    if kind is Kind.NUMBER and operator == "between":
        description = "Two numbers in brackets, both included: [100,500]."
    return _parameter(wire_name(f"{attribute}.{operator}"), schema, description)


def _value(kind: Kind, allowed: Collection[str] = ()) -> Schema:
    if kind is Kind.TIME:
        return {"type": "integer", "minimum": 0, "exclusiveMaximum": MAX_SECONDS}
    if kind is Kind.NUMBER:
        return {"type": "integer", "minimum": -MAX_NUMBER, "maximum": MAX_NUMBER}
    if kind is Kind.FLAG:
        return BOOLEAN
    if kind is Kind.ENUM and len(allowed) <= MAX_NAMED:
        return one_of(allowed)
    return {"type": "string", "maxLength": MAX_VALUE}


def _parameter(name: str, schema: Schema, description: str = "") -> Schema:
    parameter: dict[str, Any] = {"name": name, "in": "query", "schema": schema}
    return {**parameter, "description": description} if description else parameter


FILTERS = filters_of(ATTRIBUTES)
EVENT_FILTERS = filters_of(EVENT_ATTRIBUTES, times=_EVENT_TIMES)
EVENT_TIMES = (
    _parameter("start_time", _value(Kind.TIME), "As occurred_at[after]."),
    _parameter("end_time", _value(Kind.TIME), "This second or earlier."),
)
FILTERS_NOTE = f"At most {MAX_CONDITIONS} filters together."
PAGING = (
    _parameter("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
    _parameter("offset", {"type": "string", "maxLength": MAX_OFFSET}, "The next_offset of the same list."),
)


def order_by(columns: Iterable[str]) -> tuple[Schema, ...]:
    """``sort_by`` of a list that can be ordered by these."""
    return tuple(_parameter(f"sort_by[{order}]", one_of(columns), "Only one sort_by.") for order in ("asc", "desc"))


ORDER = order_by(SORT_COLUMNS)
EVENT_ORDER = order_by(EVENT_SORTS)


def include_deleted(description: str) -> Schema:
    """The parameter that shows what was deleted, too."""
    return _parameter("include_deleted", BOOLEAN, description)


INCLUDE_DELETED = include_deleted("Deleted customers too.")
