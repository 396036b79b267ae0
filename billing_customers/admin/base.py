"""What every admin page of this package has: closed look-ups, no stock delete, uncounted lists, errors on the form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from billing_customers.actors import Actor
from billing_customers.admin.confirming import ON_PAGE, ObjectButton
from billing_customers.admin.faults import RowFault, fault_of, remember
from billing_customers.admin.fields import JsonField, MultilineField, SiteChoiceField, TrimmedField
from billing_customers.admin.listing import UncountedChangeList, UncountedPaginator
from billing_customers.exceptions import BillingError
from billing_customers.models import BillingSite

FORM_FIELDS: dict[Any, dict[str, Any]] = {
    models.CharField: {"form_class": TrimmedField},
    models.SlugField: {"form_class": forms.SlugField},
    models.TextField: {"form_class": MultilineField, "widget": forms.Textarea(attrs={"rows": 3, "cols": 60})},
    models.JSONField: {
        "form_class": JsonField,
        "widget": forms.Textarea(attrs={"rows": 6, "cols": 60, "dir": "ltr", "spellcheck": "false"}),
    },
}

Row = TypeVar("Row", bound=models.Model)
Link = tuple[str, str | Promise]


def acting(request: HttpRequest) -> Actor:
    """The member of staff, by primary key: names and e-mails do not belong into events."""
    return Actor("admin_console", str(request.user.pk))


class OperationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # subscripting fails at run time on Django 5.2
    """Base of this package's admins. Subclasses write with operations only, and rows are never removed.

    ``allowed_lookups`` are the names that a query string may filter by. Django allows every local column, and so lets
    staff who may only view a list read columns that no page shows.
    """

    allowed_lookups: frozenset[str] = frozenset()
    paginator = UncountedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    view_on_site = False
    formfield_overrides = FORM_FIELDS

    class Media:
        css = {"all": ["billing_customers/admin.css"]}

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup in self.allowed_lookups

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        return to_field in {"pk", self.opts.pk.name}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # This also takes the stock action delete_selected away, which needs the permission.
        return False

    def has_own_permission(self, request: HttpRequest, action: str) -> bool:
        """Whether the user has the model's permission ``view``, ``add``, ``change`` or ``delete``."""
        return request.user.has_perm(f"{self.opts.app_label}.{action}_{self.opts.model_name}")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[UncountedChangeList]:
        return UncountedChangeList

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.remote_field.model is BillingSite:
            kwargs.setdefault("form_class", SiteChoiceField)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.fault = fault_of(request)  # type: ignore[attr-defined]  # the class is made anew for each request
        return form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Save, or show the form again with what the operation had against it; everything is rolled back then."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (BillingError, RowFault) as fault:
            remember(request, fault)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def response_action(self, request: HttpRequest, queryset: Any, *args: Any, **kwargs: Any) -> HttpResponse | None:
        """Run an action on the rows that were ticked: never on rows that the person has not seen."""
        ticked = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
        if request.POST.get("select_across", "0") != "0" or not all(_is_primary_key(text) for text in ticked):
            self.message_user(request, _("Tick the rows themselves. Nothing was changed."), messages.WARNING)
            return None
        return super().response_action(request, queryset, *args, **kwargs)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        stored = context["original"]
        if stored is not None:
            context["subtitle"] = self.told_as(stored)
        context["object_links"] = self.get_object_links(request, stored) if stored is not None else []
        context["object_buttons"] = self.get_object_buttons(request, stored) if stored is not None else []
        context["action_checkbox_name"] = helpers.ACTION_CHECKBOX_NAME
        return super().render_change_form(request, context, *args, **options)

    def get_object_buttons(self, request: HttpRequest, obj: Any) -> list[ObjectButton]:
        """Actions that the object's own page offers as buttons."""
        return []

    def get_object_links(self, request: HttpRequest, obj: Any) -> list[Link]:
        """Where the object's own page leads to: addresses and labels."""
        return []

    def told_as(self, obj: Any) -> str:
        """What tells the object from others where an action asks about it."""
        return str(obj)

    def complete_rows(self, rows: Sequence[Any]) -> None:
        """Read what the cells of a page's ``rows`` need beside them, in a query for all."""

    def carry_out(self, request: HttpRequest, rows: Sequence[Row], act: Callable[[Row], None]) -> list[Row]:
        """Do ``act`` to each row, and say why where it is refused; return the rows it was done to."""
        done = []
        for row in rows:
            try:
                act(row)
            except BillingError as error:
                self.message_user(request, f"{self.told_as(row)}: {error.message}", messages.ERROR)
            else:
                done.append(row)
        return done

    def back(self, request: HttpRequest, rows: Sequence[models.Model]) -> HttpResponse | None:
        """Where an action ends: the page that its button was on, or the list."""
        if ON_PAGE not in request.POST or len(rows) != 1:
            return None
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_change"
        return HttpResponseRedirect(reverse(name, args=[rows[0].pk]))


class ReadOnlyAdmin(OperationAdmin):
    """Base of the admins whose rows are written by what happens; there are actions at most."""

    ordering = ("-id",)
    sortable_by = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return any(self.has_own_permission(request, action) for action in ("view", "change"))


def _is_primary_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
