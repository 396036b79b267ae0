"""What the pages of money have in common: lists of one customer, of a site or of all, and rows found by their id."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.base import ReadOnlyAdmin
from billing_customers.admin.cells import badge, link, ltr, ltr_cell, moment, with_note
from billing_customers.admin.filters import (
    CUSTOMER_PARAMETER,
    SITE_PARAMETER,
    STATUS_PARAMETER,
    CustomerFilter,
    RecentFilter,
    SiteFilter,
    since,
)
from billing_customers.models import BillingSite

MAX_TERM = 50

_KINDS = {
    **dict.fromkeys(("valid", "success", "paid", "active", "trialing"), "good"),
    **dict.fromkeys(("expiring", "payment_due", "not_paid", "in_progress", "timeout", "past_due"), "warn"),
    **dict.fromkeys(("expired", "invalid", "failure", "late_failure", "needs_attention"), "bad"),
}


def status_badge(row: Any) -> str:
    """The row's status in the colour of what it means."""
    return badge(row.get_status_display(), _KINDS.get(row.status, "quiet"))


def may_view(request: HttpRequest, model_name: str) -> bool:
    """Whether the user may look at rows of the model, such as ``invoice``."""
    return any(request.user.has_perm(f"billing_customers.{action}_{model_name}") for action in ("view", "change"))


class MoneyFilter(RecentFilter):
    """Looks through all of one customer, and through the newest rows where no customer is chosen."""

    def window(self, request: HttpRequest, queryset: QuerySet[Any]) -> Q:
        if CUSTOMER_PARAMETER in request.GET:
            return Q()
        if SITE_PARAMETER in request.GET:
            return since("created_at", queryset.order_by("-created_at"))
        return super().window(request, queryset)


def status_filter(choices: Any) -> type[MoneyFilter]:
    """A filter by the statuses of a model."""
    title = _("status (of the newest 10,000)")
    columns = {"title": title, "parameter_name": STATUS_PARAMETER, "column": "status", "choices_of": tuple(choices)}
    return type("StatusFilter", (MoneyFilter,), columns)


class MoneyAdmin(ReadOnlyAdmin):
    """Base of these pages. ``sections`` are the fieldsets of a row's own page."""

    list_filter: ClassVar[Any] = (SiteFilter, CustomerFilter)
    allowed_lookups = frozenset({SITE_PARAMETER, CUSTOMER_PARAMETER, STATUS_PARAMETER})
    # Only says that there is a search box; get_search_results knows what is compared.
    search_fields = ("public_id",)
    search_help_text = _("The whole id.")
    related: ClassVar[tuple[str, ...]] = ("site", "customer")
    # By which columns the rows of a customer are newest first, as its index has them.
    order_of_customer: tuple[str, ...] = ("-id",)
    order_of_site: tuple[str, ...] = ("-created_at", "-id")
    sections: ClassVar[Any] = ()

    id_cell = ltr_cell("public_id", _("id"))
    site_cell = ltr_cell("site", _("site"))
    currency_cell = ltr_cell("currency", _("currency"))
    version_cell = ltr_cell("resource_version", _("version"))

    # Below the id, so that a list is no wider than its page.
    dated_by: ClassVar[str] = "created_at"

    @admin.display(description=_("id"))
    def dated_cell(self, row: Any) -> str:
        return with_note(ltr(row.public_id), moment(getattr(row, self.dated_by)))

    @admin.display(description=_("status"))
    def status_cell(self, row: Any) -> str:
        return status_badge(row)

    @admin.display(description=_("customer"))
    def customer_cell(self, row: Any) -> str:
        return self.link_to("customer", row.customer)

    @admin.display(description=_("customer"))
    def owner_cell(self, row: Any) -> str:
        return with_note(self.customer_cell(row), row.site)

    def link_to(self, model_name: str, row: Any) -> str:
        """A link to the page of ``row``, by its id."""
        url = reverse(f"{self.admin_site.name}:billing_customers_{model_name}_change", args=[row.pk])
        return link(url, row.public_id)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(*self.related)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first, by the index that the filter leaves to use."""
        if CUSTOMER_PARAMETER in request.GET:
            return self.order_of_customer
        return self.order_of_site if SITE_PARAMETER in request.GET else ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if len(term) > MAX_TERM or "\0" in term:
            return queryset.none(), False
        # The index begins with the site, so the sites are named even though it is all of them.
        sites = list(BillingSite.objects.values_list("pk", flat=True))
        return queryset.filter(pk__in=self.called(sites, term)), False

    def called(self, sites: list[int], term: str) -> list[int]:
        """The primary keys of the rows that a search for ``term`` finds in ``sites``: of those with this id."""
        found = self.model._default_manager.filter(site__in=sites, public_id=term)  # noqa: SLF001
        return list(found.values_list("pk", flat=True))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.sections
