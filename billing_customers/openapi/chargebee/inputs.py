"""Chargebee's parameters, from the tables that read them."""

from __future__ import annotations

from collections.abc import Mapping

from billing_customers.choices import FraudFlag
from billing_customers.dialects.chargebee.inputs import customers as tables
from billing_customers.dialects.chargebee.inputs import payment
from billing_customers.dialects.chargebee.inputs import webhooks as endpoints
from billing_customers.dialects.chargebee.inputs.params import Param
from billing_customers.ids import MAX_LENGTH
from billing_customers.openapi.chargebee.bodies import Body
from billing_customers.openapi.schemas import Schema
from billing_customers.operations.cleaning import ADDRESS_RULES, CONTACT_RULES, CUSTOMER_RULES
from billing_customers.operations.endpoint_columns import ENDPOINT_RULES
from billing_customers.operations.rules import Rule, schema_of
from billing_customers.operations.source_inputs import BANK_ACCOUNT_RULES, CARD_RULES, REFERENCE_RULES

_ID: dict[str, Schema] = {"id": {"type": "string", "maxLength": MAX_LENGTH}}
_CONTACT_EXAMPLE = {"contact": {"id": "contact_1", "email": "billing@example.com", "send_billing_email": True}}


def read_by(table: Mapping[str, Param], rules: Mapping[str, Rule] = CUSTOMER_RULES) -> dict[str, Schema]:
    """The schemas of the parameters in ``table``, by the rules of what they say."""
    return {name: _schema(param, rules[param.attribute]) for name, param in table.items()}


def _schema(param: Param, rule: Rule) -> Schema:
    schema = dict(schema_of(rule))
    if param.max_length is not None:
        schema["maxLength"] = min(param.max_length, schema["maxLength"])
    return schema


def _fraud_flag() -> dict[str, Schema]:
    """Without the value that only a gateway says."""
    schema = schema_of(CUSTOMER_RULES["fraud_flag"])
    return {"fraud_flag": {**schema, "enum": [flag for flag in schema["enum"] if flag != FraudFlag.SUSPICIOUS]}}


_UPDATABLE = read_by(tables.UPDATABLE)
_TAX = read_by(tables.TAX_REGISTRATION)
_ADDRESS = {"billing_address": read_by(tables.ADDRESS, ADDRESS_RULES)}
_CONTACT = read_by(tables.CONTACT, CONTACT_RULES)
CARD = read_by(payment.CARD, CARD_RULES)
BANK_ACCOUNT = read_by(payment.BANK_ACCOUNT, BANK_ACCOUNT_RULES)
PAYMENT_METHOD = read_by(payment.PAYMENT_METHOD, REFERENCE_RULES)

NEW = Body(
    params={**_ID, **_UPDATABLE, **_TAX, **read_by(tables.CREATED_FROM_IP)},
    parts={**_ADDRESS, "card": CARD, "bank_account": BANK_ACCOUNT, "payment_method": PAYMENT_METHOD},
    custom_fields=True,
    example={"company": "Example Ltd", "email": "billing@example.com", "billing_address": {"country": "US"}},
).media_types()
CHANGES = Body(
    params={**_UPDATABLE, **_fraud_flag()}, custom_fields=True, example={"company": "Example Ltd"}
).media_types()
BILLING_INFO = Body(params=_TAX, parts=_ADDRESS, example={"billing_address": {"country": "US"}}).media_types()
BILLING_DATES = Body(
    params=read_by(tables.BILLING_DATES), example={"billing_date": 1, "billing_date_mode": "manually_set"}
).media_types()
NEW_CONTACT = Body(parts={"contact": _CONTACT}, required=("email",), example=_CONTACT_EXAMPLE).media_types()
CONTACT_CHANGES = Body(parts={"contact": _CONTACT}, required=("id",), example=_CONTACT_EXAMPLE).media_types()
CONTACT_ID = Body(
    parts={"contact": {"id": _CONTACT["id"]}}, required=("id",), example={"contact": {"id": "contact_1"}}
).media_types()
NEW_ENDPOINT = Body(
    params={**read_by(endpoints.UPDATABLE, ENDPOINT_RULES), **read_by(endpoints.CREATABLE, ENDPOINT_RULES)},
    required=("name", "url"),
    example={"name": "Ledger", "url": "https://receiver.example.com/chargebee"},
).media_types()
ENDPOINT_CHANGES = Body(params=read_by(endpoints.UPDATABLE, ENDPOINT_RULES), example={"disabled": False}).media_types()
ROTATION = Body(
    params={"overlap_hours": {"type": "integer", "minimum": 0, "maximum": endpoints.MAX_OVERLAP_HOURS}},
    example={"overlap_hours": 24},
).media_types()
NOTHING = Body().media_types()
DELETION = Body(
    params={"delete_payment_method": {"type": "boolean", "default": True}}, example={"delete_payment_method": True}
).media_types()
