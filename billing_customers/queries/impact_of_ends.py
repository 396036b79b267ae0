"""What deleting a customer would do, and what clearing its personal data would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from billing_customers.choices import PiiCleared
from billing_customers.models import BillingSite, Customer, Subscription
from billing_customers.neighbors import Blocker, ModelNeighbor, Neighbor
from billing_customers.neighbors.builtin import BUILT_IN
from billing_customers.operations import locks
from billing_customers.operations.documents import CLOSED_STATUSES
from billing_customers.operations.ending_rules import deletion_blockers, erasure_blockers, merged_blockers
from billing_customers.queries import effects
from billing_customers.queries.effects import Effect, Ending
from billing_customers.queries.merges import merged_customers

_FORGOTTEN = "They are detached, and the gateways forget them."
_DETACHED = "They are detached; the gateways keep them."


def deletion_speaks_against(site: BillingSite, customer: Customer, targets: Mapping[str, Any]) -> list[Blocker]:
    """What a deletion would be refused for; with ``cancels_subscriptions``, one that cancels them first."""
    return deletion_blockers(site, customer, cancels=targets["cancels_subscriptions"], locking=False)


def effects_of_deletion(site: BillingSite, customer: Customer, targets: Mapping[str, Any]) -> Iterator[Effect]:
    """``delete_payment_method`` says whether the gateways forget the payment sources."""
    cancels = targets["cancels_subscriptions"]
    tombstone = "The customer becomes a tombstone: API clients no longer get it, and its id is free."
    yield Effect("customer_deleted", tombstone, 1, ids=(customer.public_id,))
    if cancels:
        open_ones = Subscription.objects.using(locks.database()).for_site(site).filter(customer=customer)
        yield from effects.named(
            "subscriptions_cancelled",
            "Subscriptions",
            "They are cancelled first.",
            open_ones.exclude(status__in=CLOSED_STATUSES),
            "public_id",
        )
    sentence = _FORGOTTEN if targets["delete_payment_method"] else _DETACHED
    yield from effects.of_sources(site, customer, "detached", sentence)
    yield from effects.of_neighbors(site, customer, "kept", "They are kept, and hidden.", unless=_is_hosts)
    yield from effects.of_balances(site, customer, "left", "They stay with the tombstone, and cannot be used.")
    yield from effects.of_contacts(site, customer, "left", "They stay with the tombstone, and get no more mail.")
    yield from effects.of_former_ids(site, customer, "freed", "They no longer lead to the customer, and are free.")
    yield from effects.of_users(site, customer, "left", "They can no longer act for the customer.")


def erasure_speaks_against(site: BillingSite, customer: Customer) -> list[Blocker]:
    """What clearing would be refused for: of the customer, then of those that were merged into it."""
    everyone = [customer, *merged_customers(site, customer, using=locks.database())]
    open_ones = [each for each in everyone if each.pii_cleared != PiiCleared.CLEARED]
    found = merged_blockers(site, customer)
    return [*found, *(blocker for each in open_ones for blocker in erasure_blockers(site, each, locking=False))]


def effects_of_erasure(site: BillingSite, customer: Customer) -> Iterator[Effect]:
    """The customer and its documents stay, without what is personal in them; once that is done, nothing changes."""
    if customer.pii_cleared == PiiCleared.CLEARED:
        return
    cleared = "Names, addresses, tax ids, metadata and all else that is personal are cleared for good."
    yield Effect("personal_data_cleared", cleared, 1, ids=(customer.public_id,))
    merged = merged_customers(site, customer, using=locks.database())
    yield from effects.named("merged_cleared", "Customers merged into it", "They are cleared too.", merged, "public_id")
    yield from effects.of_sources(site, customer, "detached", _FORGOTTEN)
    yield from effects.of_contacts(site, customer, "cleared", "They are removed.")
    yield from effects.of_neighbors(site, customer, "kept", "They are kept.", unless=_is_blanked)
    yield from effects.of_balances(site, customer, "kept", "They stay as they are.")


def _is_hosts(neighbor: Neighbor) -> Ending:
    """What is the host's is not ours to hide."""
    return None if neighbor in BUILT_IN else ("kept", "They are kept.")


def _is_blanked(neighbor: Neighbor) -> Ending:
    if isinstance(neighbor, ModelNeighbor) and neighbor.pii:
        return "blanked", "What is personal in them is blanked; the rows are kept."
    return None
