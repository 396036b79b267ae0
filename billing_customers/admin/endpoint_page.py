"""What the page of a webhook endpoint is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.cells import EMPTY, flag_cell, link, ltr, ltr_cell, moment, moment_cell, with_note
from billing_customers.admin.delivery_tables import deliveries_table, delivery_line, happening
from billing_customers.admin.endpoint_state import state_badge
from billing_customers.choices import ResponseSchema
from billing_customers.models import Delivery, WebhookEndpoint
from billing_customers.models.webhook import EVERY_EVENT
from billing_customers.queries.deliveries import MAX_WAITING, latest_deliveries, waiting_counts

DELIVERIES_SHOWN = 20
HEALTH = (("state_cell", "waiting_cell"), ("last_success_cell", "last_failure_cell", "failures"))
SECRETS = ("secrets_cell",)
LATEST = ("deliveries_cell",)
AUDIT = (("id_cell", "number", "version_cell"), ("created_cell", "updated_cell", "deleted_cell"))
_EVENTS = ("which_events", "ticked_events", "other_events")
_CHARGEBEE = ("is_primary", "sends_card", "response_schema")
_COLLAPSED = {"classes": ["collapse"]}

Fieldsets = list[tuple[Any, dict[str, Any]]]


def add_fieldsets() -> Fieldsets:
    """For a new endpoint."""
    return [
        (None, {"fields": ("site", "dialect", "url", "name", "description")}),
        (_("Events"), {"fields": _EVENTS, "classes": ["bc-events"]}),
        (_("Basic authentication"), {"fields": ("basic_auth_username", "new_password"), **_COLLAPSED}),
        (_("Chargebee's attributes"), {"fields": _CHARGEBEE, **_COLLAPSED}),
    ]


def change_fieldsets() -> Fieldsets:
    """For an endpoint that can be changed."""
    identity = (("site_cell", "dialect_cell"), "url", "name", "description")
    own: Fieldsets = [(_("Health"), {"fields": HEALTH}), (None, {"fields": identity}), *add_fieldsets()[1:]]
    return [*own, *_below()]


def view_fieldsets() -> Fieldsets:
    """For an endpoint that can only be looked at."""
    about = (("site_cell", "dialect_cell"), "url_cell", "name", "description", "events_cell", "basic_auth_cell")
    options = ("primary_cell", "card_cell", "response_schema_cell")
    own: Fieldsets = [(_("Health"), {"fields": HEALTH}), (None, {"fields": (*about, *options)})]
    return [*own, *_below()]


def _below() -> Fieldsets:
    return [
        (_("Signing secrets"), {"fields": SECRETS}),
        (_("Latest deliveries"), {"fields": LATEST}),
        (_("Audit"), {"fields": AUDIT, **_COLLAPSED}),
    ]


class EndpointCells:
    """The shown values of an endpoint, in the list and on its page."""

    admin_site: Any

    id_cell = ltr_cell("public_id", _("id"))
    site_cell = ltr_cell("site", _("site"))
    version_cell = ltr_cell("resource_version", _("version"))
    primary_cell = flag_cell("is_primary", _("primary"))
    card_cell = flag_cell("sends_card", _("send card resource"))
    last_success_cell = moment_cell("last_success_at", _("last success"))
    last_failure_cell = moment_cell("last_failure_at", _("last failure"))
    created_cell = moment_cell("created_at", _("created at"))
    updated_cell = moment_cell("updated_at", _("updated at"))
    deleted_cell = moment_cell("deleted_at", _("deleted at"))

    @admin.display(description=_("URL"))
    def url_cell(self, endpoint: WebhookEndpoint) -> str:
        # Text, never a link: whoever wrote it may not be a friend.
        return format_html('<bdi dir="ltr" class="bc-url">{}</bdi>', endpoint.url)

    @admin.display(description=_("endpoint"))
    def about_cell(self, endpoint: WebhookEndpoint) -> str:
        facts = (endpoint.name, endpoint.get_dialect_display(), endpoint.site)
        return with_note(self.url_cell(endpoint), *(fact for fact in facts if fact))

    @admin.display(description=_("dialect"))
    def dialect_cell(self, endpoint: WebhookEndpoint) -> str:
        return endpoint.get_dialect_display()

    @admin.display(description=_("state"))
    def state_cell(self, endpoint: WebhookEndpoint) -> str:
        return state_badge(endpoint)

    @admin.display(description=_("waiting"))
    def waiting_cell(self, endpoint: WebhookEndpoint) -> str:
        counted = vars(endpoint).get("waiting")
        count = waiting_counts([endpoint])[endpoint.pk] if counted is None else counted
        return ltr(f"{MAX_WAITING:,}+" if count > MAX_WAITING else str(count))

    @admin.display(description=_("events"))
    def events_cell(self, endpoint: WebhookEndpoint) -> str:
        return gettext("all") if EVERY_EVENT in endpoint.events else ltr(", ".join(endpoint.events))

    @admin.display(description=_("basic auth user"))
    def basic_auth_cell(self, endpoint: WebhookEndpoint) -> str:
        return ltr(endpoint.basic_auth_username)

    @admin.display(description=_("response schema"))
    def response_schema_cell(self, endpoint: WebhookEndpoint) -> str:
        return str(dict(ResponseSchema.choices).get(endpoint.response_schema, EMPTY))

    @admin.display(description=_("live secrets"))
    def secrets_cell(self, endpoint: WebhookEndpoint) -> str:
        now = timezone.now()
        secrets = endpoint.secrets.defer("sealed").order_by("-id")
        lines = [(ltr(each.hint), _ending(each)) for each in secrets if each.is_live(now)]
        return format_html_join("", "<div><bdi>{} ({})</bdi></div>", lines) or EMPTY

    @admin.display(description=_("newest first"))
    def deliveries_cell(self, endpoint: WebhookEndpoint) -> str:
        lines = [
            delivery_line(each, with_note(self._delivery_link(each), *happening(each)))
            for each in latest_deliveries(endpoint, DELIVERIES_SHOWN)
        ]
        return deliveries_table(lines, about=gettext("Event"), nothing=gettext("Nothing was sent to it yet."))

    def complete_rows(self, rows: Sequence[WebhookEndpoint]) -> None:
        """Count what waits for all of them in one query."""
        counts = waiting_counts(rows)
        for row in rows:
            vars(row)["waiting"] = counts[row.pk]

    def _delivery_link(self, delivery: Delivery) -> str:
        return link(self._url("delivery_change", delivery.pk), delivery.event.public_id)

    def _url(self, page: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:billing_customers_{page}", args=args)


def _ending(secret: Any) -> str:
    if secret.expires_at is None:
        return gettext("signs until it is rotated")
    return format_html("{} {}", gettext("signs too until"), moment(secret.expires_at))
