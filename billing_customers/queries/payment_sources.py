"""Find payment sources: one, those of a customer, a page of a site's. Rows also tell of customer and account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

from billing_customers.models import BillingSite, PaymentSource
from billing_customers.models.payment_source import PaymentSourceQuerySet
from billing_customers.queries.conditions import Attributes, Condition, Kind, plain_q
from billing_customers.queries.customers import Cursor, Page, Row
from billing_customers.queries.keyset import read_page
from billing_customers.queries.surroundings import SOURCE_COLUMNS

COLUMNS = (*SOURCE_COLUMNS, "customer__public_id", "customer__primary_payment_source_id")

SourceSort = Literal["created_at", "updated_at"]
SOURCE_SORTS: tuple[SourceSort, ...] = get_args(SourceSort)

SOURCE_ATTRIBUTES: Attributes = {
    "id": (Kind.ID, "public_id"),
    "customer_id": (Kind.ID, "customer__public_id"),
    "type": (Kind.ENUM, "type"),
    "status": (Kind.ENUM, "status"),
    "created_at": (Kind.TIME, "created_at"),
    "updated_at": (Kind.TIME, "updated_at"),
}


def find_source(site: BillingSite, public_id: str, *, include_detached: bool = False) -> Row | None:
    """The payment source with this id, or ``None``; one query."""
    row: Row | None = _sources(site, include_detached).filter(public_id=public_id).values(*COLUMNS).first()
    return row


def page_of_sources(
    site: BillingSite,
    *,
    conditions: Iterable[Condition] = (),
    include_detached: bool = False,
    sort: SourceSort = "created_at",
    descending: bool = False,
    limit: int,
    after: Cursor | None = None,
) -> Page:
    """A page by keyset, oldest first unless ``descending``. Its conditions are those of ``SOURCE_ATTRIBUTES``."""
    sources = _sources(site, include_detached)
    for condition in conditions:
        sources = sources.filter(plain_q(condition, SOURCE_ATTRIBUTES))
    return read_page(sources, COLUMNS, sort=sort, descending=descending, limit=limit, after=after)


def sources_of(site: BillingSite, customer_pk: int, *, detached: bool = False, limit: int) -> list[Row]:
    """The ``limit`` newest sources that are attached to the customer, or those that were detached; newest first."""
    sources = _sources(site, include_detached=True).filter(customer_id=customer_pk, deleted_at__isnull=not detached)
    return list(sources.newest_first().values(*COLUMNS)[:limit])


def _sources(site: BillingSite, include_detached: bool) -> PaymentSourceQuerySet:
    sources: PaymentSourceQuerySet = PaymentSource.objects.for_site(site)
    return sources if include_detached else sources.attached()
