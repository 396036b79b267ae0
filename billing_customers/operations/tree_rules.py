"""What a hierarchy must keep to: who can be an owner, how deep and how wide it may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from billing_customers.conf import billing_settings
from billing_customers.exceptions import InvalidInput, Issue, LimitReached, NotFound
from billing_customers.models import BillingSite, Customer
from billing_customers.operations import locks

_NOT_ABOVE = "Must be the customer itself or one of those above it."
_NOT_THE_SAME = "Must be the invoice owner, unless the customer itself is invoiced."


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
