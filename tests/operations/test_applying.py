"""Credits used for a new invoice: promotional credits, then refundable credits, then excess payments."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.choices import Bucket
from billing_customers.models import Allocation, BillingSite, CreditNote, Customer, LedgerEntry, Transaction
from billing_customers.operations import documents
from billing_customers.operations.payments import record_excess_payment
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.collecting import LATER, an_invoice, columns, hearing, names, of_invoice, version_of
from tests.operations.money import amounts, book

PROMOTIONAL, REFUNDABLE, EXCESS = Bucket.PROMOTIONAL_CREDITS, Bucket.REFUNDABLE_CREDITS, Bucket.EXCESS_PAYMENTS


def a_note(site: BillingSite, total: int, public_id: str = "cn", currency: str = "USD") -> CreditNote:
    return documents.create_credit_note(
        site=site, customer_public_id="acme", total=total, public_id=public_id, currency=currency, at=NOW
    )


def a_payment(site: BillingSite, amount: int, currency: str = "USD") -> Transaction:
    said: dict[str, Any] = {"customer_public_id": "acme", "date": NOW, "payment_method": "cash", "at": NOW}
    return record_excess_payment(site=site, amount=amount, currency_code=currency, **said)[1]


def billed(site: BillingSite, total: int) -> tuple[str, int, int, int]:
    an_invoice(site, total, apply_credits=True, at=LATER)
    return of_invoice()


def test_all_three_are_used_in_order(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 100)
    a_note(site, 200)
    payment = a_payment(site, 400)

    assert billed(site, 600) == ("paid", 300, 300, 0)
    assert (amounts(acme, PROMOTIONAL), amounts(acme, REFUNDABLE)) == ({"USD": 0}, {"USD": 0})
    assert amounts(acme, EXCESS) == {"USD": 100}
    assert columns(payment, "amount_unused") == (100,)


def test_promotional_credits_go_first(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 1000)
    note = a_note(site, 200)
    payment = a_payment(site, 400)

    assert billed(site, 600) == ("paid", 0, 600, 0)
    assert amounts(acme, PROMOTIONAL) == {"USD": 400}
    assert (columns(note, "amount_available"), columns(payment, "amount_unused")) == ((200,), (400,))


def test_refundable_credits_go_before_payments(site: BillingSite, acme: Customer) -> None:
    note = a_note(site, 600)
    payment = a_payment(site, 400)

    assert billed(site, 600) == ("paid", 0, 600, 0)
    assert columns(note, "status", "amount_available", "amount_allocated") == ("adjusted", 0, 600)
    assert columns(payment, "amount_unused") == (400,)


def test_what_is_left_stays_due(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 100)

    assert billed(site, 600) == ("payment_due", 0, 100, 500)


def test_without_credits_all_is_due(site: BillingSite, acme: Customer) -> None:
    with hearing() as heard:
        assert billed(site, 600) == ("payment_due", 0, 0, 600)

    assert names(heard) == ["invoice_generated"]
    assert version_of(acme) == acts.VERSION


def test_credits_are_left_alone_unless_they_are_to_be_used(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 100)

    an_invoice(site, 600)

    assert (of_invoice()[3], amounts(acme, PROMOTIONAL)) == (600, {"USD": 100})


def test_oldest_credit_note_is_used_first(site: BillingSite, acme: Customer) -> None:
    first, second = a_note(site, 100, "cn1"), a_note(site, 100, "cn2")

    billed(site, 150)

    assert columns(first, "status", "amount_available") == ("adjusted", 0)
    assert columns(second, "status", "amount_available") == ("refund_due", 50)
    used = Allocation.objects.order_by("pk").values_list("credit_note__public_id", "amount", "applied_at")
    assert list(used) == [("cn1", 100, LATER), ("cn2", 50, LATER)]


def test_oldest_payment_is_used_first(site: BillingSite, acme: Customer) -> None:
    first, second = a_payment(site, 100), a_payment(site, 100)

    billed(site, 150)

    assert (columns(first, "amount_unused"), columns(second, "amount_unused")) == ((0,), (50,))
    used = Allocation.objects.order_by("pk").values_list("transaction", "amount", "applied_at", "is_open")
    assert list(used) == [(first.pk, 100, LATER, None), (second.pk, 50, LATER, None)]


def test_other_currencies_are_left_alone(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 100, currency="EUR")
    a_note(site, 100, currency="EUR")
    a_payment(site, 100, currency="EUR")

    assert billed(site, 600) == ("payment_due", 0, 0, 600)
    assert [amounts(acme, bucket) for bucket in (PROMOTIONAL, REFUNDABLE, EXCESS)] == [{"EUR": 100}] * 3


def test_other_customers_money_is_left_alone(site: BillingSite, acme: Customer) -> None:
    other = acts.create(site, "other")
    book(site, other, 100)

    assert billed(site, 600) == ("payment_due", 0, 0, 600)


def test_each_use_is_booked_with_its_reason(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 100)
    a_note(site, 200)
    payment = a_payment(site, 400)

    billed(site, 600)

    entries = LedgerEntry.objects.filter(customer=acme, delta__lt=0).order_by("pk")
    assert list(entries.values_list("bucket", "delta", "reference")) == [
        ("promotional_credits", -100, "invoice:inv"),
        ("refundable_credits", -200, "invoice:inv:cn"),
        ("excess_payments", -300, f"invoice:inv:{payment.public_id}"),
    ]


def test_deduction_is_said_before_the_invoice(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 100)

    with hearing() as heard:
        billed(site, 600)

    assert names(heard) == ["promotional_credits_deducted", "invoice_generated"]
    entry = heard[0][1]["promotional_credit"]
    assert (entry.delta, entry.balance_after, entry.description) == (-100, 0, "Used for invoice inv")
    assert version_of(acme) == acts.LATER_VERSION


@pytest.mark.parametrize("status", ["posted", "pending", "not_paid"])
def test_credits_pay_an_invoice_in_any_open_status(site: BillingSite, acme: Customer, status: str) -> None:
    book(site, acme, 1000)

    an_invoice(site, 600, status=status, apply_credits=True, at=LATER)

    assert of_invoice() == ("paid", 0, 600, 0)
