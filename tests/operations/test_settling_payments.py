"""What becomes of what was charged, and how an outcome is booked that comes late, twice, or when all has changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from billing_customers.actors import UNKNOWN
from billing_customers.choices import Bucket, PaymentRole
from billing_customers.exceptions import InvalidState, PaymentFailed
from billing_customers.gateways.base import Charge, ChargeStatus
from billing_customers.models import BillingSite, Customer, Invoice, Job, PaymentSource, Transaction
from billing_customers.operations import collecting
from billing_customers.operations.applying import apply_credits_to
from billing_customers.operations.payment_sources import delete_payment_source
from billing_customers.operations.settling_payments import NOT_CHARGED, Overtaken, settle_collection
from tests.operations import acts
from tests.operations import collecting as pay
from tests.operations.collecting import (
    LATER,
    MUCH_LATER,
    a_source,
    an_invoice,
    collect,
    collection,
    columns,
    hearing,
    names,
    of_invoice,
    paid,
    used,
)
from tests.operations.money import amounts, book
from tests.operations.paying import roles
from tests.operations.watching import rows_stay

EXCESS = Bucket.EXCESS_PAYMENTS


@pytest.fixture
def payer(site: BillingSite, acme: Customer) -> Customer:
    """A customer with an invoice over 1000."""
    an_invoice(site, 1000)
    return acme


@pytest.fixture
def begun(site: BillingSite, payer: Customer) -> Transaction:
    """An attempt over 1100 that is not settled."""
    a_source(site)
    return collecting.begin_collection(
        site=site, customer_public_id="acme", collection=collection(amount=1100), at=LATER
    )[0]


def settle(site: BillingSite, attempt: Transaction, charge: Charge | None, **said: Any) -> Transaction:
    return settle_collection(site=site, attempt=attempt, charge=charge, at=MUCH_LATER, **said)


def credit(site: BillingSite, customer: Customer, amount: int) -> None:
    """Use promotional credits for the invoice, as if somebody had done so meanwhile."""
    book(site, customer, amount)
    with transaction.atomic():
        apply_credits_to(site=site, customer=customer, invoice=Invoice.objects.get(), actor=UNKNOWN, at=LATER)


def discarded() -> list[str]:
    """The references that a gateway is to forget."""
    jobs = Job.objects.filter(kind="payment_sources.detach").order_by("pk")
    return [job.arguments["reference"] for job in jobs]


def test_new_card_is_given_back(site: BillingSite, payer: Customer) -> None:
    payment = collect(site, given=pay.card())

    assert (PaymentSource.objects.count(), roles()) == (0, (None, None))
    assert columns(payment, "payment_source", "masked_card_number") == (None, "************1881")
    assert discarded() == [payment.source_reference]


def test_new_card_is_kept_and_is_the_first_one(site: BillingSite, payer: Customer) -> None:
    with hearing() as heard:
        payment = collect(site, given=pay.card(), retains=True)

    source = PaymentSource.objects.get()
    assert (source.customer, source.reference_id, source.last4) == (payer, payment.source_reference, "1881")
    assert (columns(payment, "payment_source"), roles()) == ((source.pk,), (source.public_id, None))
    assert discarded() == []
    assert names(heard) == ["customer_changed", "payment_source_added", "payment_succeeded", "invoice_updated"]


def test_new_card_is_kept_beside_the_primary_one(site: BillingSite, payer: Customer) -> None:
    primary = a_source(site)

    payment = collect(site, given=pay.card(), retains=True)

    assert columns(payment, "payment_source") != (primary.pk,)
    assert (PaymentSource.objects.count(), roles()) == (2, (primary.public_id, None))


@pytest.mark.parametrize("retains", [True, False])
def test_new_card_replaces_the_primary_one(site: BillingSite, payer: Customer, retains: bool) -> None:
    a_source(site)

    payment = collect(site, given=pay.card(), retains=retains, replaces_primary=True)

    assert payment.payment_source is not None
    assert roles() == (payment.payment_source.public_id, None)
    assert discarded() == []


def test_source_of_the_customers_becomes_the_primary_one(site: BillingSite, payer: Customer) -> None:
    a_source(site)
    second = a_source(site)

    collect(site, payment_source_id=second.public_id, replaces_primary=True)

    assert roles() == (second.public_id, None)


def test_backup_that_becomes_primary_is_no_backup_any_more(site: BillingSite, payer: Customer) -> None:
    a_source(site)
    second = a_source(site)
    Customer.objects.update(backup_payment_source_id=second.public_id)

    collect(site, payment_source_id=second.public_id, replaces_primary=True)

    assert roles() == (second.public_id, None)


def test_primary_source_stays_the_primary_one(site: BillingSite, payer: Customer) -> None:
    source = a_source(site)

    with hearing() as heard:
        collect(site, replaces_primary=True)

    assert roles() == (source.public_id, None)
    assert names(heard) == ["payment_succeeded", "invoice_updated"]


def test_reference_that_was_there_before_is_never_removed(site: BillingSite, payer: Customer) -> None:
    collect(site, given=pay.reference())

    assert discarded() == []


def test_declined_card_is_not_kept(site: BillingSite, payer: Customer) -> None:
    with pytest.raises(PaymentFailed):
        collect(site, given=pay.card(pay.DECLINED), retains=True, replaces_primary=True)

    assert (PaymentSource.objects.count(), roles(), len(discarded())) == (0, (None, None), 1)
    assert Transaction.objects.get().payment_source is None


def test_card_of_a_payment_under_way_is_kept_once_it_succeeds(site: BillingSite, payer: Customer) -> None:
    payment = collect(site, given=pay.card(pay.PENDING), retains=True)
    before = (PaymentSource.objects.count(), discarded())

    pay.reconcile(payment)

    assert (before, PaymentSource.objects.count()) == ((0, []), 1)
    assert roles() == (PaymentSource.objects.get().public_id, None)


def test_source_that_was_detached_meanwhile_has_no_role(site: BillingSite, payer: Customer) -> None:
    a_source(site)
    second = a_source(site)
    first, _ = roles()
    said = collection(payment_source_id=second.public_id, replaces_primary=True)
    attempt, _ = collecting.begin_collection(site=site, customer_public_id="acme", collection=said, at=LATER)
    delete_payment_source(site=site, public_id=second.public_id, at=LATER)

    settle(site, attempt, paid())

    assert (roles(), of_invoice()) == ((first, None), ("paid", 1000, 0, 0))


def test_second_settlement_changes_nothing(site: BillingSite, begun: Transaction) -> None:
    settle(site, begun, paid())

    with rows_stay(), hearing() as heard:
        row = settle(site, begun, paid())

    assert (heard, row.status, row.amount_unused) == ([], "success", 100)


@pytest.mark.parametrize("charge", [None, Charge(ChargeStatus.DECLINED), Charge(ChargeStatus.PENDING)])
def test_success_is_final(site: BillingSite, begun: Transaction, charge: Charge | None) -> None:
    settle(site, begun, paid())

    with rows_stay():
        settle(site, begun, charge)


@pytest.mark.parametrize("charge", [None, paid(), Charge(ChargeStatus.PENDING)])
def test_refusal_of_the_gateway_is_final(site: BillingSite, begun: Transaction, charge: Charge | None) -> None:
    settle(site, begun, Charge(ChargeStatus.DECLINED, reason="card_declined"))

    with rows_stay():
        settle(site, begun, charge)


def test_payment_that_was_given_up_and_made_after_all_is_booked(
    site: BillingSite, payer: Customer, begun: Transaction
) -> None:
    settle(site, begun, Charge(ChargeStatus.DECLINED, reason=NOT_CHARGED))

    row = settle(site, begun, paid())

    assert (row.status, row.error_code, used(row)) == ("success", "", [("inv", 1000)])
    assert (of_invoice(), amounts(payer, EXCESS)) == (("paid", 1000, 0, 0), {"USD": 100})


def test_payment_that_comes_after_another_one_is_kept_whole(
    site: BillingSite, payer: Customer, begun: Transaction
) -> None:
    settle(site, begun, Charge(ChargeStatus.DECLINED, reason=NOT_CHARGED))
    collect(site)

    row = settle(site, begun, paid())

    assert (row.amount_unused, used(row)) == (1100, [("inv", 0)])
    assert amounts(payer, EXCESS) == {"USD": 1100}


def test_silence_after_a_payment_that_was_given_up_changes_nothing(site: BillingSite, begun: Transaction) -> None:
    settle(site, begun, Charge(ChargeStatus.DECLINED, reason=NOT_CHARGED))

    with rows_stay():
        settle(site, begun, None)


def test_attempt_that_another_goes_on_with_is_left_alone(site: BillingSite, begun: Transaction) -> None:
    collecting.take_over(begun, at=MUCH_LATER)

    with rows_stay(), pytest.raises(Overtaken):
        settle(site, begun, Charge(ChargeStatus.DECLINED, reason=NOT_CHARGED), untouched_since=LATER)


def test_attempt_that_nobody_touched_is_settled(site: BillingSite, begun: Transaction) -> None:
    row = settle(site, begun, Charge(ChargeStatus.DECLINED, reason=NOT_CHARGED), untouched_since=LATER)

    assert row.status == "failure"


def test_taking_over_always_moves_the_time(site: BillingSite, begun: Transaction) -> None:
    assert collecting.take_over(begun, at=LATER) is True

    assert columns(begun, "updated_at") == (LATER + timedelta(microseconds=1),)


def test_settled_attempt_is_nobodys_to_take_over(site: BillingSite, begun: Transaction) -> None:
    settle(site, begun, paid())

    with rows_stay():
        assert collecting.take_over(begun, at=MUCH_LATER) is False


def test_invoice_that_was_paid_meanwhile_gets_nothing_more(
    site: BillingSite, payer: Customer, begun: Transaction
) -> None:
    credit(site, payer, 1000)

    row = settle(site, begun, paid())

    assert (of_invoice(), used(row), row.amount_unused) == (("paid", 0, 1000, 0), [("inv", 0)], 1100)
    assert amounts(payer, EXCESS) == {"USD": 1100}


def test_invoice_that_was_partly_paid_meanwhile_gets_the_rest(
    site: BillingSite, payer: Customer, begun: Transaction
) -> None:
    credit(site, payer, 300)

    row = settle(site, begun, paid())

    assert (of_invoice(), used(row), row.amount_unused) == (("paid", 700, 300, 0), [("inv", 700)], 400)


def test_invoice_that_was_voided_meanwhile_stays_voided(site: BillingSite, payer: Customer, begun: Transaction) -> None:
    Invoice.objects.update(status="voided")

    row = settle(site, begun, paid())

    assert (of_invoice(), row.amount_unused) == (("voided", 0, 0, 1000), 1100)


def test_surplus_that_the_books_cannot_hold_any_more_needs_attention(
    site: BillingSite, payer: Customer, begun: Transaction
) -> None:
    book(site, payer, 10**15, bucket=EXCESS)

    row = settle(site, begun, paid())

    assert (row.status, row.amount_unused, row.settled_at) == ("needs_attention", 0, MUCH_LATER)
    assert row.error_text == "What is more than the invoices needed could not be kept: the excess payments are full."
    assert (of_invoice(), amounts(payer, EXCESS)) == (("paid", 1000, 0, 0), {"USD": 10**15})


def test_customer_is_not_deleted_while_a_payment_is_under_way(
    site: BillingSite, payer: Customer, begun: Transaction
) -> None:
    with rows_stay(), pytest.raises(InvalidState) as caught:
        acts.delete(site)

    assert caught.value.message == "A payment of the customer is under way."


def test_customer_is_deleted_once_the_payment_is_settled(
    site: BillingSite, payer: Customer, begun: Transaction
) -> None:
    settle(site, begun, paid())

    assert acts.delete(site, at=MUCH_LATER).is_live is None


def test_long_words_of_a_gateway_are_cut(site: BillingSite, begun: Transaction) -> None:
    charge = Charge(ChargeStatus.DECLINED, id_at_gateway="i" * 300, reason="r" * 300, message="m" * 300)

    row = settle(site, begun, charge)

    assert columns(row, "id_at_gateway", "error_code", "error_text") == ("i" * 100, "r" * 100, "m" * 250)


def test_gateway_that_says_nothing_of_the_reason(site: BillingSite, begun: Transaction) -> None:
    assert settle(site, begun, Charge(ChargeStatus.DECLINED)).error_code == "decline"


def test_time_of_the_settlement_is_never_before_that_of_the_attempt(site: BillingSite, begun: Transaction) -> None:
    row = settle_collection(site=site, attempt=begun, charge=paid(), at=LATER - timedelta(hours=1))

    assert columns(row, "settled_at", "updated_at") == (LATER, LATER)


def test_role_of_a_source_is_told_to_the_host(site: BillingSite, payer: Customer) -> None:
    a_source(site)

    with hearing() as heard:
        collect(site, given=pay.card(), replaces_primary=True)

    changes = heard[0][1]["changes"]
    assert list(changes) == ["primary_payment_source_id"]
    assert PaymentRole.PRIMARY == "primary"
