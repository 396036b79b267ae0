"""Account hierarchies as they are shown: nodes, each with its parent, its owners and its children.

A node is a row with ``customer_id``, ``parent_id`` (``None`` at the top), ``payment_owner_id``, ``invoice_owner_id``
and ``children_ids``, all of them public ids; children are in the order they were linked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from billing_customers.choices import HierarchyPart
from billing_customers.models import BillingSite
from billing_customers.queries import tree_rows
from billing_customers.queries.customers import Row, find_customer
from billing_customers.queries.tree_rows import TreeRow

# How often a hierarchy is looked for that changes between two looks.
_LOOKS = 3


@dataclass(frozen=True, slots=True)
class Nodes:
    """Up to ``limit`` nodes; ``next`` is where the following page starts, ``None`` on the last."""

    nodes: list[Row]
    next: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A customer and the top of its hierarchy, which is itself where nobody is above it: primary keys and ids."""

    pk: int
    public_id: str
    root: int
    root_id: str

    @property
    def is_root(self) -> bool:
        return self.pk == self.root

    @property
    def top(self) -> TreeRow:
        """The top as if it had a row: it pays and is invoiced for itself."""
        return (0, self.root, self.root_id, 0, self.root, self.root)


def find_place(site: BillingSite, public_id: str) -> Place | None:
    """Where the customer with this id or former id stands, or ``None``. One query."""
    columns = ("id", "public_id", "relationship__root_id", "relationship__root__public_id")
    row = find_customer(site, public_id, columns)
    if row is None:
        return None
    pk, own, root, root_id = (row[column] for column in columns)
    return Place(pk, own, pk, own) if root is None else Place(pk, own, root, root_id)


def hierarchy_of(site: BillingSite, public_id: str, part: HierarchyPart) -> list[Row] | None:
    """The nodes of this part of the customer's hierarchy, or ``None`` without such a customer.

    A whole hierarchy takes two queries, however large it is. It and a path begin at the top, as in the contract's
    samples, all below a customer with the customer; the rest is in the order of linking. Contract: "Get hierarchy".
    """
    for _ in range(_LOOKS):
        place = find_place(site, public_id)
        if place is None:
            return None
        rows = _rows(site, place, part)
        if place.is_root or part is not HierarchyPart.COMPLETE or any(row[1] == place.pk for row in rows):
            break
    if part in {HierarchyPart.COMPLETE, HierarchyPart.SUBORDINATES}:
        return _shown(site, rows, _children_in(rows))
    return _shown(site, rows)


def page_of_hierarchy(
    site: BillingSite, place: Place, part: HierarchyPart, *, limit: int, after: int | None = None
) -> Nodes:
    """A page of the same nodes by keyset, beyond the position ``after``, which a page before it gave as ``next``.

    Contract: "List hierarchy detail".
    """
    rows = _rows(site, place, part, after=after, limit=limit + 1)
    if len(rows) <= limit:
        return Nodes(_shown(site, rows))
    if part is HierarchyPart.PATH_TO_ROOT:
        return Nodes(_shown(site, rows[:limit]), (after or 0) + limit)
    return Nodes(_shown(site, rows[:limit]), rows[limit - 1][0])


def _rows(
    site: BillingSite, place: Place, part: HierarchyPart, *, after: int | None = None, limit: int | None = None
) -> list[TreeRow]:
    """The rows beyond ``after``, at most ``limit`` of them. The first of a hierarchy is at the position 0."""
    match part:
        case HierarchyPart.PATH_TO_ROOT:
            path = [place.top, *reversed(tree_rows.above(site, place.pk))]
            return path[after or 0 :][:limit]
        case HierarchyPart.IMMEDIATE_CHILDREN:
            return tree_rows.children(site, place.pk, after=after or 0, limit=limit)
        case HierarchyPart.SUBORDINATES if not place.is_root:
            head = tree_rows.above(site, place.pk)[:1]
            rows = tree_rows.below(site, place.pk, after=after or 0, limit=limit)
        case _:
            head = [place.top]
            rows = tree_rows.tree(site, place.root, after=after or 0, limit=limit)
    return rows if after is not None else [(0, *row[1:]) for row in head] + rows[:limit]


def _children_in(rows: Iterable[TreeRow]) -> dict[int, list[str]]:
    children: dict[int, list[str]] = {}
    for row in rows:
        children.setdefault(row[3], []).append(row[2])
    return children


def _shown(site: BillingSite, rows: list[TreeRow], children: Mapping[int, list[str]] | None = None) -> list[Row]:
    if children is None:
        children = tree_rows.ids_of_children(site, [row[1] for row in rows])
    names = {row[1]: row[2] for row in rows}
    missing = {pk for row in rows for pk in row[3:] if pk and pk not in names}
    if missing:
        # Those above the part that is shown.
        names |= tree_rows.ids_of(site, missing)
    return [
        {
            "customer_id": public_id,
            "parent_id": names[parent] if parent else None,
            "payment_owner_id": names[payment_owner],
            "invoice_owner_id": names[invoice_owner],
            "children_ids": children.get(pk, []),
        }
        for _, pk, public_id, parent, payment_owner, invoice_owner in rows
    ]
