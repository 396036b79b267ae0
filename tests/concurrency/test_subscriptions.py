"""Deletion against a new subscription: never is one live while its customer is deleted.

On PostgreSQL a foreign key proves it, whoever writes; everywhere the operations take the customer's lock.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection

from billing_customers.events import record
from billing_customers.exceptions import ActiveSubscription, NotFound
from billing_customers.ids import new_id
from billing_customers.models import BillingSite, Customer, Subscription
from billing_customers.neighbors.registry import blockers_of
from billing_customers.operations import documents, ending_rules, locks
from tests.clients import ChingClient
from tests.concurrency.crowd import Outcome, persistent, tally, together
from tests.fixtures import NOW
from tests.operations import acts

ROUNDS = 60
CONSTRAINT = """
ALTER TABLE billing_customers_subscription ADD CONSTRAINT bc_subscription_customer_live
    FOREIGN KEY (customer_id, live_guard) REFERENCES billing_customers_customer (id, is_live)
"""


@pytest.fixture
def without_constraint() -> Iterator[None]:
    """PostgreSQL proves nothing."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_customers_subscription DROP CONSTRAINT bc_subscription_customer_live")
    yield
    Subscription.objects.update(status="canceled")
    with connection.cursor() as cursor:
        cursor.execute(CONSTRAINT)


def add(site: BillingSite, public_id: str, status: Any = "active") -> Subscription:
    return documents.create_subscription(site=site, customer_public_id=public_id, status=status, at=NOW)


def bad() -> int:
    """How many live subscriptions there are on deleted customers."""
    return Subscription.objects.live().filter(customer__is_live=None).count()


def plain_subscription(customer: Customer) -> Subscription:
    """As somebody writes it who knows nothing of the operations."""
    row = Subscription(
        site_id=customer.site_id,
        customer=customer,
        public_id=f"sub_{customer.pk}",
        status="active",
        currency="USD",
        created_at=NOW,
        updated_at=NOW,
        resource_version=1,
    )
    row.save(force_insert=True)
    return row


def plain_deletion(customer: Customer) -> int:
    return Customer.objects.filter(pk=customer.pk).update(is_live=None, deleted_at=NOW)


def rounds(site: BillingSite, left: Callable[[Customer], Any], right: Callable[[Customer], Any]) -> list[list[Outcome]]:
    """Both at the same time, for 60 customers, one after the other."""
    return [
        together(lambda customer=customer: left(customer), lambda customer=customer: right(customer))  # type: ignore[misc]
        for customer in [acts.create(site, f"c{number}") for number in range(ROUNDS)]
    ]


def test_one_of_them_is_refused_every_time(site: BillingSite) -> None:
    found = rounds(
        site,
        lambda customer: persistent(lambda: acts.delete(site, customer.public_id)),
        lambda customer: persistent(lambda: add(site, customer.public_id)),
    )

    kinds = Counter(tuple(each.name for each in outcomes) for outcomes in found)
    assert set(kinds) <= {("done", "NotFound"), ("ActiveSubscription", "done")}
    assert (sum(kinds.values()), bad()) == (ROUNDS, 0)
    assert Subscription.objects.count() == kinds["ActiveSubscription", "done"]


def test_subscription_that_comes_back_counts_as_new(site: BillingSite) -> None:
    def revive(customer: Customer) -> Any:
        public_id = f"sub_{customer.public_id}"
        return documents.change_subscription(site=site, public_id=public_id, status="active", at=NOW)

    def delete(customer: Customer) -> Any:
        return acts.delete(site, customer.public_id)

    for number in range(ROUNDS):
        name = f"c{number}"
        acts.create(site, name)
        documents.create_subscription(
            site=site, customer_public_id=name, status="canceled", public_id=f"sub_{name}", at=NOW
        )
    found = [
        together(lambda c=c: persistent(lambda: delete(c)), lambda c=c: persistent(lambda: revive(c)))  # type: ignore[misc]
        for c in Customer.objects.order_by("pk")
    ]

    kinds = Counter(tuple(each.name for each in outcomes) for outcomes in found)
    assert set(kinds) <= {("done", "NotFound"), ("ActiveSubscription", "done")}
    assert (sum(kinds.values()), bad()) == (ROUNDS, 0)


def test_caller_of_the_deletion_is_told(site: BillingSite, key: str) -> None:
    acts.create(site)
    add(site, "acme", "past_due")

    answer = ChingClient(key).delete("/customers/acme")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CUSTOMER_HAS_ACTIVE_SUBSCRIPTION")


@pytest.mark.postgres
def test_plain_rows_are_refused_every_time_too(site: BillingSite) -> None:
    found = rounds(site, plain_deletion, plain_subscription)

    kinds = Counter(tuple(each.name for each in outcomes) for outcomes in found)
    assert set(kinds) <= {("done", "IntegrityError"), ("IntegrityError", "done")}
    assert (sum(kinds.values()), bad()) == (ROUNDS, 0)


@pytest.mark.postgres
def test_plain_row_against_the_operation_is_an_error_of_the_domain(site: BillingSite) -> None:
    found = rounds(site, lambda customer: acts.delete(site, customer.public_id), plain_subscription)

    kinds = Counter(tuple(each.name for each in outcomes) for outcomes in found)
    assert set(kinds) <= {("done", "IntegrityError"), ("ActiveSubscription", "done")}
    assert (sum(kinds.values()), bad()) == (ROUNDS, 0)


@pytest.mark.postgres
def test_row_written_behind_the_look_is_refused_by_the_constraint(
    site: BillingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = acts.create(site)
    plain_subscription(customer)
    monkeypatch.setattr(ending_rules, "blockers_of", lambda *_, **__: [])

    with pytest.raises(ActiveSubscription, match="active, trialing or past due"):
        acts.delete(site)

    assert acts.stored(customer).is_live is True


@pytest.mark.postgres
def test_subscription_behind_the_look_is_refused_by_the_constraint(
    site: BillingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = acts.create(site)
    plain_deletion(customer)
    monkeypatch.setattr(locks, "lock_customer", lambda *_: customer)

    with pytest.raises(NotFound):
        add(site, "acme")

    assert Subscription.objects.count() == 0


@pytest.mark.postgres
@pytest.mark.parametrize("status", ["incomplete", "incomplete_expired", "canceled"])
def test_subscription_that_has_ended_keeps_its_deleted_customer(site: BillingSite, status: str) -> None:
    add(site, acts.create(site).public_id, status)

    acts.delete(site)

    assert (Subscription.objects.get().customer.is_live, bad()) == (None, 0)


@pytest.mark.postgres
def test_ended_subscription_of_a_deleted_customer_cannot_be_revived(site: BillingSite) -> None:
    add(site, acts.create(site).public_id, "canceled")
    acts.delete(site)

    with pytest.raises(IntegrityError):
        Subscription.objects.update(status="active")


@pytest.mark.postgres
@pytest.mark.usefixtures("without_constraint")
def test_without_the_constraint_plain_rows_end_up_bad(site: BillingSite) -> None:
    found = rounds(site, plain_deletion, plain_subscription)

    assert {name for outcomes in found for name in tally(outcomes)} == {"done"}
    assert bad() == ROUNDS


@pytest.mark.postgres
@pytest.mark.usefixtures("without_constraint")
def test_without_the_constraint_the_lock_alone_keeps_them_apart(site: BillingSite) -> None:
    rounds(
        site,
        lambda customer: acts.delete(site, customer.public_id),
        lambda customer: add(site, customer.public_id),
    )

    assert bad() == 0


@pytest.mark.postgres
@pytest.mark.usefixtures("without_constraint")
def test_without_both_the_operations_end_up_bad(site: BillingSite, monkeypatch: pytest.MonkeyPatch) -> None:
    _without_lock(monkeypatch)

    rounds(
        site,
        lambda customer: acts.delete(site, customer.public_id),
        lambda customer: add(site, customer.public_id),
    )

    assert bad() == ROUNDS


@pytest.mark.postgres
def test_without_the_lock_the_constraint_alone_keeps_them_apart(
    site: BillingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_lock(monkeypatch)

    found = rounds(
        site,
        lambda customer: acts.delete(site, customer.public_id),
        lambda customer: add(site, customer.public_id),
    )

    kinds = Counter(tuple(each.name for each in outcomes) for outcomes in found)
    assert set(kinds) <= {("done", "NotFound"), ("ActiveSubscription", "done")}
    assert (sum(kinds.values()), bad()) == (ROUNDS, 0)


def _without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Customers are read without their lock, and both have looked before either writes."""
    barrier = threading.Barrier(2)

    def read(site: BillingSite, public_id: str, **_: Any) -> Customer:
        return Customer.objects.for_site(site).live().get(public_id=public_id)

    def look(*where: Any, **named: Any) -> Any:
        found = blockers_of(*where, **named)
        barrier.wait(20)
        return found

    def make_id(prefix: str) -> str:
        barrier.wait(20)
        return new_id(prefix)

    monkeypatch.setattr(locks, "lock_customer", read)
    # Two events of a customer at a time are refused by a key of their own, which is not what is looked at here.
    monkeypatch.setattr(record, "record", lambda **_: record.Recorded(0, "", ()))
    monkeypatch.setattr(ending_rules, "blockers_of", look)
    monkeypatch.setattr(documents, "new_id", make_id)
