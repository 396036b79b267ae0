"""What merging a customer into another would do, and what copying it to another site would: what holds of either, by
the neighbours and by what there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from billing_customers.models import BillingSite, Customer
from billing_customers.neighbors import Blocker
from billing_customers.operations import locks
from billing_customers.operations.merge_rules import blockers_of_merge, scheduled_merge
from billing_customers.operations.move_rules import blockers_of_move
from billing_customers.queries import effects
from billing_customers.queries.effects import Effect


def merge_speaks_against(site: BillingSite, customer: Customer, targets: Mapping[str, Any]) -> list[Blocker]:
    """What a merge would be refused for: a target that is none, or the rules of merging."""
    public_id = targets["to_customer_id"]
    pk = locks.pks_named(site, [public_id]).get(public_id)
    target = Customer.objects.using(locks.database()).for_site(site).live().filter(pk=pk).first() if pk else None
    if target is None:
        return [Blocker("not_found", "There is no such customer.", (public_id,), "Name a customer of this site.")]
    if target.pk == customer.pk:
        return [Blocker("same_customer", "Must be another customer.", (public_id,), "Name another customer.")]
    asked = scheduled_merge(site, customer, target)
    return blockers_of_merge(site, customer, target, besides=asked, locking=False)


def effects_of_merge(site: BillingSite, customer: Customer, targets: Mapping[str, Any]) -> Iterator[Effect]:
    """Everything goes to ``to_customer_id``."""
    goes = f"They go to {targets['to_customer_id']}."
    message = f"The customer becomes a tombstone whose id leads to {targets['to_customer_id']}."
    yield Effect("customer_merged", message, 1, ids=(customer.public_id,))
    yield from effects.of_neighbors(site, customer, "moved", goes)
    yield from effects.of_balances(site, customer, "moved", goes)
    yield from effects.of_sources(site, customer, "moved", goes)
    yield from effects.of_contacts(site, customer, "moved", goes)
    yield from effects.of_users(site, customer, "moved", goes)
    yield from effects.of_former_ids(site, customer, "moved", f"They lead to {targets['to_customer_id']}.")


def move_speaks_against(site: BillingSite, customer: Customer) -> list[Blocker]:
    """What copying it to another site of this installation would be refused for, whichever site that is."""
    return blockers_of_move(site, customer, locking=False)


def effects_of_move(site: BillingSite, customer: Customer) -> Iterator[Effect]:
    """The customer stays where it is, and a copy of it comes to be."""
    message = "The customer is copied, with its addresses; here it stays as it is."
    yield Effect("customer_copied", message, 1, ids=(customer.public_id,))
    yield from effects.of_contacts(site, customer, "copied", "They are copied.")
    yield from effects.of_sources(site, customer, "copied", "What the gateways call them is copied.")
    yield from effects.of_neighbors(site, customer, "kept", "They stay here, and are not copied.")
    yield from effects.of_balances(site, customer, "kept", "They stay here, and are not copied.")
