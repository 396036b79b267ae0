"""From attributes, as callers say them, to columns, as they are stored. All faults are told at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing_customers import choices, places
from billing_customers.exceptions import InvalidInput, Issue
from billing_customers.matching import email_key, tax_id_key
from billing_customers.models.address import ADDRESS_PARTS
from billing_customers.models.site import BillingSite
from billing_customers.operations import rules
from billing_customers.operations.attributes import BillingAddress, ContactAttributes, CustomerAttributes
from billing_customers.operations.rules import Rule, RuleBroken
from billing_customers.phones import to_e164
from billing_customers.tax import syntax

INT32_MAX = 2_147_483_647

CUSTOMER_RULES: dict[str, Rule] = {
    "name": rules.text(250),
    "first_name": rules.text(150),
    "last_name": rules.text(150),
    "company": rules.text(250),
    "email": rules.email,
    "phone": rules.text(50),
    "locale": rules.text(50),
    "metadata": rules.json_object,
    "custom_fields": rules.custom_fields,
    "referral_urls": rules.json_array,
    "created_from_ip": rules.text(50),
    "tax_id": rules.text(50),
    "taxability": rules.one_of(choices.Taxability),
    "registered_for_gst": rules.boolean,
    "business_customer_without_vat_number": rules.boolean,
    "is_location_valid": rules.boolean,
    "exemption_details": rules.json_array,
    "customer_type": rules.one_of(choices.CustomerType),
    "taxjar_exemption_category": rules.one_of(choices.TaxjarExemptionCategory),
    "entity_code": rules.one_of(choices.EntityCode),
    "exempt_number": rules.text(100),
    "auto_collection": rules.one_of(choices.AutoCollection),
    "net_term_days": rules.integer(0, INT32_MAX),
    "allow_direct_debit": rules.boolean,
    "preferred_currency_code": rules.currency,
    "offline_payment_method": rules.one_of(choices.OfflinePaymentMethod),
    "auto_close_invoices": rules.boolean,
    "consolidated_invoicing": rules.boolean,
    "invoice_notes": rules.text(2000, multiline=True),
    "fraud_flag": rules.one_of(choices.FraudFlag),
    "billing_date": rules.integer(1, 31),
    "billing_date_mode": rules.one_of(choices.BillingDateMode),
    "billing_day_of_week": rules.one_of(choices.DayOfWeek),
    "billing_day_of_week_mode": rules.one_of(choices.BillingDateMode),
    "billing_month": rules.integer(1, 12),
}


@rules.says(type="string", pattern="^[A-Za-z]{2}$")
def _country(value: Any) -> str:
    if not isinstance(value, str) or not places.is_country(value.upper()):
        raise RuleBroken("Must be an ISO 3166 country code of two letters, such as US.")
    return value.upper()


ADDRESS_RULES: dict[str, Rule] = {
    **{part: rules.text(150) for part in ("first_name", "last_name", "line1", "line2", "line3")},
    **{part: rules.text(50) for part in ("phone", "city", "state_code", "state")},
    "company": rules.text(250),
    "email": rules.email,
    "zip": rules.text(20),
    "country": _country,
    "validation_status": rules.one_of(choices.ValidationStatus),
}

CONTACT_RULES: dict[str, Rule] = {
    "id": rules.text(150),
    "email": rules.email,
    "first_name": rules.text(150),
    "last_name": rules.text(150),
    "phone": rules.text(50),
    "label": rules.text(50),
    "enabled": rules.boolean,
    "send_billing_email": rules.boolean,
    "send_account_email": rules.boolean,
}


def customer_columns(
    site: BillingSite, attributes: CustomerAttributes, *, requires_dialable_phone: bool = False
) -> dict[str, Any]:
    """Check every attribute and return the columns they set, derived ones included.

    ``custom_fields`` comes back as given, to be merged. An empty string is no value: it unsets, like ``None``.
    Raises :class:`InvalidInput` with every fault, in the order of the attributes.
    """
    given: dict[str, Any] = dict(attributes)
    has_address = "billing_address" in given
    address = given.pop("billing_address", None)
    issues: list[Issue] = []
    columns = _apply(CUSTOMER_RULES, given, issues)
    for column, default in new_customer_defaults(site).items():
        if column in columns and columns[column] is None:
            columns[column] = default
    _derive_keys(site, columns, issues, requires_dialable_phone)
    if has_address:
        columns.update(_address_columns(address, issues))
    if issues:
        raise InvalidInput(issues)
    return columns


def contact_columns(attributes: ContactAttributes) -> dict[str, Any]:
    """Check a contact's attributes. Raises :class:`InvalidInput` with fields named ``contact.…``."""
    issues: list[Issue] = []
    columns = _apply(CONTACT_RULES, dict(attributes), issues, prefix="contact.")
    for flag in ("enabled", "send_billing_email", "send_account_email"):
        if flag in columns and columns[flag] is None:
            columns[flag] = False
    if issues:
        raise InvalidInput(issues)
    return columns


def tax_status_columns(tax_id: str | None, country: str | None) -> dict[str, Any]:
    """What the number's own syntax says of it. A number that cannot be right is ``invalid``; no register was asked."""
    status = evidence = None
    if tax_id:
        verdict = syntax.check(tax_id, country)
        if verdict.verdict != "unknown":
            invalid = verdict.verdict == "invalid"
            status = choices.TaxIdStatus.INVALID.value if invalid else choices.TaxIdStatus.NOT_VALIDATED.value
            evidence = {"check": "syntax", "country": verdict.country, "verdict": verdict.verdict}
    return {"tax_id_status": status, "tax_id_evidence": evidence, "tax_id_validated_at": None}


def new_customer_defaults(site: BillingSite) -> dict[str, Any]:
    """The columns that are never null, with what a customer gets who says nothing."""
    return {
        "auto_collection": choices.AutoCollection.ON.value,
        "net_term_days": 0,
        "allow_direct_debit": False,
        "taxability": choices.Taxability.TAXABLE.value,
        "preferred_currency_code": site.default_currency,
    }


def _apply(table: Mapping[str, Rule], given: dict[str, Any], issues: list[Issue], prefix: str = "") -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for field, value in given.items():
        rule = table.get(field)
        if rule is None:
            issues.append(Issue(prefix + field, "There is no such attribute."))
        elif value is None or value == "":
            columns[field] = None
        else:
            try:
                columns[field] = rule(value)
            except RuleBroken as broken:
                issues.append(Issue(".".join((prefix + field, *broken.part)), str(broken)))
    return columns


def _derive_keys(site: BillingSite, columns: dict[str, Any], issues: list[Issue], requires_dialable: bool) -> None:
    if "email" in columns:
        email = columns["email"]
        columns["email_key"] = email_key(email) if email else None
    if "tax_id" in columns:
        tax_id = columns["tax_id"]
        columns["tax_id_key"] = (tax_id_key(tax_id) or None) if tax_id else None
    if "phone" in columns:
        phone = columns["phone"]
        columns["phone_e164"] = to_e164(phone, site.phone_region) if phone else None
        if phone and requires_dialable and columns["phone_e164"] is None:
            issues.append(Issue("phone", "Must be a phone number, in E.164 (+972501234567) or as dialled locally."))


def _address_columns(address: BillingAddress | None, issues: list[Issue]) -> dict[str, Any]:
    """All address columns: an address is replaced whole. The status is only kept with an address."""
    parts = _apply(ADDRESS_RULES, dict(address or {}), issues, prefix="billing_address.")
    _fill_state(parts, issues)
    if any(value is not None for part, value in parts.items() if part != "validation_status"):
        parts["validation_status"] = parts.get("validation_status") or choices.ValidationStatus.NOT_VALIDATED.value
    else:
        parts["validation_status"] = None
    return {f"address_{part}": parts.get(part) for part in ADDRESS_PARTS}


def _fill_state(parts: dict[str, Any], issues: list[Issue]) -> None:
    """``state`` from ``state_code`` and back, for the countries whose states are known."""
    country, code, state = parts.get("country"), parts.get("state_code"), parts.get("state")
    if country not in places.COUNTRIES_WITH_STATES:
        return
    if code:
        name = places.state_name(country, code)
        if name is None:
            issues.append(Issue("billing_address.state_code", f"Must be a state code of {country}."))
        else:
            # The name gives the code in use where an older one was sent.
            parts["state_code"], parts["state"] = places.state_code(country, name), name
    elif state:
        parts["state_code"] = places.state_code(country, state)
