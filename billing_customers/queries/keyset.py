"""A page of a list by keyset: its cost does not depend on how far in it lies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from billing_customers.queries.customers import Cursor, Page


def read_page(
    rows: QuerySet[Any],
    columns: Sequence[str],
    *,
    sort: str,
    descending: bool = False,
    limit: int,
    after: Cursor | None = None,
) -> Page:
    """Up to ``limit`` of ``rows`` beyond ``after``, ordered by the datetime column ``sort`` and the primary key.

    ``columns`` must have ``id`` and ``sort``. One query.
    """
    if after is not None:
        rows = rows.filter(_beyond(sort, after, descending))
    ordered = rows.order_by(*((f"-{sort}", "-id") if descending else (sort, "id")))
    found = list(ordered.values(*columns)[: limit + 1])
    if len(found) <= limit:
        return Page(found, None)
    last = found[limit - 1]
    return Page(found[:limit], Cursor(last[sort], last["id"]))


def _beyond(sort: str, cursor: Cursor, descending: bool) -> Q:
    """A range that an index can start at, less the rows before the cursor that share its value; see customers."""
    reach, step = ("lte", "lt") if descending else ("gte", "gt")
    return Q(**{f"{sort}__{reach}": cursor.value}) & (
        Q(**{f"{sort}__{step}": cursor.value}) | Q(**{sort: cursor.value, f"id__{step}": cursor.pk})
    )
