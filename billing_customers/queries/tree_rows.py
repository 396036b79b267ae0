"""The rows of account hierarchies: a whole one by its root, the path up from a customer, all below it, its children.

A row is ``(id, child, public id of the child, parent, payment owner, invoice owner)``: primary keys but for the third.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable
from typing import Any

from django.db import connections, router

from billing_customers.models import BillingSite, Customer, Relationship
from billing_customers.queries.customers import MAX_PAGE
from billing_customers.statements import Statement

TreeRow = tuple[int, int, str, int, int, int]

_COLUMNS = ("id", "child_id", "child__public_id", "parent_id", "payment_owner_id", "invoice_owner_id")
_SELECTED = """
SELECT T9.id, T9.child_id, C1.public_id, T9.parent_id, T9.payment_owner_id, T9.invoice_owner_id
"""
# UNION and not UNION ALL: it would come to an end even if there were a ring.
_BELOW = f"""
WITH RECURSIVE below (id) AS (
    SELECT T1.child_id FROM billing_customers_relationship T1 WHERE T1.site_id = %s AND T1.parent_id = %s
    UNION
    SELECT T2.child_id FROM below
    JOIN billing_customers_relationship T2 ON T2.parent_id = below.id AND T2.site_id = %s
)
{_SELECTED}
FROM billing_customers_relationship T9
JOIN below ON below.id = T9.child_id
JOIN billing_customers_customer C1 ON C1.id = T9.child_id
WHERE T9.site_id = %s AND T9.id > %s ORDER BY T9.id
"""  # noqa: S608 - no text of a caller's
_ABOVE = f"""
WITH RECURSIVE above (id, next) AS (
    SELECT T1.child_id, T1.parent_id FROM billing_customers_relationship T1 WHERE T1.site_id = %s AND T1.child_id = %s
    UNION
    SELECT T2.child_id, T2.parent_id FROM above
    JOIN billing_customers_relationship T2 ON T2.child_id = above.next AND T2.site_id = %s
)
{_SELECTED}
FROM billing_customers_relationship T9
JOIN above ON above.id = T9.child_id
JOIN billing_customers_customer C1 ON C1.id = T9.child_id
WHERE T9.site_id = %s
"""  # noqa: S608 - no text of a caller's


def tree(site: BillingSite, root: int, *, after: int = 0, limit: int | None = None) -> list[TreeRow]:
    """The rows of the hierarchy of ``root``, in the order they were linked, those beyond the row ``after``."""
    return _tree().rows(site.pk, root, after, limit=limit)


def children(site: BillingSite, parent: int, *, after: int = 0, limit: int | None = None) -> list[TreeRow]:
    """The rows of the customers right below ``parent``, in the same way."""
    return _children().rows(site.pk, parent, after, limit=limit)


def below(
    site: BillingSite, customer: int, *, after: int = 0, limit: int | None = None, using: str | None = None
) -> list[TreeRow]:
    """The rows of all customers below ``customer``, in the same way."""
    sql = _BELOW if limit is None else f"{_BELOW} LIMIT {limit:d}"
    return _fetched(sql, [site.pk, customer, site.pk, site.pk, after], using)


def above(site: BillingSite, customer: int, *, using: str | None = None) -> list[TreeRow]:
    """The rows from ``customer`` up to the child of the root; none where it is the root."""
    rows = {row[1]: row for row in _fetched(_ABOVE, [site.pk, customer, site.pk, site.pk], using)}
    path: list[TreeRow] = []
    while customer in rows:
        path.append(rows.pop(customer))
        customer = path[-1][3]
    return path


def ids_of_children(site: BillingSite, parents: Collection[int]) -> dict[int, list[str]]:
    """The ids of the customers right below these, by the primary keys of these."""
    found: dict[int, list[str]] = {}
    for some in _portions(parents):
        for parent, public_id in _ids_of_children(len(some)).rows(site.pk, *some):
            found.setdefault(parent, []).append(public_id)
    return found


def ids_of(site: BillingSite, customers: Collection[int], *, using: str | None = None) -> dict[int, str]:
    """The ids of these customers, by their primary keys."""
    found: dict[int, str] = {}
    for some in _portions(customers):
        found.update(_ids(len(some)).rows(site.pk, *some, using=using))
    return found


def _portions(pks: Iterable[int]) -> list[list[int]]:
    wanted = sorted(set(pks))
    return [wanted[start : start + MAX_PAGE] for start in range(0, len(wanted), MAX_PAGE)]


def _fetched(sql: str, params: list[Any], using: str | None) -> list[TreeRow]:
    with connections[using or router.db_for_read(Relationship)].cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


@functools.cache
def _tree() -> Statement:
    def build(site: int, root: int, after: int) -> Any:
        rows = Relationship.objects.for_site(site).filter(root_id=root, id__gt=after)
        return rows.order_by("id").values_list(*_COLUMNS)

    return Statement(Relationship, build, int, int, int)


@functools.cache
def _children() -> Statement:
    def build(site: int, parent: int, after: int) -> Any:
        rows = Relationship.objects.for_site(site).filter(parent_id=parent, id__gt=after)
        return rows.order_by("id").values_list(*_COLUMNS)

    return Statement(Relationship, build, int, int, int)


@functools.cache
def _ids_of_children(count: int) -> Statement:
    def build(site: int, *parents: int) -> Any:
        rows = Relationship.objects.for_site(site).filter(parent_id__in=parents)
        return rows.order_by("id").values_list("parent_id", "child__public_id")

    return Statement(Relationship, build, int, *(int for _ in range(count)))


@functools.cache
def _ids(count: int) -> Statement:
    def build(site: int, *pks: int) -> Any:
        return Customer.objects.for_site(site).filter(pk__in=pks).values_list("id", "public_id")

    return Statement(Customer, build, int, *(int for _ in range(count)))
