"""Find merges: one, or a page of them."""

from __future__ import annotations

from django.db.models import QuerySet

from billing_customers.models import BillingSite, Customer, CustomerMerge
from billing_customers.queries.customers import Cursor, Page, Row
from billing_customers.queries.keyset import read_page

MERGE_COLUMNS = (
    "id",
    "public_id",
    "source__public_id",
    "target__public_id",
    "status",
    "error",
    "moved",
    "created_at",
    "updated_at",
    "merged_at",
    "undone_at",
)


def find_merge(site: BillingSite, public_id: str) -> Row | None:
    """The columns of the merge with this id, or ``None``; one query."""
    row: Row | None = CustomerMerge.objects.for_site(site).filter(public_id=public_id).values(*MERGE_COLUMNS).first()
    return row


def merged_customers(site: BillingSite, customer: Customer, *, using: str) -> QuerySet[Customer]:
    """The tombstones of those that were merged into the customer, of the database ``using``, the oldest first."""
    return Customer.objects.using(using).for_site(site).filter(merged_alias__customer=customer).order_by("pk")


def page_of_merges(
    site: BillingSite, *, customer_id: str | None = None, limit: int, after: Cursor | None = None
) -> Page:
    """A page of them, the newest first; with ``customer_id`` those in which a customer of this id took part."""
    merges = CustomerMerge.objects.for_site(site)
    if customer_id is not None:
        # Two looks by index, not one at every merge of the site.
        merges = merges.filter(source__public_id=customer_id) | merges.filter(target__public_id=customer_id)
    return read_page(merges, MERGE_COLUMNS, sort="created_at", descending=True, limit=limit, after=after)
