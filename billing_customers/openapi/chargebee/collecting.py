"""Chargebee's payments by a gateway, invoices and subscriptions: parameters, answers and calls."""

from __future__ import annotations

from billing_customers.choices import InvoiceStatus, TransactionStatus
from billing_customers.dialects.chargebee.filters import INVOICE_ENUMS, SUBSCRIPTION_ENUMS
from billing_customers.dialects.chargebee.money import SUBSCRIPTION_STATUSES
from billing_customers.dialects.chargebee.viewsets import CollectingViewSet, InvoiceViewSet, SubscriptionViewSet
from billing_customers.dialects.faults import Kind
from billing_customers.openapi.chargebee.bodies import Body
from billing_customers.openapi.chargebee.inputs import BANK_ACCOUNT, CARD, PAYMENT_METHOD
from billing_customers.openapi.chargebee.queries import FILTERS_NOTE, PAGING, filters_of, include_deleted, order_by
from billing_customers.openapi.operation import Action, Operation
from billing_customers.openapi.schemas import BOOLEAN, INTEGER, STRING, Schema, array_of, constant, one_of, record, ref
from billing_customers.operations.collection_plan import AMOUNT, FIELD
from billing_customers.operations.rules import schema_of
from billing_customers.queries.documents import (
    INVOICE_ATTRIBUTES,
    INVOICE_SORTS,
    SUBSCRIPTION_ATTRIBUTES,
    SUBSCRIPTION_SORTS,
)

_AMOUNT = schema_of(AMOUNT)
_BODY = Body(
    params={
        "amount": _AMOUNT,
        "payment_source_id": {"type": "string", "maxLength": 40},
        "replace_primary_payment_source": BOOLEAN,
        "retain_payment_source": BOOLEAN,
    },
    parts={"card": CARD, "bank_account": BANK_ACCOUNT, "payment_method": PAYMENT_METHOD},
    rows={FIELD: {"invoice_id": {"type": "string", "maxLength": 50}, "allocation_amount": _AMOUNT}},
    example={FIELD: [{"invoice_id": "inv_1"}]},
).media_types()

_INVOICE: dict[str, Schema] = {
    "id": STRING,
    "object": constant("invoice"),
    "customer_id": STRING,
    "status": one_of(InvoiceStatus.values),
    "currency_code": STRING,
    **dict.fromkeys(("total", "sub_total", "amount_paid", "amount_due", "amount_to_collect"), INTEGER),
    "credits_applied": INTEGER,
    "amount_adjusted": constant(0),
    "write_off_amount": constant(0),
    "price_type": constant("tax_exclusive"),
    "recurring": BOOLEAN,
    "date": INTEGER,
    "deleted": BOOLEAN,
    "linked_payments": array_of(ref("ChargebeeLinkedPayment")),
    "updated_at": INTEGER,
    "resource_version": INTEGER,
}
_SUBSCRIPTION: dict[str, Schema] = {
    "id": STRING,
    "object": constant("subscription"),
    "customer_id": STRING,
    "status": one_of(dict.fromkeys(SUBSCRIPTION_STATUSES.values())),
    "currency_code": STRING,
    "created_at": INTEGER,
    "updated_at": INTEGER,
    "deleted": BOOLEAN,
    "has_scheduled_changes": constant(value=False),
    "resource_version": INTEGER,
}


def _page(schema: str) -> Schema:
    return record({"list": array_of(ref(schema)), "next_offset": STRING}, required=["list"])


SCHEMAS: dict[str, Schema] = {
    "ChargebeeLinkedPayment": record(
        {
            "txn_id": STRING,
            "applied_amount": INTEGER,
            "applied_at": INTEGER,
            "txn_status": one_of(TransactionStatus.values),
            "txn_date": INTEGER,
            "txn_amount": INTEGER,
        }
    ),
    "ChargebeeInvoice": record(
        {**_INVOICE, "subscription_id": STRING, "due_date": INTEGER, "paid_at": INTEGER},
        required=_INVOICE,
        description="What a customer owes. Amounts are in the currency's smallest unit.",
    ),
    "ChargebeeSingleInvoice": record({"invoice": ref("ChargebeeInvoice")}),
    "ChargebeeInvoiceList": _page("ChargebeeSingleInvoice"),
    "ChargebeeSubscription": record(
        {**_SUBSCRIPTION, "started_at": INTEGER, "cancelled_at": INTEGER},
        required=_SUBSCRIPTION,
        description="A subscription, as much as is known of it here.",
    ),
    "ChargebeeSingleSubscription": record(
        {
            "subscription": ref("ChargebeeSubscription"),
            "customer": ref("ChargebeeCustomer"),
            "card": ref("ChargebeeCard"),
        },
        required=["subscription", "customer"],
        description="With its customer, and the card where that is the customer's primary payment source.",
    ),
    "ChargebeeSubscriptionList": _page("ChargebeeSingleSubscription"),
}

OPERATIONS: dict[Action, Operation] = {
    (CollectingViewSet, "collect_payment"): Operation(
        "Collect a payment",
        ref("ChargebeeTransactionAnswer"),
        "Charges what the customer pays with, or what is given, and pays the invoices. What is more than they need is "
        "kept as excess payment. A payment that takes time is answered as in_progress.",
        body=_BODY,
        versioned=True,
        faults=frozenset({Kind.DECLINED, Kind.NO_SOURCE, Kind.STATE}),
    ),
    (InvoiceViewSet, "list"): Operation(
        "List invoices",
        ref("ChargebeeInvoiceList"),
        f"Oldest first, by date, unless sorted otherwise. {FILTERS_NOTE}",
        query=(
            *PAGING,
            *order_by(INVOICE_SORTS),
            include_deleted("Those of deleted customers, too."),
            *filters_of(INVOICE_ATTRIBUTES, INVOICE_ENUMS),
        ),
    ),
    (InvoiceViewSet, "retrieve"): Operation("Retrieve an invoice", ref("ChargebeeSingleInvoice")),
    (InvoiceViewSet, "list_of_customer"): Operation(
        "List the invoices of a customer", ref("ChargebeeInvoiceList"), "Oldest first, by date.", query=PAGING
    ),
    (SubscriptionViewSet, "list"): Operation(
        "List subscriptions",
        ref("ChargebeeSubscriptionList"),
        f"Oldest first unless sorted otherwise. {FILTERS_NOTE}",
        query=(
            *PAGING,
            *order_by(SUBSCRIPTION_SORTS),
            include_deleted("Those of deleted customers, too."),
            *filters_of(SUBSCRIPTION_ATTRIBUTES, SUBSCRIPTION_ENUMS),
        ),
    ),
    (SubscriptionViewSet, "retrieve"): Operation("Retrieve a subscription", ref("ChargebeeSingleSubscription")),
}
