"""What linking a customer to a parent would do to hierarchies, and what unlinking it would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from billing_customers.exceptions import BillingError, InvalidInput, InvalidState, LimitReached, NotFound
from billing_customers.models import BillingSite, Customer, Relationship
from billing_customers.neighbors import Blocker
from billing_customers.operations import locks
from billing_customers.operations.blocking import closed_blockers
from billing_customers.operations.tree_rules import HAS_NO_PARENT, Place, check_link, orphans_of
from billing_customers.queries import tree_rows
from billing_customers.queries.effects import MAX_IDS, Effect
from billing_customers.queries.tree_rows import TreeRow

_OWNERS = ("payment_owner_id", "invoice_owner_id")
# What would help, by what an operation raises.
_FIXES: dict[type[BillingError], tuple[str, str]] = {
    NotFound: ("not_found", "Name a customer of this site."),
    LimitReached: ("limit_reached", "Choose another parent, or raise the setting."),
    InvalidInput: ("invalid_owner", "Name the customer itself or one of those above it, or nobody."),
}


@dataclass(frozen=True, slots=True)
class LinkOutlook:
    """What a link would come to: ``place`` where nothing speaks against it."""

    blockers: Sequence[Blocker]
    parent: Customer | None = None
    place: Place | None = None


def look_at_link(site: BillingSite, customer: Customer, targets: Mapping[str, Any]) -> LinkOutlook:
    """Ask the rules of :func:`link_customer` about ``parent_id``, ``payment_owner_id`` and ``invoice_owner_id``."""
    parent_id = targets["parent_id"]
    pk = locks.pks_named(site, [parent_id]).get(parent_id)
    customers = Customer.objects.using(locks.database()).for_site(site).live()
    parent = customers.filter(pk=pk).first() if pk else None
    try:
        if parent is None:
            raise NotFound("There is no such customer.", param="parent_id")
        closed = closed_blockers(customer, parent)
        if closed:
            return LinkOutlook(closed)
        place = check_link(site, customer, parent, {name: targets[name] for name in _OWNERS})
    except BillingError as error:
        return LinkOutlook(_as_blockers(error, targets))
    return LinkOutlook((), parent, place)


def effects_of_link(site: BillingSite, customer: Customer, outlook: LinkOutlook) -> Iterator[Effect]:
    """Nothing where the link would be refused: there is no place for the customer then."""
    parent, place = outlook.parent, outlook.place
    if parent is None or place is None:
        return
    names = tree_rows.ids_of(site, [place.root, place.invoice_owner, place.payment_owner], using=locks.database())
    own, root = customer.public_id, names[place.root]
    yield Effect("linked", f"The customer comes right below {parent.public_id}.", 1, ids=(own,))
    yield _root_changes(own, place.below, f"{root} is the top of their hierarchy from now on.")
    yield from _owners_become(own, names[place.invoice_owner], names[place.payment_owner])
    settings = site.parent_account_access
    # The account that access settings are about, as in queries/standing.py.
    above = parent.public_id if place.payment_owner == customer.pk else names[place.payment_owner]
    message = (
        f"{above} gets what the site's settings say, unless others are sent: "
        f"subscriptions {settings['portal_edit_child_subscriptions']}, "
        f"invoices {settings['portal_download_child_invoices']}."
    )
    yield Effect("access_given", message, 1, ids=(above,))


@dataclass(frozen=True, slots=True)
class UnlinkOutlook:
    """The relationship that would go, with the customers in it, and the rows of all below the customer."""

    blockers: Sequence[Blocker]
    relationship: Relationship | None = None
    below: Sequence[TreeRow] = ()


def look_at_unlink(site: BillingSite, customer: Customer) -> UnlinkOutlook:
    """The rule of :func:`delink_customer`: there is a parent."""
    rows = Relationship.objects.using(locks.database()).for_site(site).filter(child=customer)
    relationship = rows.select_related("parent", "root", "invoice_owner", "payment_owner").first()
    if relationship is None:
        return UnlinkOutlook([Blocker("has_no_parent", HAS_NO_PARENT, (), "There is nothing to unlink.")])
    return UnlinkOutlook((), relationship, tree_rows.below(site, customer.pk, using=locks.database()))


def effects_of_unlink(customer: Customer, outlook: UnlinkOutlook) -> Iterator[Effect]:
    """Nothing without a parent."""
    relationship, below = outlook.relationship, outlook.below
    if relationship is None:
        return
    own, parent = customer.public_id, relationship.parent.public_id
    yield Effect("delinked", f"The customer no longer stands below {parent}.", 1, ids=(own,))
    yield _root_changes(own, below, f"{own} is the top of what is below it from now on.")
    if {relationship.invoice_owner_id, relationship.payment_owner_id} != {customer.pk}:
        yield from _owners_become(own, own, own)
    orphans = orphans_of(below, customer.pk)
    if orphans:
        ids = tuple(row[2] for row in below if row[1] in orphans)
        message = f"What others above paid or were invoiced for these is {own}'s from now on."
        yield Effect("owners_replaced", message, len(orphans), ids=ids[:MAX_IDS])
    above = parent if relationship.payment_owner_id == customer.pk else relationship.payment_owner.public_id
    yield Effect("access_ends", f"{above} no longer sees the customer, nor gets its mail.", 1, ids=(above,))


def _root_changes(own: str, below: Sequence[TreeRow], sentence: str) -> Effect:
    ids = (own, *(row[2] for row in below))
    return Effect("root_changes", f"The customer and all below it: {sentence}", len(ids), ids=ids[:MAX_IDS])


def _owners_become(own: str, invoice_owner: str, payment_owner: str) -> Iterator[Effect]:
    whose = "its own" if invoice_owner == own else f"{invoice_owner}'s"
    yield Effect("invoice_owner", f"New invoices for the customer are {whose}.", 1, ids=(invoice_owner,))
    who = "The customer itself" if payment_owner == own else payment_owner
    message = f"{who} pays for the customer, with its own payment sources."
    yield Effect("payment_owner", message, 1, ids=(payment_owner,))


def _as_blockers(error: BillingError, targets: Mapping[str, Any]) -> list[Blocker]:
    """What the operation would raise: each fault of an :class:`InvalidInput` by itself."""
    if isinstance(error, InvalidState):
        code, fix = ("ring", "Choose another parent.") if error.param else ("has_parent", "Unlink it first.")
    else:
        code, fix = _FIXES[type(error)]
    faults = error.issues if isinstance(error, InvalidInput) else [error]
    found = []
    for fault in faults:
        param = fault.param if isinstance(fault, BillingError) else fault.field
        given = targets.get(param)
        found.append(Blocker(code, fault.message, (given,) if given else (), fix))
    return found
