from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.base import Link, ReadOnlyAdmin
from billing_customers.admin.cells import json_cell, ltr_cell, moment_cell
from billing_customers.models import ErasureCertificate

ABOUT = (
    ("customer_cell", "site_cell"),
    ("requested_cell", "cleared_cell"),
    "done_by_cell",
    "digest_cell",
    "counts_cell",
)


@admin.register(ErasureCertificate)
class ErasureCertificateAdmin(ReadOnlyAdmin):
    """That personal data was cleared. To be read only: ``billing_verify --erasure`` checks it again."""

    list_display = ("customer_cell", "site_cell", "requested_cell", "cleared_cell", "done_by_cell")

    customer_cell = ltr_cell("customer", _("customer"))
    site_cell = ltr_cell("site", _("site"))
    requested_cell = moment_cell("requested_at", _("requested at"))
    cleared_cell = moment_cell("cleared_at", _("cleared at"))
    done_by_cell = ltr_cell("done_by", _("by"))
    digest_cell = ltr_cell("digest", _("digest (SHA-256)"))
    counts_cell = json_cell("counts", _("what was cleared"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[ErasureCertificate]:
        return super().get_queryset(request).select_related("site", "customer")

    def get_fieldsets(self, request: HttpRequest, obj: ErasureCertificate | None = None) -> Any:
        return ((None, {"fields": ABOUT}),)

    def get_object_links(self, request: HttpRequest, obj: ErasureCertificate) -> list[Link]:
        if not any(request.user.has_perm(f"billing_customers.{each}_customer") for each in ("view", "change")):
            return []
        page = reverse(f"{self.admin_site.name}:billing_customers_customer_change", args=[obj.customer_id])
        return [(page, _("Customer"))]
