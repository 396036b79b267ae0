"""A hierarchy of the demo's newest customers: a head office, which pays for all, with branches and their shops."""

from __future__ import annotations

from datetime import datetime

from billing_customers.actors import Actor
from billing_customers.models import BillingSite, Customer, Relationship
from billing_customers.operations.hierarchy import link_customer

BRANCHES, SHOPS = 12, 3

DEMO = Actor("system", "demo")


def load_hierarchy(site: BillingSite, *, at: datetime) -> None:
    """Link the newest customers, unless there is a hierarchy already."""
    if Relationship.objects.for_site(site).exists():
        return
    newest = Customer.objects.for_site(site).live().newest_first()
    head, *members = newest.values_list("public_id", flat=True)[: 1 + BRANCHES + SHOPS]
    branches, shops = members[:BRANCHES], members[BRANCHES:]
    for branch in branches:
        link_customer(site=site, public_id=branch, parent_id=head, payment_owner_id=head, actor=DEMO, at=at)
    for shop in shops:
        # The branch is invoiced for its shops, and so pays.
        link_customer(site=site, public_id=shop, parent_id=branches[0], invoice_owner_id=branches[0], actor=DEMO, at=at)
