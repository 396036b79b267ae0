"""Chargebee's promotional credits and transactions: parameters, answers and calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing_customers.choices import CreditType, InvoiceStatus, TransactionStatus, TransactionType
from billing_customers.dialects.chargebee.filters import CREDIT_ENUMS, MAX_SECONDS, TRANSACTION_ENUMS
from billing_customers.dialects.chargebee.inputs import credits as credit_params
from billing_customers.dialects.chargebee.inputs import excess_payment
from billing_customers.dialects.chargebee.viewsets import (
    CustomerCreditViewSet,
    PromotionalCreditViewSet,
    TransactionViewSet,
)
from billing_customers.dialects.faults import Kind
from billing_customers.ids import MAX_LENGTH
from billing_customers.openapi.chargebee.bodies import Body
from billing_customers.openapi.chargebee.inputs import read_by
from billing_customers.openapi.chargebee.queries import FILTERS_NOTE, PAGING, filters_of, include_deleted, order_by
from billing_customers.openapi.operation import Action, Operation
from billing_customers.openapi.schemas import BOOLEAN, INTEGER, STRING, Schema, array_of, constant, one_of, record, ref
from billing_customers.operations.credits import CREDIT_RULES, SETTING_RULES
from billing_customers.operations.payments import PAYMENT_RULES
from billing_customers.operations.rules import Rule, schema_of
from billing_customers.queries.ledger import CREDIT_ATTRIBUTES, CREDIT_SORTS
from billing_customers.queries.transactions import TRANSACTION_ATTRIBUTES, TRANSACTION_SORTS

_CUSTOMER = ref("ChargebeeCustomerAlone")
_CREDIT = ref("ChargebeePromotionalCreditAnswer")
_OWNER: dict[str, Schema] = {"customer_id": {"type": "string", "maxLength": MAX_LENGTH}}
_TAKEN, _NAMED = frozenset({Kind.BALANCE}), frozenset({Kind.NOT_FOUND})


def _credits(rules: Mapping[str, Rule], owner: Mapping[str, Schema]) -> dict[str, Any]:
    return Body(
        params={**owner, **read_by(credit_params.CREDIT, rules)},
        required=(*owner, "amount", "description"),
        example={**dict.fromkeys(owner, "cus_1"), "amount": 500, "description": "For the delay"},
    ).media_types()


def _payment() -> dict[str, Any]:
    parts = {name: f"transaction.{name}" for name in excess_payment.TRANSACTION if name != "date"}
    date = {"type": "integer", "minimum": 0, "exclusiveMaximum": MAX_SECONDS}
    return Body(
        params={"comment": schema_of(PAYMENT_RULES["comment"])},
        parts={"transaction": {**{name: schema_of(PAYMENT_RULES[rule]) for name, rule in parts.items()}, "date": date}},
        required=("amount", "date", "payment_method"),
        example={"transaction": {"amount": 500, "date": 1600968152, "payment_method": "check"}},
    ).media_types()


_TRANSACTION: dict[str, Schema] = {
    "id": STRING,
    "object": constant("transaction"),
    "customer_id": STRING,
    "type": one_of(TransactionType.values),
    "status": one_of(TransactionStatus.values),
    "payment_method": STRING,
    "gateway": STRING,
    "amount": INTEGER,
    "amount_unused": INTEGER,
    "currency_code": STRING,
    "base_currency_code": STRING,
    "exchange_rate": constant(1),
    "date": INTEGER,
    "deleted": BOOLEAN,
    "linked_invoices": array_of(ref("ChargebeeLinkedInvoice")),
    "linked_refunds": {"type": "array", "maxItems": 0},
    "updated_at": INTEGER,
    "resource_version": INTEGER,
}
_SOMETIMES = (
    *("masked_card_number", "id_at_gateway", "reference_number", "error_code", "error_text", "payment_source_id"),
    *("gateway_account_id", "subscription_id"),
)
_CREDIT_PARTS: dict[str, Schema] = {
    "id": STRING,
    "object": constant("promotional_credit"),
    "customer_id": STRING,
    "type": one_of(CREDIT_ENUMS["type"]),
    "amount": INTEGER,
    "currency_code": STRING,
    "description": STRING,
    "credit_type": one_of(CreditType.values),
    "closing_balance": INTEGER,
    "created_at": INTEGER,
}


def _page(schema: str) -> Schema:
    return record({"list": array_of(ref(schema)), "next_offset": STRING}, required=["list"])


SCHEMAS: dict[str, Schema] = {
    "ChargebeeCustomerAlone": record({"customer": ref("ChargebeeCustomer")}),
    "ChargebeePromotionalCredit": record(
        {**_CREDIT_PARTS, "reference": STRING, "done_by": STRING},
        required=_CREDIT_PARTS,
        description="An entry of the balance of promotional credits. It never changes.",
    ),
    "ChargebeePromotionalCreditAnswer": record(
        {"customer": ref("ChargebeeCustomer"), "promotional_credit": ref("ChargebeePromotionalCredit")}
    ),
    "ChargebeeSinglePromotionalCredit": record({"promotional_credit": ref("ChargebeePromotionalCredit")}),
    "ChargebeePromotionalCreditList": _page("ChargebeeSinglePromotionalCredit"),
    "ChargebeeLinkedInvoice": record(
        {
            "invoice_id": STRING,
            "applied_amount": INTEGER,
            "applied_at": INTEGER,
            "invoice_date": INTEGER,
            "invoice_total": INTEGER,
            "invoice_status": one_of(InvoiceStatus.values),
        }
    ),
    "ChargebeeTransaction": record(
        {**_TRANSACTION, **dict.fromkeys(_SOMETIMES, STRING)},
        required=_TRANSACTION,
        description="Money that moved, or was asked to. Amounts are in the currency's smallest unit.",
    ),
    "ChargebeeTransactionAnswer": record(
        {"customer": ref("ChargebeeCustomer"), "transaction": ref("ChargebeeTransaction")}
    ),
    "ChargebeeSingleTransaction": record({"transaction": ref("ChargebeeTransaction")}),
    "ChargebeeTransactionList": _page("ChargebeeSingleTransaction"),
}

_OLDER = "The older family of these calls, which answers the customer alone."
_SET = "Books the difference to the balance."
OPERATIONS: dict[Action, Operation] = {
    (CustomerCreditViewSet, "add_promotional_credits"): Operation(
        "Add promotional credits to a customer", _CUSTOMER, _OLDER, body=_credits(CREDIT_RULES, {}), versioned=True
    ),
    (CustomerCreditViewSet, "deduct_promotional_credits"): Operation(
        "Deduct promotional credits from a customer",
        _CUSTOMER,
        _OLDER,
        body=_credits(CREDIT_RULES, {}),
        versioned=True,
        faults=_TAKEN,
    ),
    (CustomerCreditViewSet, "set_promotional_credits"): Operation(
        "Set promotional credits of a customer",
        _CUSTOMER,
        f"{_SET} Where there is none, nothing changes. {_OLDER}",
        body=_credits(SETTING_RULES, {}),
        versioned=True,
    ),
    (PromotionalCreditViewSet, "add_credits"): Operation(
        "Add promotional credits", _CREDIT, body=_credits(CREDIT_RULES, _OWNER), versioned=True, faults=_NAMED
    ),
    (PromotionalCreditViewSet, "deduct_credits"): Operation(
        "Deduct promotional credits",
        _CREDIT,
        body=_credits(CREDIT_RULES, _OWNER),
        versioned=True,
        faults=_NAMED | _TAKEN,
    ),
    (PromotionalCreditViewSet, "set_credits"): Operation(
        "Set promotional credits",
        _CREDIT,
        f"{_SET} Where there is none, it is refused: there would be no credit to answer.",
        body=_credits(SETTING_RULES, _OWNER),
        versioned=True,
        faults=_NAMED | {Kind.STATE},
    ),
    (PromotionalCreditViewSet, "list"): Operation(
        "List promotional credits",
        ref("ChargebeePromotionalCreditList"),
        f"Oldest first unless sorted otherwise. {FILTERS_NOTE}",
        query=(*PAGING, *order_by(CREDIT_SORTS), *filters_of(CREDIT_ATTRIBUTES, CREDIT_ENUMS)),
    ),
    (PromotionalCreditViewSet, "retrieve"): Operation(
        "Retrieve a promotional credit", ref("ChargebeeSinglePromotionalCredit")
    ),
    (TransactionViewSet, "record_excess_payment"): Operation(
        "Record an excess payment",
        ref("ChargebeeTransactionAnswer"),
        "A payment that came in by another way than a gateway, and is for no invoice yet.",
        body=_payment(),
        versioned=True,
        faults=frozenset({Kind.DUPLICATE_ID}),
    ),
    (TransactionViewSet, "list"): Operation(
        "List transactions",
        ref("ChargebeeTransactionList"),
        f"Oldest first, by date, unless sorted otherwise. {FILTERS_NOTE}",
        query=(
            *PAGING,
            *order_by(TRANSACTION_SORTS),
            include_deleted("Those of deleted customers, too."),
            *filters_of(TRANSACTION_ATTRIBUTES, TRANSACTION_ENUMS),
        ),
    ),
    (TransactionViewSet, "retrieve"): Operation("Retrieve a transaction", ref("ChargebeeSingleTransaction")),
    (TransactionViewSet, "list_of_customer"): Operation(
        "List the transactions of a customer",
        ref("ChargebeeTransactionList"),
        "In the order they were made.",
        query=PAGING,
    ),
}
