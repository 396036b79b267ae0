"""Delete a customer: its row becomes a tombstone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from billing_customers import signals
from billing_customers.actors import UNKNOWN, Actor
from billing_customers.exceptions import NotFound
from billing_customers.models import BillingSite, Customer, CustomerAlias
from billing_customers.operations import locks
from billing_customers.operations.storing import check_version, touch


def delete_customer(
    *,
    site: BillingSite,
    public_id: str,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Customer:
    """Leave a tombstone of the customer and return it. Its id is free again.

    Deleting a tombstone changes nothing. Raises :class:`NotFound`, and :class:`VersionMismatch` if
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
        written: dict[str, Any] = {"deleted_at": at, "is_live": None}
        touch(customer, written, at)
        Customer.objects.for_site(site).filter(pk=customer.pk).update(**written)
        signals.customer_deleted.send(sender=Customer, customer=customer, site=site, actor=actor, at=at)
        return customer


def _tombstone(site: BillingSite, public_id: str) -> Customer | None:
    """The newest tombstone with this id, or with this former id."""
    customers = Customer.objects.using(locks.database()).for_site(site).filter(is_live=None)
    former = CustomerAlias.objects.for_site(site).filter(public_id=public_id).values("customer_id")
    return customers.filter(public_id=public_id).order_by("-id").first() or customers.filter(pk__in=former).first()
