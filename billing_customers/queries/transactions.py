"""Find transactions: one, a page of a site's or of a customer's, and the invoices that they paid."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

from django.db.models import Q, QuerySet

from billing_customers.models import Allocation, BillingSite, Transaction
from billing_customers.queries.conditions import Attributes, Condition, Kind, plain_q
from billing_customers.queries.customers import MAX_PAGE, Cursor, Page, Row
from billing_customers.queries.keyset import read_page
from billing_customers.statements import Statement

COLUMNS = (
    *(field.attname for field in Transaction._meta.concrete_fields),  # noqa: SLF001 - public in all but name
    "customer__public_id",
    "customer__deleted_at",
    "payment_source__public_id",
    "gateway_account__public_id",
)
_OF_INVOICE = ("public_id", "date", "total", "status", "subscription__public_id")
LINK_COLUMNS = ("amount", "applied_at", *(f"invoice__{column}" for column in _OF_INVOICE))

TransactionSort = Literal["date", "updated_at"]
TRANSACTION_SORTS: tuple[TransactionSort, ...] = get_args(TransactionSort)

TRANSACTION_ATTRIBUTES: Attributes = {
    "id": (Kind.ID, "public_id"),
    "customer_id": (Kind.ID, "customer__public_id"),
    "payment_source_id": (Kind.ID, "payment_source__public_id"),
    "payment_method": (Kind.ENUM, "payment_method"),
    "gateway": (Kind.ID, "gateway"),
    "gateway_account_id": (Kind.ID, "gateway_account__public_id"),
    "id_at_gateway": (Kind.TEXT, "id_at_gateway"),
    "reference_number": (Kind.TEXT, "reference_number"),
    "type": (Kind.ENUM, "type"),
    "status": (Kind.ENUM, "status"),
    "date": (Kind.TIME, "date"),
    "amount": (Kind.NUMBER, "amount"),
    "updated_at": (Kind.TIME, "updated_at"),
}


def find_transaction(site: BillingSite, public_id: str) -> Row | None:
    """The transaction with this id, or ``None``; one query. Those of deleted customers are hidden."""
    row: Row | None = _transactions(site, include_deleted=False).filter(public_id=public_id).values(*COLUMNS).first()
    return row


def page_of_transactions(
    site: BillingSite,
    *,
    conditions: Iterable[Condition] = (),
    include_deleted: bool = False,
    sort: TransactionSort = "date",
    descending: bool = False,
    limit: int,
    after: Cursor | None = None,
) -> Page:
    """A page by keyset, oldest first unless ``descending``. Its conditions are those of ``TRANSACTION_ATTRIBUTES``."""
    transactions = _transactions(site, include_deleted=include_deleted)
    for condition in conditions:
        transactions = transactions.filter(_as_q(condition))
    return read_page(transactions, COLUMNS, sort=sort, descending=descending, limit=limit, after=after)


def transactions_of_customer(site: BillingSite, customer_pk: int, *, limit: int, after: Cursor | None = None) -> Page:
    """A page of the transactions of one customer, in the order they were made."""
    transactions = _transactions(site, include_deleted=True).filter(customer_id=customer_pk, deleted_at=None)
    return read_page(transactions, COLUMNS, sort="created_at", limit=limit, after=after)


def linked_invoices(site: BillingSite, transactions: Iterable[Mapping[str, Any]]) -> dict[int, list[Row]]:
    """What of each transaction (rows with ``id``) was used for which invoice, by primary key; one query at most."""
    wanted = [row["id"] for row in transactions]
    found: dict[int, list[Row]] = {}
    for start in range(0, len(wanted), MAX_PAGE):
        page = wanted[start : start + MAX_PAGE]
        for payment, *values in _links(len(page)).rows(site.pk, *page):
            found.setdefault(payment, []).append(dict(zip(LINK_COLUMNS, values, strict=True)))
    return found


@functools.cache
def _links(count: int) -> Statement:
    def build(site: int, *payments: int) -> Any:
        used = Allocation.objects.for_site(site).filter(
            transaction_id__in=payments, applied_at__isnull=False, amount__gt=0
        )
        return used.order_by("position", "id").values_list("transaction_id", *LINK_COLUMNS)

    return Statement(Allocation, build, int, *(int for _ in range(count)))


def _transactions(site: BillingSite, *, include_deleted: bool) -> QuerySet[Transaction]:
    transactions = Transaction.objects.for_site(site)
    return transactions if include_deleted else transactions.filter(deleted_at=None, customer__is_live=True)


def _as_q(condition: Condition) -> Q:
    kind, column = TRANSACTION_ATTRIBUTES[condition.attribute]
    if kind is Kind.TEXT and condition.operator == "is_present":
        # These columns are never null.
        return ~Q(**{column: ""}) if condition.value else Q(**{column: ""})
    return plain_q(condition, TRANSACTION_ATTRIBUTES)
