"""chargebee for Python: collect payments, and read invoices, subscriptions and transactions."""

from __future__ import annotations

from typing import Any

import pytest
from chargebee import InvalidRequestError, PaymentError

from billing_customers.models import BillingSite, TestGatewayCharge
from billing_customers.operations.documents import create_invoice, create_subscription
from tests.fixtures import NOW
from tests.operations import collecting as pay
from tests.sdk.test_python_payment_sources import CARD

BOTH = {"invoice_allocations": [{"invoice_id": "inv1"}, {"invoice_id": "inv2"}]}
FIRST = {"invoice_allocations": [{"invoice_id": "inv1"}]}


def owing(client: Any, site: BillingSite, **params: Any) -> Any:
    """The answer to the creation of the customer ``acme``, who owes 1000 (inv1) and 500 (inv2)."""
    answer = client.Customer.create({"id": "acme", "first_name": "Ann", **params})
    create_subscription(site=site, customer_public_id="acme", status="active", public_id="sub", at=NOW)
    for number, total in ((1, 1000), (2, 500)):
        create_invoice(
            site=site,
            customer_public_id="acme",
            total=total,
            subscription_id="sub",
            public_id=f"inv{number}",
            at=NOW,
        )
    return answer


def test_two_invoices_in_one_call(client: Any, site: BillingSite) -> None:
    source = owing(client, site, card=CARD).card.payment_source_id

    answer = client.Customer.collect_payment("acme", {"amount": 1600, **BOTH})

    customer, payment = answer.customer, answer.transaction
    assert (payment.status, payment.amount, payment.amount_unused) == ("success", 1600, 100)
    assert (payment.payment_source_id, payment.masked_card_number) == (source, "************1881")
    assert (payment.gateway, payment.subscription_id) == ("chargebee", "sub")
    assert [(each.invoice_id, each.applied_amount, each.invoice_status) for each in payment.linked_invoices] == [
        ("inv1", 1000, "paid"),
        ("inv2", 500, "paid"),
    ]
    assert customer.excess_payments == 100
    assert [(each.balance_currency_code, each.excess_payments) for each in customer.balances] == [("USD", 100)]
    assert list(TestGatewayCharge.objects.values_list("amount", flat=True)) == [1600]


def test_balances_and_transactions_can_be_seen_afterwards(client: Any, site: BillingSite) -> None:
    owing(client, site, card=CARD)
    paid = client.Customer.collect_payment("acme", {"amount": 1600, **BOTH}).transaction

    customer = client.Customer.retrieve("acme").customer
    retrieved = client.Transaction.retrieve(paid.id).transaction
    listed = [each.transaction for each in client.Transaction.list({"customer_id": {"is": "acme"}}).list]

    assert customer.excess_payments == 100
    assert [each.raw_data for each in (retrieved, *listed)] == [paid.raw_data] * 2


def test_invoices_are_listed_and_retrieved(client: Any, site: BillingSite) -> None:
    owing(client, site, card=CARD)
    paid = client.Customer.collect_payment("acme", FIRST).transaction

    due = client.Invoice.list({"status": {"is": "payment_due"}, "sort_by": {"asc": "date"}}).list
    invoice = client.Invoice.retrieve("inv1").invoice

    assert [each.invoice.id for each in due] == ["inv2"]
    assert (invoice.status, invoice.amount_paid, invoice.amount_due) == ("paid", 1000, 0)
    assert [(each.txn_id, each.applied_amount) for each in invoice.linked_payments] == [(paid.id, 1000)]


def test_subscriptions_are_listed_and_retrieved(client: Any, site: BillingSite) -> None:
    owing(client, site)

    listed = client.Subscription.list({"customer_id": {"is": "acme"}, "status": {"in": ["active"]}}).list
    subscription = client.Subscription.retrieve("sub").subscription

    assert [each.subscription.id for each in listed] == ["sub"]
    assert (subscription.status, subscription.customer_id) == ("active", "acme")


def test_allocation_with_an_amount_of_its_own(client: Any, site: BillingSite) -> None:
    owing(client, site, card=CARD)
    allocations = [{"invoice_id": "inv1"}, {"invoice_id": "inv2", "allocation_amount": 200}]

    payment = client.Customer.collect_payment("acme", {"invoice_allocations": allocations}).transaction

    assert (payment.amount, [each.applied_amount for each in payment.linked_invoices]) == (1200, [1000, 200])


def test_new_card_is_charged_and_not_kept(client: Any, site: BillingSite) -> None:
    owing(client, site)

    answer = client.Customer.collect_payment("acme", {"card": CARD, **FIRST})

    assert (answer.customer.card_status, answer.customer.payment_method) == ("no_card", None)
    assert (answer.transaction.payment_source_id, answer.transaction.status) == (None, "success")


def test_new_card_is_charged_and_kept(client: Any, site: BillingSite) -> None:
    owing(client, site)

    answer = client.Customer.collect_payment("acme", {"card": CARD, "retain_payment_source": True, **FIRST})

    assert answer.customer.primary_payment_source_id == answer.transaction.payment_source_id
    assert client.PaymentSource.retrieve(answer.transaction.payment_source_id).payment_source.card.last4 == "1881"


def test_decline_is_a_payment_error(client: Any, site: BillingSite) -> None:
    owing(client, site, card={**CARD, "number": pay.DECLINED})

    with pytest.raises(PaymentError) as caught:
        client.Customer.collect_payment("acme", FIRST)

    assert (caught.value.api_error_code, caught.value.error_cause_id) == (
        "payment_processing_failed",
        "gateway.general.card_declined",
    )
    assert client.Invoice.retrieve("inv1").invoice.amount_due == 1000


def test_paid_invoice_is_an_invalid_request(client: Any, site: BillingSite) -> None:
    owing(client, site, card=CARD)
    client.Customer.collect_payment("acme", FIRST)

    with pytest.raises(InvalidRequestError) as caught:
        client.Customer.collect_payment("acme", FIRST)

    assert (caught.value.http_status_code, caught.value.param) == (400, "invoice_allocations[invoice_id][0]")


def test_repetition_with_its_key_is_replayed(client: Any, site: BillingSite) -> None:
    owing(client, site, card=CARD)
    key = {"chargebee-idempotency-key": "order-1"}

    answers = [client.Customer.collect_payment("acme", FIRST, key) for _ in range(2)]

    assert [each.is_idempotency_replayed for each in answers] == [False, True]
    assert answers[0].transaction.id == answers[1].transaction.id
    assert TestGatewayCharge.objects.count() == 1
