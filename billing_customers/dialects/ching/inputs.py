"""CHING's bodies, as attributes. Types and limits are the operation's to judge."""

from __future__ import annotations

from typing import Any

from billing_customers.choices import IdentifyBy
from billing_customers.exceptions import InvalidInput, Issue
from billing_customers.operations.attributes import CustomerAttributes

DEFAULT_LOCALE = "he"

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


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
