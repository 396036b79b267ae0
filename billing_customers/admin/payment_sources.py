from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.cells import EMPTY, badge, json_cell, ltr, ltr_cell, moment_cell, with_note
from billing_customers.admin.filters import CustomerFilter, SiteFilter
from billing_customers.admin.money_base import MoneyAdmin, may_view, status_badge, status_filter
from billing_customers.choices import PaymentSourceStatus
from billing_customers.models import Customer, PaymentSource

_PERSONAL: Any = (_("Holder"), {"fields": (("first_name", "last_name"), "address_cell")})


def source_text(source: PaymentSource) -> str:
    """What a receipt shows: the brand or the bank, and the last digits."""
    name = source.brand.replace("_", " ").title() or source.bank_name or str(source.get_type_display())
    return f"{name} •••• {source.last4}" if source.last4 else name


def expiry_text(source: PaymentSource) -> str:
    """Month and year as on the card; empty where it has no end."""
    return f"{source.expiry_month:02d}/{source.expiry_year}" if source.expiry_month and source.expiry_year else ""


def source_status(source: PaymentSource) -> str:
    """Its status, or that it is no longer attached."""
    return status_badge(source) if source.deleted_at is None else badge(_("detached"), "quiet")


def role_badges(source: PaymentSource, customer: Customer) -> str:
    """The role that it has for its customer; a dash for none."""
    roles = (
        (customer.primary_payment_source_id, badge(_("primary"), "good")),
        (customer.backup_payment_source_id, badge(_("backup"), "plain")),
    )
    return (
        format_html_join(" ", "{}", ((shown,) for public_id, shown in roles if public_id == source.public_id)) or EMPTY
    )


@admin.register(PaymentSource)
class PaymentSourceAdmin(MoneyAdmin):
    """What customers pay with, as far as a receipt shows it. Roles are given on the page of the customer."""

    list_display = ("dated_cell", "shown_cell", "role_cell", "status_cell", "owner_cell")
    list_filter = (SiteFilter, CustomerFilter, status_filter(PaymentSourceStatus.choices))
    related = ("site", "customer", "gateway_account")
    order_of_customer = ("-created_at", "-id")
    sections = (
        (None, {"fields": (("id_cell", "status_cell", "role_cell"), ("customer_cell", "site_cell"))}),
        (
            _("Method"),
            {
                "fields": (
                    ("type", "source_cell", "expiry_cell"),
                    ("funding_type", "issuing_country", "iin_cell"),
                    ("account_type", "account_holder_type"),
                )
            },
        ),
        (_("Gateway"), {"fields": (("account_cell", "gateway_cell"), "reference_cell")}),
        (_("Times"), {"fields": (("created_cell", "updated_cell", "detached_cell"), "version_cell")}),
    )

    gateway_cell = ltr_cell("gateway", _("gateway"))
    reference_cell = ltr_cell("reference_id", _("reference"))
    iin_cell = ltr_cell("iin", _("issuer number"))
    address_cell = json_cell("billing_address", _("billing address"))
    created_cell = moment_cell("created_at", _("created at"))
    updated_cell = moment_cell("updated_at", _("updated at"))
    detached_cell = moment_cell("deleted_at", _("detached at"))

    @admin.display(description=_("payment source"))
    def source_cell(self, source: PaymentSource) -> str:
        return ltr(source_text(source))

    @admin.display(description=_("payment source"))
    def shown_cell(self, source: PaymentSource) -> str:
        return with_note(self.source_cell(source), self.expiry_cell(source))

    @admin.display(description=_("expires"))
    def expiry_cell(self, source: PaymentSource) -> str:
        return ltr(expiry_text(source))

    @admin.display(description=_("role"))
    def role_cell(self, source: PaymentSource) -> str:
        return role_badges(source, source.customer)

    @admin.display(description=_("status"))
    def status_cell(self, source: PaymentSource) -> str:
        return source_status(source)

    @admin.display(description=_("gateway account"))
    def account_cell(self, source: PaymentSource) -> str:
        return self.link_to("gatewayaccount", source.gateway_account)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The holder is personal data: shown to whoever may see customers."""
        return (*self.sections, _PERSONAL) if may_view(request, "customer") else self.sections
