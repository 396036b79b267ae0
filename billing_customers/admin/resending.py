"""Resending from the pages of events and of deliveries. It is the endpoint's permission: it is what will be called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from billing_customers.admin.base import acting
from billing_customers.admin.confirming import Question
from billing_customers.models import Delivery, Event, WebhookEndpoint
from billing_customers.operations.resending import resend_event

if TYPE_CHECKING:
    from billing_customers.admin.base import OperationAdmin

MAY_RESEND = "billing_customers.change_webhookendpoint"
RESEND = Question(
    action="resend",
    title=_("Resend events?"),
    warning=_("They are sent once more, as they were, with the same webhook-id, by which receivers know them."),
    button=_("Resend now"),
    is_danger=False,
)


def resend_rows(
    model_admin: OperationAdmin,
    request: HttpRequest,
    rows: Sequence[Event | Delivery],
    endpoint: WebhookEndpoint | None = None,
) -> None:
    """Queue the event of each row once more: for ``endpoint``, for the delivery's, or for all that select it."""
    queued = 0

    def act(row: Event | Delivery) -> None:
        nonlocal queued
        event, to = (row.event, row.endpoint) if isinstance(row, Delivery) else (row, endpoint)
        queued += resend_event(
            site=event.site,
            event_id=event.public_id,
            endpoint_id=None if to is None else to.public_id,
            actor=acting(request),
            at=timezone.now(),
        )

    for row in model_admin.carry_out(request, rows, act):
        model_admin.log_change(request, row, "Resent.")
    if queued:
        told = ngettext("%(count)d delivery was queued.", "%(count)d deliveries were queued.", queued)
        model_admin.message_user(request, told % {"count": queued}, messages.SUCCESS)
    else:
        nothing = _("Nothing was queued: no endpoint is to get it, or it waits to be resent already.")
        model_admin.message_user(request, str(nothing), messages.WARNING)
