"""What is shown with a customer: contacts, the primary payment source, balances, who is above it in a hierarchy. A
query each, and none where it has none.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from billing_customers.models import Balance, BillingSite, PaymentSource, Relationship
from billing_customers.models.access import SIDES, effective_access
from billing_customers.queries.customers import MAX_PAGE, Row, contacts_of
from billing_customers.statements import Statement

BALANCE_COLUMNS = (
    "currency",
    "promotional_credits",
    "refundable_credits",
    "excess_payments",
    "unbilled_charges",
)
# Of the customer, what tells whether there is anything to look for.
MARKS = ("id", "contact_count", "has_balances", "has_parent", "primary_payment_source_id")

SOURCE_COLUMNS = (
    *(field.attname for field in PaymentSource._meta.concrete_fields),  # noqa: SLF001 - public in all but name
    "gateway_account__public_id",
)
_RELATIONSHIP = (
    *(f"{end}__public_id" for end in ("parent", "root", "payment_owner", "invoice_owner")),
    "uses_default_access",
    *SIDES,
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Rows, as dicts. ``balances`` are ordered by currency; ``relationship`` has the access settings that hold."""

    contacts: Sequence[Row] = ()
    primary_source: Row | None = None
    balances: Sequence[Row] = ()
    relationship: Row | None = None


NOTHING = Surroundings()


def surroundings_of(
    site: BillingSite, rows: Iterable[Mapping[str, Any]], contact_columns: Sequence[str]
) -> dict[int, Surroundings]:
    """The surroundings of these customers (rows with ``MARKS``), by primary key; at most four queries for a page."""
    customers = list(rows)
    contacts = contacts_of(site, customers, contact_columns)
    sources = primary_sources(site, customers)
    balances = balances_of(site, [row["id"] for row in customers if row["has_balances"]])
    relationships = relationships_of(site, [row["id"] for row in customers if row["has_parent"]])
    return {
        row["id"]: Surroundings(
            contacts.get(row["id"], ()),
            sources.get((row["id"], row["primary_payment_source_id"])),
            balances.get(row["id"], ()),
            relationships.get(row["id"]),
        )
        for row in customers
    }


def primary_sources(site: BillingSite, customers: Iterable[Mapping[str, Any]]) -> dict[tuple[int, str], Row]:
    """The primary payment sources, by the customer's primary key and the source's id."""
    wanted = [row["primary_payment_source_id"] for row in customers if row["primary_payment_source_id"]]
    found: dict[tuple[int, str], Row] = {}
    for start in range(0, len(wanted), MAX_PAGE):
        page = wanted[start : start + MAX_PAGE]
        for values in _sources(len(page)).rows(site.pk, *page):
            row = dict(zip(SOURCE_COLUMNS, values, strict=True))
            found[row["customer_id"], row["public_id"]] = row
    return found


def balances_of(site: BillingSite, customers: Sequence[int]) -> dict[int, list[Row]]:
    """The balances of these customers (primary keys), by primary key."""
    found: dict[int, list[Row]] = {}
    for start in range(0, len(customers), MAX_PAGE):
        page = customers[start : start + MAX_PAGE]
        for owner, *values in _balances(len(page)).rows(site.pk, *page):
            found.setdefault(owner, []).append(dict(zip(BALANCE_COLUMNS, values, strict=True)))
    return found


def relationships_of(site: BillingSite, customers: Sequence[int]) -> dict[int, Row]:
    """The relationships of these customers (primary keys) to those above them, by primary key."""
    found: dict[int, Row] = {}
    for start in range(0, len(customers), MAX_PAGE):
        page = customers[start : start + MAX_PAGE]
        for child, *values in _relationships(len(page)).rows(site.pk, *page):
            row = dict(zip(_RELATIONSHIP, values, strict=True))
            found[child] = {**row, **effective_access(site, row)}
    return found


@functools.cache
def _sources(count: int) -> Statement:
    def build(site: int, *public_ids: str) -> Any:
        sources = PaymentSource.objects.for_site(site).filter(public_id__in=public_ids)
        return sources.values_list(*SOURCE_COLUMNS)

    return Statement(PaymentSource, build, int, *(str for _ in range(count)))


@functools.cache
def _balances(count: int) -> Statement:
    def build(site: int, *customers: int) -> Any:
        balances = Balance.objects.for_site(site).filter(customer_id__in=customers).order_by("currency")
        return balances.values_list("customer_id", *BALANCE_COLUMNS)

    return Statement(Balance, build, int, *(int for _ in range(count)))


@functools.cache
def _relationships(count: int) -> Statement:
    def build(site: int, *customers: int) -> Any:
        rows = Relationship.objects.for_site(site).filter(child_id__in=customers)
        return rows.values_list("child_id", *_RELATIONSHIP)

    return Statement(Relationship, build, int, *(int for _ in range(count)))
