"""Find merges: one, or a page of them."""

from __future__ import annotations

from billing_customers.models import BillingSite, CustomerMerge
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


def page_of_merges(
    site: BillingSite, *, customer_id: str | None = None, limit: int, after: Cursor | None = None
) -> Page:
    """A page of them, the newest first; with ``customer_id`` those in which a customer of this id took part."""
    merges = CustomerMerge.objects.for_site(site)
    if customer_id is not None:
        # Two looks by index, not one at every merge of the site.
        merges = merges.filter(source__public_id=customer_id) | merges.filter(target__public_id=customer_id)
    return read_page(merges, MERGE_COLUMNS, sort="created_at", descending=True, limit=limit, after=after)
