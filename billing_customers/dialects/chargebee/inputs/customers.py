"""The parameters of the customer operations, by their names in the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing_customers.choices import FraudFlag
from billing_customers.dialects.chargebee.inputs.params import (
    Param,
    boolean,
    integer,
    json_array,
    json_object,
    part,
    read_params,
    text,
)
from billing_customers.exceptions import InvalidInput, Issue
from billing_customers.operations.attributes import BillingAddress, ContactAttributes, CustomerAttributes

MAX_EMAIL = 70

# "Update a customer" takes these; "Create a customer" takes them too.
UPDATABLE = {
    "first_name": Param("first_name", text),
    "last_name": Param("last_name", text),
    "email": Param("email", text, max_length=MAX_EMAIL),
    "preferred_currency_code": Param("preferred_currency_code", text),
    "phone": Param("phone", text),
    "company": Param("company", text),
    "auto_collection": Param("auto_collection", text),
    "allow_direct_debit": Param("allow_direct_debit", boolean),
    "net_term_days": Param("net_term_days", integer),
    "taxability": Param("taxability", text),
    "exemption_details": Param("exemption_details", json_array),
    "customer_type": Param("customer_type", text),
    "taxjar_exemption_category": Param("taxjar_exemption_category", text),
    "locale": Param("locale", text),
    "entity_code": Param("entity_code", text),
    "exempt_number": Param("exempt_number", text),
    "offline_payment_method": Param("offline_payment_method", text),
    "invoice_notes": Param("invoice_notes", text),
    "auto_close_invoices": Param("auto_close_invoices", boolean),
    "meta_data": Param("metadata", json_object),
    "consolidated_invoicing": Param("consolidated_invoicing", boolean),
}
FRAUD_FLAG = {"fraud_flag": Param("fraud_flag", text)}
TAX_REGISTRATION = {
    "vat_number": Param("tax_id", text, max_length=20),
    "registered_for_gst": Param("registered_for_gst", boolean),
    "business_customer_without_vat_number": Param("business_customer_without_vat_number", boolean),
}
CREATED_FROM_IP = {"created_from_ip": Param("created_from_ip", text)}
BILLING_DATES = {
    "billing_date": Param("billing_date", integer),
    "billing_date_mode": Param("billing_date_mode", text),
    "billing_day_of_week": Param("billing_day_of_week", text),
    "billing_day_of_week_mode": Param("billing_day_of_week_mode", text),
    "billing_month": Param("billing_month", integer),
}
ADDRESS = {
    **{
        name: Param(name, text)
        for name in (
            "first_name",
            "last_name",
            "company",
            "phone",
            "line1",
            "line2",
            "line3",
            "city",
            "state_code",
            "state",
            "zip",
            "country",
            "validation_status",
        )
    },
    "email": Param("email", text, max_length=MAX_EMAIL),
}
CONTACT = {
    **{name: Param(name, text) for name in ("id", "first_name", "last_name", "phone", "label")},
    "email": Param("email", text, max_length=MAX_EMAIL),
    **{name: Param(name, boolean) for name in ("enabled", "send_billing_email", "send_account_email")},
}

DELETION = {"delete_payment_method": Param("delete_payment_method", boolean)}

CUSTOM_FIELD_PREFIX = "cf_"


def read_new(given: Mapping[str, Any]) -> tuple[str | None, CustomerAttributes]:
    """The caller's id, if any, and the attributes of "Create a customer". Raises :class:`InvalidInput`."""
    attributes = read_params({**UPDATABLE, **TAX_REGISTRATION, **CREATED_FROM_IP}, given)
    identity = read_params({"id": Param("id", text)}, given)
    address = part(given, "billing_address")
    if address is not None:
        attributes["billing_address"] = read_address(address)
    _add_custom_fields(attributes, given)
    return identity.get("id"), attributes  # type: ignore[return-value]


def read_changes(given: Mapping[str, Any]) -> CustomerAttributes:
    """The attributes of "Update a customer": billing info is not among them. Raises :class:`InvalidInput`."""
    attributes = read_params({**UPDATABLE, **FRAUD_FLAG}, given)
    if attributes.get("fraud_flag") == FraudFlag.SUSPICIOUS:
        raise InvalidInput([Issue("fraud_flag", "Must be one of safe, fraudulent.")])
    _add_custom_fields(attributes, given)
    return attributes  # type: ignore[return-value]


def read_billing_info(given: Mapping[str, Any]) -> CustomerAttributes:
    """The attributes of "Update billing info for a customer". Raises :class:`InvalidInput`."""
    attributes = read_params(TAX_REGISTRATION, given)
    address = part(given, "billing_address")
    if address is not None:
        attributes["billing_address"] = read_address(address)
    return attributes  # type: ignore[return-value]


def read_billing_dates(given: Mapping[str, Any]) -> CustomerAttributes:
    """The attributes of "Change billing date". Raises :class:`InvalidInput`."""
    return read_params(BILLING_DATES, given)  # type: ignore[return-value]


def read_deletion(given: Mapping[str, Any]) -> dict[str, bool]:
    """``delete_payment_method`` of "Delete a customer", true if it is not said. Raises :class:`InvalidInput`."""
    said = read_params(DELETION, given).get("delete_payment_method")
    return {"delete_payment_method": True if said is None else said}


def read_address(given: Mapping[str, Any]) -> BillingAddress:
    """The parts of ``billing_address[…]``. Raises :class:`InvalidInput`."""
    return read_params(ADDRESS, given, within="billing_address")  # type: ignore[return-value]


def read_contact(given: Mapping[str, Any]) -> ContactAttributes:
    """The attributes of the three contact operations. Raises :class:`InvalidInput`."""
    contact = part(given, "contact") or {}
    return read_params(CONTACT, contact, within="contact")  # type: ignore[return-value]


def _add_custom_fields(attributes: dict[str, Any], given: Mapping[str, Any]) -> None:
    fields = {name: value for name, value in given.items() if name.startswith(CUSTOM_FIELD_PREFIX)}
    if fields:
        attributes["custom_fields"] = {name: None if value == "" else value for name, value in fields.items()}
