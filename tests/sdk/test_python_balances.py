"""chargebee for Python: promotional credits, recorded payments, transactions and balances."""

from __future__ import annotations

from typing import Any

import pytest
from chargebee import InvalidRequestError

from billing_customers.models import BillingSite, LedgerEntry
from billing_customers.operations.documents import create_invoice
from tests.fixtures import NOW

PAID = 1_600_968_152
CREDIT = {"amount": 500, "description": "For the delay"}


@pytest.fixture
def customer(client: Any) -> str:
    client.Customer.create({"id": "c", "first_name": "John"})
    return "c"


def pay(client: Any, amount: int, **said: Any) -> Any:
    payment = {"amount": amount, "date": PAID, "payment_method": "check", **said}
    return client.Customer.record_excess_payment("c", {"comment": "From John", "transaction": payment})


def test_credits_are_added_deducted_and_set(customer: str, client: Any) -> None:
    said = {"customer_id": "c", "credit_type": "general", **CREDIT}
    answers = [
        client.PromotionalCredit.add(said),
        client.PromotionalCredit.deduct({**said, "amount": 200}),
        client.PromotionalCredit.set({**said, "amount": 1000, "reference": "ticket 7"}),
    ]

    credits_made = [answer.promotional_credit for answer in answers]
    assert [(each.type, each.amount, each.closing_balance) for each in credits_made] == [
        ("increment", 500, 500),
        ("decrement", 200, 300),
        ("increment", 700, 1000),
    ]
    assert (credits_made[2].reference, credits_made[2].customer_id, credits_made[2].currency_code) == (
        "ticket 7",
        "c",
        "USD",
    )
    assert [answer.customer.promotional_credits for answer in answers] == [500, 300, 1000]


def test_older_family_answers_the_customer(customer: str, client: Any) -> None:
    answers = [
        client.Customer.add_promotional_credits("c", CREDIT),
        client.Customer.deduct_promotional_credits("c", {**CREDIT, "amount": 200}),
        client.Customer.set_promotional_credits("c", {**CREDIT, "amount": 300}),
    ]

    assert [answer.customer.promotional_credits for answer in answers] == [500, 300, 300]
    assert LedgerEntry.objects.count() == 2


def test_credits_are_listed_and_retrieved(customer: str, client: Any) -> None:
    made = client.PromotionalCredit.add({"customer_id": "c", **CREDIT}).promotional_credit
    client.PromotionalCredit.deduct({"customer_id": "c", **CREDIT, "amount": 1})

    filters = {"customer_id": {"is": "c"}, "type": {"in": ["increment"]}, "created_at": {"after": PAID}}
    found = client.PromotionalCredit.list({**filters, "limit": 10})
    assert [each.promotional_credit.id for each in found.list] == [made.id]
    assert client.PromotionalCredit.retrieve(made.id).promotional_credit.raw_data == made.raw_data


def test_too_much_is_not_deducted(customer: str, client: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        client.PromotionalCredit.deduct({"customer_id": "c", **CREDIT})

    assert (caught.value.http_status_code, caught.value.api_error_code, caught.value.param) == (
        400,
        "invalid_request",
        "amount",
    )


def test_payment_is_recorded(customer: str, client: Any) -> None:
    answer = pay(client, 500, id="t1", reference_number="12")

    payment = answer.transaction
    assert (payment.id, payment.type, payment.status, payment.amount, payment.amount_unused) == (
        "t1",
        "payment",
        "success",
        500,
        500,
    )
    assert (payment.date, payment.payment_method, payment.reference_number) == (PAID, "check", "12")
    assert (answer.customer.excess_payments, len(answer.customer.balances)) == (500, 1)


def test_balances_are_those_of_each_currency(customer: str, client: Any) -> None:
    pay(client, 500)
    shown = client.PromotionalCredit.add({"customer_id": "c", **CREDIT, "currency_code": "EUR"}).customer

    assert (shown.excess_payments, shown.promotional_credits) == (500, 0)
    assert [
        (each.balance_currency_code, each.promotional_credits, each.excess_payments) for each in shown.balances
    ] == [("EUR", 500, 0), ("USD", 0, 500)]


def test_transactions_are_listed_and_retrieved(site: BillingSite, customer: str, client: Any) -> None:
    for number, amount in enumerate((100, 200, 300)):
        pay(client, amount, id=f"t{number}", date=PAID + number)
    create_invoice(site=site, customer_public_id="c", total=100, public_id="inv_1", apply_credits=True, at=NOW)

    def ids(**filters: Any) -> list[str]:
        return [each.transaction.id for each in client.Transaction.list(filters).list]

    assert ids(sort_by={"desc": "date"}) == ["t2", "t1", "t0"]
    assert ids(customer_id={"is": "c"}, amount={"between": [100, 200]}, status={"is": "success"}) == ["t0", "t1"]
    assert ids(date={"between": [PAID + 1, PAID + 2]}, payment_method={"in": ["check", "cash"]}) == ["t1", "t2"]
    assert ids(id={"in": ["t0", "none"]}, type={"is": "payment"}) == ["t0"]
    payment = client.Transaction.retrieve("t0").transaction
    [link] = payment.linked_invoices
    assert (payment.amount_unused, link.invoice_id, link.applied_amount, link.invoice_status) == (
        0,
        "inv_1",
        100,
        "paid",
    )


def test_transactions_of_a_customer_are_paged(customer: str, client: Any) -> None:
    for number in range(3):
        pay(client, 100, id=f"t{number}")

    first = client.Transaction.transactions_for_customer("c", {"limit": 2})
    second = client.Transaction.transactions_for_customer("c", {"limit": 2, "offset": first.next_offset})

    assert [[each.transaction.id for each in page.list] for page in (first, second)] == [["t0", "t1"], ["t2"]]
    assert second.next_offset is None


def test_repetition_of_a_payment_is_recorded_once(customer: str, client: Any) -> None:
    payment = {"transaction": {"amount": 500, "date": PAID, "payment_method": "cash"}}
    key = {"chargebee-idempotency-key": "once"}

    answers = [client.Customer.record_excess_payment("c", payment, headers=key) for _ in range(2)]

    assert [answer.is_idempotency_replayed for answer in answers] == [False, True]
    assert len({answer.transaction.id for answer in answers}) == 1
    assert answers[1].customer.excess_payments == 500
