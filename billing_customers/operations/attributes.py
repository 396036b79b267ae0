"""What callers may say of a customer. An absent key leaves the attribute as it is, ``None`` unsets it."""

from __future__ import annotations

from typing import Any, TypedDict


class BillingAddress(TypedDict, total=False):
    """Parts of a billing address. ``country`` is ISO 3166-1 alpha-2, ``state_code`` ISO 3166-2 without the country."""

    first_name: str | None
    last_name: str | None
    email: str | None
    company: str | None
    phone: str | None
    line1: str | None
    line2: str | None
    line3: str | None
    city: str | None
    state_code: str | None
    state: str | None
    zip: str | None
    country: str | None
    validation_status: str | None


class ContactAttributes(TypedDict, total=False):
    id: str | None
    email: str | None
    first_name: str | None
    last_name: str | None
    phone: str | None
    label: str | None
    enabled: bool | None
    send_billing_email: bool | None
    send_account_email: bool | None


class CustomerAttributes(TypedDict, total=False):
    """The attributes of both contracts, by their canonical names.

    ``metadata`` is a JSON object and replaced whole. ``custom_fields`` is ``{"cf_name": scalar or None}`` and
    merged, ``None`` removing a field. ``billing_address`` is replaced whole.
    """

    name: str | None
    first_name: str | None
    last_name: str | None
    company: str | None
    email: str | None
    phone: str | None
    locale: str | None
    metadata: dict[str, Any] | None
    custom_fields: dict[str, Any] | None
    referral_urls: list[dict[str, Any]] | None
    created_from_ip: str | None
    billing_address: BillingAddress | None
    tax_id: str | None
    taxability: str | None
    registered_for_gst: bool | None
    business_customer_without_vat_number: bool | None
    is_location_valid: bool | None
    exemption_details: list[Any] | None
    customer_type: str | None
    taxjar_exemption_category: str | None
    entity_code: str | None
    exempt_number: str | None
    auto_collection: str | None
    net_term_days: int | None
    allow_direct_debit: bool | None
    preferred_currency_code: str | None
    offline_payment_method: str | None
    auto_close_invoices: bool | None
    consolidated_invoicing: bool | None
    invoice_notes: str | None
    fraud_flag: str | None
    billing_date: int | None
    billing_date_mode: str | None
    billing_day_of_week: str | None
    billing_day_of_week_mode: str | None
    billing_month: int | None
