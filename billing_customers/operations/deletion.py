"""Delete a customer: its row becomes a tombstone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from billing_customers import signals
from billing_customers.actors import UNKNOWN, Actor
from billing_customers.exceptions import ActiveSubscription, InvalidState, NotFound
from billing_customers.models import BillingSite, Customer, CustomerAlias
from billing_customers.neighbors import Operation
from billing_customers.neighbors.registry import blockers_of
from billing_customers.operations import locks
from billing_customers.operations.documents import LIVE_CONSTRAINT
from billing_customers.operations.payment_sources import detach_all
from billing_customers.operations.storing import check_version, touch

LIVE_SUBSCRIPTION = "The customer has a subscription that is active, trialing or past due."


def delete_customer(
    *,
    site: BillingSite,
    public_id: str,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Customer:
    """Leave a tombstone of the customer and return it. Its id is free again.

    Its payment sources are detached. Deleting a tombstone changes nothing. Raises :class:`NotFound`,
    :class:`ActiveSubscription` when a subscription of ours or of the host's is active, trialing or past due,
    :class:`InvalidState` in an account hierarchy and for what else a neighbour says, and :class:`VersionMismatch` if
    ``expected_version`` is not the current one. Contract: CHING "DELETE /v1/customers/:id".
    """
    with transaction.atomic(using=locks.database()):
        try:
            customer = locks.lock_customer(site, public_id)
        except NotFound:
            tombstone = _tombstone(site, public_id)
            if tombstone is None:
                raise
            return tombstone
        check_version(customer, expected_version)
        if customer.has_parent or customer.child_count:
            raise InvalidState("The customer is in an account hierarchy: delink it, and its children, first.")
        _check_blockers(site, customer)
        detach_all(site=site, customer=customer, actor=actor, at=at)
        written: dict[str, Any] = {"deleted_at": at, "is_live": None}
        touch(customer, written, at)
        _write(customer, written)
        signals.customer_deleted.send(sender=Customer, customer=customer, site=site, actor=actor, at=at)
        return customer


def _check_blockers(site: BillingSite, customer: Customer) -> None:
    blockers = blockers_of(site, customer, Operation.DELETE)
    for blocker in blockers:
        if blocker.code == ActiveSubscription.code:
            raise ActiveSubscription(blocker.message)
    if blockers:
        raise InvalidState(blockers[0].message)


def _write(customer: Customer, written: dict[str, Any]) -> None:
    try:
        with transaction.atomic(using=locks.database()):
            Customer.objects.for_site(customer.site_id).filter(pk=customer.pk).update(**written)
    except IntegrityError as error:
        if LIVE_CONSTRAINT in str(error):
            # Written past the operations, after we looked.
            raise ActiveSubscription(LIVE_SUBSCRIPTION) from error
        raise


def _tombstone(site: BillingSite, public_id: str) -> Customer | None:
    """The newest tombstone with this id, or with this former id."""
    customers = Customer.objects.using(locks.database()).for_site(site).filter(is_live=None)
    former = CustomerAlias.objects.for_site(site).filter(public_id=public_id).values("customer_id")
    return customers.filter(public_id=public_id).order_by("-id").first() or customers.filter(pk__in=former).first()
