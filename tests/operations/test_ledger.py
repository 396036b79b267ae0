"""Balances: each movement is an entry and a guarded change of the sum, or nothing at all."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from billing_customers.actors import UNKNOWN, Actor
from billing_customers.choices import Bucket, CreditType
from billing_customers.exceptions import InsufficientBalance, InvalidInput
from billing_customers.models import Balance, BillingSite, Customer, LedgerEntry
from billing_customers.models.ledger import MAX_AMOUNT
from billing_customers.operations import ledger
from billing_customers.operations.ledger import Remark
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.money import BUCKETS, EVERY_BUCKET, amounts, book
from tests.operations.watching import faults, rows_stay

CREDITS = Bucket.PROMOTIONAL_CREDITS


def balances(customer: Customer) -> list[dict[str, Any]]:
    rows = Balance.objects.filter(customer=customer).order_by("currency")
    return list(rows.values("site_id", "currency", *Bucket.values))


@pytest.mark.parametrize("bucket", EVERY_BUCKET)
def test_movement_changes_its_balance_alone(site: BillingSite, acme: Customer, bucket: Bucket) -> None:
    book(site, acme, 500, bucket=bucket)

    assert balances(acme) == [
        {"site_id": site.pk, "currency": "USD", **dict.fromkeys(Bucket.values, 0), bucket.value: 500}
    ]


@pytest.mark.parametrize("bucket", BUCKETS)
def test_entry_says_what_happened(site: BillingSite, acme: Customer, bucket: Bucket) -> None:
    book(site, acme, 500, bucket=bucket)
    remark = Remark(credit_type=CreditType.GENERAL, description="Sorry", caller_reference="ticket 7")

    entry = book(site, acme, -200, bucket=bucket, remark=remark, actor=Actor("api", "ck_test_…abcd"), at=acts.LATER)

    row = LedgerEntry.objects.values().get(pk=entry.pk)
    assert row == {name: getattr(entry, name) for name in row}
    assert {name: value for name, value in row.items() if name not in {"id", "public_id"}} == {
        "site_id": site.pk,
        "customer_id": acme.pk,
        "currency": "USD",
        "bucket": bucket.value,
        "delta": -200,
        "balance_after": 300,
        "reference": None,
        "reverses_id": None,
        "credit_type": "general",
        "description": "Sorry",
        "caller_reference": "ticket 7",
        "source": "api",
        "done_by": "ck_test_…abcd",
        "created_at": acts.LATER,
    }


@pytest.mark.parametrize(("bucket", "prefix"), [(CREDITS, "pc_"), (Bucket.EXCESS_PAYMENTS, "le_")])
def test_entry_has_an_id_of_its_kind(site: BillingSite, acme: Customer, bucket: Bucket, prefix: str) -> None:
    ids = {book(site, acme, 1, bucket=bucket).public_id for _ in range(3)}

    assert len(ids) == 3
    assert {(public_id[:3], len(public_id)) for public_id in ids} == {(prefix, 19)}


def test_entries_follow_each_other(site: BillingSite, acme: Customer) -> None:
    entries = [book(site, acme, delta) for delta in (500, 250, -700, 1)]

    assert [entry.balance_after for entry in entries] == [500, 750, 50, 51]
    assert amounts(acme) == {"USD": 51}
    assert sorted(entry.pk for entry in entries) == [entry.pk for entry in entries]


def test_currencies_and_buckets_are_apart(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 500)
    book(site, acme, 70, currency="JPY")
    book(site, acme, 3, bucket=Bucket.REFUNDABLE_CREDITS, currency="JPY")

    assert amounts(acme) == {"USD": 500, "JPY": 70}
    assert ledger.balance_of(site, acme, "JPY", Bucket.REFUNDABLE_CREDITS) == 3
    assert ledger.balance_of(site, acme, "EUR", CREDITS) == 0


def test_two_customers_are_apart(site: BillingSite, acme: Customer) -> None:
    other = acts.create(site, "apex")
    book(site, acme, 500)

    book(site, other, 7)

    assert (amounts(acme), amounts(other)) == ({"USD": 500}, {"USD": 7})


@pytest.mark.parametrize("bucket", BUCKETS)
def test_balance_may_reach_both_ends(site: BillingSite, acme: Customer, bucket: Bucket) -> None:
    entries = [book(site, acme, delta, bucket=bucket) for delta in (MAX_AMOUNT, -MAX_AMOUNT, MAX_AMOUNT)]

    assert [entry.balance_after for entry in entries] == [MAX_AMOUNT, 0, MAX_AMOUNT]


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize("there", [[], [500, -500], [499]], ids=repr)
def test_more_than_there_is_cannot_be_taken(
    site: BillingSite, acme: Customer, bucket: Bucket, there: list[int]
) -> None:
    for delta in there:
        book(site, acme, delta, bucket=bucket)

    with rows_stay(), pytest.raises(InsufficientBalance) as caught:
        book(site, acme, -500, bucket=bucket)

    name = bucket.value.replace("_", " ")
    assert (caught.value.message, caught.value.param) == (f"The {name} in USD are less than 500.", "amount")


def test_what_is_in_another_bucket_or_currency_cannot_be_taken(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 500, bucket=Bucket.REFUNDABLE_CREDITS)
    book(site, acme, 500, currency="EUR")

    with rows_stay(), pytest.raises(InsufficientBalance):
        book(site, acme, -1)


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize(
    ("there", "delta"), [([], MAX_AMOUNT + 1), ([1], MAX_AMOUNT), ([MAX_AMOUNT], 1)], ids=["none", "one", "full"]
)
def test_balance_cannot_exceed_its_limit(
    site: BillingSite, acme: Customer, bucket: Bucket, there: list[int], delta: int
) -> None:
    for amount in there:
        book(site, acme, amount, bucket=bucket)

    with rows_stay(), pytest.raises(InvalidInput) as caught:
        book(site, acme, delta, bucket=bucket)

    assert faults(caught) == [("amount", f"The balance would exceed {MAX_AMOUNT}.")]


@pytest.mark.parametrize("delta", [2**63 - 1, 2**63, 10**400])
@pytest.mark.parametrize(("sign", "error"), [(1, InvalidInput), (-1, InsufficientBalance)])
def test_number_that_no_column_holds_is_refused_like_any_other(
    site: BillingSite, acme: Customer, delta: int, sign: int, error: type[Exception]
) -> None:
    book(site, acme, 500)

    with rows_stay(), pytest.raises(error):
        book(site, acme, sign * delta)


def test_refusal_leaves_the_transaction_usable(site: BillingSite, acme: Customer) -> None:
    with transaction.atomic():
        with pytest.raises(InsufficientBalance):
            ledger.move(site=site, customer=acme, currency="USD", bucket=CREDITS, delta=-1, actor=UNKNOWN, at=NOW)
        book(site, acme, 5)

    assert amounts(acme) == {"USD": 5}


def test_refused_debit_makes_no_row_of_balances(site: BillingSite, acme: Customer) -> None:
    with transaction.atomic(), pytest.raises(InsufficientBalance):
        ledger.move(site=site, customer=acme, currency="USD", bucket=CREDITS, delta=-1, actor=UNKNOWN, at=NOW)

    assert not Balance.objects.exists()
    assert (acme.has_balances, acts.stored(acme).has_balances) == (False, False)


@pytest.mark.django_db(transaction=True)
def test_movement_outside_a_transaction_is_refused(site: BillingSite, acme: Customer) -> None:
    with rows_stay(), pytest.raises(RuntimeError, match="inside a transaction only"):
        ledger.move(site=site, customer=acme, currency="USD", bucket=CREDITS, delta=1, actor=UNKNOWN, at=NOW)


def test_movement_of_nothing_is_refused(site: BillingSite, acme: Customer) -> None:
    with rows_stay(), pytest.raises(ValueError, match="A movement of nothing is none"):
        book(site, acme, 0)


def test_customer_of_another_site_is_refused(site: BillingSite, other_site: BillingSite, acme: Customer) -> None:
    with rows_stay(), pytest.raises(ValueError, match="not one of the site"):
        book(other_site, acme, 5)


def test_reference_is_booked_once(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 500, remark=Remark("payment:txn_1"))

    with rows_stay(), pytest.raises(IntegrityError):
        book(site, acme, 500, remark=Remark("payment:txn_1"))

    assert amounts(acme) == {"USD": 500}


def test_reference_is_that_of_one_balance(site: BillingSite, acme: Customer) -> None:
    other = acts.create(site, "apex")
    book(site, acme, 500, remark=Remark("gift"))

    book(site, other, 500, remark=Remark("gift"))
    book(site, acme, 500, remark=Remark("Gift"))

    assert (amounts(acme), amounts(other)) == ({"USD": 1000}, {"USD": 500})


def test_entries_without_a_reference_are_as_many_as_one_likes(site: BillingSite, acme: Customer) -> None:
    for _ in range(3):
        book(site, acme, 1)

    assert amounts(acme) == {"USD": 3}


def test_first_movement_marks_the_customer(site: BillingSite, acme: Customer) -> None:
    before = acts.stored(acme)

    book(site, acme, 1)

    after = acts.stored(acme)
    assert (before.has_balances, after.has_balances, acme.has_balances) == (False, True, True)
    assert (after.resource_version, after.updated_at) == (before.resource_version, before.updated_at)


def test_mark_is_set_again_after_a_rollback(site: BillingSite, acme: Customer) -> None:
    with transaction.atomic():
        book(site, acme, 1)
        transaction.set_rollback(True)
    assert (acme.has_balances, acts.stored(acme).has_balances) == (True, False)

    book(site, acme, 1)

    assert acts.stored(acme).has_balances is True


def test_stale_customer_is_marked_too(site: BillingSite, acme: Customer) -> None:
    stale = acts.stored(acme)
    book(site, acme, 1)

    book(site, stale, 1)

    assert (stale.has_balances, amounts(acme)) == (True, {"USD": 2})


def test_rollback_takes_entry_and_sum_back(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 500)

    with rows_stay(), transaction.atomic():
        book(site, acme, 7)
        transaction.set_rollback(True)


def test_movement_after_the_first_is_as_few_statements_as_can_be(
    site: BillingSite, acme: Customer, django_assert_num_queries: Any
) -> None:
    book(site, acme, 500)
    at_once = connection.vendor == "postgresql"

    with transaction.atomic(), django_assert_num_queries(1 if at_once else 3):
        ledger.move(site=site, customer=acme, currency="USD", bucket=CREDITS, delta=1, actor=UNKNOWN, at=NOW)
