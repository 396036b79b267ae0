"""Filters beside the lists. Their choices are known, so that no list of values has to be read from a large table."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.fields import site_label
from billing_customers.models import BillingSite, Customer

SITE_PARAMETER = "site"
STATE_PARAMETER = "state"
STATUS_PARAMETER = "status"
CUSTOMER_PARAMETER = "customer"
PARENT_PARAMETER = "parent"


class ChoiceFilter(admin.SimpleListFilter):
    """A filter that refuses any value that it does not offer."""

    def value(self) -> str | None:
        value = super().value()
        if value is not None and value not in {str(choice) for choice, _ in self.lookup_choices}:
            raise IncorrectLookupParameters
        return value


class SiteFilter(ChoiceFilter):
    title = _("site")
    parameter_name = SITE_PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        sites = list(BillingSite.objects.order_by("slug"))
        self.site_ids = {site.slug: site.pk for site in sites}
        return [(site.slug, site_label(site)) for site in sites]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        slug = self.value()
        # By the primary key: through a join, the index on site and time does not give the order.
        return queryset if slug is None else queryset.filter(site_id=self.site_ids[slug])


class CustomerStateFilter(ChoiceFilter):
    title = _("state")
    parameter_name = STATE_PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("live", _("live")), ("deleted", _("deleted"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        conditions = {"live": Q(is_live=True), "deleted": Q(is_live=None)}
        return queryset.filter(conditions.get(self.value() or "", Q()))


class CustomerFilter(ChoiceFilter):
    """What belongs to one customer, whose page leads here; it offers no list of customers."""

    title = _("customer")
    parameter_name = CUSTOMER_PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.customer: Customer | None = None
        given = request.GET.get(self.parameter_name)
        if given is None:
            return []
        if given.isascii() and given.isdigit() and len(given) <= 18:
            self.customer = Customer.objects.filter(pk=int(given)).only("public_id", "site_id").first()
        if self.customer is None:
            raise IncorrectLookupParameters
        return [(given, self.customer.public_id)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        customer = self.customer
        return queryset if customer is None else queryset.filter(site_id=customer.site_id, customer_id=customer.pk)


class ParentFilter(CustomerFilter):
    """The customers right below one, whose page leads here."""

    title = _("parent")
    parameter_name = PARENT_PARAMETER

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        parent = self.customer
        below = {} if parent is None else {"site_id": parent.site_id, "relationship__parent_id": parent.pk}
        return queryset.filter(**below)


class KeyStateFilter(ChoiceFilter):
    title = _("state")
    parameter_name = STATE_PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("usable", _("usable")), ("ended", _("ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        ended = Q(revoked_at__isnull=False) | Q(expires_at__lte=timezone.now())
        # Not ~ended: a key without an end has a null there, which no comparison is true of.
        usable = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=timezone.now()))
        return queryset.filter({"usable": usable, "ended": ended}.get(self.value() or "", Q()))


# How many of the newest rows a filter without an index looks through.
LOOKED_THROUGH = 10_000


class RecentFilter(ChoiceFilter):
    """A filter by a column without an index, so it looks through the newest rows alone; its title says so."""

    column: str
    choices_of: tuple[tuple[str, Any], ...] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.choices_of)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset if value is None else queryset.filter(self.window(request, queryset), **{self.column: value})

    def window(self, request: HttpRequest, queryset: QuerySet[Any]) -> Q:
        """The rows that are looked through."""
        rows: QuerySet[Any] = queryset.model._default_manager.order_by("-pk")  # noqa: SLF001
        return since("pk", rows)


def since(column: str, newest_first: QuerySet[Any]) -> Q:
    """At or after the ``column`` of row number ``LOOKED_THROUGH``; everything where there are fewer."""
    oldest = list(newest_first.values_list(column, flat=True)[LOOKED_THROUGH - 1 : LOOKED_THROUGH])
    # Not an empty Q: with OR that would be nothing at all.
    return Q(**{f"{column}__gte": oldest[0]} if oldest else {f"{column}__isnull": False})
