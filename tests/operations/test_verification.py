"""``verify_books`` finds each way in which books can be wrong, and says where."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import F

from billing_customers.choices import Bucket
from billing_customers.models import (
    Allocation,
    Balance,
    BillingSite,
    CreditNote,
    Customer,
    Invoice,
    LedgerEntry,
    PaymentSource,
    Transaction,
    UnbilledCharge,
)
from billing_customers.models.ledger import MAX_AMOUNT
from billing_customers.operations import verification
from billing_customers.operations.documents import create_credit_note, create_invoice, create_unbilled_charge
from billing_customers.operations.verification import RULES, Violation, verify_books
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.money import a_source, an_attempt, book, credit, drop_constraint, pay, raw_entry

pytestmark = pytest.mark.breaks_books("each test breaks a rule, for it to be found")

CREDITS = Bucket.PROMOTIONAL_CREDITS.value


def found(site: BillingSite) -> list[tuple[Any, ...]]:
    """Rule, customer, currency, subject, expected and found of each violation."""
    violations = verify_books(site=site)
    assert {each.rule for each in violations} <= RULES.keys()
    return [(each.rule, each.customer, each.currency, each.subject, each.expected, each.found) for each in violations]


def invoice_of(site: BillingSite, total: int = 500, **said: Any) -> Invoice:
    return create_invoice(site=site, customer_public_id="acme", total=total, public_id="inv_1", at=NOW, **said)


def test_balance_that_is_not_the_sum(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 500)
    book(site, acme, 500, currency="EUR")
    Balance.objects.filter(currency="EUR").update(promotional_credits=400)

    assert found(site) == [("balance_sum", "acme", "EUR", CREDITS, 500, 400)]


@pytest.mark.parametrize("bucket", ["promotional_credits", "refundable_credits", "excess_payments"])
def test_balance_without_entries(site: BillingSite, acme: Customer, bucket: str) -> None:
    book(site, acme, 500)
    Balance.objects.update(**{bucket: F(bucket) + 7})

    [(rule, _, _, subject, expected, is_found)] = found(site)
    assert (rule, subject, is_found - expected) == ("balance_sum", bucket, 7)


def test_entry_without_a_balance(site: BillingSite, acme: Customer) -> None:
    raw_entry(acme, delta=5, balance_after=5)

    assert found(site) == [("balance_sum", "acme", "USD", CREDITS, 5, 0)]


def test_entry_that_is_gone(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 500)
    Balance.objects.update(promotional_credits=700)
    raw_entry(acme, public_id="pc_late", delta=200, balance_after=750)

    assert found(site) == [("entry_chain", "acme", "USD", "pc_late", 700, 750)]


def test_first_entry_that_starts_from_something(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 5, currency="EUR")
    raw_entry(acme, public_id="pc_one", delta=5, balance_after=6)
    Balance(site=site, customer=acme, currency="USD", promotional_credits=5).save()

    assert found(site) == [("entry_chain", "acme", "USD", "pc_one", 5, 6)]


@pytest.mark.parametrize(("amount", "expected"), [(-5, 0), (MAX_AMOUNT + 1, 0)])
def test_balance_out_of_bounds(site: BillingSite, acme: Customer, amount: int, expected: int) -> None:
    book(site, acme, 5)
    with drop_constraint(Balance, f"bc_balance_{CREDITS}"):
        Balance.objects.update(promotional_credits=amount)

        assert ("balance_bounds", "acme", "USD", CREDITS, expected, amount) in found(site)


def test_customer_that_is_not_marked(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 5)
    Customer.objects.update(has_balances=False)

    assert found(site) == [("balance_mark", "acme", "USD", "", 1, 0)]


@pytest.mark.postgres
def test_reference_that_was_booked_twice(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 5)
    with drop_constraint(LedgerEntry, "bc_entry_reference"):
        for number in (1, 2):
            raw_entry(acme, delta=5, balance_after=5 + 5 * number, reference="gift")
        Balance.objects.update(promotional_credits=15)

        assert found(site) == [("reference_once", "acme", "USD", "gift", 1, 2)]


def test_reversal_of_another_amount(site: BillingSite, acme: Customer) -> None:
    entry = book(site, acme, 500)
    raw_entry(acme, public_id="pc_back", delta=-400, balance_after=100, reverses=entry)
    Balance.objects.update(promotional_credits=100)

    assert found(site) == [("reversal", "acme", "USD", "pc_back", -500, -400)]


def test_reversal_in_another_currency(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 500, currency="EUR")
    entry = book(site, acme, 500)
    raw_entry(acme, public_id="pc_back", delta=-500, balance_after=0, currency="EUR", reverses=entry)
    Balance.objects.filter(currency="EUR").update(promotional_credits=0)

    assert found(site) == [("reversal", "acme", "EUR", "pc_back", -500, -500)]


def test_charge_of_another_amount(site: BillingSite, acme: Customer) -> None:
    create_unbilled_charge(site=site, customer_public_id="acme", amount=500, at=NOW)
    UnbilledCharge.objects.update(amount=400)

    assert found(site) == [("unbilled_charges", "acme", "USD", "unbilled_charges", 400, 500)]


def test_charge_that_is_closed_and_still_owed(site: BillingSite, acme: Customer) -> None:
    create_unbilled_charge(site=site, customer_public_id="acme", amount=500, at=NOW)
    UnbilledCharge.objects.update(closed_at=NOW)

    assert found(site) == [("unbilled_charges", "acme", "USD", "unbilled_charges", 0, 500)]


def test_credit_note_that_has_more_left_than_was_booked(site: BillingSite, acme: Customer) -> None:
    create_credit_note(site=site, customer_public_id="acme", total=500, at=NOW)
    CreditNote.objects.update(total=600, amount_available=600)

    assert found(site) == [("refundable_credits", "acme", "USD", "refundable_credits", 600, 500)]


def test_credit_note_without_its_allocations(site: BillingSite, acme: Customer) -> None:
    create_credit_note(site=site, customer_public_id="acme", total=500, public_id="cn_1", at=NOW)
    CreditNote.objects.update(total=600, amount_allocated=100)

    assert found(site) == [("credit_note", "acme", "USD", "cn_1", 0, 100)]


def test_payment_that_has_more_left_than_was_booked(site: BillingSite, acme: Customer) -> None:
    pay(site, 500)
    Transaction.objects.update(amount=600, amount_unused=600)

    assert found(site) == [("excess_payments", "acme", "USD", "excess_payments", 600, 500)]


def test_payment_that_went_nowhere(site: BillingSite, acme: Customer) -> None:
    payment = pay(site, 500)
    Transaction.objects.update(amount=600)

    assert found(site) == [("payment_amount", "acme", "USD", payment.public_id, 600, 500)]


def test_more_allocated_than_was_paid(site: BillingSite, acme: Customer) -> None:
    attempt = an_attempt(acme, invoice_of(site), amount=300, part=500)

    assert found(site) == [("payment_allocated", "acme", "USD", attempt.public_id, 300, 500)]


def test_invoice_that_is_paid_by_nothing(site: BillingSite, acme: Customer) -> None:
    invoice_of(site)
    Invoice.objects.update(amount_paid=200, amount_due=300)

    assert found(site) == [("invoice_paid", "acme", "USD", "inv_1", 0, 200)]


def test_invoice_that_does_not_know_of_its_payment(site: BillingSite, acme: Customer) -> None:
    pay(site, 200)
    invoice_of(site, apply_credits=True)
    Invoice.objects.update(amount_paid=0, amount_due=500)

    assert found(site) == [("invoice_paid", "acme", "USD", "inv_1", 200, 0)]


def test_invoice_that_does_not_know_of_its_credit_note(site: BillingSite, acme: Customer) -> None:
    create_credit_note(site=site, customer_public_id="acme", total=200, at=NOW)
    invoice_of(site, apply_credits=True)
    Invoice.objects.update(credits_applied=0, amount_due=500)

    assert found(site) == [("invoice_credited", "acme", "USD", "inv_1", 200, 0)]


def test_invoice_with_two_payments_under_way(site: BillingSite, acme: Customer) -> None:
    invoice = invoice_of(site)
    an_attempt(acme, invoice, public_id="txn_1")
    an_attempt(acme, invoice, public_id="txn_2", is_open=None)

    assert found(site) == [
        ("one_open_payment", "acme", "USD", "inv_1", 1, 2),
        ("payment_holds", "acme", "USD", "txn_2", 1, 0),
    ]


@pytest.mark.parametrize(("status", "is_open", "expected"), [("failure", True, 0), ("timeout", None, 1)])
def test_payment_that_holds_an_invoice_too_long_or_not_at_all(
    site: BillingSite, acme: Customer, status: str, is_open: bool | None, expected: int
) -> None:
    an_attempt(acme, invoice_of(site), public_id="txn_1", status=status, is_open=is_open)

    assert found(site) == [("payment_holds", "acme", "USD", "txn_1", expected, 1 - expected)]


@pytest.mark.parametrize("role", ["primary", "backup"])
def test_role_of_no_source_of_the_customer(site: BillingSite, acme: Customer, role: str) -> None:
    a_source(acts.create(site, "apex"), "pm_theirs")
    a_source(acme, "pm_gone", deleted_at=NOW)
    customers = Customer.objects.filter(pk=acme.pk)
    answers = []
    for source in ("pm_none", "pm_theirs", "pm_gone"):
        customers.update(**{f"{role}_payment_source_id": source})
        answers += found(site)

    assert answers == [("role", "acme", "", source, 1, 0) for source in ("pm_none", "pm_theirs", "pm_gone")]


def test_source_with_two_roles(site: BillingSite, acme: Customer) -> None:
    a_source(acme, "pm_1")
    Customer.objects.update(primary_payment_source_id="pm_1", backup_payment_source_id="pm_1")

    assert found(site) == [("role", "acme", "", "pm_1", 1, 2)]


def test_rows_of_another_site_than_the_customer(site: BillingSite, other_site: BillingSite, acme: Customer) -> None:
    book(site, acme, 500)
    a_source(acme, "pm_1")
    PaymentSource.objects.update(site=other_site)
    Balance(site=other_site, customer=acme, currency="EUR").save()

    assert found(site) == []
    assert found(other_site) == [
        ("site", "acme", "", "EUR", other_site.pk, site.pk),
        ("site", "acme", "", "pm_1", other_site.pk, site.pk),
    ]


def test_allocation_across_currencies(site: BillingSite, acme: Customer) -> None:
    an_attempt(acme, invoice_of(site))
    Invoice.objects.update(currency="EUR")

    assert found(site) == [("allocation", "acme", "EUR", "inv_1", 1, 0)]


def test_allocation_across_sites(site: BillingSite, other_site: BillingSite, acme: Customer) -> None:
    an_attempt(acme, invoice_of(site))
    Allocation.objects.update(site=other_site)

    assert ("allocation", "acme", "USD", "inv_1", 1, 0) in found(other_site)


def test_each_rule_that_is_broken_is_found(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 500)
    invoice_of(site)
    Balance.objects.update(promotional_credits=1)
    Invoice.objects.update(amount_paid=1, amount_due=499)
    Customer.objects.update(has_balances=False)

    assert [rule for rule, *_ in found(site)] == ["balance_sum", "balance_mark", "invoice_paid"]


def test_no_more_is_told_than_anybody_reads(site: BillingSite, acme: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    for currency in ("USD", "EUR", "ILS"):
        book(site, acme, 5, currency=currency)
    Balance.objects.update(promotional_credits=1)
    monkeypatch.setattr(verification, "MAX_FOUND", 2)

    assert [currency for _, _, currency, *_ in found(site)] == ["EUR", "ILS"]


def test_violation_in_words() -> None:
    violation = Violation("balance_sum", "acme", "USD", "promotional_credits", 500, 400)

    assert str(violation) == (
        "balance_sum: acme USD promotional_credits: 400 instead of 500. A balance is the sum of its entries."
    )


def test_books_of_one_site_are_not_those_of_another(site: BillingSite, other_site: BillingSite, acme: Customer) -> None:
    acts.create(other_site, "acme")
    credit(other_site, 5)
    book(site, acme, 5)
    Balance.objects.filter(site=other_site).update(promotional_credits=6)

    assert (found(site), len(found(other_site))) == ([], 1)
