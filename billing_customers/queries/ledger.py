"""Find promotional credits: the entries of the ledger that Chargebee has a resource for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

from django.db.models import Q, QuerySet

from billing_customers.choices import Bucket
from billing_customers.models import BillingSite, LedgerEntry
from billing_customers.queries.conditions import Attributes, Condition, Kind, plain_q
from billing_customers.queries.customers import Cursor, Page, Row
from billing_customers.queries.keyset import read_page

COLUMNS = (
    "id",
    "public_id",
    "currency",
    "delta",
    "balance_after",
    "credit_type",
    "description",
    "caller_reference",
    "done_by",
    "created_at",
    "customer__public_id",
)

CreditSort = Literal["created_at"]
CREDIT_SORTS: tuple[CreditSort, ...] = get_args(CreditSort)

CREDIT_ATTRIBUTES: Attributes = {
    "id": (Kind.ID, "public_id"),
    "customer_id": (Kind.ID, "customer__public_id"),
    "type": (Kind.ENUM, "delta"),
    "created_at": (Kind.TIME, "created_at"),
}
# Which way each type goes.
CREDIT_TYPES = {"increment": Q(delta__gt=0), "decrement": Q(delta__lt=0)}


def find_credit(site: BillingSite, public_id: str) -> Row | None:
    """The promotional credit with this id, or ``None``; one query. Those of deleted customers are hidden."""
    row: Row | None = _credits(site).filter(public_id=public_id).values(*COLUMNS).first()
    return row


def page_of_credits(
    site: BillingSite,
    *,
    conditions: Iterable[Condition] = (),
    descending: bool = False,
    limit: int,
    after: Cursor | None = None,
) -> Page:
    """A page by keyset, oldest first unless ``descending``. Its conditions are those of ``CREDIT_ATTRIBUTES``."""
    found = _credits(site)
    for condition in conditions:
        found = found.filter(_as_q(condition))
    return read_page(found, COLUMNS, sort="created_at", descending=descending, limit=limit, after=after)


def _credits(site: BillingSite) -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.for_site(site).filter(bucket=Bucket.PROMOTIONAL_CREDITS, customer__is_live=True)


def _as_q(condition: Condition) -> Q:
    if condition.attribute != "type":
        return plain_q(condition, CREDIT_ATTRIBUTES)
    given = [condition.value] if condition.operator in {"is", "is_not"} else condition.value
    wanted = Q(pk__in=[])
    for each in given:
        wanted |= CREDIT_TYPES[each]
    return wanted if condition.operator in {"is", "in"} else ~wanted
