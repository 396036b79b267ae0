"""Chargebee's answers."""

from __future__ import annotations

from billing_customers.choices import (
    DialectName,
    DisabledReason,
    PiiCleared,
    ResponseSchema,
    TaxIdStatus,
    WebhookStatus,
)
from billing_customers.dialects.chargebee.errors import LEGACY_CODES, TABLE, wire_name
from billing_customers.dialects.chargebee.filters import SOURCES
from billing_customers.dialects.chargebee.inputs.customers import CUSTOM_FIELD_PREFIX
from billing_customers.dialects.chargebee.outputs import COLUMNS
from billing_customers.models.address import ADDRESS_PARTS
from billing_customers.openapi.schemas import (
    BOOLEAN,
    INTEGER,
    STRING,
    Schema,
    array_of,
    by_rules,
    constant,
    one_of,
    record,
    ref,
)
from billing_customers.operations.cleaning import ADDRESS_RULES, CONTACT_RULES, CUSTOMER_RULES
from billing_customers.operations.rules import schema_of

_CODES = [code for _, code, _ in TABLE.values()]
_BALANCES = ("excess_payments", "promotional_credits", "refundable_credits", "unbilled_charges")

# Always there, whatever was said of the customer.
_ALWAYS: dict[str, Schema] = {
    "id": STRING,
    "object": constant("customer"),
    "created_at": INTEGER,
    "updated_at": INTEGER,
    "resource_version": INTEGER,
    "deleted": BOOLEAN,
    "pii_cleared": one_of(PiiCleared.values),
    **dict.fromkeys(_BALANCES, INTEGER),
    **by_rules(
        CUSTOMER_RULES,
        ("allow_direct_debit", "auto_collection", "net_term_days", "preferred_currency_code", "taxability"),
    ),
}
_SOMETIMES: dict[str, Schema] = {
    wire_name(column): dict(schema_of(CUSTOMER_RULES[column]))
    for column in COLUMNS
    if column in CUSTOMER_RULES and column not in {*_ALWAYS, "custom_fields"}
}
CUSTOMER = record(
    {
        **_ALWAYS,
        **_SOMETIMES,
        "vat_number_status": one_of(TaxIdStatus.values),
        "vat_number_validated_time": INTEGER,
        "billing_address": ref("ChargebeeBillingAddress"),
        "contacts": array_of(ref("ChargebeeContact")),
        "card_status": one_of(["no_card", "valid", "expiring", "expired", "pending_verification", "invalid"]),
        "payment_method": ref("ChargebeePaymentMethod"),
        "primary_payment_source_id": STRING,
        "backup_payment_source_id": STRING,
        "balances": array_of(ref("ChargebeeBalance")),
        "relationship": ref("ChargebeeRelationship"),
        "use_default_hierarchy_settings": BOOLEAN,
        "parent_account_access": ref("ChargebeeParentAccountAccess"),
        "child_account_access": ref("ChargebeeChildAccountAccess"),
    },
    required=_ALWAYS,
    patternProperties={f"^{CUSTOM_FIELD_PREFIX}": {"type": ["string", "number", "boolean"]}},
    description="What is unset is left out. Times are seconds, amounts are in the currency's smallest unit.",
)
BALANCE = record(
    {
        "object": constant("customer_balance"),
        "currency_code": STRING,
        "balance_currency_code": STRING,
        **dict.fromkeys(_BALANCES, INTEGER),
    },
    description="What the customer has in one currency, in its smallest unit.",
)
BILLING_ADDRESS = record(
    {"object": constant("billing_address"), **by_rules(ADDRESS_RULES, ADDRESS_PARTS)},
    required=["object", "validation_status"],
)
CONTACT = record(
    {"object": constant("contact"), **by_rules(CONTACT_RULES, CONTACT_RULES)},
    required=["object", "id", "email", "enabled", "send_account_email", "send_billing_email"],
)
CONFIGURATION = record(
    {"domain": STRING, "product_catalog_version": constant("v2"), "chargebee_response_schema_type": constant("items")}
)
_ENDPOINT: dict[str, Schema] = {
    "id": STRING,
    "object": constant("webhook_endpoint"),
    "name": STRING,
    "url": {"type": "string", "format": "uri"},
    "send_card_resource": BOOLEAN,
    "disabled": BOOLEAN,
    "primary_url": BOOLEAN,
    "api_version": constant("v2"),
    "chargebee_response_schema_type": one_of(ResponseSchema.values),
    "enabled_events": array_of(STRING),
    "dialect": one_of(DialectName.values),
}
_ENDPOINT_SOMETIMES: dict[str, Schema] = {
    "description": STRING,
    "disabled_reason": one_of(DisabledReason.values),
}
WEBHOOK_ENDPOINT = record(
    {**_ENDPOINT, **_ENDPOINT_SOMETIMES}, required=_ENDPOINT, description="Its password is never shown."
)
NEW_WEBHOOK_ENDPOINT = record(
    {**_ENDPOINT, **_ENDPOINT_SOMETIMES, "signing_secret": STRING},
    required=[*_ENDPOINT, "signing_secret"],
    description="With its signing secret, which is not shown again.",
)
EVENT = record(
    {
        "id": STRING,
        "object": constant("event"),
        "occurred_at": INTEGER,
        "source": one_of(SOURCES),
        "user": STRING,
        "api_version": constant("v2"),
        "content": record(
            {
                "customer": ref("ChargebeeCustomer"),
                "card": ref("ChargebeeCard"),
                "payment_source": ref("ChargebeePaymentSource"),
                "promotional_credit": ref("ChargebeePromotionalCredit"),
                "transaction": ref("ChargebeeTransaction"),
                "invoice": ref("ChargebeeInvoice"),
                "subscription": ref("ChargebeeSubscription"),
            },
            required=[],
        ),
        "event_type": STRING,
        "webhook_status": one_of(WebhookStatus.values),
        "webhooks": array_of(
            record({"id": STRING, "webhook_status": one_of(WebhookStatus.values), "object": constant("webhook")})
        ),
    },
    required=["id", "object", "occurred_at", "source", "api_version", "content", "event_type", "webhook_status"],
    description="As it was sent, with what has become of its webhooks since.",
)
ERROR = record(
    {
        "message": STRING,
        "type": one_of(kind for _, _, kind in TABLE.values() if kind),
        "api_error_code": one_of(_CODES),
        "param": STRING,
        "error_cause_id": STRING,
        "error_code": one_of(LEGACY_CODES.get(code, code) for code in _CODES),
        "error_msg": STRING,
        "error_param": STRING,
        "http_status_code": INTEGER,
    },
    required=["message", "api_error_code", "error_code", "error_msg", "http_status_code"],
)


CUSTOMER_ANSWER = record(
    {"customer": ref("ChargebeeCustomer"), "card": ref("ChargebeeCard")},
    required=["customer"],
    description="With its card, where that is its primary payment source.",
)


def _page(resource: str, schema: str) -> Schema:
    return record({"list": array_of(record({resource: ref(schema)})), "next_offset": STRING}, required=["list"])


SCHEMAS: dict[str, Schema] = {
    "ChargebeeCustomer": CUSTOMER,
    "ChargebeeBalance": BALANCE,
    "ChargebeeBillingAddress": BILLING_ADDRESS,
    "ChargebeeContact": CONTACT,
    "ChargebeeConfiguration": CONFIGURATION,
    "ChargebeeCustomerAnswer": CUSTOMER_ANSWER,
    "ChargebeeCustomerList": record(
        {"list": array_of(ref("ChargebeeCustomerAnswer")), "next_offset": STRING}, required=["list"]
    ),
    "ChargebeeContactList": _page("contact", "ChargebeeContact"),
    "ChargebeeConfigurationList": record({"configurations": array_of(ref("ChargebeeConfiguration"))}),
    "ChargebeeEvent": EVENT,
    "ChargebeeEventAnswer": record({"event": ref("ChargebeeEvent")}),
    "ChargebeeEventList": _page("event", "ChargebeeEvent"),
    "ChargebeeWebhookEndpoint": WEBHOOK_ENDPOINT,
    "ChargebeeNewWebhookEndpoint": NEW_WEBHOOK_ENDPOINT,
    "ChargebeeWebhookEndpointAnswer": record({"webhook_endpoint": ref("ChargebeeWebhookEndpoint")}),
    "ChargebeeNewWebhookEndpointAnswer": record({"webhook_endpoint": ref("ChargebeeNewWebhookEndpoint")}),
    "ChargebeeWebhookEndpointList": _page("webhook_endpoint", "ChargebeeWebhookEndpoint"),
    "ChargebeeError": ERROR,
}
