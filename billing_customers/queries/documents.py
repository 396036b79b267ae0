"""Find invoices and subscriptions: one, a page of a site's or of a customer's, and the payments of invoices."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, get_args

from django.db.models import QuerySet

from billing_customers.models import Allocation, BillingSite, Customer, Invoice, Subscription
from billing_customers.queries.conditions import Attributes, Condition, Kind, plain_q
from billing_customers.queries.customers import MAX_PAGE, Cursor, Page, Row
from billing_customers.queries.keyset import read_page
from billing_customers.statements import Statement

_OWNER = ("customer__public_id", "customer__deleted_at")
INVOICE_COLUMNS = (
    *(field.attname for field in Invoice._meta.concrete_fields),  # noqa: SLF001 - public in all but name
    "subscription__public_id",
    *_OWNER,
)
SUBSCRIPTION_COLUMNS = (
    *(field.attname for field in Subscription._meta.concrete_fields),  # noqa: SLF001
    *_OWNER,
)
PAYMENT_COLUMNS = (
    "amount",
    "applied_at",
    *(f"transaction__{column}" for column in ("public_id", "date", "status", "amount")),
)

InvoiceSort = Literal["date", "updated_at"]
INVOICE_SORTS: tuple[InvoiceSort, ...] = get_args(InvoiceSort)
SubscriptionSort = Literal["created_at", "updated_at"]
SUBSCRIPTION_SORTS: tuple[SubscriptionSort, ...] = get_args(SubscriptionSort)

INVOICE_ATTRIBUTES: Attributes = {
    "id": (Kind.ID, "public_id"),
    "customer_id": (Kind.ID, "customer__public_id"),
    "subscription_id": (Kind.ID, "subscription__public_id"),
    "status": (Kind.ENUM, "status"),
    "total": (Kind.NUMBER, "total"),
    "amount_due": (Kind.NUMBER, "amount_due"),
    "date": (Kind.TIME, "date"),
    "updated_at": (Kind.TIME, "updated_at"),
}
SUBSCRIPTION_ATTRIBUTES: Attributes = {
    "id": (Kind.ID, "public_id"),
    "customer_id": (Kind.ID, "customer__public_id"),
    "status": (Kind.ENUM, "status"),
    "created_at": (Kind.TIME, "created_at"),
    "updated_at": (Kind.TIME, "updated_at"),
}


def find_invoice(site: BillingSite, public_id: str) -> Row | None:
    """The invoice with this id, or ``None``; one query. Those of deleted customers are hidden."""
    row: Row | None = _listed(Invoice, site).filter(public_id=public_id).values(*INVOICE_COLUMNS).first()
    return row


def page_of_invoices(
    site: BillingSite,
    *,
    conditions: Iterable[Condition] = (),
    include_deleted: bool = False,
    sort: InvoiceSort = "date",
    descending: bool = False,
    limit: int,
    after: Cursor | None = None,
) -> Page:
    """A page by keyset, oldest first unless ``descending``. Its conditions are those of ``INVOICE_ATTRIBUTES``."""
    invoices = _listed(Invoice, site, include_deleted=include_deleted)
    for condition in conditions:
        invoices = invoices.filter(plain_q(condition, INVOICE_ATTRIBUTES))
    return read_page(invoices, INVOICE_COLUMNS, sort=sort, descending=descending, limit=limit, after=after)


def invoices_of_customer(site: BillingSite, customer_pk: int, *, limit: int, after: Cursor | None = None) -> Page:
    """A page of the invoices of one live customer, by date."""
    invoices = Invoice.objects.for_site(site).filter(customer_id=customer_pk, deleted_at=None)
    return read_page(invoices, INVOICE_COLUMNS, sort="date", limit=limit, after=after)


def find_subscription(site: BillingSite, public_id: str) -> Row | None:
    """The subscription with this id, or ``None``; one query. Those of deleted customers are hidden."""
    found = _listed(Subscription, site).filter(public_id=public_id)
    row: Row | None = found.values(*SUBSCRIPTION_COLUMNS).first()
    return row


def page_of_subscriptions(
    site: BillingSite,
    *,
    conditions: Iterable[Condition] = (),
    include_deleted: bool = False,
    sort: SubscriptionSort = "created_at",
    descending: bool = False,
    limit: int,
    after: Cursor | None = None,
) -> Page:
    """A page by keyset, oldest first unless ``descending``. Its conditions are those of ``SUBSCRIPTION_ATTRIBUTES``."""
    subscriptions = _listed(Subscription, site, include_deleted=include_deleted)
    for condition in conditions:
        subscriptions = subscriptions.filter(plain_q(condition, SUBSCRIPTION_ATTRIBUTES))
    return read_page(subscriptions, SUBSCRIPTION_COLUMNS, sort=sort, descending=descending, limit=limit, after=after)


def owners_of(site: BillingSite, documents: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> dict[int, Row]:
    """The customers of these documents (rows with ``customer_id``), deleted ones too, by primary key; one query at
    most. ``columns`` must have ``id``.
    """
    wanted = sorted({row["customer_id"] for row in documents})
    names, found = tuple(columns), {}
    for start in range(0, len(wanted), MAX_PAGE):
        page = wanted[start : start + MAX_PAGE]
        for values in _owners(names, len(page)).rows(site.pk, *page):
            row = dict(zip(names, values, strict=True))
            found[row["id"]] = row
    return found


@functools.cache
def _owners(columns: tuple[str, ...], count: int) -> Statement:
    def build(site: int, *pks: int) -> Any:
        return Customer.objects.for_site(site).filter(pk__in=pks).values_list(*columns)

    return Statement(Customer, build, int, *(int for _ in range(count)))


def linked_payments(site: BillingSite, invoices: Iterable[Mapping[str, Any]]) -> dict[int, list[Row]]:
    """What of which transaction was used for each invoice (rows with ``id``), by primary key; one query at most."""
    wanted = [row["id"] for row in invoices]
    found: dict[int, list[Row]] = {}
    for start in range(0, len(wanted), MAX_PAGE):
        page = wanted[start : start + MAX_PAGE]
        for invoice, *values in _payments(len(page)).rows(site.pk, *page):
            found.setdefault(invoice, []).append(dict(zip(PAYMENT_COLUMNS, values, strict=True)))
    return found


@functools.cache
def _payments(count: int) -> Statement:
    def build(site: int, *invoices: int) -> Any:
        used = Allocation.objects.for_site(site).filter(
            invoice_id__in=invoices, transaction__isnull=False, applied_at__isnull=False, amount__gt=0
        )
        return used.order_by("id").values_list("invoice_id", *PAYMENT_COLUMNS)

    return Statement(Allocation, build, int, *(int for _ in range(count)))


def _listed(model: type[Invoice | Subscription], site: BillingSite, *, include_deleted: bool = False) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.for_site(site)
    return rows if include_deleted else rows.filter(deleted_at=None, customer__is_live=True)
