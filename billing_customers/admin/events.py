from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from billing_customers.admin import event_page
from billing_customers.admin.base import ReadOnlyAdmin
from billing_customers.admin.confirming import ObjectButton, Question, ask, is_confirmed
from billing_customers.admin.event_search import matching_events
from billing_customers.admin.filters import SITE_PARAMETER, ChoiceFilter, RecentFilter, SiteFilter, since
from billing_customers.admin.resending import MAY_RESEND, resend_all
from billing_customers.admin.webhook_forms import ResendEventForm
from billing_customers.choices import EventSource, EventType
from billing_customers.models import Customer, Delivery, Event, WebhookEndpoint

CUSTOMER_PARAMETER = "customer"
RESEND = Question(
    action="resend",
    title=_("Resend events?"),
    warning=_("They are sent once more, as they were, with the same webhook-id. Receivers know by it that they had them."),
    button=_("Resend now"),
    is_danger=False,
)


class CustomerFilter(ChoiceFilter):
    """The events of one customer, whose page leads here; it offers no list of customers."""

    title = _("customer")
    parameter_name = CUSTOMER_PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.customer: Customer | None = None
        given = request.GET.get(CUSTOMER_PARAMETER)
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
    """What happened, as it was sent. The payloads are personal data, so who sees them must be allowed to see customers."""

    list_display = (
        "id_cell",
        "type_cell",
        "customer_cell",
        "sequence_cell",
        "site_cell",
        "source",
        "user_cell",
        "occurred_cell",
        "summary_cell",
    )
    list_filter = (SiteFilter, CustomerFilter, TypeFilter, SourceFilter)
    allowed_lookups = frozenset({SITE_PARAMETER, CUSTOMER_PARAMETER, "type", "source"})
    # Only says that there is a search box; event_search knows what is compared.
    search_fields = ("public_id",)
    search_help_text = _("The whole id of an event, or of a customer: then its newest 500 events are found.")
    actions = ("resend",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        events = super().get_queryset(request).select_related("site", "customer")
        if not self._shows_payload(request):
            events = events.defer("ching_payload", "chargebee_payload")
        return events

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

    def has_resend_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        """Whether the user may resend events, or this one; a ping is for one endpoint, once."""
        return request.user.has_perm(MAY_RESEND) and (obj is None or obj.type != EventType.PING)

    def get_fieldsets(self, request: HttpRequest, obj: Event | None = None) -> Any:
        return event_page.fieldsets(shows_payload=self._shows_payload(request))

    def get_object_buttons(self, request: HttpRequest, obj: Event) -> list[ObjectButton]:
        return [ObjectButton("resend", _("Resend…"))] if self.has_resend_permission(request, obj) else []

    @admin.action(description=_("Resend…"), permissions=["resend"])
    def resend(self, request: HttpRequest, queryset: QuerySet[Event]) -> HttpResponse | None:
        events = list(queryset)
        if not all(self.has_resend_permission(request, event) for event in events):
            raise PermissionDenied
        endpoints = WebhookEndpoint.objects.filter(site__in={event.site_id for event in events}).kept()
        form = ResendEventForm(endpoints.order_by("pk"), request.POST if is_confirmed(request) else None)
        if not form.is_valid():
            return ask(self, request, events, replace(RESEND, form=form))
        resend_all(self, request, [(event, event, form.cleaned_data["endpoint"]) for event in events])
        return self.back(request, events)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        return changelist

    def _shows_payload(self, request: HttpRequest) -> bool:
        return any(request.user.has_perm(f"billing_customers.{action}_customer") for action in ("view", "change"))
