from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.db.models.lookups import Contains
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from billing_customers.admin import endpoint_page
from billing_customers.admin.base import Link, acting
from billing_customers.admin.confirming import ObjectButton
from billing_customers.admin.endpoint_actions import NEW_SECRET, EndpointActions, shown_secret
from billing_customers.admin.endpoint_state import EndpointStateFilter
from billing_customers.admin.filters import SITE_PARAMETER, STATE_PARAMETER, SiteFilter
from billing_customers.admin.once_page import hold, show_held
from billing_customers.admin.webhook_forms import EndpointForm
from billing_customers.models import WebhookEndpoint
from billing_customers.operations.webhooks import create_endpoint, update_endpoint

SHOWN_ONLY = (
    *flatten((*endpoint_page.HEALTH, *endpoint_page.SECRETS, *endpoint_page.LATEST, *endpoint_page.AUDIT)),
    "site_cell",
    "dialect_cell",
)


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(endpoint_page.EndpointCells, EndpointActions):
    """Receivers of events. A signing secret is in one answer, the one to the POST that made it; a password in none."""

    form = EndpointForm
    list_display = (
        "about_cell",
        "state_cell",
        "waiting_cell",
        "last_success_cell",
    )
    list_filter = (SiteFilter, EndpointStateFilter)
    list_select_related = ("site",)
    ordering = ("-id",)
    allowed_lookups = frozenset({SITE_PARAMETER, STATE_PARAMETER})
    search_fields = ("url", "name", "public_id")
    search_help_text = _("Part of the URL, of the name or of the id.")
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        # The form asks whether there is a password, and the list has no use for it.
        return super().get_queryset(request).select_related("site").defer("basic_auth_password")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint], search_term: str
    ) -> tuple[QuerySet[WebhookEndpoint], bool]:
        # Lowered here: MariaDB's columns are compared letter for letter, and so is their icontains.
        for word in search_term.lower().split():
            found = [Contains(Lower(column), word) for column in self.search_fields]
            queryset = queryset.filter(reduce(or_, map(Q, found)))
        return queryset, False

    def has_change_permission(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> bool:
        return self.has_manage_permission(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> bool:
        return any(self.has_own_permission(request, action) for action in ("view", "change"))

    def get_fieldsets(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> Any:
        if obj is None:
            return endpoint_page.add_fieldsets()
        if self.has_change_permission(request, obj):
            return endpoint_page.change_fieldsets()
        return endpoint_page.view_fieldsets()

    def get_readonly_fields(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> tuple[str, ...]:
        return SHOWN_ONLY if obj else ()

    @method_decorator(sensitive_post_parameters("new_password"))
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().changeform_view(request, *args, **kwargs)

    @sensitive_variables()
    def save_model(self, request: HttpRequest, obj: WebhookEndpoint, form: Any, change: bool) -> None:
        at, actor = timezone.now(), acting(request)
        if change:
            update_endpoint(site=obj.site, public_id=obj.public_id, attributes=form.attributes, actor=actor, at=at)
            return
        endpoint, secret = create_endpoint(
            site=form.cleaned_data["site"], attributes=form.attributes, actor=actor, at=at
        )
        obj.pk = endpoint.pk
        obj.refresh_from_db()
        hold(request, [shown_secret(endpoint, secret)])

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """An endpoint has no rows beside it that a form could save."""

    def response_add(
        self, request: HttpRequest, obj: WebhookEndpoint, post_url_continue: str | None = None
    ) -> HttpResponse:
        return show_held(self, request, NEW_SECRET)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        if context["original"] is None:
            # The save ends on the page with the secret, so there is one button.
            context |= {"show_save_and_continue": False, "show_save_and_add_another": False}
        return super().render_change_form(request, context, *args, **options)

    def get_object_links(self, request: HttpRequest, obj: WebhookEndpoint) -> list[Link]:
        if not request.user.has_perm("billing_customers.view_delivery"):
            return []
        return [(f"{self._url('delivery_changelist')}?endpoint={obj.pk}", _("All deliveries"))]

    def get_object_buttons(self, request: HttpRequest, obj: WebhookEndpoint) -> list[ObjectButton]:
        buttons = []
        if self.has_manage_permission(request, obj):
            buttons += self._buttons_of(obj)
        if self.has_removal_permission(request, obj):
            buttons.append(ObjectButton("delete_endpoints", _("Delete…"), is_danger=True))
        return buttons

    def _buttons_of(self, endpoint: WebhookEndpoint) -> list[ObjectButton]:
        rotate = ObjectButton("rotate", _("Rotate secret…"))
        if not endpoint.is_enabled:
            return [ObjectButton("enable", _("Enable…")), rotate]
        # While it fails, enabling forgets the failures and tries at once.
        retry = [ObjectButton("enable", _("Try again now…"))] if endpoint.failures else []
        return [
            ObjectButton("ping", _("Send a test ping")),
            *retry,
            ObjectButton("resend_range", _("Resend failed since…")),
            rotate,
            ObjectButton("disable", _("Disable…"), is_danger=True),
        ]
