"""What the page of a customer is made of."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from billing_customers.admin import outlook_cells
from billing_customers.admin.cells import badge, json_cell, ltr, ltr_cell
from billing_customers.models import Customer

NAMES = ("name", ("first_name", "last_name"), "company")
REACH = (("email", "phone"), "locale")
ADDRESS = (
    ("address_first_name", "address_last_name"),
    "address_company",
    ("address_email", "address_phone"),
    "address_line1",
    ("address_line2", "address_line3"),
    ("address_city", "address_zip"),
    ("address_state", "address_state_code"),
    "address_country",
    "address_validation_status",
)
TAX = (
    "tax_id",
    ("tax_id_status", "tax_id_validated_at"),
    ("taxability", "customer_type"),
    ("entity_code", "exempt_number"),
    "taxjar_exemption_category",
    ("registered_for_gst", "business_customer_without_vat_number"),
    "exemption_details",
)
COLLECTION = (
    ("auto_collection", "net_term_days"),
    ("preferred_currency_code", "offline_payment_method"),
    "allow_direct_debit",
    ("auto_close_invoices", "consolidated_invoicing"),
    ("billing_date", "billing_date_mode"),
    ("billing_day_of_week", "billing_day_of_week_mode"),
    "billing_month",
    "fraud_flag",
    "invoice_notes",
)
DATA = ("metadata", "custom_fields")
TAX_AUDIT = ("tax_id_status", "tax_id_validated_at")
AUDIT = (
    "state_cell",
    "former_ids",
    "version_cell",
    "created_at",
    "updated_at",
    "deleted_at",
    "e164_cell",
    "pii_cleared",
    "created_from_ip_cell",
    "evidence_cell",
    "is_location_valid",
    "referral_urls_cell",
)
# What a page without inputs shows instead of the plain column.
SHOWN_AS = {
    "public_id": "id_cell",
    "email": "email_cell",
    "phone": "phone_cell",
    "tax_id": "tax_id_cell",
    "exempt_number": "exempt_number_cell",
    "address_email": "address_email_cell",
    "address_phone": "address_phone_cell",
    "address_zip": "address_zip_cell",
    "metadata": "metadata_cell",
    "custom_fields": "custom_fields_cell",
    "exemption_details": "exemption_details_cell",
}


def add_fieldsets() -> list[Any]:
    """For a new customer: no audit yet."""
    tax = tuple(line for line in TAX if line != TAX_AUDIT)
    return _sections(("site", "public_id", *NAMES), tax)


def change_fieldsets() -> list[Any]:
    """For a customer that can be changed."""
    identity = ("site", ("public_id", "expected_version"), *NAMES)
    return [*_sections(identity, TAX), outlook_cells.SECTION, (_("Audit"), {"fields": AUDIT, "classes": ["collapse"]})]


def view_fieldsets() -> list[Any]:
    """For a customer that can only be looked at."""
    identity = (("site", "state_cell"), "public_id", *NAMES)
    sections = [*_sections(identity, TAX), outlook_cells.SECTION, (_("Audit"), {"fields": AUDIT[1:]})]
    return [(title, {**options, "fields": _shown(options["fields"])}) for title, options in sections]


def _sections(identity: tuple[Any, ...], tax: tuple[Any, ...]) -> list[Any]:
    return [
        (_("Identity"), {"fields": identity}),
        (_("Contact data"), {"fields": REACH}),
        (_("Billing address"), {"fields": ADDRESS}),
        (_("Tax"), {"fields": tax, "classes": ["collapse"]}),
        (_("Collection"), {"fields": COLLECTION, "classes": ["collapse"]}),
        (_("Metadata and custom fields"), {"fields": DATA, "classes": ["collapse"]}),
    ]


def _shown(fields: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(_shown(field) if isinstance(field, tuple) else SHOWN_AS.get(field, field) for field in fields)


class CustomerCells(outlook_cells.OutlookCells):
    """The shown values of a customer, in the list and on its page."""

    id_cell = ltr_cell("public_id", _("id"))
    email_cell = ltr_cell("email", _("e-mail"))
    phone_cell = ltr_cell("phone", _("phone"))
    e164_cell = ltr_cell("phone_e164", _("phone (E.164)"))
    tax_id_cell = ltr_cell("tax_id", _("tax id"))
    exempt_number_cell = ltr_cell("exempt_number", _("exempt number"))
    address_email_cell = ltr_cell("address_email", _("e-mail"))
    address_phone_cell = ltr_cell("address_phone", _("phone"))
    address_zip_cell = ltr_cell("address_zip", _("zip"))
    created_from_ip_cell = ltr_cell("created_from_ip", _("created from IP"))
    version_cell = ltr_cell("resource_version", _("version"))
    metadata_cell = json_cell("metadata", _("metadata"))
    custom_fields_cell = json_cell("custom_fields", _("custom fields"))
    exemption_details_cell = json_cell("exemption_details", _("exemption details"))
    evidence_cell = json_cell("tax_id_evidence", _("tax id evidence"))
    referral_urls_cell = json_cell("referral_urls", _("referral URLs"))

    @admin.display(description=_("name"))
    def name_cell(self, customer: Customer) -> str:
        return customer.display_name

    @admin.display(description=_("company"))
    def company_cell(self, customer: Customer) -> str | None:
        return customer.company

    @admin.display(description=_("site"))
    def site_cell(self, customer: Customer) -> str:
        return ltr(customer.site)

    @admin.display(description=_("created at"))
    def created_cell(self, customer: Customer) -> str:
        return ltr(date_format(localtime(customer.created_at), "SHORT_DATETIME_FORMAT"))

    @admin.display(description=_("state"))
    def state_cell(self, customer: Customer) -> str:
        return badge(_("live"), "good") if customer.is_live else badge(_("deleted"), "bad")

    @admin.display(description=_("former ids"))
    def former_ids(self, customer: Customer) -> str:
        return ltr(", ".join(alias.public_id for alias in customer.aliases.order_by("-created_at")[:20]))
