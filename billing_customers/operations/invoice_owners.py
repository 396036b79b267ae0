"""Whoever is invoiced for a customer, locked with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction

from billing_customers.exceptions import InvalidState, NotFound
from billing_customers.models import BillingSite, Customer
from billing_customers.operations import locks
from billing_customers.queries.owners import owners_of

T = TypeVar("T")


class _Another(Exception):
    """Another customer, who is to be locked too, is invoiced for the one that was asked for."""

    def __init__(self, customer: int, owner: int) -> None:
        super().__init__(customer, owner)
        self.pks = (customer, owner)


def with_invoice_owner(site: BillingSite, public_id: str, act: Callable[[Customer, Customer], T]) -> T:
    """``act`` on the customer and on whoever is invoiced for it, both locked, in a transaction; return what it returns.

    Raises :class:`NotFound` for the customer. Contract: account hierarchy, ``invoice_owner_id``.
    """
    try:
        with transaction.atomic(using=locks.database()):
            customer = locks.lock_customer(site, public_id)
            return act(customer, _owner(site, customer, {customer.pk: customer}))
    except _Another as another:
        pks = another.pks
    # Customers are locked in the order of their keys: so from the start again.
    try:
        with transaction.atomic(using=locks.database()):
            locked = locks.lock_customers(site, pks)
            if pks[0] not in locked:
                raise NotFound("There is no such customer.")
            # The first look has let the locks go.
            for each in locked.values():
                locks.check_open(each)
            return act(locked[pks[0]], _owner(site, locked[pks[0]], locked))
    except _Another:
        # It is live no more, or yet another has taken its place meanwhile.
        raise InvalidState("The customer who is invoiced cannot be invoiced now.") from None


def _owner(site: BillingSite, customer: Customer, locked: dict[int, Customer]) -> Customer:
    owner = owners_of(site, customer, using=locks.database()).invoice_owner
    if owner not in locked:
        raise _Another(customer.pk, owner)
    return locked[owner]
