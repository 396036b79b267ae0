from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.amounts import amount
from billing_customers.admin.base import Link
from billing_customers.admin.cells import ltr_cell, moment_cell, with_note
from billing_customers.admin.filters import CustomerFilter, SiteFilter
from billing_customers.admin.merge_cells import moved_text, status_text, undo_url
from billing_customers.admin.money_base import MoneyAdmin, status_filter
from billing_customers.admin.money_tables import Column, table
from billing_customers.models import Customer, CustomerMerge, LedgerEntry
from billing_customers.models.merge import MergeStatus

# Of a search, and of the balances that one merge moved.
MAX_FOUND = 200


class PartnerFilter(CustomerFilter):
    """The merges in which a customer took part, whose page leads here."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        customer = self.customer
        if customer is None:
            return queryset
        merges = queryset.filter(site_id=customer.site_id)
        return merges.filter(source_id=customer.pk) | merges.filter(target_id=customer.pk)


@admin.register(CustomerMerge)
class CustomerMergeAdmin(MoneyAdmin):
    """Merges: asked for, made, failed and undone. To be read; the pages of their customers make and undo them."""

    list_display = ("dated_cell", "customers_cell", "status_cell", "moved_cell")
    list_filter: ClassVar[Any] = (SiteFilter, PartnerFilter, status_filter(MergeStatus.choices))
    search_help_text = _("The whole id of a merge, or of a customer that took part.")
    related = ("site", "source", "target")
    sections = (
        (None, {"fields": (("id_cell", "status_cell"), ("source_cell", "target_cell", "site_cell"))}),
        (_("Moved"), {"fields": ("moved_cell", "balances_cell")}),
        (_("Audit"), {"fields": (("asked_cell", "merged_cell", "undone_cell"), ("updated_cell", "done_by_cell"))}),
    )

    done_by_cell = ltr_cell("done_by", _("by"))
    asked_cell = moment_cell("created_at", _("asked for at"))
    updated_cell = moment_cell("updated_at", _("updated at"))
    merged_cell = moment_cell("merged_at", _("merged at"))
    undone_cell = moment_cell("undone_at", _("undone at"))

    @admin.display(description=_("status"))
    def status_cell(self, row: CustomerMerge) -> str:
        return status_text(row)

    @admin.display(description=_("rows"))
    def moved_cell(self, row: CustomerMerge) -> str:
        return moved_text(row)

    @admin.display(description=_("customers"))
    def customers_cell(self, row: CustomerMerge) -> str:
        # The arrow is not turned round on a right-to-left page, so its ends must not change places either.
        told = format_html('<bdi dir="ltr">{} → {}</bdi>', self.source_cell(row), self.target_cell(row))
        return with_note(told, row.site)

    @admin.display(description=_("merged away"))
    def source_cell(self, row: CustomerMerge) -> str:
        return self.link_to("customer", row.source)

    @admin.display(description=_("stays"))
    def target_cell(self, row: CustomerMerge) -> str:
        return self.link_to("customer", row.target)

    @admin.display(description=_("balances"))
    def balances_cell(self, row: CustomerMerge) -> str:
        """What came to the customer that stays, by the ledger."""
        ids = row.manifest.get("balances", [])
        entries = LedgerEntry.objects.for_site(row.site).filter(customer=row.target, public_id__in=ids)
        rows = [(each.get_bucket_display(), amount(each.delta, each.currency)) for each in entries[:MAX_FOUND]]
        return table((Column(_("balance")), Column(_("amount"), is_amount=True)), rows, nothing=_("None."))

    def called(self, sites: list[int], term: str) -> list[int]:
        """By the id of a customer that took part, too."""
        people = list(Customer.objects.filter(site__in=sites, public_id=term).values_list("pk", flat=True)[:MAX_FOUND])
        merges = CustomerMerge.objects.filter(site__in=sites)
        found = merges.filter(public_id=term) | merges.filter(source__in=people) | merges.filter(target__in=people)
        return list(found.order_by("-pk").values_list("pk", flat=True)[:MAX_FOUND])

    def get_object_links(self, request: HttpRequest, obj: CustomerMerge) -> list[Link]:
        undo = undo_url(request, obj, self.admin_site.name)
        return [(undo, _("Undo…"))] if undo else []
