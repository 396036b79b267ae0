"""Who sees a customer and gets its mail, and what an operation would do to it: parameters, answers and calls."""

from __future__ import annotations

from typing import Any, get_args

from billing_customers.choices import CustomerUserRole, PortalAccess
from billing_customers.dialects.chargebee.viewsets import OutlookViewSet
from billing_customers.ids import MAX_LENGTH
from billing_customers.openapi.operation import Action, Operation
from billing_customers.openapi.schemas import (
    BOOLEAN,
    INTEGER,
    STRING,
    Schema,
    array_of,
    constant,
    one_of,
    record,
    ref,
)
from billing_customers.queries import impact
from billing_customers.queries.access import What
from billing_customers.queries.effects import MAX_IDS
from billing_customers.queries.recipients import MAILS

_ID: Schema = {"type": "string", "maxLength": MAX_LENGTH}
_IDS: Schema = {**array_of(STRING), "maxItems": MAX_IDS}
_REASON: dict[str, Schema] = {"code": STRING, "message": STRING}
_ACCESS: dict[str, Schema] = {
    "customer_id": STRING,
    "what": one_of(get_args(What)),
    "level": one_of(PortalAccess.values),
    "reason": STRING,
    "message": STRING,
}
_MAIL_REASON: dict[str, Schema] = {**_REASON, "sends": BOOLEAN, "customer_id": STRING}
_RECIPIENT: dict[str, Schema] = {
    "mail": one_of(MAILS),
    "receives": BOOLEAN,
    "reasons": array_of(ref("ChargebeeMailReason")),
}


def _answer(name: str, **shown: Schema) -> Schema:
    return record({name: record({"object": constant(name), "customer_id": STRING, **shown})})


SCHEMAS: dict[str, Schema] = {
    "ChargebeeAccessLine": record(
        {**_ACCESS, "user_id": STRING, "role": one_of(CustomerUserRole.values)}, required=_ACCESS
    ),
    "ChargebeeAccess": _answer("access", lines=array_of(ref("ChargebeeAccessLine"))),
    "ChargebeeMailReason": record({**_MAIL_REASON, "contact_id": STRING}, required=_MAIL_REASON),
    "ChargebeeRecipient": record({**_RECIPIENT, "email": STRING}, required=_RECIPIENT),
    "ChargebeeRecipients": _answer("recipients", lines=array_of(ref("ChargebeeRecipient"))),
    "ChargebeeBlocker": record({**_REASON, "ids": _IDS, "fix": STRING}),
    "ChargebeeEffect": record(
        {
            **_REASON,
            "count": INTEGER,
            "amounts": {"type": "object", "additionalProperties": INTEGER},
            "ids": _IDS,
        },
        description="Amounts are by currency, in minor units.",
    ),
    "ChargebeeImpact": _answer(
        "impact",
        operation=one_of(impact.OPERATIONS),
        blockers=array_of(ref("ChargebeeBlocker")),
        effects=array_of(ref("ChargebeeEffect")),
    ),
}


def _parameter(name: str, schema: Schema, description: str, **more: Any) -> Schema:
    return {"name": name, "in": "query", "schema": schema, "description": description, **more}


_QUESTION = (
    _parameter("operation", one_of(impact.OPERATIONS), "What would be done to the customer.", required=True),
    _parameter("parent_id", _ID, "Of link, which needs it."),
    _parameter("payment_owner_id", _ID, "Of link."),
    _parameter("invoice_owner_id", _ID, "Of link."),
    _parameter("to_customer_id", _ID, "Of merge, which needs it."),
    _parameter("delete_payment_method", {**BOOLEAN, "default": True}, "Of delete."),
)

OPERATIONS: dict[Action, Operation] = {
    (OutlookViewSet, "access"): Operation(
        "Tell who may see a customer",
        ref("ChargebeeAccess"),
        "Itself, those above it, and the users who act for them: each with the reason.",
    ),
    (OutlookViewSet, "recipients"): Operation(
        "Tell who gets the mail of a customer",
        ref("ChargebeeRecipients"),
        "Each address once for each mail, and who gets none, with the reasons.",
    ),
    (OutlookViewSet, "impact"): Operation(
        "Tell what an operation would do",
        ref("ChargebeeImpact"),
        "What speaks against it, and what would change. Nothing is changed or locked.",
        query=_QUESTION,
    ),
}
