"""Invoices and subscriptions. They are made in code or by a command, and here looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.amounts import money_cell
from billing_customers.admin.base import Link
from billing_customers.admin.cells import EMPTY, moment_cell
from billing_customers.admin.filters import CustomerFilter, SiteFilter
from billing_customers.admin.money_base import MoneyAdmin, status_filter
from billing_customers.admin.money_permissions import COLLECT
from billing_customers.choices import COLLECTABLE_INVOICE_STATUSES, InvoiceStatus, SubscriptionStatus
from billing_customers.models import Invoice, Subscription

_TIMES = (("created_cell", "updated_cell", "deleted_cell"), "version_cell")


class DocumentAdmin(MoneyAdmin):
    created_cell = moment_cell("created_at", _("created at"))
    updated_cell = moment_cell("updated_at", _("updated at"))
    deleted_cell = moment_cell("deleted_at", _("deleted at"))


@admin.register(Invoice)
class InvoiceAdmin(DocumentAdmin):
    list_display = ("dated_cell", "status_cell", "total_cell", "due_cell", "owner_cell")
    dated_by = "date"
    list_filter = (SiteFilter, CustomerFilter, status_filter(InvoiceStatus.choices))
    related = ("site", "customer", "subscription")
    sections = (
        (None, {"fields": (("id_cell", "status_cell"), ("customer_cell", "site_cell"), "subscription_cell")}),
        (_("Amounts"), {"fields": (("total_cell", "paid_cell", "credits_cell", "due_cell"),)}),
        (_("Times"), {"fields": (("date_cell", "due_at_cell", "paid_at_cell"), *_TIMES)}),
    )

    total_cell = money_cell("total", _("total"))
    paid_cell = money_cell("amount_paid", _("amount paid"))
    credits_cell = money_cell("credits_applied", _("credits applied"))
    due_cell = money_cell("amount_due", _("amount due"))
    date_cell = moment_cell("date", _("date"))
    due_at_cell = moment_cell("due_at", _("due at"))
    paid_at_cell = moment_cell("paid_at", _("paid at"))

    @admin.display(description=_("subscription"))
    def subscription_cell(self, invoice: Invoice) -> str:
        return self.link_to("subscription", invoice.subscription) if invoice.subscription else EMPTY

    def get_object_links(self, request: HttpRequest, obj: Any) -> list[Link]:
        if not is_collectable(obj) or not obj.customer.is_live or not request.user.has_perm(COLLECT):
            return []
        return [(collect_url(self.admin_site.name, obj), _("Collect…"))]


@admin.register(Subscription)
class SubscriptionAdmin(DocumentAdmin):
    list_display = ("dated_cell", "status_cell", "currency_cell", "owner_cell")
    list_filter = (SiteFilter, CustomerFilter, status_filter(SubscriptionStatus.choices))
    sections = (
        (None, {"fields": (("id_cell", "status_cell"), ("customer_cell", "site_cell"), "currency_cell")}),
        (_("Times"), {"fields": (("started_cell", "cancelled_cell"), *_TIMES)}),
    )

    started_cell = moment_cell("started_at", _("started at"))
    cancelled_cell = moment_cell("cancelled_at", _("cancelled at"))


def is_collectable(invoice: Invoice) -> bool:
    """Whether a payment is still wanted for it."""
    return invoice.status in COLLECTABLE_INVOICE_STATUSES and invoice.deleted_at is None


def collect_url(site_name: str, invoice: Invoice) -> str:
    """Where staff collect it, on the admin site of this name."""
    return reverse(f"{site_name}:billing_customers_customer_collect", args=[invoice.customer_id, invoice.pk])
