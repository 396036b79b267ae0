"""What speaks against deleting a customer, or against clearing its personal data. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence

from billing_customers.choices import PiiCleared
from billing_customers.exceptions import ActiveSubscription, InvalidState
from billing_customers.models import BillingSite, Customer
from billing_customers.neighbors import Blocker, Operation
from billing_customers.neighbors.builtin import SUBSCRIPTIONS
from billing_customers.neighbors.registry import blockers_of, uncovered_blockers
from billing_customers.queries.customers import merged_into


def deletion_blockers(
    site: BillingSite, customer: Customer, *, cancels: bool = False, locking: bool = True
) -> list[Blocker]:
    """Why the customer cannot be deleted, live subscriptions first. With ``cancels`` our own are no reason.

    Without ``locking`` no row is locked, and what is said may not hold any more when it is read.
    """
    besides = (SUBSCRIPTIONS,) if cancels else ()
    found = blockers_of(site, customer, Operation.DELETE, besides=besides, locking=locking)
    return sorted(found, key=lambda blocker: blocker.code != ActiveSubscription.code)


def erasure_blockers(site: BillingSite, customer: Customer, *, locking: bool = True) -> list[Blocker]:
    """Why the personal data of the customer, or of a tombstone, cannot be cleared.

    Rows of the host's that no neighbour looks after would be left as they are. ``locking`` is as above.
    """
    return [*blockers_of(site, customer, Operation.ERASE, locking=locking), *uncovered_blockers(customer)]


def merged_blockers(site: BillingSite, customer: Customer) -> list[Blocker]:
    """Why the personal data of a customer that was merged into another one is not cleared alone: that one has it."""
    survivor = None if customer.is_live else merged_into(site, customer.pk)
    if survivor is None or customer.pii_cleared == PiiCleared.CLEARED:
        return []
    message = f"The customer was merged into {survivor}, which has its personal data."
    return [Blocker("merged", message, (survivor,), f"Clear {survivor}: the customer is cleared with it.")]


def refuse(blockers: Sequence[Blocker]) -> None:
    """Raise what the first of them says: :class:`ActiveSubscription` or :class:`InvalidState`."""
    for blocker in blockers:
        wrong = ActiveSubscription if blocker.code == ActiveSubscription.code else InvalidState
        raise wrong(blocker.message)
