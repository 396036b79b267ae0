"""The merges in which a customer took part, on its page; and what a tombstone was merged into."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.cells import link
from billing_customers.admin.merge_cells import MERGE, moved_text, status_text, times_text, undo_url
from billing_customers.admin.money_base import may_view
from billing_customers.admin.money_section import Part
from billing_customers.admin.money_tables import Column, table
from billing_customers.models import Customer, CustomerAlias, CustomerMerge

# The newest; the list of all is a link away.
SHOWN = 10


class MergeSection:
    """What the user of ``request`` may see of the merges of ``customer``, and do about them. One query."""

    def __init__(self, request: HttpRequest, customer: Customer, site_name: str) -> None:
        self.request = request
        self.customer = customer
        self.site_name = site_name

    def is_seen(self) -> bool:
        return may_view(self.request, "customermerge") or self.request.user.has_perm(MERGE)

    def part(self) -> Part | None:
        """The table, for whoever may see it."""
        if not self.is_seen():
            return None
        merges = CustomerMerge.objects.for_site(self.customer.site_id)
        # Two looks by index, not one at every merge of the site.
        either = merges.filter(source=self.customer) | merges.filter(target=self.customer)
        rows = [self._row(each) for each in either.select_related("source", "target").order_by("-id")[:SHOWN]]
        columns = [
            Column(_("merge")),
            Column(_("status")),
            Column(_("moved")),
            Column(_("when")),
            Column(""),
        ]
        shown = table(columns, rows, nothing=gettext("It took part in no merge."))
        return Part(_("Merges"), shown, self._links(has_rows=bool(rows)))

    def merged_into(self) -> str:
        """A link to the customer that the tombstone's id leads to; empty for others. One query, of tombstones only."""
        if self.customer.is_live:
            return ""
        aliases = CustomerAlias.objects.for_site(self.customer.site_id).filter(merged_id=self.customer.pk)
        alias = aliases.select_related("customer").first()
        return "" if alias is None else self._customer(alias.customer)

    def _row(self, merge: CustomerMerge) -> list[str]:
        if merge.source_id == self.customer.pk:
            told = format_html(gettext("into {}"), self._customer(merge.target))
        else:
            told = format_html(gettext("from {}"), self._customer(merge.source))
        undo = undo_url(self.request, merge, self.site_name)
        return [
            format_html('<bdi>{}</bdi><br><span class="bc-note">{}</span>', told, self._merge(merge)),
            status_text(merge),
            moved_text(merge),
            times_text(merge),
            format_html('<a class="bc-act" href="{}">{}</a>', undo, _("Undo…")) if undo else "",
        ]

    def _links(self, *, has_rows: bool) -> list[tuple[str, str | Promise]]:
        links: list[tuple[str, str | Promise]] = []
        if has_rows and may_view(self.request, "customermerge"):
            links.append((f"{self._url('customermerge_changelist')}?customer={self.customer.pk}", _("All merges")))
        if self.customer.is_live and self.request.user.has_perm(MERGE):
            links.append((self._url("customer_merge", self.customer.pk), _("Merge into another customer…")))
        return links

    def _customer(self, customer: Customer) -> str:
        return link(self._url("customer_change", customer.pk), customer.public_id)

    def _merge(self, merge: CustomerMerge) -> str:
        if not may_view(self.request, "customermerge"):
            return format_html('<bdi dir="ltr">{}</bdi>', merge.public_id)
        return link(self._url("customermerge_change", merge.pk), merge.public_id)

    def _url(self, page: str, *args: int) -> str:
        return reverse(f"{self.site_name}:billing_customers_{page}", args=args)
