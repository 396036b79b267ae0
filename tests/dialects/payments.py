"""Payments on Chargebee's wire: what is sent, and whole answers as the contract prints them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from billing_customers.models import BillingSite, Invoice, Transaction
from billing_customers.operations.documents import create_invoice, create_subscription
from tests.clients import ChargebeeClient
from tests.dialects.clock import START
from tests.dialects.expected import SECONDS, VERSION
from tests.dialects.sources import CARD, with_card

KEY = {"chargebee-idempotency-key": "order-1"}


def an_invoice(site: BillingSite, total: int = 1095, public_id: str = "inv", **said: Any) -> Invoice:
    named: dict[str, Any] = {"customer_public_id": "c1", "at": START, **said}
    return create_invoice(site=site, total=total, public_id=public_id, **named)


def a_subscription(site: BillingSite, status: Any = "active", public_id: str = "sub", at: datetime = START) -> Any:
    return create_subscription(site=site, customer_public_id="c1", status=status, public_id=public_id, at=at)


def card(number: str) -> dict[str, str]:
    return {**CARD, "card[number]": number}


def allocations(*invoices: str | tuple[str, Any]) -> dict[str, Any]:
    """Ids, or ids with amounts, as columns."""
    params: dict[str, Any] = {}
    for index, each in enumerate(invoices):
        invoice_id, amount = each if isinstance(each, tuple) else (each, None)
        params[f"invoice_allocations[invoice_id][{index}]"] = invoice_id
        if amount is not None:
            params[f"invoice_allocations[allocation_amount][{index}]"] = amount
    return params


def collect(
    cb: ChargebeeClient, *invoices: str | tuple[str, Any], customer: str = "c1", key: str | None = None, **params: Any
) -> Any:
    """The answer for the invoice ``inv``, unless others are named. Parts of parameters are joined by ``__``."""
    body = {**allocations(*(invoices or ("inv",))), **{_wire(name): value for name, value in params.items()}}
    headers = {"chargebee-idempotency-key": key} if key else {}
    return cb.post(f"/customers/{customer}/collect_payment", body, **headers)


def a_payer(site: BillingSite, cb: ChargebeeClient) -> str:
    """The id of the card of a new customer ``c1`` with the invoice ``inv`` over 1095."""
    source = with_card(cb)
    an_invoice(site)
    return source


def last_payment() -> Transaction:
    return Transaction.objects.select_related("gateway_account", "payment_source").latest("pk")


def transaction(payment: Transaction, *links: dict[str, Any], **said: Any) -> dict[str, Any]:
    """The resource, of a payment over 1095 by the card of the samples that succeeded."""
    assert payment.gateway_account is not None
    shown: dict[str, Any] = {
        "id": payment.public_id,
        "object": "transaction",
        "customer_id": "c1",
        "type": "payment",
        "status": "success",
        "payment_method": "card",
        "gateway": "chargebee",
        "gateway_account_id": payment.gateway_account.public_id,
        "id_at_gateway": payment.id_at_gateway,
        "payment_source_id": payment.payment_source.public_id if payment.payment_source else None,
        "masked_card_number": "************1881",
        "amount": 1095,
        "amount_unused": 0,
        "currency_code": "USD",
        "base_currency_code": "USD",
        "exchange_rate": 1,
        "date": SECONDS,
        "deleted": False,
        "linked_invoices": list(links),
        "linked_refunds": [],
        "updated_at": SECONDS,
        "resource_version": VERSION + 1,
        **said,
    }
    return {name: value for name, value in shown.items() if value is not None}


def link(invoice_id: str = "inv", **said: Any) -> dict[str, Any]:
    """What a transaction says of an invoice over 1095 that it paid."""
    return {
        "invoice_id": invoice_id,
        "applied_amount": 1095,
        "applied_at": SECONDS,
        "invoice_date": SECONDS,
        "invoice_total": 1095,
        "invoice_status": "paid",
        **said,
    }


def invoice(public_id: str = "inv", **said: Any) -> dict[str, Any]:
    """The resource, of an invoice over 1095 that is due."""
    return {
        "id": public_id,
        "object": "invoice",
        "customer_id": "c1",
        "status": "payment_due",
        "currency_code": "USD",
        "total": 1095,
        "sub_total": 1095,
        "amount_paid": 0,
        "amount_due": 1095,
        "amount_to_collect": 1095,
        "credits_applied": 0,
        "amount_adjusted": 0,
        "write_off_amount": 0,
        "price_type": "tax_exclusive",
        "recurring": False,
        "date": SECONDS,
        "deleted": False,
        "linked_payments": [],
        "updated_at": SECONDS,
        "resource_version": VERSION,
        **said,
    }


def paid_invoice(payment: Transaction, public_id: str = "inv", **said: Any) -> dict[str, Any]:
    """An invoice over 1095 that the payment paid whole."""
    payments = [
        {
            "txn_id": payment.public_id,
            "applied_amount": 1095,
            "applied_at": SECONDS,
            "txn_status": "success",
            "txn_date": SECONDS,
            "txn_amount": payment.amount,
        }
    ]
    due = {"status": "paid", "amount_paid": 1095, "amount_due": 0, "amount_to_collect": 0, "paid_at": SECONDS}
    return invoice(public_id, **due, linked_payments=payments, resource_version=VERSION + 1, **said)


def _wire(name: str) -> str:
    first, *parts = name.split("__")
    return first + "".join(f"[{part}]" for part in parts)
