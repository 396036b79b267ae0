"""The conditions that a list of customers can be filtered by: a table, never a look-up made of a caller's text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Q

from billing_customers.matching import email_key
from billing_customers.models import BillingSite
from billing_customers.phones import search_key

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


class Kind(StrEnum):
    """What an attribute's value is, and by that which operators it has."""

    TEXT = "text"
    ID = "id"
    ENUM = "enum"
    TIME = "time"
    FLAG = "flag"
    NUMBER = "number"
    RELATED_ID = "related_id"


OPERATORS: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: ("is", "is_not", "starts_with", "is_present"),
    Kind.ID: ("is", "is_not", "starts_with", "in", "not_in"),
    Kind.ENUM: ("is", "is_not", "in", "not_in"),
    Kind.TIME: ("after", "before", "on", "between"),
    Kind.FLAG: ("is",),
    Kind.NUMBER: ("is", "is_not", "lt", "lte", "gt", "gte", "between"),
    Kind.RELATED_ID: ("is", "is_not", "starts_with"),
}

# Attribute -> kind and column. The attributes are canonical names.
Attributes = Mapping[str, tuple[Kind, str]]
ATTRIBUTES: Attributes = {
    "id": (Kind.ID, "public_id"),
    "first_name": (Kind.TEXT, "first_name"),
    "last_name": (Kind.TEXT, "last_name"),
    "email": (Kind.TEXT, "email_key"),
    "company": (Kind.TEXT, "company"),
    "phone": (Kind.TEXT, "phone"),
    "auto_collection": (Kind.ENUM, "auto_collection"),
    "taxability": (Kind.ENUM, "taxability"),
    "offline_payment_method": (Kind.ENUM, "offline_payment_method"),
    "auto_close_invoices": (Kind.FLAG, "auto_close_invoices"),
    "created_at": (Kind.TIME, "created_at"),
    "updated_at": (Kind.TIME, "updated_at"),
    "relationship.parent_id": (Kind.RELATED_ID, "relationship__parent__public_id"),
    "relationship.payment_owner_id": (Kind.RELATED_ID, "relationship__payment_owner__public_id"),
    "relationship.invoice_owner_id": (Kind.RELATED_ID, "relationship__invoice_owner__public_id"),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """``attribute`` and ``operator`` from the tables above; ``value`` is typed.

    A ``str`` for texts, ids and enumerations (a sequence of them for ``in`` and ``not_in``), a ``bool`` for flags and
    ``is_present``, an ``int`` for numbers, an aware ``datetime`` on a whole second for times (two for ``between``).
    """

    attribute: str
    operator: str
    value: Any

    def as_equality(self) -> tuple[str, str] | None:
        """The column and the text it must equal, when that is all there is to the condition."""
        kind, column = ATTRIBUTES[self.attribute]
        if self.operator != "is" or self.attribute == "phone" or kind not in {Kind.TEXT, Kind.ID}:
            return None
        return column, email_key(self.value) if self.attribute == "email" else self.value

    def as_q(self, site: BillingSite) -> Q:
        """The condition as a filter of customers of ``site``."""
        kind, column = ATTRIBUTES[self.attribute]
        if kind is Kind.TIME:
            return TIMES[self.operator](column, self.value)
        if self.operator == "is_present":
            return Q(**{f"{column}__isnull": not self.value})
        if self.operator in {"is_not", "not_in"}:
            positive = "is" if self.operator == "is_not" else "in"
            return ~Condition(self.attribute, positive, self.value).as_q(site)
        if self.attribute == "email":
            return match(column, self.operator, email_key(self.value))
        if self.attribute == "phone" and self.operator == "is":
            e164 = search_key(self.value, site.phone_region)
            return match(column, "is", self.value) | (Q(phone_e164=e164) if e164 else Q())
        return match(column, self.operator, self.value)


def plain_q(condition: Condition, attributes: Attributes) -> Q:
    """The condition as a filter of rows whose columns are compared as they are; ``attributes`` is the list's table."""
    kind, column = attributes[condition.attribute]
    operator, value = condition.operator, condition.value
    if kind is Kind.TIME:
        return TIMES[operator](column, value)
    if operator == "is_present":
        return Q(**{f"{column}__isnull": not value})
    if operator in {"is_not", "not_in"}:
        return ~match(column, "is" if operator == "is_not" else "in", value)
    if kind is Kind.NUMBER:
        return _compared(column, operator, value)
    return match(column, operator, value)


def match(column: str, operator: str, value: Any) -> Q:
    """``column`` compared with a text by ``is``, ``in`` or ``starts_with``."""
    lookup = {"is": column, "in": f"{column}__in", "starts_with": f"{column}__prefix"}[operator]
    return Q(**{lookup: value})


def _compared(column: str, operator: str, value: Any) -> Q:
    """A number compared; ``between`` includes both ends."""
    if operator == "between":
        return Q(**{f"{column}__gte": value[0], f"{column}__lte": value[1]})
    return Q(**{column if operator == "is" else f"{column}__{operator}": value})


def _after(column: str, at: datetime) -> Q:
    # Times are shown in whole seconds: what is shown as T is not after T.
    return Q(**{f"{column}__gte": at + SECOND})


def _before(column: str, at: datetime) -> Q:
    return Q(**{f"{column}__lt": at})


def _between(column: str, span: Sequence[datetime]) -> Q:
    return Q(**{f"{column}__gte": span[0], f"{column}__lt": span[1] + SECOND})


def _on(column: str, at: datetime) -> Q:
    """The UTC day that the time lies in."""
    start = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Q(**{f"{column}__gte": start, f"{column}__lt": start + DAY})


TIMES: dict[str, Callable[[str, Any], Q]] = {"after": _after, "before": _before, "on": _on, "between": _between}
