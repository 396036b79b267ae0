from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.access_fields import AccessCells, AccessForm, access_fieldsets
from billing_customers.admin.base import OperationAdmin
from billing_customers.admin.cells import badge, ltr, ltr_cell
from billing_customers.admin.faults import OperationForm
from billing_customers.models import BillingSite
from billing_customers.operations.sites import create_site, update_site
from billing_customers.queries.moves import sites_moved_between

IDENTITY = ("slug", "project", "livemode")
SETTINGS = ("default_currency", "phone_region", "forbids_duplicate_emails", "follows_merged_ids")


class SiteForm(AccessForm, OperationForm):
    class Meta:
        model = BillingSite
        fields = (*IDENTITY, *SETTINGS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"slug", "project", "default_currency", "phone_region"} & set(self.fields):
            self.fields[name].widget.attrs["dir"] = "ltr"
        if "project" in self.fields:
            self.fields["project"].required = False
            self.fields["project"].help_text = _("Empty: the slug, less -test. A live and a test site may share it.")

    def clean_default_currency(self) -> str:
        return str(self.cleaned_data["default_currency"]).upper()

    def clean_phone_region(self) -> str:
        return str(self.cleaned_data["phone_region"]).upper()


@admin.register(BillingSite)
class SiteAdmin(AccessCells, OperationAdmin):
    """Tenants. Slug, project and mode are chosen once; a site is never deleted.

    Which sites customers may be moved from is a matter of the installation: it is changed by ``billing_allow_move``.
    """

    form = SiteForm
    list_display = ("slug_cell", "project_cell", "mode", "currency_cell", "region_cell", "created_at")
    search_fields = ("slug", "project")
    search_help_text = _("Part of the slug or of the project.")
    sortable_by = ()
    fieldsets = (
        (None, {"fields": IDENTITY}),
        (_("Settings"), {"fields": SETTINGS}),
        *access_fieldsets(),
    )

    slug_cell = ltr_cell("slug", _("slug"))
    project_cell = ltr_cell("project", _("project"))
    currency_cell = ltr_cell("default_currency", _("default currency"))
    region_cell = ltr_cell("phone_region", _("phone region"))

    @admin.display(description=_("mode"))
    def mode(self, site: BillingSite) -> str:
        return badge(_("live"), "warn") if site.livemode else badge(_("test"), "quiet")

    @admin.display(description=_("customers may come from"))
    def moved_from_cell(self, site: BillingSite) -> str:
        return ltr(", ".join(sites_moved_between(site)[0]))

    @admin.display(description=_("customers may go to"))
    def moved_to_cell(self, site: BillingSite) -> str:
        return ltr(", ".join(sites_moved_between(site)[1]))

    def get_readonly_fields(self, request: HttpRequest, obj: BillingSite | None = None) -> tuple[str, ...]:
        return (*IDENTITY, "moved_from_cell", "moved_to_cell", "created_at") if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: BillingSite | None = None) -> Any:
        if obj is None:
            return self.fieldsets
        moves = (_("Moves of customers"), {"fields": ("moved_from_cell", "moved_to_cell")})
        return (*self.fieldsets, moves, (_("Audit"), {"fields": ("created_at",)}))

    def save_model(self, request: HttpRequest, obj: BillingSite, form: Any, change: bool) -> None:
        values = form.cleaned_data
        settings = {**{field: values[field] for field in SETTINGS if field in values}, **form.access_said()}
        if change:
            update_site(site=obj, **settings)
            return
        site = create_site(
            slug=values["slug"],
            project=values["project"] or None,
            livemode=values["livemode"],
            at=timezone.now(),
            **settings,
        )
        obj.pk = site.pk
        obj.refresh_from_db()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """A site has no rows beside it."""
