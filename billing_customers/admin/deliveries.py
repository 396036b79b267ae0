from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.base import ReadOnlyAdmin
from billing_customers.admin.cells import EMPTY, link, ltr, ltr_cell, moment, moment_cell, with_note
from billing_customers.admin.confirming import ObjectButton, ask, is_confirmed
from billing_customers.admin.delivery_tables import attempt_lines, attempts_table, happening, is_resent, status_badge
from billing_customers.admin.filters import STATUS_PARAMETER, ChoiceFilter
from billing_customers.admin.resending import MAY_RESEND, RESEND, resend_rows
from billing_customers.choices import DeliveryStatus, EventType
from billing_customers.models import Delivery, WebhookEndpoint
from billing_customers.queries.deliveries import latest_attempts

ENDPOINT_PARAMETER = "endpoint"
ENDPOINTS_OFFERED = 50
ATTEMPTS_SHOWN = 200
ABOUT = (
    ("event_cell", "type_cell", "site_cell"),
    ("endpoint_cell", "url_cell"),
    ("status_cell", "attempts_cell", "manual_cell"),
    ("created_cell", "first_attempt_cell"),
    ("finished_cell", "next_attempt_cell"),
)


class EndpointFilter(ChoiceFilter):
    """The newest endpoints are offered; the page of any endpoint leads to its own deliveries."""

    title = _("endpoint")
    parameter_name = ENDPOINT_PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        endpoints = WebhookEndpoint.objects.only("site_id", "name", "url")
        offered = list(endpoints.filter(deleted_at=None).order_by("-pk")[:ENDPOINTS_OFFERED])
        given = request.GET.get(ENDPOINT_PARAMETER, "")
        if given.isascii() and given.isdigit() and len(given) <= 18 and int(given) not in {each.pk for each in offered}:
            offered += endpoints.filter(pk=int(given))
        self.site_ids = {str(each.pk): each.site_id for each in offered}
        return [(str(each.pk), ltr(_called(each))) for each in offered]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        # With the site, which the index begins with.
        return queryset.filter(site_id=self.site_ids[value], endpoint_id=int(value))


class StatusFilter(ChoiceFilter):
    title = _("status")
    parameter_name = STATUS_PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(DeliveryStatus.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        if value != DeliveryStatus.SUCCEEDED and ENDPOINT_PARAMETER not in request.GET:
            # The index has site and endpoint before the status, so all are named: what is rare is found by it.
            every = list(WebhookEndpoint.objects.values_list("pk", "site_id"))
            queryset = queryset.filter(site__in={site for _pk, site in every}, endpoint__in=[pk for pk, _site in every])
        return queryset.filter(status=value)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """What became of each event at each endpoint, attempt by attempt."""

    list_display = (
        "about_cell",
        "receiver_cell",
        "outcome_cell",
        "created_cell",
    )
    list_filter = (EndpointFilter, StatusFilter)
    allowed_lookups = frozenset({ENDPOINT_PARAMETER, STATUS_PARAMETER})
    actions = ("resend",)

    site_cell = ltr_cell("site", _("site"))
    attempts_cell = ltr_cell("attempts", _("attempts"))
    created_cell = moment_cell("created_at", _("created at"))
    first_attempt_cell = moment_cell("first_attempt_at", _("first attempt at"))
    finished_cell = moment_cell("finished_at", _("finished at"))

    @admin.display(description=_("event"))
    def about_cell(self, delivery: Delivery) -> str:
        return with_note(ltr(delivery.event.public_id), *happening(delivery))

    @admin.display(description=_("endpoint"))
    def receiver_cell(self, delivery: Delivery) -> str:
        return with_note(ltr(delivery.endpoint.public_id), _called(delivery.endpoint))

    @admin.display(description=_("event"))
    def event_cell(self, delivery: Delivery) -> str:
        return link(self._url("event_change", delivery.event_id), delivery.event.public_id)

    @admin.display(description=_("type"))
    def type_cell(self, delivery: Delivery) -> str:
        return delivery.event.get_type_display()

    @admin.display(description=_("endpoint"))
    def endpoint_cell(self, delivery: Delivery) -> str:
        endpoint = delivery.endpoint
        shown = link(self._url("webhookendpoint_change", endpoint.pk), endpoint.public_id)
        return with_note(shown, endpoint.name) if endpoint.name else shown

    @admin.display(description=_("URL"))
    def url_cell(self, delivery: Delivery) -> str:
        return ltr(delivery.endpoint.url)

    @admin.display(description=_("resent by hand"))
    def manual_cell(self, delivery: Delivery) -> str:
        # Not as the red cross that a False would be: it is the rule, and no fault.
        return gettext("yes") if is_resent(delivery) else gettext("no")

    @admin.display(description=_("status"))
    def outcome_cell(self, delivery: Delivery) -> str:
        told = ngettext("%(count)d attempt", "%(count)d attempts", delivery.attempts)
        return with_note(status_badge(delivery.status), told % {"count": delivery.attempts})

    @admin.display(description=_("status"))
    def status_cell(self, delivery: Delivery) -> str:
        return status_badge(delivery.status)

    @admin.display(description=_("next attempt"))
    def next_attempt_cell(self, delivery: Delivery) -> str:
        if delivery.status != DeliveryStatus.PENDING:
            return EMPTY
        if not delivery.endpoint.is_enabled:
            return str(_("when the endpoint is enabled"))
        is_open = delivery.endpoint.opened_at is not None
        return moment(delivery.endpoint.probe_at if is_open else delivery.lane.ready_at)

    @admin.display(description=_("in their order"))
    def attempt_log_cell(self, delivery: Delivery) -> str:
        return self._attempts(delivery, shows_text=True)

    @admin.display(description=_("in their order"))
    def veiled_attempt_log_cell(self, delivery: Delivery) -> str:
        return self._attempts(delivery, shows_text=False)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        deliveries = super().get_queryset(request).select_related("site", "event__site", "endpoint", "lane")
        return deliveries.defer("event__ching_payload", "event__chargebee_payload", "endpoint__basic_auth_password")

    def has_resend_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        """Whether the user may resend events, or that of this delivery."""
        return bool(request.user.has_perm(MAY_RESEND))

    def get_fieldsets(self, request: HttpRequest, obj: Delivery | None = None) -> Any:
        sees = any(request.user.has_perm(f"billing_customers.{action}_customer") for action in ("view", "change"))
        log = "attempt_log_cell" if sees else "veiled_attempt_log_cell"
        return ((None, {"fields": ABOUT}), (_("Attempts"), {"fields": (log,)}))

    def get_object_buttons(self, request: HttpRequest, obj: Delivery) -> list[ObjectButton]:
        if obj.event.type == EventType.PING or not self.has_resend_permission(request, obj):
            return []
        return [ObjectButton("resend", _("Resend…"))]

    def told_as(self, obj: Delivery) -> str:
        return f"{obj.event.public_id} → {obj.endpoint.public_id}"

    @admin.action(description=_("Resend…"), permissions=["resend"])
    def resend(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> HttpResponse | None:
        deliveries = list(queryset)
        if not all(self.has_resend_permission(request, each) for each in deliveries):
            raise PermissionDenied
        if not is_confirmed(request):
            return ask(self, request, deliveries, RESEND)
        resend_rows(self, request, deliveries)
        return self.back(request, deliveries)

    def _attempts(self, delivery: Delivery, *, shows_text: bool) -> str:
        attempts = latest_attempts([delivery], ATTEMPTS_SHOWN).get(delivery.pk, [])
        return attempts_table(attempt_lines(attempts, shows_text=shows_text))

    def _url(self, page: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:billing_customers_{page}", args=args)


def _called(endpoint: WebhookEndpoint) -> str:
    """The name of an endpoint, or else its URL, cut."""
    about = endpoint.name or endpoint.url
    return about if len(about) <= 40 else f"{about[:39]}…"
