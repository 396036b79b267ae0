from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin import event_page
from billing_customers.admin.base import ReadOnlyAdmin
from billing_customers.admin.confirming import ObjectButton, ask, is_confirmed
from billing_customers.admin.event_search import matching_events
from billing_customers.admin.filters import (
    CUSTOMER_PARAMETER,
    SITE_PARAMETER,
    CustomerFilter,
    RecentFilter,
    SiteFilter,
    since,
)
from billing_customers.admin.resending import MAY_RESEND, RESEND, resend_rows
from billing_customers.admin.webhook_forms import ResendEventForm
from billing_customers.choices import EventSource, EventType
from billing_customers.models import Delivery, Event, WebhookEndpoint


class _EventFilter(RecentFilter):
    def window(self, request: HttpRequest, queryset: QuerySet[Any]) -> Q:
        if CUSTOMER_PARAMETER in request.GET:
            return Q()
        if SITE_PARAMETER in request.GET:
            return since("occurred_at", queryset.order_by("-occurred_at"))
        return super().window(request, queryset)


class TypeFilter(_EventFilter):
    title = _("type (of the newest 10,000)")
    parameter_name = column = "type"
    choices_of = tuple(EventType.choices)


class SourceFilter(_EventFilter):
    title = _("source (of the newest 10,000)")
    parameter_name = column = "source"
    choices_of = tuple(EventSource.choices)


@admin.register(Event)
class EventAdmin(event_page.EventCells, ReadOnlyAdmin):
    """What happened, as it was sent. The payloads hold personal data: only who may see customers sees them."""

    list_display = (
        "about_cell",
        "happening_cell",
        "summary_cell",
        "subject_cell",
    )
    list_filter = (SiteFilter, CustomerFilter, TypeFilter, SourceFilter)
    allowed_lookups = frozenset({SITE_PARAMETER, CUSTOMER_PARAMETER, "type", "source"})
    # Only says that there is a search box; event_search knows what is compared.
    search_fields = ("public_id",)
    search_help_text = _("The whole id of an event, or of a customer: then its newest 500 events are found.")
    actions = ("resend",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        # The page reads the payloads when it shows them.
        events = super().get_queryset(request).select_related("site", "customer")
        return events.defer("ching_payload", "chargebee_payload")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first, by the index that the filter leaves to use."""
        if CUSTOMER_PARAMETER in request.GET:
            return ("-sequence",)
        return ("-occurred_at", "-id") if SITE_PARAMETER in request.GET else ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Event], search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        term = search_term.strip()
        return (matching_events(queryset, term) if term else queryset), False

    def complete_rows(self, rows: Sequence[Event]) -> None:
        """Read the deliveries of all of them in one query."""
        prefetch_related_objects(list(rows), Prefetch("deliveries", Delivery.objects.only("event_id", "status")))

    def has_resend_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        """Whether the user may resend events, or this one."""
        return bool(request.user.has_perm(MAY_RESEND))

    def get_fieldsets(self, request: HttpRequest, obj: Event | None = None) -> Any:
        return event_page.fieldsets(shows_payload=self._shows_payload(request))

    def get_object_buttons(self, request: HttpRequest, obj: Event) -> list[ObjectButton]:
        if obj.type == EventType.PING or not self.has_resend_permission(request, obj):
            return []
        return [ObjectButton("resend", _("Resend…"))]

    @admin.action(description=_("Resend…"), permissions=["resend"])
    def resend(self, request: HttpRequest, queryset: QuerySet[Event]) -> HttpResponse | None:
        events = list(queryset.exclude(type=EventType.PING))
        if not all(self.has_resend_permission(request, event) for event in events):
            raise PermissionDenied
        if not events:
            self.message_user(request, gettext("A ping is not resent: send another."), messages.WARNING)
            return None
        endpoints = WebhookEndpoint.objects.filter(site__in={event.site_id for event in events}).kept()
        form = ResendEventForm(endpoints.order_by("pk"), request.POST if is_confirmed(request) else None)
        if not form.is_valid():
            return ask(self, request, events, replace(RESEND, form=form))
        resend_rows(self, request, events, form.cleaned_data["endpoint"])
        return self.back(request, events)

    def _shows_payload(self, request: HttpRequest) -> bool:
        return any(request.user.has_perm(f"billing_customers.{action}_customer") for action in ("view", "change"))
