"""Lists of customers in short: which ids a list of conditions gives."""

from __future__ import annotations

from typing import Any

from billing_customers.models import BillingSite
from billing_customers.queries.conditions import Condition
from billing_customers.queries.customers import page_of_customers


def ids(site: BillingSite, *conditions: tuple[str, str, Any], **options: Any) -> list[str]:
    """The ids of at most 100 customers that meet every ``(attribute, operator, value)``, oldest first."""
    page = page_of_customers(
        site,
        ("id", "public_id", "created_at", "updated_at"),
        conditions=[Condition(*each) for each in conditions],
        limit=100,
        **options,
    )
    return [row["public_id"] for row in page.rows]
