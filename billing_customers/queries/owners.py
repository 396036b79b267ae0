"""Who is invoiced for a customer, and who pays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet

from billing_customers.models import BillingSite, Customer, Relationship


@dataclass(frozen=True, slots=True)
class Owners:
    """Primary keys of customers."""

    invoice_owner: int
    payment_owner: int


def resolve_owners(site: BillingSite, customers: Iterable[int], *, using: str | None = None) -> dict[int, Owners]:
    """The owners of these customers (primary keys): those of its relationship, or itself where it has none."""
    wanted = list(customers)
    rows = Relationship.objects.using(using).for_site(site).filter(child_id__in=wanted)
    owned = rows.values_list("child_id", "invoice_owner_id", "payment_owner_id")
    found = {child: Owners(invoiced, pays) for child, invoiced, pays in owned}
    return {customer: found.get(customer, Owners(customer, customer)) for customer in wanted}


def owners_of(site: BillingSite, customer: Customer, *, using: str | None = None) -> Owners:
    """The same of one customer; no query where nobody is above it."""
    if not customer.has_parent:
        return Owners(customer.pk, customer.pk)
    return resolve_owners(site, [customer.pk], using=using)[customer.pk]


def payment_owner(site: int, column: str) -> QuerySet[Any, Any]:
    """For a subquery: who pays for the customer in ``column`` of the outer query; no row where it does so itself."""
    return Relationship.objects.for_site(site).filter(child_id=OuterRef(column)).values("payment_owner_id")[:1]


def paid_for_by(site: int, customer: int) -> QuerySet[Any, Any]:
    """For a subquery: the live customers whose payments ``customer`` makes, itself left out."""
    rows = Relationship.objects.for_site(site).filter(payment_owner_id=customer, child__is_live=True)
    return rows.values("child_id")
