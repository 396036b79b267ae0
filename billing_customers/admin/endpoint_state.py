"""How an endpoint does, in one word; the list can be filtered by it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.cells import badge, moment
from billing_customers.admin.filters import STATE_PARAMETER, ChoiceFilter
from billing_customers.choices import DisabledReason
from billing_customers.models import WebhookEndpoint

_KEPT = Q(deleted_at=None)
_ENABLED = _KEPT & Q(disabled_at=None)

STATES: dict[str, tuple[Any, Q]] = {
    "healthy": (_("healthy"), _ENABLED & Q(failures=0, last_success_at__isnull=False)),
    "unused": (_("nothing sent yet"), _ENABLED & Q(failures=0, last_success_at=None)),
    "failing": (_("failing"), _ENABLED & Q(failures__gt=0, opened_at=None)),
    "open": (_("breaker open"), _ENABLED & Q(failures__gt=0, opened_at__isnull=False)),
    "disabled": (_("disabled"), _KEPT & Q(disabled_at__isnull=False)),
    "deleted": (_("deleted"), Q(deleted_at__isnull=False)),
}
_KINDS = {"healthy": "good", "unused": "quiet", "failing": "warn", "open": "bad", "disabled": "bad", "deleted": "quiet"}


def state_of(endpoint: WebhookEndpoint) -> str:
    """The key of ``STATES``."""
    if endpoint.deleted_at is not None:
        return "deleted"
    if endpoint.disabled_at is not None:
        return "disabled"
    if endpoint.failures:
        return "failing" if endpoint.opened_at is None else "open"
    return "unused" if endpoint.last_success_at is None else "healthy"


def state_badge(endpoint: WebhookEndpoint) -> str:
    """The state as a badge, with what staff would ask next below it."""
    state = state_of(endpoint)
    label, kind = STATES[state][0], _KINDS[state]
    if endpoint.disabled_reason == DisabledReason.MANUAL:
        kind = "quiet"
    notes = format_html_join("", '<div class="bc-note"><bdi>{} {}</bdi></div>', _notes(endpoint, state))
    return format_html("<div>{}{}</div>", badge(label, kind), notes)


def _notes(endpoint: WebhookEndpoint, state: str) -> list[tuple[Any, str]]:
    since = {
        "failing": endpoint.failing_since,
        "open": endpoint.failing_since,
        "disabled": endpoint.disabled_at,
        "deleted": endpoint.deleted_at,
    }
    notes: list[tuple[Any, str]] = []
    if state == "disabled":
        notes.append((DisabledReason(endpoint.disabled_reason).label, ""))
    if state in since:
        notes.append((gettext("since"), moment(since[state])))
    if state == "open":
        notes.append((gettext("next probe"), moment(endpoint.probe_at)))
    return notes


class EndpointStateFilter(ChoiceFilter):
    """Deleted endpoints are in the list only where they are asked for."""

    title = _("state")
    parameter_name = STATE_PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(state, label) for state, (label, _condition) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(_KEPT if value is None else STATES[value][1])
