"""Locks keep transactions apart, as far as needed and no further."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.db import transaction

from billing_customers.choices import IdentifyBy
from billing_customers.models import BillingSite, Customer, SiteLock
from billing_customers.operations import locks
from billing_customers.operations.customer_users import link_user
from billing_customers.operations.customers import upsert_customer
from tests.concurrency.crowd import SIZE, crowd, tally, together, values
from tests.fixtures import NOW
from tests.operations import acts


def test_one_transaction_at_a_time_works_on_a_value(site: BillingSite) -> None:
    inside: list[int] = []
    most: list[int] = []

    def act(number: int) -> None:
        with transaction.atomic():
            locks.lock_value(site, "email_key", "dana@example.com")
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.005)
            inside.remove(number)

    outcomes = crowd(act, 12)

    assert (tally(outcomes), most) == ({"done": 12}, [1] * 12)


@pytest.mark.postgres
def test_other_values_are_worked_on_meanwhile(site: BillingSite) -> None:
    both_inside = threading.Barrier(4)
    others: list[tuple[BillingSite, str, str]] = [
        (site, "email_key", "dana@example.com"),
        (site, "email_key", "avi@example.com"),
        (site, "tax_id_key", "dana@example.com"),
        (BillingSite(pk=site.pk + 1), "email_key", "dana@example.com"),
    ]

    def act(number: int) -> None:
        with transaction.atomic():
            locks.lock_value(*others[number])
            both_inside.wait(10)

    assert tally(crowd(act, 4)) == {"done": 4}


def test_lock_row_that_is_missing_is_made_once(site: BillingSite) -> None:
    SiteLock.objects.all().delete()

    def act(number: int) -> Any:
        attributes: Any = {"name": "Dana", "email": "dana@example.com"}
        return upsert_customer(site=site, identify_by=IdentifyBy.EMAIL, attributes=attributes, at=NOW)[1]

    outcomes = crowd(act)

    assert tally(outcomes) == {"done": SIZE}
    assert (values(outcomes).count(True), Customer.objects.count()) == (1, 1)


def test_customer_is_locked_until_the_transaction_ends(site: BillingSite) -> None:
    acts.create(site, "acme")
    order: list[str] = []
    locked = threading.Event()

    def first() -> None:
        with transaction.atomic():
            locks.lock_value(site, "x", "y")
            locks.lock_customer(site, "acme")
            locked.set()
            time.sleep(0.3)
            order.append("first")

    def second() -> None:
        locked.wait(10)
        with transaction.atomic():
            locks.lock_customer(site, "acme")
            order.append("second")

    outcomes = together(first, second)

    assert (tally(outcomes), order) == ({"done": 2}, ["first", "second"])


def test_user_that_many_link_is_linked_once(site: BillingSite) -> None:
    customer = acts.create(site, "acme")
    user = acts.a_user()

    outcomes = crowd(lambda _: link_user(site=site, public_id="acme", user=user, at=NOW), 12)

    assert tally(outcomes) == {"done": 12}
    assert customer.user_links.count() == 1
