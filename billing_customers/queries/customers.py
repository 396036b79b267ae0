"""Find customers: one, a page of them, or those that something about them tells."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from django.db import connections
from django.db.models import F, Q
from django.db.models.fields.json import KeyTransform

from billing_customers.models import BillingSite, Contact, Customer, CustomerAlias
from billing_customers.models.customer import CustomerQuerySet
from billing_customers.queries.conditions import Condition
from billing_customers.statements import Statement

Row = dict[str, Any]
MAX_PAGE = 100
SortColumn = Literal["created_at", "updated_at"]
SORT_COLUMNS: tuple[SortColumn, ...] = get_args(SortColumn)


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

    With ``include_deleted`` a tombstone answers where no live customer has or had the id. The id of a customer that was
    merged into another one is the other one's where the site says so.
    """
    names = tuple(columns)
    rows = _live_by_id(names).rows(site.pk, public_id)
    if not rows:
        by_any = _by_any_id(names, include_deleted, site.follows_merged_ids)
        rows = by_any.rows(site.pk, public_id, public_id)
    return dict(zip(names, rows[0], strict=True)) if rows else None


def merged_into(site: BillingSite, pk: int) -> str | None:
    """The id of the customer that the one with this primary key was merged into, if it was."""
    rows = _survivor().rows(site.pk, pk)
    return rows[0][0] if rows else None


@functools.cache
def _survivor() -> Statement:
    def build(site: int, merged: int) -> Any:
        return CustomerAlias.objects.for_site(site).filter(merged=merged).values_list("customer__public_id")[:1]

    return Statement(CustomerAlias, build, int, int)


@functools.cache
def _live_by_id(columns: tuple[str, ...]) -> Statement:
    def build(site: int, public_id: str) -> Any:
        return Customer.objects.for_site(site).live().filter(public_id=public_id).values_list(*columns)[:1]

    return Statement(Customer, build, int, str)


@functools.cache
def _by_any_id(columns: tuple[str, ...], include_deleted: bool, follows_merges: bool) -> Statement:
    """By present and former ids in one look: a rename between two of them could hide the customer from both."""

    def build(site: int, public_id: str, former_id: str) -> Any:
        former = CustomerAlias.objects.for_site(site).filter(public_id=former_id)
        aliases = (former if follows_merges else former.filter(merged=None)).values("customer_id")
        customers = Customer.objects.for_site(site).filter(Q(public_id=public_id) | Q(pk__in=aliases))
        found = customers if include_deleted else customers.live()
        return found.order_by(F("is_live").desc(nulls_last=True), "-id").values_list(*columns)[:1]

    return Statement(Customer, build, int, str, str)


def newest_customers(site: BillingSite, columns: Sequence[str], *, limit: int) -> list[Row]:
    """The ``limit`` newest live customers, newest first."""
    names = tuple(columns)
    return [dict(zip(names, row, strict=True)) for row in _newest(names).rows(site.pk, limit=limit)]


@functools.cache
def _newest(columns: tuple[str, ...]) -> Statement:
    return Statement(Customer, lambda site: _listed(site, False).newest_first().values_list(*columns), int)


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
    names = tuple(columns)
    order = _Order(sort, descending)
    given = list(conditions)
    equalities = [equality for each in given if (equality := each.as_equality())]
    if len(equalities) == len(given):
        statement = _page(names, tuple(column for column, _ in equalities), include_deleted, order, after is not None)
        position = (after.value, after.pk) if after else ()
        found = statement.rows(site.pk, *(value for _, value in equalities), *position, limit=limit + 1)
    else:
        customers = _listed(site.pk, include_deleted)
        for condition in given:
            customers = customers.filter(condition.as_q(site))
        found = list(order.apply(customers, after).values_list(*names)[: limit + 1])
    rows = [dict(zip(names, row, strict=True)) for row in found]
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(rows[:limit], Cursor(last[sort], last["id"]))


@dataclass(frozen=True, slots=True)
class _Order:
    """The order of a list, ties broken by the primary key."""

    column: SortColumn
    descending: bool

    def apply(self, customers: CustomerQuerySet, after: Cursor | None) -> CustomerQuerySet:
        """``customers`` in this order, those beyond ``after`` alone."""
        if after is not None:
            customers = customers.filter(self._beyond(after))
        return customers.order_by(*((f"-{self.column}", "-id") if self.descending else (self.column, "id")))

    def _beyond(self, cursor: Cursor) -> Q:
        """A range that the index can start at, less the rows before the cursor that share its value.

        The plain ``a < x OR (a = x AND id < y)`` makes PostgreSQL read the index from its start.
        """
        reach, step = ("lte", "lt") if self.descending else ("gte", "gt")
        return Q(**{f"{self.column}__{reach}": cursor.value}) & (
            Q(**{f"{self.column}__{step}": cursor.value}) | Q(**{self.column: cursor.value, f"id__{step}": cursor.pk})
        )


def _listed(site_pk: int, include_deleted: bool) -> CustomerQuerySet:
    customers = Customer.objects.for_site(site_pk)
    return customers if include_deleted else customers.live()


@functools.cache
def _page(
    columns: tuple[str, ...], equal: tuple[str, ...], include_deleted: bool, order: _Order, goes_on: bool
) -> Statement:
    """A page filtered by equality of ``equal``. There are a few hundred at most: a list has few such columns."""

    def build(site: int, *arguments: Any) -> Any:
        customers = _listed(site, include_deleted).filter(**dict(zip(equal, arguments, strict=False)))
        after = Cursor(*arguments[len(equal) :]) if goes_on else None
        return order.apply(customers, after).values_list(*columns)

    position = (datetime, int) if goes_on else ()
    return Statement(Customer, build, int, *(str for _ in equal), *position)


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
    names = ("customer_id", *columns)
    # A page at a time, so that there are no more statements than customers on a page.
    for start in range(0, len(wanted), MAX_PAGE):
        page = wanted[start : start + MAX_PAGE]
        for row in _contacts_of(names, len(page)).rows(site.pk, *page):
            found.setdefault(row[0], []).append(dict(zip(names, row, strict=True)))
    return found


@functools.cache
def _contacts_of(columns: tuple[str, ...], count: int) -> Statement:
    def build(site: int, *customers: int) -> Any:
        contacts = Contact.objects.for_site(site).filter(customer_id__in=customers).order_by("id")
        return contacts.values_list(*columns)

    return Statement(Contact, build, int, *(int for _ in range(count)))


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
