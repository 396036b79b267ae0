"""``attribute[operator]=value`` as conditions. Unknown attributes and malformed keys are ignored, bad values are
refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from billing_customers.choices import (
    AutoCollection,
    InvoiceStatus,
    OfflinePaymentMethod,
    PaymentMethodType,
    PaymentSourceStatus,
    Taxability,
    TransactionStatus,
    TransactionType,
    WebhookStatus,
)
from billing_customers.dialects.chargebee.brackets import read_bracket_list
from billing_customers.dialects.chargebee.event_names import EVENT_NAMES
from billing_customers.dialects.chargebee.inputs.params import Unreadable, boolean, integer, text
from billing_customers.dialects.chargebee.payment_methods import PAYMENT_METHODS
from billing_customers.exceptions import InvalidInput, Issue, MalformedInput
from billing_customers.queries.conditions import ATTRIBUTES, OPERATORS, Attributes, Condition, Kind
from billing_customers.queries.events import EVENT_ATTRIBUTES
from billing_customers.queries.ledger import CREDIT_TYPES

MAX_CONDITIONS = 20
MAX_VALUE = 256
MAX_SECONDS = 253_402_214_400  # The end of the year 9999, less a day for time zones.
MAX_NUMBER = 2**63 - 1

# The sources that the contract names; ours are among them.
SOURCES = (
    *("admin_console", "api", "bulk_operation", "scheduled_job", "hosted_page", "portal", "system", "none", "js_api"),
    *("migration", "external_service"),
)
Enums: TypeAlias = Mapping[str, Collection[str]]
ENUMS: Enums = {
    "auto_collection": AutoCollection.values,
    "taxability": Taxability.values,
    "offline_payment_method": OfflinePaymentMethod.values,
    "event_type": sorted(EVENT_NAMES),
    "source": SOURCES,
    "webhook_status": WebhookStatus.values,
}
# What they are of other resources: names such as "status" mean something else of each.
SOURCE_ENUMS: Enums = {"type": PaymentMethodType.values, "status": PaymentSourceStatus.values}
TRANSACTION_ENUMS: Enums = {
    "payment_method": PAYMENT_METHODS,
    "type": TransactionType.values,
    "status": TransactionStatus.values,
}
INVOICE_ENUMS: Enums = {"status": InvoiceStatus.values}
# Those of the contract; ours have a word each in ``money.SUBSCRIPTION_STATUSES``.
SUBSCRIPTION_ENUMS: Enums = {
    "status": ("future", "in_trial", "active", "non_renewing", "paused", "cancelled", "transferred")
}
CREDIT_ENUMS: Enums = {"type": tuple(CREDIT_TYPES)}
# An enumeration of more values is not told in full.
MAX_NAMED = 20
_UNNAMED = "Must be a value that the contract names."


def read_conditions(
    query: Mapping[str, Any], attributes: Attributes = ATTRIBUTES, enums: Enums = ENUMS
) -> list[Condition]:
    """The conditions of a list request, in the order of ``attributes``, which are those of a customer unless said
    otherwise; ``enums`` has the values of its enumerations. Raises :class:`InvalidInput` naming the parameter.
    """
    conditions = []
    for attribute, operators in _given(query, attributes):
        kind = attributes[attribute][0]
        allowed = OPERATORS[kind]
        for operator, value in operators.items():
            if isinstance(value, dict):
                # A key with more brackets than a filter has, as some clients send; it is ignored.
                continue
            name = str(operator).lower()
            if name not in allowed:
                raise _refused(attribute, operator, "Supported operators: " + ", ".join(allowed) + ".")
            conditions.append(_condition(kind, attribute, name, value, enums.get(attribute, ())))
    if len(conditions) > MAX_CONDITIONS:
        raise InvalidInput([Issue("", f"At most {MAX_CONDITIONS} filters can be combined.")])
    return conditions


def read_event_conditions(query: Mapping[str, Any]) -> list[Condition]:
    """The conditions of a list of events. ``start_time`` and ``end_time`` of older clients, both included, are
    conditions of ``occurred_at``. Raises :class:`InvalidInput`.
    """
    conditions = read_conditions(query, EVENT_ATTRIBUTES)
    for name, operator in (("start_time", "after"), ("end_time", "until")):
        given = query.get(name)
        if given is not None and given != "":
            try:
                conditions.append(Condition("occurred_at", operator, timestamp(given)))
            except Unreadable as unreadable:
                raise InvalidInput([Issue(name, str(unreadable))]) from None
    return conditions


def _given(query: Mapping[str, Any], attributes: Attributes) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for attribute in attributes:
        first, _, second = attribute.partition(".")
        operators = query.get(first)
        if second and isinstance(operators, dict):
            operators = operators.get(second)
        # name=bennett, without an operator, is no filter.
        if isinstance(operators, dict):
            yield attribute, operators


def _condition(kind: Kind, attribute: str, operator: str, value: Any, allowed: Collection[str]) -> Condition:
    try:
        if isinstance(value, list):
            raise Unreadable("Must be given once.")
        if operator in {"in", "not_in"}:
            return Condition(attribute, operator, [_single(kind, item, allowed) for item in _items(value)])
        if operator == "between":
            return Condition(attribute, operator, _span(kind, value))
        if operator == "is_present":
            return Condition(attribute, operator, boolean(value))
        return Condition(attribute, operator, _single(kind, value, allowed))
    except Unreadable as unreadable:
        raise _refused(attribute, operator, str(unreadable)) from None


def _single(kind: Kind, value: Any, allowed: Collection[str]) -> Any:
    if kind is Kind.TIME:
        return timestamp(value)
    if kind is Kind.NUMBER:
        return _number(value)
    if kind is Kind.FLAG:
        return boolean(value)
    given = text(value)
    if len(given) > MAX_VALUE:
        raise Unreadable(f"Must have at most {MAX_VALUE} characters.")
    if kind is Kind.ENUM and given not in allowed:
        raise Unreadable(f"Must be one of {', '.join(allowed)}." if len(allowed) <= MAX_NAMED else _UNNAMED)
    return given


def _items(value: Any) -> list[str]:
    try:
        return read_bracket_list(text(value))
    except MalformedInput as error:
        raise Unreadable(error.message) from None


def _span(kind: Kind, value: Any) -> tuple[Any, Any]:
    items = _items(value)
    if len(items) != 2:
        raise Unreadable("Must be a list of two timestamps." if kind is Kind.TIME else "Must be a list of two numbers.")
    return _single(kind, items[0], ()), _single(kind, items[1], ())


def timestamp(value: Any) -> datetime:
    """Whole seconds since the epoch, in UTC. Raises :class:`Unreadable`."""
    seconds = integer(value)
    if not 0 <= seconds < MAX_SECONDS:
        raise Unreadable("Must be a timestamp in seconds (UTC).")
    return datetime.fromtimestamp(seconds, tz=UTC)


def _number(value: Any) -> int:
    number = integer(value)
    if not -MAX_NUMBER <= number <= MAX_NUMBER:
        raise Unreadable("Must fit in 64 bits.")
    return number


def _refused(attribute: str, operator: Any, message: str) -> InvalidInput:
    return InvalidInput([Issue(f"{attribute}.{operator}", message)])
