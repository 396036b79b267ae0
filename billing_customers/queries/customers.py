"""Find customers: one, a page of them, or those that something about them tells."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import connections
from django.db.models import F, Q
from django.db.models.fields.json import KeyTransform

from billing_customers.models import BillingSite, Contact, Customer, CustomerAlias
from billing_customers.models.customer import CustomerQuerySet
from billing_customers.queries.conditions import Condition
from billing_customers.statements import Statement

Row = dict[str, Any]
SortColumn = Literal["created_at", "updated_at"]


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: its sort value and primary key."""

    value: datetime
    pk: int


@dataclass(frozen=True, slots=True)
class Page:
    """Up to ``limit`` rows; ``next`` is where the following page starts, ``None`` on the last."""

    rows: list[Row]
    next: Cursor | None


def find_customer(
    site: BillingSite, public_id: str, columns: Sequence[str], *, include_deleted: bool = False
) -> Row | None:
    """The columns of the customer with this id or former id, or ``None``; one query, two for a former or an unknown id.

    With ``include_deleted`` a tombstone answers where no live customer has or had the id.
    """
    names = tuple(columns)
    rows = _live_by_id(names).rows(site.pk, public_id)
    if not rows:
        rows = _by_any_id(names, include_deleted).rows(site.pk, public_id, public_id)
    return dict(zip(names, rows[0], strict=True)) if rows else None


@functools.cache
def _live_by_id(columns: tuple[str, ...]) -> Statement:
    def build(site: int, public_id: str) -> Any:
        return Customer.objects.for_site(site).live().filter(public_id=public_id).values_list(*columns)[:1]

    return Statement(Customer, build, int, str)


@functools.cache
def _by_any_id(columns: tuple[str, ...], include_deleted: bool) -> Statement:
    """By present and former ids in one look: a rename between two of them could hide the customer from both."""

    def build(site: int, public_id: str, former_id: str) -> Any:
        aliases = CustomerAlias.objects.for_site(site).filter(public_id=former_id).values("customer_id")
        customers = Customer.objects.for_site(site).filter(Q(public_id=public_id) | Q(pk__in=aliases))
        found = customers if include_deleted else customers.live()
        return found.order_by(F("is_live").desc(nulls_last=True), "-id").values_list(*columns)[:1]

    return Statement(Customer, build, int, str, str)


def newest_customers(site: BillingSite, columns: Sequence[str], *, limit: int) -> list[Row]:
    """The ``limit`` newest live customers, newest first."""
    return list(Customer.objects.for_site(site).live().newest_first().values(*columns)[:limit])


def page_of_customers(
    site: BillingSite,
    columns: Sequence[str],
    *,
    conditions: Iterable[Condition] = (),
    include_deleted: bool = False,
    sort: SortColumn = "created_at",
    descending: bool = False,
    limit: int,
    after: Cursor | None = None,
) -> Page:
    """A page by keyset, oldest first unless ``descending``; its cost does not depend on how far in it lies."""
    customers = Customer.objects.for_site(site)
    if not include_deleted:
        customers = customers.live()
    for condition in conditions:
        customers = customers.filter(condition.as_q(site))
    if after is not None:
        customers = customers.filter(_beyond(sort, after, descending=descending))
    order = (f"-{sort}", "-id") if descending else (sort, "id")
    rows = list(customers.order_by(*order).values(*columns)[: limit + 1])
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(rows[:limit], Cursor(last[sort], last["id"]))


def customers_with_metadata(site: BillingSite, pairs: dict[str, Any]) -> CustomerQuerySet:
    """A queryset of live customers whose metadata has each of these top-level pairs, with plain values.

    MariaDB takes 5 and "5" for one value; SQLite cannot look up a key that holds a double quote.
    """
    customers = Customer.objects.for_site(site).live()
    if connections[customers.db].vendor == "postgresql":
        return customers.filter(metadata__contains=pairs)
    for number, (key, value) in enumerate(pairs.items()):
        # The key is a bound parameter, never part of a look-up's name.
        name = f"pair_{number}"
        customers = customers.alias(**{name: KeyTransform(key, "metadata")}).filter(**{name: value})
    return customers


def contacts_of(site: BillingSite, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> dict[int, list[Row]]:
    """The contacts of these customers, by the customers' primary keys; no query when none has any."""
    wanted = [row["id"] for row in rows if row["contact_count"]]
    found: dict[int, list[Row]] = {}
    if wanted:
        contacts = Contact.objects.for_site(site).filter(customer_id__in=wanted).order_by("id")
        for contact in contacts.values("customer_id", *columns):
            found.setdefault(contact["customer_id"], []).append(contact)
    return found


def _beyond(column: str, cursor: Cursor, *, descending: bool) -> Q:
    """Rows after the cursor: a range that the index can start at, less the rows before the cursor that share its value.

    The plain ``a < x OR (a = x AND id < y)`` makes PostgreSQL read the index from its start.
    """
    reach, step = ("lte", "lt") if descending else ("gte", "gt")
    return Q(**{f"{column}__{reach}": cursor.value}) & (
        Q(**{f"{column}__{step}": cursor.value}) | Q(**{column: cursor.value, f"id__{step}": cursor.pk})
    )


def page_of_contacts(
    site: BillingSite, customer: Row, columns: Sequence[str], *, limit: int, after: Cursor | None = None
) -> Page:
    """A page of the contacts of ``customer`` (a row with ``id`` and ``created_at``), in the order they were added."""
    contacts = Contact.objects.for_site(site).filter(customer_id=customer["id"])
    if after is not None:
        contacts = contacts.filter(pk__gt=after.pk)
    rows = list(contacts.order_by("id").values(*columns)[: limit + 1])
    if len(rows) <= limit:
        return Page(rows, None)
    return Page(rows[:limit], Cursor(customer["created_at"], rows[limit - 1]["id"]))
