"""One invoice, many who collect it: it is charged once, and everybody is told what became of theirs."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from billing_customers.choices import Bucket
from billing_customers.models import Allocation, BillingSite, Customer, Invoice, Job, TestGatewayCharge, Transaction
from billing_customers.operations.documents import create_credit_note
from tests.clients import ChargebeeClient
from tests.concurrency.crowd import SIZE, crowd, tally, values
from tests.dialects.payments import allocations
from tests.dialects.sources import CARD
from tests.factories import RelationshipFactory
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.collecting import LATER, a_source, an_invoice, collect, of_invoice
from tests.operations.money import amounts

UNDER_WAY = (409, "invalid_state_for_request")
IN_USE = (429, "lock_timeout")
PAID = (400, "param_wrong_value")


@pytest.fixture
def payer(site: BillingSite) -> Customer:
    """A customer with a card and an invoice over 1000."""
    customer = acts.create(site)
    a_source(site)
    an_invoice(site, 1000)
    return customer


def post(key: str, *invoices: str, idempotency_key: str | None = None, **params: Any) -> Any:
    headers = {"chargebee-idempotency-key": idempotency_key} if idempotency_key else {}
    body = {**allocations(*(invoices or ("inv",))), **params}
    return ChargebeeClient(key).post("/customers/acme/collect_payment", body, **headers)


def kinds(answers: list[Any]) -> Counter[tuple[int, str | None]]:
    return Counter((each.status_code, each.json().get("api_error_code")) for each in answers)


def charged_once() -> bool:
    """One charge, one payment that succeeded, and no more booked than is due."""
    booked = sum(Allocation.objects.filter(applied_at__isnull=False).values_list("amount", flat=True))
    made = list(TestGatewayCharge.objects.values_list("amount", "status"))
    paid = Transaction.objects.filter(status="success").count()
    return (made, paid, booked, of_invoice()) == ([(1000, "succeeded")], 1, 1000, ("paid", 1000, 0, 0))


def test_with_one_key(key: str, payer: Customer) -> None:
    answers = values(crowd(lambda _: post(key, idempotency_key="order-1")))

    found = kinds(answers)
    assert charged_once()
    assert set(found) <= {(200, None), IN_USE}
    assert (found[200, None] >= 1, sum(found.values())) == (True, SIZE)
    replayed = [each.headers.get("chargebee-idempotency-replayed") for each in answers if each.status_code == 200]
    assert replayed.count(None) == 1
    assert len({each.content for each in answers if each.status_code == 200}) == 1


def test_with_a_key_each(key: str, payer: Customer) -> None:
    answers = values(crowd(lambda number: post(key, idempotency_key=f"order-{number}")))

    found = kinds(answers)
    assert charged_once()
    assert set(found) <= {(200, None), UNDER_WAY, PAID}
    assert (found[200, None], sum(found.values())) == (1, SIZE)


def test_without_keys(key: str, payer: Customer) -> None:
    answers = values(crowd(lambda _: post(key)))

    found = kinds(answers)
    assert charged_once()
    assert set(found) <= {(200, None), UNDER_WAY, PAID}
    assert (found[200, None], sum(found.values())) == (1, SIZE)


def test_refusal_of_a_key_is_replayed(key: str, payer: Customer) -> None:
    answers = crowd(lambda number: post(key, idempotency_key=f"order-{number}"), 8)
    late = next(number for number, each in enumerate(answers) if each.value.status_code != 200)

    again = post(key, idempotency_key=f"order-{late}")

    assert (again.content, charged_once()) == (answers[late].value.content, True)


def test_with_a_new_card_each(key: str, payer: Customer) -> None:
    answers = values(crowd(lambda _: post(key, **CARD), 8))

    found = kinds(answers)
    assert charged_once()
    assert (found[200, None], sum(found.values())) == (1, 8)
    # Whatever a gateway has stored for nothing is given back: that of the payment too, which was not to be kept.
    references = [job.arguments["reference"] for job in Job.objects.filter(kind="payment_sources.detach")]
    assert (len(references), len(set(references)), payer.payment_sources.count()) == (len(set(references)),) * 2 + (1,)


def test_parts_of_an_invoice_are_paid_one_after_the_other(key: str, payer: Customer) -> None:
    paid = 0
    for _ in range(20):
        answers = values(crowd(lambda _: post(key, amount="100"), 8))
        paid += kinds(answers)[200, None]

    assert list(Transaction.objects.values_list("status", flat=True)) == ["success"] * 10
    assert (paid, TestGatewayCharge.objects.count()) == (10, 10)
    assert of_invoice() == ("paid", 1000, 0, 0)


def test_invoices_in_different_orders_do_not_lock_each_other_out(site: BillingSite, key: str, payer: Customer) -> None:
    ids = ["inv", *(f"inv{number}" for number in range(7))]
    for public_id in ids[1:]:
        an_invoice(site, 1000, public_id)

    answers = values(crowd(lambda number: post(key, *(ids[number % 8 :] + ids[: number % 8]))))

    found = kinds(answers)
    assert set(found) <= {(200, None), UNDER_WAY, PAID}
    assert found[200, None] == 1
    assert TestGatewayCharge.objects.get().amount == 8000


def test_each_customer_is_charged_for_its_own(site: BillingSite, payer: Customer) -> None:
    for number in range(SIZE):
        acts.create(site, f"c{number}")
        a_source(site, public_id=f"c{number}")
        an_invoice(site, 100 + number, f"of-c{number}", customer=f"c{number}")

    outcomes = crowd(lambda number: collect(site, f"of-c{number}", customer=f"c{number}"))

    assert tally(outcomes) == {"done": SIZE}
    assert sorted(TestGatewayCharge.objects.values_list("amount", flat=True)) == [100 + n for n in range(SIZE)]


def test_parent_and_child_pay_one_invoice_once(site: BillingSite, payer: Customer) -> None:
    for name in ("young", "old"):
        child = acts.create(site, name)
        RelationshipFactory(child=child, parent=payer, invoice_owner=child)
        an_invoice(site, 1000, f"of-{name}", customer=name)

    def act(number: int) -> Any:
        named = ("acme", "young", "acme", "old")[number % 4]
        invoice = ("of-young", "of-young", "of-old", "of-old")[number % 4]
        return collect(site, invoice, customer=named)

    outcomes = crowd(act)

    assert tally(outcomes)["done"] == 2
    assert set(tally(outcomes)) <= {"done", "InvalidState", "InvalidInput"}
    assert sorted(TestGatewayCharge.objects.values_list("amount", flat=True)) == [1000, 1000]
    assert {each.customer for each in values(outcomes)} == {payer}


def test_invoices_are_made_and_collected_at_once(site: BillingSite, payer: Customer) -> None:
    def act(number: int) -> Any:
        if number % 2:
            an_invoice(site, 10, f"new{number}")
            return collect(site, f"new{number}")
        return create_credit_note(site=site, customer_public_id="acme", total=5, at=LATER)

    outcomes = crowd(act)

    assert tally(outcomes) == {"done": SIZE}
    assert amounts(payer, Bucket.REFUNDABLE_CREDITS) == {"USD": 5 * SIZE // 2}
    assert Invoice.objects.filter(status="paid").count() == TestGatewayCharge.objects.count() == SIZE // 2


def test_payer_is_deleted_before_its_payment_begins_or_after_it_is_booked(site: BillingSite, payer: Customer) -> None:
    def act(number: int) -> Any:
        return acts.delete(site) if number % 2 else collect(site)

    outcomes = crowd(act, 8)

    assert set(tally(outcomes)) <= {"done", "NotFound", "InvalidState", "InvalidInput"}
    made = TestGatewayCharge.objects.count()
    assert made <= 1
    assert Transaction.objects.filter(status="success").count() == made
    assert not Allocation.objects.filter(is_open=True).exists()
    assert of_invoice()[3] == 1000 * (1 - made)


def test_surplus_of_many_payments_adds_up(site: BillingSite, payer: Customer) -> None:
    for number in range(SIZE):
        an_invoice(site, 10, f"small{number}", at=NOW)

    outcomes = crowd(lambda number: collect(site, f"small{number}", amount=11))

    assert tally(outcomes) == {"done": SIZE}
    assert amounts(payer, Bucket.EXCESS_PAYMENTS) == {"USD": SIZE}
