from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.amounts import amount, money_cell
from billing_customers.admin.cells import EMPTY, badge, ltr_cell, moment, moment_cell, with_note
from billing_customers.admin.filters import CustomerFilter, SiteFilter
from billing_customers.admin.money_base import MoneyAdmin, status_filter
from billing_customers.admin.money_tables import Column, table
from billing_customers.choices import TransactionStatus
from billing_customers.models import Allocation, Transaction
from billing_customers.operations.collection_plan import MAX_INVOICES


@admin.register(Transaction)
class TransactionAdmin(MoneyAdmin):
    """Money that moved, or was asked to, and the invoices that it is for."""

    list_display = ("dated_cell", "kind_cell", "status_cell", "amount_cell", "owner_cell")
    dated_by = "date"
    list_filter = (SiteFilter, CustomerFilter, status_filter(TransactionStatus.choices))
    related = ("site", "customer", "gateway_account", "payment_source")
    order_of_customer = ("-created_at", "-id")
    sections = (
        (None, {"fields": (("id_cell", "type", "status_cell"), ("customer_cell", "site_cell"), "error_cell")}),
        (_("Amounts"), {"fields": (("amount_cell", "unused_cell"),)}),
        (_("Invoices"), {"fields": ("allocations_cell",)}),
        (
            _("Payment"),
            {
                "fields": (
                    ("method_cell", "source_cell", "card_cell"),
                    ("account_cell", "gateway_cell", "id_at_gateway_cell"),
                    ("reference_cell", "comment"),
                )
            },
        ),
        (
            _("Times"),
            {
                "fields": (
                    ("date_cell", "settled_cell"),
                    ("created_cell", "updated_cell", "deleted_cell"),
                    "version_cell",
                )
            },
        ),
    )

    amount_cell = money_cell("amount", _("amount"))
    unused_cell = money_cell("amount_unused", _("amount unused"))
    method_cell = ltr_cell("payment_method", _("payment method"))
    card_cell = ltr_cell("masked_card_number", _("card"))
    gateway_cell = ltr_cell("gateway", _("gateway"))
    id_at_gateway_cell = ltr_cell("id_at_gateway", _("id at the gateway"))
    reference_cell = ltr_cell("reference_number", _("reference number"))
    date_cell = moment_cell("date", _("date"))
    created_cell = moment_cell("created_at", _("created at"))
    updated_cell = moment_cell("updated_at", _("updated at"))
    settled_cell = moment_cell("settled_at", _("settled at"))
    deleted_cell = moment_cell("deleted_at", _("deleted at"))

    @admin.display(description=_("type"))
    def kind_cell(self, row: Transaction) -> str:
        return with_note(row.get_type_display(), row.payment_method)

    @admin.display(description=_("error"))
    def error_cell(self, row: Transaction) -> str:
        return with_note(row.error_text or EMPTY, row.error_code) if row.error_code or row.error_text else EMPTY

    @admin.display(description=_("payment source"))
    def source_cell(self, row: Transaction) -> str:
        return self.link_to("paymentsource", row.payment_source) if row.payment_source else EMPTY

    @admin.display(description=_("gateway account"))
    def account_cell(self, row: Transaction) -> str:
        return self.link_to("gatewayaccount", row.gateway_account) if row.gateway_account else EMPTY

    @admin.display(description=_("in their order"))
    def allocations_cell(self, row: Transaction) -> str:
        found = Allocation.objects.for_site(row.site).filter(transaction=row).select_related("invoice")
        rows = [
            (
                self.link_to("invoice", each.invoice),
                amount(each.amount, row.currency),
                _became(each),
                moment(each.applied_at),
            )
            for each in found.order_by("position", "id")[:MAX_INVOICES]
        ]
        columns = (
            Column(_("invoice")),
            Column(_("amount"), is_amount=True),
            Column(_("state")),
            Column(_("applied at")),
        )
        return table(columns, rows, nothing=gettext("It is for no invoice."))


def _became(each: Allocation) -> str:
    if each.applied_at is not None:
        return badge(_("applied"), "good")
    return badge(_("under way"), "warn") if each.is_open else badge(_("not applied"), "quiet")
