"""What Chargebee's customers pay with: parameters, answers and calls."""

from __future__ import annotations

from typing import Any

from billing_customers.choices import (
    AccountHolderType,
    BankAccountType,
    FundingType,
    PaymentMethodType,
    PaymentRole,
    PaymentSourceStatus,
)
from billing_customers.dialects.chargebee.filters import SOURCE_ENUMS
from billing_customers.dialects.chargebee.inputs import payment as tables
from billing_customers.dialects.chargebee.viewsets import CardViewSet, CustomerViewSet, PaymentSourceViewSet
from billing_customers.dialects.faults import Kind
from billing_customers.openapi.chargebee.bodies import Body
from billing_customers.openapi.chargebee.inputs import BANK_ACCOUNT, CARD, NOTHING, PAYMENT_METHOD, read_by
from billing_customers.openapi.chargebee.queries import FILTERS_NOTE, PAGING, filters_of, include_deleted, order_by
from billing_customers.openapi.operation import Action, Operation
from billing_customers.openapi.schemas import BOOLEAN, INTEGER, STRING, Schema, array_of, constant, one_of, record, ref
from billing_customers.operations.source_inputs import ADDRESS_PARTS, REFERENCE_RULES
from billing_customers.queries.payment_sources import SOURCE_ATTRIBUTES, SOURCE_SORTS

_CUSTOMER = ref("ChargebeeCustomerAnswer")
_SOURCE = ref("ChargebeePaymentSourceAnswer")
_STORED = frozenset({Kind.DECLINED, Kind.NOT_FOUND})
_OWNER: dict[str, Schema] = {
    "customer_id": {"type": "string", "maxLength": 50},
    "replace_primary_payment_source": BOOLEAN,
}
_CARD_EXAMPLE = {"number": "4012888888881881", "expiry_month": 10, "expiry_year": 2030, "cvv": "999"}
_REFERENCE_EXAMPLE = {"type": "card", "reference_id": "cus_1/card_1"}

METHOD_BODY = Body(
    parts={"payment_method": PAYMENT_METHOD}, required=("type",), example={"payment_method": _REFERENCE_EXAMPLE}
).media_types()
ROLE_BODY = Body(
    params={
        "payment_source_id": {"type": "string", "maxLength": 40},
        "role": one_of(PaymentRole.values),
    },
    required=("payment_source_id", "role"),
    example={"payment_source_id": "pm_WMc9X22NT1af", "role": "primary"},
).media_types()


def _creation(required: tuple[str, ...], example: dict[str, Any], **more: Any) -> Any:
    params = {**_OWNER, **more.get("params", {})}
    body = Body(
        params=params,
        parts=more.get("parts", {}),
        required=("customer_id", *required),
        example={"customer_id": "cus_1", **example},
    )
    return body.media_types()


CARD_BODY = _creation(("number", "expiry_month", "expiry_year"), {"card": _CARD_EXAMPLE}, parts={"card": CARD})
BANK_ACCOUNT_BODY = _creation(
    (), {"bank_account": {"account_number": "000222222227"}}, parts={"bank_account": BANK_ACCOUNT}
)
PERMANENT_TOKEN_BODY = _creation(
    ("type", "reference_id"), _REFERENCE_EXAMPLE, params=read_by(tables.PERMANENT_TOKEN, REFERENCE_RULES)
)
TEMPORARY_TOKEN_BODY = _creation(
    ("type", "tmp_token"),
    {"type": "card", "tmp_token": "tok_1"},
    params=read_by(tables.TEMPORARY_TOKEN, REFERENCE_RULES),
)

_ADDRESS = {f"billing_{part}": STRING for part in ADDRESS_PARTS}
_NAMES = {"first_name": STRING, "last_name": STRING}
_OF_A_CARD: dict[str, Schema] = {
    "object": constant("card"),
    "iin": STRING,
    "last4": STRING,
    "funding_type": one_of(FundingType.values),
    "expiry_month": INTEGER,
    "expiry_year": INTEGER,
    "masked_number": STRING,
}
_VERSIONED = dict.fromkeys(("created_at", "updated_at", "resource_version"), INTEGER)
_AT_GATEWAY: dict[str, Schema] = {"gateway": STRING, "gateway_account_id": STRING}
_CARD: dict[str, Schema] = {
    **_OF_A_CARD,
    "card_type": STRING,
    "payment_source_id": STRING,
    "customer_id": STRING,
    "status": one_of(["valid", "expiring", "expired"]),
    **_AT_GATEWAY,
    **_VERSIONED,
}
_PAYMENT_METHOD: dict[str, Schema] = {
    "object": constant("payment_method"),
    "type": one_of(PaymentMethodType.values),
    "status": one_of(PaymentSourceStatus.values),
    "reference_id": STRING,
    **_AT_GATEWAY,
}
_PAYMENT_SOURCE: dict[str, Schema] = {
    **_PAYMENT_METHOD,
    "id": STRING,
    "object": constant("payment_source"),
    "customer_id": STRING,
    "deleted": BOOLEAN,
    **_VERSIONED,
}

SCHEMAS: dict[str, Schema] = {
    "ChargebeeCard": record(
        {**_CARD, **_NAMES, **_ADDRESS, "issuing_country": STRING, "powered_by": constant("not_applicable")},
        required=_CARD,
        description="The card that is a customer's primary payment source. Its number is kept nowhere.",
    ),
    "ChargebeePaymentMethod": record(_PAYMENT_METHOD),
    "ChargebeeCardOfSource": record(
        {**_OF_A_CARD, "brand": STRING, **_NAMES, **_ADDRESS}, required=[*_OF_A_CARD, "brand"]
    ),
    "ChargebeeBankAccount": record(
        {
            "object": constant("bank_account"),
            "last4": STRING,
            **_NAMES,
            "bank_name": STRING,
            "account_type": one_of(BankAccountType.values),
            "account_holder_type": one_of(AccountHolderType.values),
        },
        required=["object", "last4"],
    ),
    "ChargebeePaymentSource": record(
        {
            **_PAYMENT_SOURCE,
            "issuing_country": STRING,
            "card": ref("ChargebeeCardOfSource"),
            "bank_account": ref("ChargebeeBankAccount"),
        },
        required=_PAYMENT_SOURCE,
    ),
    "ChargebeeCardAnswer": record({"card": ref("ChargebeeCard")}),
    "ChargebeePaymentSourceAnswer": record(
        {"customer": ref("ChargebeeCustomer"), "payment_source": ref("ChargebeePaymentSource")}
    ),
    "ChargebeeSinglePaymentSource": record({"payment_source": ref("ChargebeePaymentSource")}),
    "ChargebeePaymentSourceList": record(
        {"list": array_of(ref("ChargebeeSinglePaymentSource")), "next_offset": STRING}, required=["list"]
    ),
}

_PRIMARY_NOTE = "The first source of a customer becomes the primary one, a further one when it is to replace it."
OPERATIONS: dict[Action, Operation] = {
    (CustomerViewSet, "update_payment_method"): Operation(
        "Update the payment method",
        _CUSTOMER,
        "What the gateway knows already becomes the primary payment source; the one before stays, without a role.",
        body=METHOD_BODY,
        versioned=True,
        faults=_STORED,
    ),
    (CustomerViewSet, "assign_payment_role"): Operation(
        "Assign a payment role",
        _SOURCE,
        "The source that is primary can get no other role: make another one primary.",
        body=ROLE_BODY,
        versioned=True,
        faults=frozenset({Kind.STATE}),
    ),
    (CardViewSet, "retrieve"): Operation(
        "Retrieve the card of a customer", ref("ChargebeeCardAnswer"), "Where its primary payment source is one."
    ),
    (CardViewSet, "delete_card"): Operation(
        "Delete the card of a customer", _CUSTOMER, "Without a card, nothing changes.", body=NOTHING
    ),
    (PaymentSourceViewSet, "list"): Operation(
        "List payment sources",
        ref("ChargebeePaymentSourceList"),
        f"Oldest first unless sorted otherwise. {FILTERS_NOTE}",
        query=(
            *PAGING,
            *order_by(SOURCE_SORTS),
            include_deleted("Sources that were deleted, too."),
            *filters_of(SOURCE_ATTRIBUTES, SOURCE_ENUMS),
        ),
    ),
    (PaymentSourceViewSet, "retrieve"): Operation("Retrieve a payment source", ref("ChargebeeSinglePaymentSource")),
    (PaymentSourceViewSet, "create_card"): Operation(
        "Create a card", _SOURCE, _PRIMARY_NOTE, body=CARD_BODY, faults=_STORED
    ),
    (PaymentSourceViewSet, "create_bank_account"): Operation(
        "Create a bank account",
        _SOURCE,
        f"Its number or its IBAN is required. {_PRIMARY_NOTE}",
        body=BANK_ACCOUNT_BODY,
        faults=_STORED,
    ),
    (PaymentSourceViewSet, "create_using_permanent_token"): Operation(
        "Create a payment source by a reference", _SOURCE, _PRIMARY_NOTE, body=PERMANENT_TOKEN_BODY, faults=_STORED
    ),
    (PaymentSourceViewSet, "create_using_temp_token"): Operation(
        "Create a payment source by a token for one use",
        _SOURCE,
        _PRIMARY_NOTE,
        body=TEMPORARY_TOKEN_BODY,
        faults=_STORED,
    ),
    (PaymentSourceViewSet, "delete_source"): Operation(
        "Delete a payment source",
        _SOURCE,
        "A backup takes the place of the primary one. The gateway forgets it soon after.",
        body=NOTHING,
    ),
    (PaymentSourceViewSet, "delete_local"): Operation(
        "Delete a payment source here alone", _SOURCE, "The gateway keeps it.", body=NOTHING
    ),
}
