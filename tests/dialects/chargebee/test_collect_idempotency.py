"""Chargebee "Collect payment for customer" under ``chargebee-idempotency-key``: charged once, whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from billing_customers import signals
from billing_customers.exceptions import InvalidState
from billing_customers.models import BillingSite, IdempotencyRecord, Invoice, TestGatewayCharge, Transaction
from billing_customers.operations import reconciling
from tests.clients import ChargebeeClient
from tests.dialects.clock import Clock
from tests.dialects.expected import wrong_value
from tests.dialects.payments import a_payer, an_invoice, card, collect, last_payment, link, transaction
from tests.operations import collecting as pay
from tests.operations.money import nothing_stored

REPLAYED = "chargebee-idempotency-replayed"


@pytest.fixture(autouse=True)
def payer(clock: Clock, site: BillingSite, chargebee: ChargebeeClient) -> str:
    """The customer ``c1`` with a card and the invoice ``inv`` over 1095."""
    return a_payer(site, chargebee)


class Broken(Exception):
    """What a receiver of the host raises."""


@contextmanager
def failing_receiver(error: Exception) -> Iterator[None]:
    """While a payment is booked, a receiver of the host raises."""

    def fail(sender: Any, **named: Any) -> None:
        raise error

    signals.payment_succeeded.connect(fail)
    try:
        yield
    finally:
        signals.payment_succeeded.disconnect(fail)


def charged() -> int:
    return TestGatewayCharge.objects.count()


def due() -> int:
    return Invoice.objects.get(public_id="inv").amount_due


def test_repetition_gets_the_same_answer(chargebee: ChargebeeClient) -> None:
    first = collect(chargebee, key="order-1")

    with nothing_stored():
        second = collect(chargebee, key="order-1")

    assert (first.status_code, second.status_code, second.headers[REPLAYED]) == (200, 200, "true")
    assert (second.content, charged(), due()) == (first.content, 1, 0)


def test_repetition_of_a_new_card_is_replayed_without_it(chargebee: ChargebeeClient) -> None:
    first = collect(chargebee, key="order-1", **card(pay.GOOD), retain_payment_source="true")

    second = collect(chargebee, key="order-1", **card(pay.GOOD), retain_payment_source="true")

    assert (second.content, charged()) == (first.content, 1)
    assert pay.GOOD not in str(list(IdempotencyRecord.objects.values()) + list(Transaction.objects.values()))


def test_key_is_of_one_request(chargebee: ChargebeeClient) -> None:
    collect(chargebee, key="order-1", amount="100")

    with nothing_stored():
        response = collect(chargebee, key="order-1", amount="200")

    assert (response.status_code, response.json()["api_error_code"]) == (422, "unable_to_process_request")


def test_decline_is_replayed(chargebee: ChargebeeClient) -> None:
    first = collect(chargebee, key="order-1", **card(pay.DECLINED))

    second = collect(chargebee, key="order-1", **card(pay.DECLINED))

    assert (first.status_code, second.content, second.headers[REPLAYED]) == (400, first.content, "true")
    assert (charged(), Transaction.objects.count()) == (1, 1)


def test_refusal_of_a_parameter_leaves_the_key_free(chargebee: ChargebeeClient) -> None:
    assert collect(chargebee, key="order-1", amount="0").json() == wrong_value(
        "amount", "Must be from 1 to 1000000000000000."
    )

    assert collect(chargebee, key="order-1", amount="100").status_code == 200


def test_missing_invoice_leaves_the_key_free(site: BillingSite, chargebee: ChargebeeClient) -> None:
    assert collect(chargebee, "inv2", key="order-1").status_code == 404
    an_invoice(site, 500, "inv2")

    assert collect(chargebee, "inv2", key="order-1").status_code == 200


def test_silence_is_asked_about_when_the_request_is_repeated(chargebee: ChargebeeClient, clock: Clock) -> None:
    params = card(pay.ANSWER_IS_LOST)
    first = collect(chargebee, key="order-1", **params)
    at_once = collect(chargebee, key="order-1", **params)
    clock.forward(seconds=61)

    later = collect(chargebee, key="order-1", **params)

    assert (first.status_code, first.json()["error_cause_id"]) == (400, "gateway.general.timeout")
    assert (at_once.status_code, at_once.json()["api_error_code"]) == (429, "lock_timeout")
    assert (later.status_code, later.json()["transaction"]["status"]) == (200, "success")
    assert (charged(), due(), REPLAYED in later.headers) == (1, 0, False)


def test_answer_after_silence_is_replayed(chargebee: ChargebeeClient, clock: Clock) -> None:
    params = card(pay.ANSWER_IS_LOST)
    collect(chargebee, key="order-1", **params)
    clock.forward(seconds=61)
    later = collect(chargebee, key="order-1", **params)

    assert collect(chargebee, key="order-1", **params).content == later.content


def test_job_may_be_quicker_than_the_repetition(chargebee: ChargebeeClient, clock: Clock) -> None:
    params = card(pay.ANSWER_IS_LOST)
    collect(chargebee, key="order-1", **params)
    clock.forward(minutes=3)
    assert pay.reconcile(last_payment(), at=clock.at) == "success"

    answer = collect(chargebee, key="order-1", **params).json()

    payment = last_payment()
    assert answer["transaction"] == transaction(
        payment,
        link(applied_at=int(clock.at.timestamp())),
        masked_card_number="************2008",
        updated_at=int(clock.at.timestamp()),
        resource_version=payment.resource_version,
    )
    assert charged() == 1


def test_failure_that_the_job_found_is_told_to_the_repetition(chargebee: ChargebeeClient, clock: Clock) -> None:
    params = card(pay.NOT_REACHED)
    collect(chargebee, key="order-1", **params)
    clock.forward(minutes=3)
    assert pay.reconcile(last_payment(), at=clock.at) == "failure"

    response = collect(chargebee, key="order-1", **params)

    assert (response.status_code, response.json()["error_cause_id"]) == (400, "gateway.general.not_charged")
    assert charged() == 0


@pytest.mark.parametrize(
    ("error", "status"), [(Broken(), 500), (InvalidState("The host has a rule."), 409)], ids=["crash", "refusal"]
)
def test_charge_whose_booking_failed_is_booked_by_the_repetition(
    chargebee: ChargebeeClient, clock: Clock, error: Exception, status: int
) -> None:
    with failing_receiver(error):
        first = collect(chargebee, key="order-1")
    at_once = collect(chargebee, key="order-1")
    before = (first.status_code, at_once.status_code, due(), charged())
    clock.forward(seconds=61)

    later = collect(chargebee, key="order-1")

    assert before == (status, 429, 1095, 1)
    assert (later.status_code, due(), charged(), Transaction.objects.count()) == (200, 0, 1, 1)


def test_process_that_died_before_the_charge_is_followed_by_the_repetition(
    chargebee: ChargebeeClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise Broken

    with monkeypatch.context() as patched:
        patched.setattr(reconciling, "charge_attempt", die)
        first = collect(chargebee, key="order-1")
    clock.forward(seconds=61)

    later = collect(chargebee, key="order-1")

    assert (first.status_code, later.status_code, due(), charged()) == (500, 200, 0, 1)


def test_left_claim_that_another_request_takes_over_is_not_answered_with_its_payment(
    site: BillingSite, chargebee: ChargebeeClient, clock: Clock
) -> None:
    an_invoice(site, 500, "inv2")
    with failing_receiver(Broken()):
        collect(chargebee, key="order-1")
    clock.forward(seconds=61)

    answer = collect(chargebee, "inv2", key="order-1").json()

    assert answer["transaction"]["linked_invoices"][0]["invoice_id"] == "inv2"
    assert (charged(), due()) == (2, 1095)


def test_key_whose_window_is_over_is_a_new_one(chargebee: ChargebeeClient, clock: Clock) -> None:
    collect(chargebee, key="monthly", amount="100")
    clock.forward(hours=25)

    answer = collect(chargebee, key="monthly", amount="100")

    assert (answer.status_code, REPLAYED in answer.headers) == (200, False)
    assert (charged(), due()) == (2, 895)


def test_without_a_key_a_crash_is_followed_by_the_job(chargebee: ChargebeeClient, clock: Clock) -> None:
    with failing_receiver(Broken()):
        first = collect(chargebee)
    again = collect(chargebee)
    clock.forward(minutes=3)

    found = pay.reconcile(last_payment(), at=clock.at)

    assert (first.status_code, again.status_code, found) == (500, 409, "success")
    assert (charged(), due()) == (1, 0)
