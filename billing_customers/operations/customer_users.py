"""Link the host's users to the customers they act for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from billing_customers.choices import CustomerUserRole
from billing_customers.exceptions import InvalidInput, Issue
from billing_customers.models import BillingSite, CustomerUser
from billing_customers.operations import locks


def link_user(
    *, site: BillingSite, public_id: str, user: Any, role: str = CustomerUserRole.OWNER, at: datetime
) -> CustomerUser:
    """Let ``user`` (of the host's user model) act for the customer in ``role``; return the link.

    Raises :class:`NotFound`, :class:`InvalidInput` for the role.
    """
    if role not in CustomerUserRole.values:
        raise InvalidInput([Issue("role", "Must be one of " + ", ".join(CustomerUserRole.values) + ".")])
    with transaction.atomic(using=locks.database()):
        customer = locks.lock_customer(site, public_id)
        link = CustomerUser.objects.for_site(site).filter(customer=customer, user=user).first()
        if link is None:
            link = CustomerUser(site=site, customer=customer, user=user, role=role, created_at=at)
            link.save(force_insert=True)
        elif link.role != role:
            link.role = role
            link.save(update_fields=["role"])
        return link


def unlink_user(*, site: BillingSite, public_id: str, user: Any) -> bool:
    """Take the link away; return whether there was one. Raises :class:`NotFound` for the customer."""
    with transaction.atomic(using=locks.database()):
        customer = locks.lock_customer(site, public_id)
        removed, _ = CustomerUser.objects.for_site(site).filter(customer=customer, user=user).delete()
        return bool(removed)
