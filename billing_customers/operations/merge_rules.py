"""What speaks against merging one customer into another, or against undoing it."""

from __future__ import annotations

from collections import Counter

from billing_customers.choices import Bucket, PiiCleared
from billing_customers.models import Balance, BillingSite, Customer, CustomerMerge
from billing_customers.models.ledger import MAX_AMOUNT
from billing_customers.models.merge import MergeStatus
from billing_customers.neighbors import Operation
from billing_customers.neighbors.base import Blocker
from billing_customers.neighbors.registry import blockers_of, uncovered_blockers
from billing_customers.operations import locks
from billing_customers.operations.contacts import MAX_CONTACTS

_UNDER_WAY = (MergeStatus.SCHEDULED, MergeStatus.UNDO_SCHEDULED)


def scheduled_merge(site: BillingSite, source: Customer, target: Customer) -> CustomerMerge | None:
    """The merge of the one into the other that was asked for and is not made yet."""
    merges = CustomerMerge.objects.using(locks.database()).for_site(site)
    return merges.filter(source=source, target=target, status=MergeStatus.SCHEDULED).first()


def made_merge(site: BillingSite, from_id: str, target: Customer) -> CustomerMerge | None:
    """The merge that made ``target`` of the customer that was called ``from_id``, if none is called so any more."""
    merges = CustomerMerge.objects.using(locks.database()).for_site(site)
    made = merges.filter(source__public_id=from_id, target=target, status=MergeStatus.MERGED)
    return made.order_by("-pk").first()


def blockers_of_merge(
    site: BillingSite,
    source: Customer,
    target: Customer,
    *,
    besides: CustomerMerge | None = None,
    locking: bool = True,
) -> list[Blocker]:
    """Why ``source`` cannot be merged into ``target``; ``besides`` is the merge at hand.

    Both are locked, unless ``locking`` is false: then no row is, and it only tells how things stand.
    """
    return [
        *_cleared(source, target),
        *_other_merges(site, source, target, besides),
        *blockers_of(site, source, Operation.MERGE, locking=locking),
        *uncovered_blockers(source),
        *_too_many_contacts(source, target),
        *_too_much_money(site, source, target),
    ]


def _cleared(source: Customer, target: Customer) -> list[Blocker]:
    found, never = [], "It cannot be merged any more."
    for customer, name in ((source, "customer"), (target, "other customer")):
        if customer.pii_cleared != PiiCleared.ACTIVE:
            message = f"The personal data of the {name} is cleared, or about to be."
            found.append(Blocker("personal_data_cleared", message, (customer.public_id,), never))
    return found


def _other_merges(
    site: BillingSite, source: Customer, target: Customer, besides: CustomerMerge | None
) -> list[Blocker]:
    merges = CustomerMerge.objects.using(locks.database()).for_site(site).filter(status__in=_UNDER_WAY)
    others = merges.exclude(pk=besides.pk) if besides else merges
    wait = "Wait until that merge has ended."
    found = []
    for customer, name in ((source, "customer"), (target, "other customer")):
        into = others.filter(source=customer).values_list("target__public_id", flat=True).first()
        if into is not None:
            found.append(Blocker("merge_under_way", f"The {name} is being merged into {into}.", (into,), wait))
    coming = tuple(others.filter(target=source).order_by("pk").values_list("source__public_id", flat=True)[:10])
    if coming:
        message = "Other customers are being merged into the customer, or out of it."
        found.append(Blocker("merge_under_way", message, coming, wait))
    return found


def _too_many_contacts(source: Customer, target: Customer) -> list[Blocker]:
    together = source.contact_count + target.contact_count
    if together <= MAX_CONTACTS:
        return []
    message = f"Together they have {together} contacts, and a customer has at most {MAX_CONTACTS}."
    return [Blocker("too_many_contacts", message, fix=f"Delete {together - MAX_CONTACTS} of the contacts first.")]


def _too_much_money(site: BillingSite, source: Customer, target: Customer) -> list[Blocker]:
    if not source.has_balances:
        return []
    both = Balance.objects.using(locks.database()).for_site(site).filter(customer__in=(source, target))
    together: Counter[tuple[str, str]] = Counter()
    for row in both:
        together.update({(row.currency, str(bucket.label)): getattr(row, bucket) for bucket in Bucket})
    return [
        Blocker(
            "balance_limit",
            f"The {label} in {currency} would exceed {MAX_AMOUNT}.",
            fix="Correct the balances first.",
        )
        for (currency, label), amount in sorted(together.items())
        if amount > MAX_AMOUNT
    ]
