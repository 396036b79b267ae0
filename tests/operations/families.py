"""Account hierarchies in short."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from billing_customers.models import BillingSite, Customer, Relationship
from billing_customers.operations.hierarchy import delink_customer, link_customer
from billing_customers.queries.tree_faults import faults_of_trees
from tests.operations import acts


def link(site: BillingSite, child: str, parent: str, **said: Any) -> Customer:
    """``child`` below ``parent``, itself invoiced and paying unless something else is said."""
    return link_customer(site=site, public_id=child, parent_id=parent, **{"at": acts.LATER, **said})


def owned(site: BillingSite, child: str, parent: str, *, invoiced: str, pays: str) -> Customer:
    return link(site, child, parent, invoice_owner_id=invoiced, payment_owner_id=pays)


def delink(site: BillingSite, child: str, **said: Any) -> Customer:
    return delink_customer(site=site, public_id=child, **{"at": acts.LATER, **said})


def people(site: BillingSite, names: str) -> None:
    """A customer for each of these names, which blanks part."""
    for name in names.split():
        acts.create(site, name)


def chain(site: BillingSite, names: str) -> None:
    """Customers with these names, each below the one before it."""
    people(site, names)
    for parent, child in pairwise(names.split()):
        link(site, child, parent)


def places(site: BillingSite) -> dict[str, tuple[str, str]]:
    """By the id of a child: its parent and its root. No rule of hierarchies may be broken."""
    assert faults_of_trees(site) == []
    rows = Relationship.objects.for_site(site).select_related("child", "parent", "root")
    return {row.child.public_id: (row.parent.public_id, row.root.public_id) for row in rows}


def owners(site: BillingSite) -> dict[str, tuple[str, str]]:
    """By the id of a child: who is invoiced, and who pays."""
    rows = Relationship.objects.for_site(site).select_related("child", "invoice_owner", "payment_owner")
    return {row.child.public_id: (row.invoice_owner.public_id, row.payment_owner.public_id) for row in rows}
