"""Sources, payments and documents as Chargebee shows them. Plain projections of rows, as in ``outputs``.

A row of a payment source also has ``gateway_account__public_id``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from billing_customers.choices import PaymentMethodType
from billing_customers.models.payment_source import masked_number

Row = Mapping[str, Any]


def payment_source(row: Row, *, customer_id: str) -> dict[str, Any]:
    """A payment source. Contract: the sample of "Assign payment role"."""
    shown = {
        "id": row["public_id"],
        "object": "payment_source",
        "type": row["type"],
        "status": row["status"],
        "customer_id": customer_id,
        "reference_id": row["reference_id"],
        "gateway": row["gateway"],
        "gateway_account_id": row["gateway_account__public_id"],
        "created_at": seconds(row["created_at"]),
        "updated_at": seconds(row["updated_at"]),
        "resource_version": row["resource_version"],
        "deleted": row["deleted_at"] is not None,
    }
    if row["issuing_country"]:
        shown["issuing_country"] = row["issuing_country"]
    if row["type"] == PaymentMethodType.CARD or row["brand"]:
        # Wallets such as Apple Pay have one too.
        shown["card"] = _card_of_source(row)
    elif row["type"] == PaymentMethodType.DIRECT_DEBIT:
        shown["bank_account"] = _bank_account(row)
    return shown


def payment_method(row: Row) -> dict[str, Any]:
    """What a customer says of its primary payment source."""
    return {
        "object": "payment_method",
        "type": row["type"],
        "gateway": row["gateway"],
        "gateway_account_id": row["gateway_account__public_id"],
        "status": row["status"],
        "reference_id": row["reference_id"],
    }


def card(row: Row, *, customer_id: str) -> dict[str, Any]:
    """The card next to a customer whose primary payment source is one; here ``brand`` is called ``card_type``."""
    return {
        "object": "card",
        "payment_source_id": row["public_id"],
        "customer_id": customer_id,
        "gateway": row["gateway"],
        "gateway_account_id": row["gateway_account__public_id"],
        "status": card_status(row),
        **_names(row),
        "iin": row["iin"] or "******",
        "last4": row["last4"],
        "card_type": row["brand"] or "other",
        "funding_type": row["funding_type"],
        "expiry_month": row["expiry_month"],
        "expiry_year": row["expiry_year"],
        **({"issuing_country": row["issuing_country"]} if row["issuing_country"] else {}),
        **_billing_address(row),
        "masked_number": masked_number(row["last4"], row["number_length"]),
        # As in the samples: a card of Chargebee's own test gateway is said to be powered by nothing at all.
        **({} if row["gateway"] == "chargebee" else {"powered_by": "not_applicable"}),
        "created_at": seconds(row["created_at"]),
        "updated_at": seconds(row["updated_at"]),
        "resource_version": row["resource_version"],
    }


def card_status(row: Row) -> str:
    """``valid``, ``expiring`` or ``expired``: a card has no other status."""
    status: str = row["status"]
    return status if status in {"expiring", "expired"} else "valid"


def balance(row: Row, *, preferred_currency: str) -> dict[str, Any]:
    """What a customer has in one currency, in minor units. Contract: ``balances[]`` of "Record an excess payment"."""
    return {
        "object": "customer_balance",
        "currency_code": preferred_currency,
        "balance_currency_code": row["currency"],
        "promotional_credits": row["promotional_credits"],
        "refundable_credits": row["refundable_credits"],
        "excess_payments": row["excess_payments"],
        "unbilled_charges": row["unbilled_charges"],
    }


def promotional_credit(row: Row, *, customer_id: str) -> dict[str, Any]:
    """An entry of the ledger of promotional credits."""
    return {
        "id": row["public_id"],
        "object": "promotional_credit",
        "customer_id": customer_id,
        "type": "increment" if row["delta"] > 0 else "decrement",
        "amount": abs(row["delta"]),
        "currency_code": row["currency"],
        "description": row["description"],
        "credit_type": row["credit_type"] or "general",
        **({"reference": row["caller_reference"]} if row["caller_reference"] else {}),
        "closing_balance": row["balance_after"],
        **({"done_by": row["done_by"]} if row["done_by"] else {}),
        "created_at": seconds(row["created_at"]),
    }


def transaction(row: Row, *, customer_id: str, links: Iterable[Row] = (), **known: str | None) -> dict[str, Any]:
    """A transaction. ``links`` are its allocations with their invoices' columns, prefixed ``invoice__``.

    ``known`` may name ``payment_source_id`` and ``gateway_account_id``; what is ``None`` is left out.
    """
    shown = {
        "id": row["public_id"],
        "object": "transaction",
        "customer_id": customer_id,
        "type": row["type"],
        "status": row["status"],
        "payment_method": row["payment_method"],
        "gateway": row["gateway"],
        "amount": row["amount"],
        "amount_unused": row["amount_unused"],
        "currency_code": row["currency"],
        "base_currency_code": row["currency"],
        "exchange_rate": 1,
        "date": seconds(row["date"]),
        "deleted": row["deleted_at"] is not None,
        "linked_invoices": [_linked_invoice(link) for link in links],
        "linked_refunds": [],
        "updated_at": seconds(row["updated_at"]),
        "resource_version": row["resource_version"],
    }
    for name in ("masked_card_number", "id_at_gateway", "reference_number", "error_code", "error_text"):
        if row[name]:
            shown[name] = row[name]
    return shown | {name: value for name, value in known.items() if value is not None}


def invoice(row: Row, *, customer_id: str, payments: Iterable[Row] = (), **known: str | None) -> dict[str, Any]:
    """An invoice. ``payments`` are its allocations with their transactions' columns, prefixed ``transaction__``.

    ``known`` may name ``subscription_id``.
    """
    shown = {
        "id": row["public_id"],
        "object": "invoice",
        "customer_id": customer_id,
        "status": row["status"],
        "currency_code": row["currency"],
        "total": row["total"],
        "sub_total": row["total"],
        "amount_paid": row["amount_paid"],
        "amount_due": row["amount_due"],
        "amount_to_collect": row["amount_due"],
        "credits_applied": row["credits_applied"],
        "amount_adjusted": 0,
        "write_off_amount": 0,
        "price_type": "tax_exclusive",
        "recurring": row["subscription_id"] is not None,
        "date": seconds(row["date"]),
        "deleted": row["deleted_at"] is not None,
        "linked_payments": [_linked_payment(each) for each in payments],
        "updated_at": seconds(row["updated_at"]),
        "resource_version": row["resource_version"],
    }
    for name, column in (("due_date", "due_at"), ("paid_at", "paid_at")):
        if row[column] is not None:
            shown[name] = seconds(row[column])
    return shown | {name: value for name, value in known.items() if value is not None}


# Chargebee's words for CHING's; what has no word there is the nearest.
SUBSCRIPTION_STATUSES = {
    "active": "active",
    "trialing": "in_trial",
    "past_due": "active",
    "incomplete": "future",
    "incomplete_expired": "cancelled",
    "canceled": "cancelled",
}


def subscription(row: Row, *, customer_id: str) -> dict[str, Any]:
    """A subscription, as much as is known of it."""
    shown = {
        "id": row["public_id"],
        "object": "subscription",
        "customer_id": customer_id,
        "status": SUBSCRIPTION_STATUSES[row["status"]],
        "currency_code": row["currency"],
        "created_at": seconds(row["created_at"]),
        "updated_at": seconds(row["updated_at"]),
        "deleted": row["deleted_at"] is not None,
        "has_scheduled_changes": False,
        "resource_version": row["resource_version"],
    }
    for name in ("started_at", "cancelled_at"):
        if row[name] is not None:
            shown[name] = seconds(row[name])
    return shown


def seconds(at: datetime) -> int:
    """Whole seconds since the epoch."""
    return int(at.timestamp())


def _linked_invoice(link: Row) -> dict[str, Any]:
    return {
        "invoice_id": link["invoice__public_id"],
        "applied_amount": link["amount"],
        "applied_at": seconds(link["applied_at"]),
        "invoice_date": seconds(link["invoice__date"]),
        "invoice_total": link["invoice__total"],
        "invoice_status": link["invoice__status"],
    }


def _linked_payment(link: Row) -> dict[str, Any]:
    return {
        "txn_id": link["transaction__public_id"],
        "applied_amount": link["amount"],
        "applied_at": seconds(link["applied_at"]),
        "txn_status": link["transaction__status"],
        "txn_date": seconds(link["transaction__date"]),
        "txn_amount": link["transaction__amount"],
    }


def _card_of_source(row: Row) -> dict[str, Any]:
    return {
        "object": "card",
        **_names(row),
        "iin": row["iin"] or "******",
        "last4": row["last4"],
        "brand": row["brand"] or "other",
        "funding_type": row["funding_type"],
        "expiry_month": row["expiry_month"],
        "expiry_year": row["expiry_year"],
        **_billing_address(row),
        "masked_number": masked_number(row["last4"], row["number_length"]),
    }


def _bank_account(row: Row) -> dict[str, Any]:
    shown = {"object": "bank_account", "last4": row["last4"], **_names(row)}
    for name in ("bank_name", "account_type", "account_holder_type"):
        if row[name]:
            shown[name] = row[name]
    return shown


def _names(row: Row) -> dict[str, str]:
    return {name: row[name] for name in ("first_name", "last_name") if row[name]}


def _billing_address(row: Row) -> dict[str, str]:
    return {f"billing_{part}": value for part, value in (row["billing_address"] or {}).items()}
