"""CHING's bodies, as attributes. Types and limits are the operation's to judge."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from billing_customers.choices import DialectName, IdentifyBy
from billing_customers.exceptions import InvalidInput, Issue
from billing_customers.operations.attributes import CustomerAttributes
from billing_customers.operations.webhooks import DEFAULT_OVERLAP, MAX_OVERLAP, EndpointAttributes

DEFAULT_LOCALE = "he"

# Of a webhook; the names are those of the attributes. The contract has the first two.
WEBHOOK_FIELDS = ("url", "events", "description", "dialect")
MAX_OVERLAP_HOURS = MAX_OVERLAP // timedelta(hours=1)

# Wire name -> attribute. Whatever else a body has is ignored.
FIELDS = {
    "name": "name",
    "email": "email",
    "phone": "phone",
    "locale": "locale",
    "taxId": "tax_id",
    "metadata": "metadata",
}
IDENTIFIERS = {"email": IdentifyBy.EMAIL, "taxId": IdentifyBy.TAX_ID, "phone": IdentifyBy.PHONE}


def read_new(body: dict[str, Any]) -> CustomerAttributes:
    """A body of "POST /v1/customers": ``name`` is required, ``locale`` is "he" when absent. Raises
    :class:`InvalidInput`.
    """
    if _is_blank(body.get("name")):
        raise InvalidInput([Issue("name", "Is required.")])
    attributes = read_changes(body)
    attributes.setdefault("locale", DEFAULT_LOCALE)
    return attributes


def read_changes(body: dict[str, Any]) -> CustomerAttributes:
    """A body of "POST /v1/customers/:id": what is absent stays. Raises :class:`InvalidInput` when it would clear the
    name.
    """
    if "name" in body and _is_blank(body["name"]):
        raise InvalidInput([Issue("name", "Cannot be empty.")])
    attributes: dict[str, Any] = {attribute: body[wire] for wire, attribute in FIELDS.items() if wire in body}
    return attributes  # type: ignore[return-value]


def read_upsert(body: dict[str, Any]) -> tuple[IdentifyBy, CustomerAttributes]:
    """A body of "POST /v1/customers/upsert". Raises :class:`InvalidInput` unless ``identifyBy`` names a field of it."""
    wire = body.get("identifyBy")
    identify_by = IDENTIFIERS.get(wire) if isinstance(wire, str) else None
    if identify_by is None:
        raise InvalidInput([Issue("identifyBy", 'Must be "email", "taxId" or "phone".')])
    if _is_blank(body.get(str(wire))):
        raise InvalidInput([Issue(str(wire), "Must be in the body: the customer is identified by it.")])
    return identify_by, read_changes(body)


def read_webhook(body: dict[str, Any]) -> EndpointAttributes:
    """A body of "POST /v1/webhooks". Its events are written as CHING writes them, unless it names another dialect."""
    attributes: dict[str, Any] = {field: body[field] for field in WEBHOOK_FIELDS if field in body}
    return {"dialect": DialectName.CHING, **attributes}  # type: ignore[typeddict-item]


def read_overlap(body: dict[str, Any]) -> timedelta:
    """``overlap_hours`` of a rotation. Raises :class:`InvalidInput`."""
    hours = body.get("overlap_hours")
    if hours is None:
        return DEFAULT_OVERLAP
    if not isinstance(hours, int) or isinstance(hours, bool) or not 0 <= hours <= MAX_OVERLAP_HOURS:
        raise InvalidInput([Issue("overlap_hours", f"Must be an integer from 0 to {MAX_OVERLAP_HOURS}.")])
    return timedelta(hours=hours)


def read_owner(body: dict[str, Any]) -> str:
    """``customer`` of a body of "POST /v1/payment_methods/test-card": an id. Raises :class:`InvalidInput`."""
    customer = body.get("customer")
    if not isinstance(customer, str) or not customer:
        raise InvalidInput([Issue("customer", "Must be the id of a customer.")])
    return customer


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
