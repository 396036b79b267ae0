"""What a hierarchy must keep to: who can be below whom, who can be an owner, how deep and how wide it may be.

Nothing here locks or writes: who is about to change a hierarchy asks with the site's tree locked, and who only wants to
know what would come of it asks as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from billing_customers.conf import billing_settings
from billing_customers.exceptions import InvalidInput, InvalidState, Issue, LimitReached, NotFound
from billing_customers.models import BillingSite, Customer
from billing_customers.operations import locks
from billing_customers.queries import tree_rows
from billing_customers.queries.tree_rows import TreeRow

HAS_PARENT = "The customer has a parent already: unlink it first."
HAS_NO_PARENT = "The customer has no parent."
_NOT_ABOVE = "Must be the customer itself or one of those above it."
_NOT_THE_SAME = "Must be the invoice owner, unless the customer itself is invoiced."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a customer comes to stand: primary keys of the top and of its owners, and the rows of all below it."""

    root: int
    invoice_owner: int
    payment_owner: int
    below: Sequence[TreeRow]


def check_link(site: BillingSite, child: Customer, parent: Customer, owner_ids: Mapping[str, str | None]) -> Place:
    """Where ``child``, with all below it, would stand right below ``parent``.

    Raises what :func:`~billing_customers.operations.hierarchy.link_customer` does.
    """
    if child.has_parent:
        raise InvalidState(HAS_PARENT)
    path = tree_rows.above(site, parent.pk, using=locks.database())
    up = [parent.pk, *(row[3] for row in path)]
    if child.pk in up:
        raise InvalidState("The customer would come to be above itself.", param="parent_id")
    invoice_owner, payment_owner = choose_owners(site, child, up, owner_ids)
    below = tree_rows.below(site, child.pk, using=locks.database()) if child.child_count else []
    check_limits(parent, levels_above=len(up), levels_below=_levels(child.pk, below))
    return Place(up[-1], invoice_owner, payment_owner, below)


def choose_owners(
    site: BillingSite, child: Customer, up: Sequence[int], owner_ids: Mapping[str, str | None]
) -> tuple[int, int]:
    """Primary keys of who is invoiced and who pays for ``child``, by the ids that a caller gives.

    ``up`` are the primary keys of those above it. Raises :class:`NotFound` for an id that there is not, and
    :class:`InvalidInput`. Contract: "Link a customer", ``invoice_owner_id`` and ``payment_owner_id``.
    """
    given = {name: public_id for name, public_id in owner_ids.items() if public_id is not None}
    pks = locks.pks_named(site, set(given.values())) if given else {}
    issues: list[Issue] = []
    for name, public_id in given.items():
        if public_id not in pks:
            raise NotFound("There is no such customer.", param=name)
        if pks[public_id] not in {child.pk, *up}:
            issues.append(Issue(name, _NOT_ABOVE))
    if issues:
        raise InvalidInput(issues)
    invoiced, pays = (given.get(name) for name in ("invoice_owner_id", "payment_owner_id"))
    invoice_owner = child.pk if invoiced is None else pks[invoiced]
    payment_owner = invoice_owner if pays is None else pks[pays]
    if payment_owner != invoice_owner != child.pk:
        raise InvalidInput([Issue("payment_owner_id", _NOT_THE_SAME)])
    return invoice_owner, payment_owner


def check_limits(parent: Customer, *, levels_above: int, levels_below: int) -> None:
    """May what has ``levels_below`` levels come right below ``parent``, which is on the level ``levels_above``?

    Raises :class:`LimitReached`. Contract: account hierarchy, at most 5 levels and 250 children.
    """
    most, children = billing_settings.hierarchy_max_levels, billing_settings.hierarchy_max_children
    if levels_above + levels_below > most:
        raise LimitReached(f"A hierarchy has at most {most} levels.", param="parent_id")
    if parent.child_count >= children:
        raise LimitReached(f"A customer has at most {children} children.", param="parent_id")


def orphans_of(below: Iterable[TreeRow], top: int) -> dict[int, dict[str, int]]:
    """Who ``below`` the customer ``top`` has owners that are not, once nobody is above that, and the columns by which
    ``top`` takes their place.
    """
    rows = list(below)
    inside = {top, *(row[1] for row in rows)}
    found: dict[int, dict[str, int]] = {}
    for _, child, _, _, payment_owner, invoice_owner in rows:
        owners = {"payment_owner_id": payment_owner, "invoice_owner_id": invoice_owner}
        lost = {column: top for column, owner in owners.items() if owner not in inside}
        if lost:
            found[child] = lost
    return found


def _levels(top: int, below: Iterable[TreeRow]) -> int:
    """How many levels ``top`` and all ``below`` it take."""
    children: dict[int, list[int]] = {}
    for row in below:
        children.setdefault(row[3], []).append(row[1])
    levels, level = 0, [top]
    while level:
        levels += 1
        level = [child for parent in level for child in children.get(parent, ())]
    return levels
