"""A process died, or a gateway was silent: the repetition of the request or the job finds out what became of it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from billing_customers.exceptions import PaymentFailed, PaymentUncertain
from billing_customers.gateways.base import Charge, ChargeStatus, Unreachable
from billing_customers.models import BillingSite, Customer, TestGatewayCharge, Transaction
from billing_customers.operations import collecting, reconciling
from billing_customers.operations.collecting import CHARGE_WITHIN, RECONCILE_AFTER
from billing_customers.operations.settling_payments import settle_collection
from billing_customers.work.handlers import NotYet
from tests.operations import collecting as pay
from tests.operations.collecting import (
    LATER,
    MUCH_LATER,
    FakeGateway,
    a_source,
    an_invoice,
    charges,
    collect,
    collection,
    columns,
    hearing,
    held,
    names,
    of_invoice,
    paid,
    reconcile,
)
from tests.operations.watching import rows_stay

SILENCE = Unreachable("The gateway did not answer in time.", reason="timeout")


@pytest.fixture
def payer(site: BillingSite, acme: Customer) -> Customer:
    """A customer with an invoice over 1000 and a good card."""
    an_invoice(site, 1000)
    a_source(site)
    return acme


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> type[FakeGateway]:
    """The gateway of every account, with a script."""
    FakeGateway.script, FakeGateway.asked = [], []
    for module in (collecting, reconciling):
        monkeypatch.setattr(module, "gateway_of", lambda account: FakeGateway(account, {}))
    return FakeGateway


def begin(site: BillingSite, key: str | None = "key", at: Any = LATER, **said: Any) -> Transaction:
    return collecting.begin_collection(
        site=site, customer_public_id="acme", collection=collection(**said), request_key=key, at=at
    )[0]


def charge(attempt: Transaction) -> Charge | None:
    return collecting.charge_attempt(attempt, is_repeated=False)


def request(site: BillingSite, key: str | None = "key", at: Any = MUCH_LATER, **said: Any) -> Transaction:
    """A request with an idempotency key, as the wire makes it."""
    attempt, charged = reconciling.charge_once(
        site=site, customer_public_id="acme", collection=collection(**said), request_key=key, at=at
    )
    return settle_collection(site=site, attempt=attempt, charge=charged, at=at) if charged else attempt


def test_repetition_after_the_attempt_charges_it(site: BillingSite, payer: Customer) -> None:
    attempt = begin(site)

    assert request(site) == attempt

    assert (charges(), of_invoice(), held()) == ([(1000, "succeeded")], ("paid", 1000, 0, 0), [])


def test_repetition_after_the_charge_books_it(site: BillingSite, payer: Customer) -> None:
    attempt = begin(site)
    charge(attempt)

    assert request(site) == attempt

    assert (charges(), of_invoice(), held()) == ([(1000, "succeeded")], ("paid", 1000, 0, 0), [])


def test_repetition_after_the_settlement_changes_nothing(site: BillingSite, payer: Customer) -> None:
    payment = request(site)

    with rows_stay():
        again = request(site)

    assert (again, again.status) == (payment, "success")


def test_repetition_after_a_refusal_is_refused_again(site: BillingSite, payer: Customer) -> None:
    a_source(site, pay.DECLINED, replaces_primary=True)
    for _ in range(2):
        with pytest.raises(PaymentFailed) as caught:
            request(site)

    assert (caught.value.reason, caught.value.message) == ("card_declined", "The card was declined.")
    assert len(charges()) == 1


def test_repetition_finds_the_charge_whose_answer_was_lost(site: BillingSite, payer: Customer) -> None:
    a_source(site, pay.ANSWER_IS_LOST, replaces_primary=True)
    with pytest.raises(PaymentUncertain):
        request(site)

    payment = request(site)

    assert (payment.status, of_invoice(), len(charges())) == ("success", ("paid", 1000, 0, 0), 1)


def test_repetition_of_what_never_arrived_is_uncertain_again(site: BillingSite, payer: Customer) -> None:
    a_source(site, pay.NOT_REACHED, replaces_primary=True)
    for _ in range(2):
        with pytest.raises(PaymentUncertain):
            request(site)

    assert (Transaction.objects.get().status, held(), charges()) == ("timeout", ["inv"], [])


def test_repetition_of_a_new_card_stores_it_once(site: BillingSite, payer: Customer) -> None:
    attempt = begin(site, given=pay.card(), retains=True)

    payment = request(site, given=pay.card(), retains=True)

    assert (payment, payment.source_reference) == (attempt, attempt.source_reference)
    assert payer.payment_sources.count() == 2


def test_another_key_is_another_request(site: BillingSite, payer: Customer) -> None:
    an_invoice(site, 500, "inv2")
    request(site, "one")

    attempt, _ = reconciling.charge_once(
        site=site, customer_public_id="acme", collection=collection("inv2"), request_key="two", at=LATER
    )

    assert (attempt.amount, Transaction.objects.count()) == (500, 2)


def test_key_of_another_site_is_another_request(site: BillingSite, other_site: BillingSite, payer: Customer) -> None:
    request(site)

    assert collecting.find_attempt(other_site, "key") is None


def test_two_that_begin_with_one_key_share_the_attempt(
    site: BillingSite, payer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = begin(site)
    an_invoice(site, 500, "inv2")
    real, first = collecting.find_attempt, iter([True])
    # The look before the attempt is written finds nothing, as it does while another is about to write it.
    monkeypatch.setattr(collecting, "find_attempt", lambda *where: None if next(first, False) else real(*where))

    known, is_repeated = collecting.begin_collection(
        site=site, customer_public_id="acme", collection=collection("inv2"), request_key="key", at=LATER
    )

    assert (known, is_repeated, held()) == (attempt, True, ["inv"])


def test_gateway_is_not_called_when_the_process_was_stopped_for_too_long(
    site: BillingSite, payer: Customer, gateway: type[FakeGateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, began = time.monotonic, time.monotonic()
    pause = CHARGE_WITHIN.total_seconds() + 1
    ticks = iter([began])
    monkeypatch.setattr(time, "monotonic", lambda: next(ticks, None) or real() + pause)

    with pytest.raises(PaymentUncertain):
        request(site, None)

    assert gateway.asked == []
    assert Transaction.objects.get().status == "timeout"


def test_attempt_begins_when_the_card_is_stored(
    site: BillingSite, payer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, began = time.monotonic, time.monotonic()
    ticks = iter([began])
    monkeypatch.setattr(time, "monotonic", lambda: next(ticks, None) or real() + 59.5)

    attempt = begin(site, given=pay.card())

    assert columns(attempt, "created_at", "updated_at") == (LATER + timedelta(seconds=59),) * 2


def test_job_books_what_was_charged(site: BillingSite, payer: Customer) -> None:
    attempt = begin(site)
    charge(attempt)

    with hearing() as heard:
        assert reconcile(attempt) == "success"

    assert (of_invoice(), held(), names(heard)) == (
        ("paid", 1000, 0, 0),
        [],
        ["payment_succeeded", "invoice_updated"],
    )
    actor = heard[0][1]["actor"]
    assert (actor.source, actor.name) == ("scheduled_job", "payments.reconcile")


def test_job_gives_up_what_was_never_charged(site: BillingSite, payer: Customer) -> None:
    attempt = begin(site)

    assert reconcile(attempt) == "failure"

    assert columns(attempt, "error_code", "error_text") == ("not_charged", "The payment was never made.")
    assert (of_invoice(), held(), charges()) == (("payment_due", 0, 0, 1000), [], [])


def test_invoice_is_free_once_the_job_has_given_up(site: BillingSite, payer: Customer) -> None:
    reconcile(begin(site))

    assert collect(site).status == "success"


def test_job_leaves_a_young_attempt_alone(site: BillingSite, payer: Customer) -> None:
    attempt = begin(site)

    with rows_stay(), pytest.raises(NotYet):
        reconcile(attempt, at=LATER + RECONCILE_AFTER - timedelta(seconds=1))


def test_job_leaves_an_attempt_alone_that_is_repeated(site: BillingSite, payer: Customer) -> None:
    attempt = begin(site)
    collecting.take_over(attempt, at=MUCH_LATER)

    with rows_stay(), pytest.raises(NotYet):
        reconcile(attempt, at=MUCH_LATER + timedelta(seconds=1))


def test_job_stops_when_a_repetition_comes_between(
    site: BillingSite, payer: Customer, gateway: type[FakeGateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = begin(site)
    real = gateway.look_up

    def look_up(self: Any, request: Any) -> Any:
        collecting.take_over(Transaction.objects.get(), at=MUCH_LATER)
        return real(self, request)

    monkeypatch.setattr(gateway, "look_up", look_up)

    with pytest.raises(NotYet, match="being made after all"):
        reconcile(attempt)

    assert Transaction.objects.get().status == "in_progress"


def test_job_finds_a_settled_attempt_settled(site: BillingSite, payer: Customer) -> None:
    payment = collect(site)

    with rows_stay():
        assert reconcile(payment) == "settled already"


def test_job_waits_for_a_gateway_that_is_silent(site: BillingSite, payer: Customer, gateway: type[FakeGateway]) -> None:
    attempt = begin(site)
    gateway.script = [SILENCE]

    with rows_stay(), pytest.raises(Unreachable):
        reconcile(attempt)


def test_job_waits_for_a_payment_that_takes_time(
    site: BillingSite, payer: Customer, gateway: type[FakeGateway]
) -> None:
    attempt = begin(site)
    gateway.script = [Charge(ChargeStatus.PENDING, id_at_gateway="ch_1")] * 2

    for _ in range(2):
        with hearing() as heard, pytest.raises(NotYet, match="still in_progress"):
            reconcile(attempt, at=MUCH_LATER + timedelta(hours=1))
        Transaction.objects.update(updated_at=LATER)

    assert (heard, held()) == ([], ["inv"])


@pytest.mark.parametrize(
    ("number", "status", "due"), [(pay.PENDING, "success", 0), (pay.PENDING_DECLINED, "failure", 1000)]
)
def test_payment_that_takes_time_comes_to_its_end(
    site: BillingSite, payer: Customer, number: str, status: str, due: int
) -> None:
    a_source(site, number, replaces_primary=True)
    payment = collect(site)

    assert reconcile(payment) == status

    assert (of_invoice()[3], held()) == (due, [])


@pytest.mark.parametrize(
    ("number", "status", "due"), [(pay.ANSWER_IS_LOST, "success", 0), (pay.NOT_REACHED, "failure", 1000)]
)
def test_silence_comes_to_its_end(site: BillingSite, payer: Customer, number: str, status: str, due: int) -> None:
    a_source(site, number, replaces_primary=True)
    with pytest.raises(PaymentUncertain):
        collect(site)

    assert reconcile(Transaction.objects.get()) == status

    assert (of_invoice()[3], held()) == (due, [])


def test_gateway_is_asked_by_the_id_of_the_transaction(
    site: BillingSite, payer: Customer, gateway: type[FakeGateway]
) -> None:
    gateway.script = [SILENCE]
    with pytest.raises(PaymentUncertain):
        request(site)
    gateway.script = [paid()]

    payment = request(site)

    assert [name for name, _ in gateway.asked] == ["charge", "look_up"]
    assert gateway.asked[0][1] == gateway.asked[1][1]
    assert gateway.asked[0][1].key == payment.public_id
    assert TestGatewayCharge.objects.count() == 0
