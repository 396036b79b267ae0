from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.amounts import money_cell
from billing_customers.admin.cells import EMPTY, ltr_cell, moment_cell, with_note
from billing_customers.admin.filters import CUSTOMER_PARAMETER, CustomerFilter
from billing_customers.admin.money_base import MoneyAdmin, MoneyFilter
from billing_customers.choices import Bucket
from billing_customers.models import LedgerEntry


class BucketFilter(MoneyFilter):
    title = _("balance (of the newest 10,000)")
    parameter_name = column = "bucket"
    choices_of = tuple(Bucket.choices)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(MoneyAdmin):
    """The movements of balances. None is ever changed: a correction is another one."""

    list_display = ("dated_cell", "reason_cell", "delta_cell", "after_cell", "owner_cell")
    # Not by site: no index has its entries by their time.
    list_filter = (CustomerFilter, BucketFilter)
    allowed_lookups = frozenset({CUSTOMER_PARAMETER, "bucket"})
    related = ("site", "customer", "reverses")
    sections = (
        (None, {"fields": (("id_cell", "bucket"), ("customer_cell", "site_cell"))}),
        (_("Amounts"), {"fields": (("delta_cell", "after_cell"),)}),
        (
            _("Reason"),
            {
                "fields": (
                    ("credit_type", "reverses_cell"),
                    "description",
                    ("reference_cell", "caller_reference_cell"),
                )
            },
        ),
        (_("Audit"), {"fields": (("created_cell", "source", "done_by_cell"),)}),
    )

    delta_cell = money_cell("delta", _("amount"))
    after_cell = money_cell("balance_after", _("balance after"))
    reference_cell = ltr_cell("reference", _("reference"))
    caller_reference_cell = ltr_cell("caller_reference", _("caller's reference"))
    done_by_cell = ltr_cell("done_by", _("by"))
    created_cell = moment_cell("created_at", _("created at"))

    @admin.display(description=_("balance"))
    def reason_cell(self, entry: LedgerEntry) -> str:
        reason = entry.description or entry.reference
        return with_note(entry.get_bucket_display(), *([reason] if reason else []))

    @admin.display(description=_("reverses"))
    def reverses_cell(self, entry: LedgerEntry) -> str:
        return self.link_to("ledgerentry", entry.reverses) if entry.reverses else EMPTY


def entry_reason(entry: LedgerEntry) -> str:
    """What an entry is for, in its own words, with what it refers to below."""
    reasons = [reason for reason in (entry.description, entry.reference) if reason] or [EMPTY]
    return with_note(reasons[0], *reasons[1:], entry.get_source_display())
