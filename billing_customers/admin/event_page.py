"""What the page of an event is made of."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.cells import EMPTY, badge, link, ltr, ltr_cell, moment, moment_cell, pretty, with_note
from billing_customers.admin.delivery_tables import attempt_lines, deliveries_table, delivery_line
from billing_customers.choices import DeliveryStatus, EventType
from billing_customers.models import Event
from billing_customers.queries.deliveries import latest_attempts

DELIVERIES_SHOWN = 50
ATTEMPTS_SHOWN = 500
ABOUT = (
    ("id_cell", "type_cell", "occurred_cell"),
    ("site_cell", "customer_cell", "sequence_cell"),
    ("source", "user_cell", "version_cell"),
    "silenced_cell",
)
PAYLOADS = ("ching_cell", "chargebee_cell")
_KINDS = {EventType.CUSTOMER_CREATED: "good", EventType.CUSTOMER_DELETED: "bad", EventType.PING: "quiet"}


def fieldsets(*, shows_payload: bool) -> list[Any]:
    """``shows_payload``: whether the reader may see the personal data that an event holds."""
    return [
        (None, {"fields": ABOUT}),
        (_("Deliveries"), {"fields": ("deliveries_cell" if shows_payload else "veiled_deliveries_cell",)}),
        (_("Payloads"), {"fields": PAYLOADS if shows_payload else ("veiled_cell",)}),
    ]


class EventCells:
    """The shown values of an event, in the list and on its page."""

    admin_site: Any

    id_cell = ltr_cell("public_id", _("id"))
    site_cell = ltr_cell("site", _("site"))
    sequence_cell = ltr_cell("sequence", _("sequence"))
    version_cell = ltr_cell("resource_version", _("version"))
    user_cell = ltr_cell("user", _("by"))
    occurred_cell = moment_cell("occurred_at", _("occurred at"))

    @admin.display(description=_("event"))
    def about_cell(self, event: Event) -> str:
        return with_note(ltr(event.public_id), *filter(None, (event.get_source_display(), event.user)))

    @admin.display(description=_("silenced"))
    def silenced_cell(self, event: Event) -> str:
        # Not as the red cross that a False would be: it is the rule, and no fault.
        if not event.is_silenced:
            return gettext("no")
        return with_note(gettext("yes"), _("The request asked that no webhook be sent for it."))

    @admin.display(description=_("customer"))
    def subject_cell(self, event: Event) -> str:
        number = () if event.sequence is None else (f"#{event.sequence}",)
        return with_note(self.customer_cell(event), *number, event.site)

    @admin.display(description=_("type"))
    def type_cell(self, event: Event) -> str:
        return badge(event.get_type_display(), _KINDS.get(EventType(event.type), "plain"))

    @admin.display(description=_("type"))
    def happening_cell(self, event: Event) -> str:
        return with_note(self.type_cell(event), moment(event.occurred_at))

    @admin.display(description=_("customer"))
    def customer_cell(self, event: Event) -> str:
        if event.customer is None:
            return EMPTY
        return link(self._url("customer_change", event.customer_id), event.customer.public_id)

    @admin.display(description=_("deliveries"))
    def summary_cell(self, event: Event) -> str:
        """How many arrived of how many, or that nobody was to get it."""
        statuses = [delivery.status for delivery in event.deliveries.all()]
        if not statuses:
            return badge(_("silenced") if event.is_silenced else _("none"), "quiet")
        arrived = statuses.count(DeliveryStatus.SUCCEEDED)
        kind = "bad" if {DeliveryStatus.EXHAUSTED, DeliveryStatus.EXPIRED} & set(statuses) else "warn"
        return badge(f"{arrived}/{len(statuses)}", "good" if arrived == len(statuses) else kind)

    @admin.display(description=_("CHING"))
    def ching_cell(self, event: Event) -> str:
        return _payload(event.ching_payload)

    @admin.display(description=_("Chargebee"))
    def chargebee_cell(self, event: Event) -> str:
        return _payload(event.chargebee_payload)

    @admin.display(description=_("not shown"))
    def veiled_cell(self, event: Event) -> str:
        return gettext("They hold personal data: the permission to view customers is needed to see them.")

    @admin.display(description=_("newest first"))
    def deliveries_cell(self, event: Event) -> str:
        return self._deliveries(event, shows_text=True)

    @admin.display(description=_("newest first"))
    def veiled_deliveries_cell(self, event: Event) -> str:
        return self._deliveries(event, shows_text=False)

    def _deliveries(self, event: Event, *, shows_text: bool) -> str:
        deliveries = list(event.deliveries.select_related("endpoint").order_by("-pk")[:DELIVERIES_SHOWN])
        attempts = latest_attempts(deliveries, ATTEMPTS_SHOWN)
        lines = [
            delivery_line(
                each,
                with_note(link(self._url("delivery_change", each.pk), each.endpoint.public_id), ltr(each.endpoint.url)),
                attempt_lines(attempts.get(each.pk, []), shows_text=shows_text),
            )
            for each in deliveries
        ]
        return deliveries_table(lines, about=gettext("Endpoint"), nothing=gettext("No endpoint was to get it."))

    def _url(self, page: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:billing_customers_{page}", args=args)


def _payload(text: str | None) -> str:
    if text is None:
        return gettext("The contract has no such event.")
    return format_html('<pre dir="ltr" class="bc-json">{}</pre>', pretty(json.loads(text)))
