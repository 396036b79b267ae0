"""CHING's answers."""

from __future__ import annotations

from billing_customers.choices import DialectName, DisabledReason, PaymentMethodType
from billing_customers.dialects.ching.errors import TABLE
from billing_customers.dialects.ching.inputs import FIELDS
from billing_customers.openapi.schemas import (
    BOOLEAN,
    INTEGER,
    STRING,
    Schema,
    array_of,
    constant,
    nullable,
    one_of,
    record,
    ref,
)
from billing_customers.operations.cleaning import CUSTOMER_RULES
from billing_customers.operations.rules import schema_of

_IDENTITY: dict[str, Schema] = {"id": STRING, "object": constant("customer")}
_NEVER_NULL = ("name", "metadata")


def _shown(wire: str, attribute: str) -> Schema:
    schema = schema_of(CUSTOMER_RULES[attribute])
    return dict(schema) if wire in _NEVER_NULL else nullable(schema)


def _envelope(data: Schema, **more: Schema) -> Schema:
    return record({"success": constant(True), **more, "data": data})


CUSTOMER = record(
    {
        **_IDENTITY,
        **{wire: _shown(wire, attribute) for wire, attribute in FIELDS.items()},
        "default_payment_method": nullable(STRING),
        "livemode": BOOLEAN,
        "created": {"type": "string", "format": "date-time"},
    },
    description="Whatever has no value is null.",
)
DELETED_CUSTOMER = record(
    {**_IDENTITY, "deleted": constant(True)}, description="All that is left to see of a deleted customer."
)
CARD = record(
    {
        "brand": STRING,
        "last4": STRING,
        "exp_month": INTEGER,
        "exp_year": INTEGER,
        "issuer_country": nullable(STRING),
        "supports_installments": BOOLEAN,
        "supports_recurring": BOOLEAN,
    },
    type=["object", "null"],
)
PAYMENT_METHOD = record(
    {
        "id": STRING,
        "object": constant("payment_method"),
        "type": one_of(PaymentMethodType.values),
        "status": one_of(["active", "inactive"]),
        "is_default": BOOLEAN,
        "card": CARD,
        "metadata": {"type": "object"},
        "livemode": BOOLEAN,
        "created": {"type": "string", "format": "date-time"},
    },
    description="What is no card has none.",
)
_WEBHOOK: dict[str, Schema] = {
    "id": INTEGER,
    "url": {"type": "string", "format": "uri"},
    "events": array_of(STRING),
    "active": BOOLEAN,
    "livemode": BOOLEAN,
    "created": {"type": "string", "format": "date-time"},
    "dialect": one_of(DialectName.values),
    "description": nullable(STRING),
    "disabled_reason": nullable(one_of(DisabledReason.values)),
}
WEBHOOK = record(_WEBHOOK, description="Whatever has no value is null.")
NEW_WEBHOOK = record({**_WEBHOOK, "secret": STRING}, description="With its secret, which is not shown again.")
DELETED_WEBHOOK = record({"id": INTEGER, "object": constant("webhook"), "deleted": constant(True)})
ISSUE = record(
    {"path": array_of(STRING), "message": STRING}, description="One fault; path is a list of keys, outermost first."
)
ERROR = record(
    {
        "success": constant(False),
        "error": record(
            {
                "status": INTEGER,
                "code": one_of(code for _, code in TABLE.values()),
                "message": STRING,
                "issues": array_of(ref("ChingIssue")),
            },
            required=["status", "code", "message"],
            description="issues are there when fields failed their validation.",
        ),
    }
)

SCHEMAS: dict[str, Schema] = {
    "ChingCustomer": CUSTOMER,
    "ChingDeletedCustomer": DELETED_CUSTOMER,
    "ChingCustomerAnswer": _envelope(ref("ChingCustomer")),
    "ChingDeletedAnswer": _envelope(ref("ChingDeletedCustomer")),
    "ChingCustomerOrDeletedAnswer": _envelope({"anyOf": [ref("ChingCustomer"), ref("ChingDeletedCustomer")]}),
    "ChingUpsertAnswer": _envelope(ref("ChingCustomer"), action=one_of(["created", "updated"])),
    "ChingCustomerList": _envelope(array_of(ref("ChingCustomer"))),
    "ChingPaymentMethod": PAYMENT_METHOD,
    "ChingPaymentMethodAnswer": _envelope(ref("ChingPaymentMethod")),
    "ChingPaymentMethodList": _envelope(array_of(ref("ChingPaymentMethod"))),
    "ChingWebhook": WEBHOOK,
    "ChingNewWebhook": NEW_WEBHOOK,
    "ChingWebhookList": _envelope(array_of(ref("ChingWebhook"))),
    "ChingNewWebhookAnswer": _envelope(ref("ChingNewWebhook")),
    "ChingDeletedWebhookAnswer": _envelope(DELETED_WEBHOOK),
    "ChingWebhookSecretAnswer": _envelope(record({"id": INTEGER, "secret": STRING})),
    "ChingPingAnswer": _envelope(record({"id": STRING, "type": constant("ping")})),
    "ChingIssue": ISSUE,
    "ChingError": ERROR,
}
