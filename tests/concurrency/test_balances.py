"""Balances under many hands: none falls below zero, no movement is lost, nothing is booked twice."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import transaction

from billing_customers.actors import UNKNOWN
from billing_customers.choices import Bucket
from billing_customers.models import Balance, BillingSite, Customer, LedgerEntry, Transaction
from billing_customers.operations import ledger
from billing_customers.operations.credits import (
    add_promotional_credits,
    deduct_promotional_credits,
    set_promotional_credits,
)
from billing_customers.operations.ledger import Remark
from billing_customers.operations.payments import record_excess_payment
from tests.clients import ChargebeeClient
from tests.concurrency.crowd import crowd, persistent, statuses, tally, together, values
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.money import amounts, book

MANY = 64


@pytest.fixture
def acme(site: BillingSite) -> Customer:
    return acts.create(site, "acme")


def credit(site: BillingSite, amount: int, act: Any = add_promotional_credits, **said: Any) -> Any:
    return persistent(
        lambda: act(site=site, customer_public_id="acme", amount=amount, description="x", at=acts.LATER, **said)
    )


def deltas() -> list[int]:
    return list(LedgerEntry.objects.order_by("pk").values_list("delta", flat=True))


@pytest.mark.postgres
def test_ten_of_sixty_four_debits_succeed(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 1000)

    outcomes = crowd(lambda _: book(site, acme, -100), MANY)

    assert tally(outcomes) == {"done": 10, "InsufficientBalance": 54}
    assert sorted(entry.balance_after for entry in values(outcomes)) == list(range(0, 1000, 100))
    assert (amounts(acme), deltas()) == ({"USD": 0}, [1000, *[-100] * 10])


@pytest.mark.postgres
def test_ten_of_sixty_four_requests_deduct(key: str, site: BillingSite, acme: Customer) -> None:
    credit(site, 1000)
    params = {"amount": "100", "description": "x"}

    outcomes = crowd(lambda _: ChargebeeClient(key).post("/customers/acme/deduct_promotional_credits", params), MANY)

    assert statuses(outcomes) == {200: 10, 400: 54}
    assert amounts(acme) == {"USD": 0}


@pytest.mark.postgres
def test_first_movements_in_two_currencies_at_once(site: BillingSite, acme: Customer) -> None:
    for number in range(10):
        customer = acts.create(site, f"c{number}")
        together(
            lambda customer=customer: book(site, acts.stored(customer), 5),  # type: ignore[misc]
            lambda customer=customer: book(site, acts.stored(customer), 7, currency="EUR"),  # type: ignore[misc]
        )

        assert (amounts(customer), acts.stored(customer).has_balances) == ({"EUR": 7, "USD": 5}, True)


@pytest.mark.postgres
def test_first_movements_of_one_balance_at_once(site: BillingSite, acme: Customer) -> None:
    outcomes = crowd(lambda number: book(site, acts.stored(acme), number + 1), 32)

    assert tally(outcomes) == {"done": 32}
    assert (Balance.objects.count(), amounts(acme)) == (1, {"USD": 32 * 33 // 2})


def test_operations_in_two_currencies_at_once(site: BillingSite, acme: Customer) -> None:
    outcomes = crowd(lambda number: credit(site, 5, currency_code=("USD", "EUR")[number % 2]), 12)

    assert tally(outcomes) == {"done": 12}
    assert (amounts(acme), acts.stored(acme).has_balances) == ({"EUR": 30, "USD": 30}, True)


def test_additions_and_deductions_all_count(site: BillingSite, acme: Customer) -> None:
    credit(site, 1000)
    acts_of = (add_promotional_credits, deduct_promotional_credits)

    outcomes = crowd(lambda number: credit(site, 10 + number, acts_of[number % 2]), 16)

    assert tally(outcomes) == {"done": 16}
    assert amounts(acme) == {"USD": 1000 - 8}
    assert acts.stored(acme).resource_version == acts.LATER_VERSION + 16


def test_balance_that_many_set_is_that_of_the_last(site: BillingSite, acme: Customer) -> None:
    outcomes = crowd(lambda number: credit(site, 100 + number, set_promotional_credits), 12)

    assert tally(outcomes) == {"done": 12}
    last = LedgerEntry.objects.latest("pk").balance_after
    assert amounts(acme) == {"USD": last}
    assert 100 <= last < 112


def test_payments_of_one_id_are_recorded_once(site: BillingSite, acme: Customer) -> None:
    said: Any = {"date": NOW, "payment_method": "cash", "public_id": "t1", "at": NOW}

    outcomes = crowd(
        lambda _: persistent(lambda: record_excess_payment(site=site, customer_public_id="acme", amount=500, **said)),
        12,
    )

    assert tally(outcomes) == {"done": 1, "DuplicateId": 11}
    assert (Transaction.objects.count(), amounts(acme, Bucket.EXCESS_PAYMENTS)) == (1, {"USD": 500})


@pytest.mark.postgres
def test_reference_that_many_book_is_booked_once(site: BillingSite, acme: Customer) -> None:
    outcomes = crowd(lambda _: book(site, acme, 500, remark=Remark("gift")), 16)

    assert tally(outcomes) == {"done": 1, "IntegrityError": 15}
    assert amounts(acme) == {"USD": 500}


@pytest.mark.postgres
def test_entry_that_many_reverse_is_reversed_once(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 1000)
    entry = book(site, acme, 500)

    def undo(_: int) -> LedgerEntry:
        with transaction.atomic():
            return ledger.reverse(site=site, entry=entry, description="x", actor=UNKNOWN, at=NOW)

    outcomes = crowd(undo, 16)

    assert tally(outcomes) == {"done": 1, "InvalidState": 15}
    assert amounts(acme) == {"USD": 1000}


@pytest.mark.postgres
@pytest.mark.breaks_books("without the guard entries are lost")
def test_unguarded_balance_loses_movements(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 1000)
    everyone_has_read = threading.Barrier(8)

    def debit(_: int) -> int:
        with transaction.atomic():
            row = Balance.objects.get(customer=acme)
            everyone_has_read.wait(20)
            row.promotional_credits -= 100
            row.save(update_fields=["promotional_credits"])
            return row.promotional_credits

    outcomes = crowd(debit, 8)

    assert values(outcomes) == [900] * 8
    assert amounts(acme) == {"USD": 900}


@pytest.mark.postgres
@pytest.mark.breaks_books("without the guard too much is taken")
def test_unguarded_look_before_the_leap_takes_too_much(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 100)
    everyone_has_read = threading.Barrier(4)

    def debit(number: int) -> LedgerEntry:
        with transaction.atomic():
            there = ledger.balance_of(site, acme, "USD", Bucket.PROMOTIONAL_CREDITS)
            everyone_has_read.wait(20)
            Balance.objects.filter(customer=acme).update(promotional_credits=there - 100)
            entry = LedgerEntry(site=site, customer=acme, public_id=f"pc_{number}", currency="USD", delta=-100)
            entry.bucket, entry.balance_after = Bucket.PROMOTIONAL_CREDITS, there - 100
            entry.source, entry.created_at = "none", NOW
            entry.save()
            return entry

    outcomes = crowd(debit, 4)

    assert tally(outcomes) == {"done": 4}
    assert sum(deltas()) == -300
