from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.base import ReadOnlyAdmin
from billing_customers.admin.cells import badge, json_cell, ltr_cell, moment_cell
from billing_customers.admin.filters import SITE_PARAMETER, SiteFilter
from billing_customers.models import GatewayAccount


@admin.register(GatewayAccount)
class GatewayAccountAdmin(ReadOnlyAdmin):
    """Accounts with payment gateways. They are made by a command; their credentials are not even read here."""

    list_display = ("id_cell", "name", "gateway_cell", "state_cell", "position_cell", "site_cell")
    list_filter = (SiteFilter,)
    allowed_lookups = frozenset({SITE_PARAMETER})

    id_cell = ltr_cell("public_id", _("id"))
    gateway_cell = ltr_cell("backend", _("gateway"))
    position_cell = ltr_cell("position", _("position"))
    site_cell = ltr_cell("site", _("site"))
    options_cell = json_cell("options", _("options"))
    created_cell = moment_cell("created_at", _("created at"))
    updated_cell = moment_cell("updated_at", _("updated at"))
    disabled_cell = moment_cell("disabled_at", _("disabled at"))

    @admin.display(description=_("state"))
    def state_cell(self, account: GatewayAccount) -> str:
        return badge(_("enabled"), "good") if account.disabled_at is None else badge(_("disabled"), "quiet")

    def get_queryset(self, request: HttpRequest) -> QuerySet[GatewayAccount]:
        return super().get_queryset(request).select_related("site").defer("sealed_credentials")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        about = (("id_cell", "state_cell"), ("gateway_cell", "name", "site_cell"), "position_cell", "options_cell")
        return (
            (None, {"fields": about}),
            (_("Times"), {"fields": (("created_cell", "updated_cell", "disabled_cell"),)}),
        )
