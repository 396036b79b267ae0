"""What a payment is for: which invoices may be collected, what each gets, and what is refused before anything is asked
of a gateway.
"""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.choices import Bucket
from billing_customers.exceptions import InvalidInput, NotFound
from billing_customers.models import BillingSite, Customer, Invoice, Transaction
from billing_customers.operations.collecting import Collection
from billing_customers.operations.collection_plan import MAX_INVOICES, Wanted
from billing_customers.operations.reconciling import collect_payment
from tests.operations import acts
from tests.operations.collecting import LATER, a_source, an_invoice, charges, collect, of_invoice, used
from tests.operations.money import amounts, book
from tests.operations.watching import faults, refusal

MOST = 10**15
RANGE = f"Must be from 1 to {MOST}."
EXCESS = Bucket.EXCESS_PAYMENTS


@pytest.fixture
def payer(site: BillingSite, acme: Customer) -> Customer:
    """A customer with a good card and two invoices: ``inv`` over 1000, ``inv2`` over 500."""
    a_source(site)
    an_invoice(site, 1000)
    an_invoice(site, 500, "inv2")
    return acme


@pytest.mark.parametrize(
    ("invoices", "amount", "parts", "surplus"),
    [
        (["inv"], None, [("inv", 1000)], 0),
        (["inv"], 1000, [("inv", 1000)], 0),
        (["inv"], 1, [("inv", 1)], 0),
        (["inv"], 1100, [("inv", 1000)], 100),
        (["inv", "inv2"], None, [("inv", 1000), ("inv2", 500)], 0),
        (["inv2", "inv"], None, [("inv2", 500), ("inv", 1000)], 0),
        (["inv", "inv2"], 1200, [("inv", 1000), ("inv2", 200)], 0),
        (["inv2", "inv"], 1200, [("inv2", 500), ("inv", 700)], 0),
        (["inv", "inv2"], 1000, [("inv", 1000)], 0),
        (["inv", "inv2"], 2000, [("inv", 1000), ("inv2", 500)], 500),
        ([("inv", 300)], None, [("inv", 300)], 0),
        ([("inv", 300)], 400, [("inv", 300)], 100),
        ([("inv", 300), "inv2"], None, [("inv", 300), ("inv2", 500)], 0),
        ([("inv", 300), ("inv2", 200)], 500, [("inv", 300), ("inv2", 200)], 0),
        (["inv", ("inv2", 500)], 600, [("inv", 100), ("inv2", 500)], 0),
        (["inv", ("inv2", 500)], 500, [("inv2", 500)], 0),
    ],
)
def test_amount_is_shared_out(
    site: BillingSite, payer: Customer, invoices: Any, amount: int | None, parts: Any, surplus: int
) -> None:
    payment = collect(site, *invoices, amount=amount)

    assert used(payment) == parts
    assert payment.amount == sum(part for _, part in parts) + surplus
    assert charges() == [(payment.amount, "succeeded")]
    assert amounts(payer, EXCESS) == ({"USD": surplus} if surplus else {})


@pytest.mark.parametrize("amount", [-(2**63) - 1, -1, 0, MOST + 1, 2**63 - 1, 2**63, 10**400])
def test_amount_beyond_the_range_is_refused(site: BillingSite, payer: Customer, amount: int) -> None:
    with refusal(InvalidInput) as caught:
        collect(site, amount=amount)

    assert faults(caught) == [("amount", RANGE)]


@pytest.mark.parametrize("amount", [1.0, 1.5, True, "5"])
def test_amount_that_is_no_integer_is_refused(site: BillingSite, payer: Customer, amount: Any) -> None:
    with refusal(InvalidInput) as caught:
        collect(site, amount=amount)

    assert faults(caught) == [("amount", "Must be an integer.")]


def test_largest_amount_is_collected(site: BillingSite, payer: Customer) -> None:
    payment = collect(site, amount=MOST)

    assert (payment.amount, payment.amount_unused) == (MOST, MOST - 1000)


def test_surplus_that_the_books_cannot_hold_is_refused(site: BillingSite, payer: Customer) -> None:
    collect(site, amount=MOST)

    with refusal(InvalidInput) as caught:
        collect(site, "inv2", amount=1501)

    assert faults(caught) == [("amount", f"The excess payments would exceed {MOST}.")]


def test_surplus_that_just_fits_is_collected(site: BillingSite, payer: Customer) -> None:
    collect(site, amount=MOST)

    collect(site, "inv2", amount=1500)

    assert amounts(payer, EXCESS) == {"USD": MOST}


def test_sum_of_invoices_beyond_the_range_is_refused(site: BillingSite, payer: Customer) -> None:
    an_invoice(site, MOST, "huge")

    with refusal(InvalidInput) as caught:
        collect(site, "huge", "inv")

    assert faults(caught) == [("amount", RANGE)]


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (-1, RANGE),
        (0, RANGE),
        (1001, "Must be at most what is due: 1000."),
        (MOST, "Must be at most what is due: 1000."),
        (MOST + 1, RANGE),
        (2**63, RANGE),
        (10**400, RANGE),
        (1.5, "Must be an integer."),
        (True, "Must be an integer."),
    ],
)
def test_allocation_that_cannot_be_is_refused(site: BillingSite, payer: Customer, part: Any, said: str) -> None:
    with refusal(InvalidInput) as caught:
        collect(site, "inv2", ("inv", part))

    assert faults(caught) == [("invoice_allocations.allocation_amount.1", said)]


def test_all_faults_are_told_at_once(site: BillingSite, payer: Customer) -> None:
    with refusal(InvalidInput) as caught:
        collect(site, ("inv", 0), ("inv", -1), amount=0)

    assert faults(caught) == [
        ("amount", RANGE),
        ("invoice_allocations.allocation_amount.0", RANGE),
        ("invoice_allocations.invoice_id.1", "Each invoice can be given once."),
        ("invoice_allocations.allocation_amount.1", RANGE),
    ]


def test_amount_below_what_is_allocated_is_refused(site: BillingSite, payer: Customer) -> None:
    with refusal(InvalidInput) as caught:
        collect(site, ("inv", 300), ("inv2", 200), amount=499)

    assert faults(caught) == [("amount", "Must be at least what is allocated: 500.")]


def test_payment_for_nothing_is_refused(site: BillingSite, payer: Customer) -> None:
    with refusal(InvalidInput) as caught:
        collect_payment(site=site, customer_public_id="acme", collection=Collection(invoices=()), at=LATER)

    assert faults(caught) == [("invoice_allocations.invoice_id.0", "Is required: the invoice to collect for.")]


def test_too_many_invoices_are_refused(site: BillingSite, payer: Customer) -> None:
    with refusal(InvalidInput) as caught:
        collect(site, *(f"inv{number}" for number in range(MAX_INVOICES + 1)))

    assert faults(caught) == [("invoice_allocations", "At most 100 invoices can be collected at once.")]


def test_place_that_the_caller_gave_names_the_fault(site: BillingSite, payer: Customer) -> None:
    invoices = (Wanted("inv", place=3), Wanted("missing", place=7))

    with refusal(NotFound) as caught:
        collect_payment(site=site, customer_public_id="acme", collection=Collection(invoices), at=LATER)

    assert caught.value.param == "invoice_allocations.invoice_id.7"


@pytest.mark.parametrize("invoice", ["missing", "theirs", "foreign"])
def test_invoice_of_somebody_else_is_as_missing(
    site: BillingSite, other_site: BillingSite, payer: Customer, invoice: str
) -> None:
    acts.create(site, "other")
    acts.create(other_site, "acme")
    an_invoice(site, customer="other", public_id="theirs")
    an_invoice(other_site, public_id="foreign")

    with refusal(NotFound) as caught:
        collect(site, "inv", invoice)

    assert (caught.value.message, caught.value.param) == (
        "There is no such invoice.",
        "invoice_allocations.invoice_id.1",
    )


@pytest.mark.parametrize("status", ["paid", "posted", "voided", "pending"])
def test_invoice_that_is_not_to_be_collected_is_refused(site: BillingSite, payer: Customer, status: str) -> None:
    Invoice.objects.filter(public_id="inv").update(status=status)

    with refusal(InvalidInput) as caught:
        collect(site, "inv2", "inv")

    said = f"The invoice is {status}: only those that are payment_due or not_paid are collected."
    assert faults(caught) == [("invoice_allocations.invoice_id.1", said)]


def test_invoice_that_dunning_gave_up_is_collected(site: BillingSite, payer: Customer) -> None:
    Invoice.objects.filter(public_id="inv").update(status="not_paid")

    collect(site)

    assert of_invoice() == ("paid", 1000, 0, 0)


def test_invoices_of_two_currencies_are_refused(site: BillingSite, payer: Customer) -> None:
    an_invoice(site, public_id="euros", currency="EUR")

    with refusal(InvalidInput) as caught:
        collect(site, "inv", "euros")

    assert faults(caught) == [("invoice_allocations", "The invoices must be of one currency.")]


def test_invoice_is_collected_in_its_own_currency(site: BillingSite, payer: Customer) -> None:
    an_invoice(site, 700, public_id="euros", currency="EUR")

    payment = collect(site, "euros", amount=800)

    assert payment.currency == "EUR"
    assert amounts(payer, EXCESS) == {"EUR": 100}


def test_only_what_credits_left_is_collected(site: BillingSite, payer: Customer) -> None:
    book(site, payer, 400)
    an_invoice(site, 1000, "inv3", apply_credits=True)

    payment = collect(site, "inv3")

    assert (payment.amount, of_invoice("inv3")) == (600, ("paid", 600, 400, 0))


def test_customer_that_is_missing_is_refused(site: BillingSite, payer: Customer) -> None:
    with refusal(NotFound) as caught:
        collect(site, customer="missing")

    assert (caught.value.message, caught.value.param) == ("There is no such customer.", "")


def test_nothing_that_is_refused_reaches_a_gateway(site: BillingSite, payer: Customer) -> None:
    with refusal(NotFound):
        collect(site, "missing")

    assert (charges(), Transaction.objects.count()) == ([], 0)
