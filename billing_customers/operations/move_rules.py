"""What speaks against copying a customer to another site, in the site that it is in."""

from __future__ import annotations

from billing_customers.models import BillingSite, Customer
from billing_customers.neighbors import Blocker, Operation
from billing_customers.neighbors.registry import blockers_of
from billing_customers.operations.blocking import closed_blockers


def blockers_of_move(site: BillingSite, customer: Customer, *, locking: bool = True) -> list[Blocker]:
    """Why ``customer`` of ``site`` cannot be copied. Without ``locking`` it only tells how things stand."""
    return [*closed_blockers(customer), *blockers_of(site, customer, Operation.MOVE, locking=locking)]
