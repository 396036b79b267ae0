"""``attribute[operator]=value`` as conditions. Unknown attributes and malformed keys are ignored, bad values are
refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from billing_customers.choices import AutoCollection, OfflinePaymentMethod, Taxability
from billing_customers.dialects.chargebee.brackets import read_bracket_list
from billing_customers.dialects.chargebee.inputs.params import Unreadable, boolean, integer, text
from billing_customers.exceptions import InvalidInput, Issue, MalformedInput
from billing_customers.queries.conditions import ATTRIBUTES, OPERATORS, Condition, Kind

MAX_CONDITIONS = 20
MAX_VALUE = 256
MAX_SECONDS = 253_402_214_400  # The end of the year 9999, less a day for time zones.

_ENUMS: dict[str, list[str]] = {
    "auto_collection": list(AutoCollection.values),
    "taxability": list(Taxability.values),
    "offline_payment_method": list(OfflinePaymentMethod.values),
}


def read_conditions(query: Mapping[str, Any]) -> list[Condition]:
    """The conditions of a list request, in the order of the table. Raises :class:`InvalidInput` naming the
    parameter.
    """
    conditions = []
    for attribute, operators in _given(query):
        allowed = OPERATORS[ATTRIBUTES[attribute][0]]
        for operator, value in operators.items():
            if isinstance(value, dict):
                # A key with more brackets than a filter has, as some clients send; it is ignored.
                continue
            name = str(operator).lower()
            if name not in allowed:
                raise _refused(attribute, operator, "Supported operators: " + ", ".join(allowed) + ".")
            conditions.append(_condition(attribute, name, value))
    if len(conditions) > MAX_CONDITIONS:
        raise InvalidInput([Issue("", f"At most {MAX_CONDITIONS} filters can be combined.")])
    return conditions


def _given(query: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for attribute in ATTRIBUTES:
        first, _, second = attribute.partition(".")
        operators = query.get(first)
        if second and isinstance(operators, dict):
            operators = operators.get(second)
        # name=bennett, without an operator, is no filter.
        if isinstance(operators, dict):
            yield attribute, operators


def _condition(attribute: str, operator: str, value: Any) -> Condition:
    kind = ATTRIBUTES[attribute][0]
    try:
        if isinstance(value, list):
            raise Unreadable("Must be given once.")
        if operator in {"in", "not_in"}:
            return Condition(attribute, operator, [_single(kind, attribute, item) for item in _items(value)])
        if operator == "between":
            return Condition(attribute, operator, _span(value))
        if operator == "is_present":
            return Condition(attribute, operator, boolean(value))
        return Condition(attribute, operator, _single(kind, attribute, value))
    except Unreadable as unreadable:
        raise _refused(attribute, operator, str(unreadable)) from None


def _single(kind: Kind, attribute: str, value: Any) -> Any:
    if kind is Kind.TIME:
        return _time(value)
    if kind is Kind.FLAG:
        return boolean(value)
    given = text(value)
    if len(given) > MAX_VALUE:
        raise Unreadable(f"Must have at most {MAX_VALUE} characters.")
    if kind is Kind.ENUM and given not in _ENUMS[attribute]:
        raise Unreadable("Must be one of " + ", ".join(_ENUMS[attribute]) + ".")
    return given


def _items(value: Any) -> list[str]:
    try:
        return read_bracket_list(text(value))
    except MalformedInput as error:
        raise Unreadable(error.message) from None


def _span(value: Any) -> tuple[datetime, datetime]:
    items = _items(value)
    if len(items) != 2:
        raise Unreadable("Must be a list of two timestamps.")
    return _time(items[0]), _time(items[1])


def _time(value: Any) -> datetime:
    seconds = integer(value)
    if not 0 <= seconds < MAX_SECONDS:
        raise Unreadable("Must be a timestamp in seconds (UTC).")
    return datetime.fromtimestamp(seconds, tz=UTC)


def _refused(attribute: str, operator: Any, message: str) -> InvalidInput:
    return InvalidInput([Issue(f"{attribute}.{operator}", message)])
