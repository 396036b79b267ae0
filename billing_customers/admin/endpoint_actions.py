"""What staff can do with webhook endpoints, after a question each; a ping harms nobody and asks none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.base import OperationAdmin, acting
from billing_customers.admin.confirming import Question, ask, is_confirmed
from billing_customers.admin.once_page import OncePage, Shown, hold, show_held
from billing_customers.admin.webhook_forms import ResendRangeForm, SecretOverlapForm
from billing_customers.events.sealing import Secret
from billing_customers.exceptions import BillingError
from billing_customers.models import WebhookEndpoint
from billing_customers.operations import locks
from billing_customers.operations.resending import resend_range
from billing_customers.operations.webhooks import (
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    rotate_secret,
    send_ping,
)

ROTATE = Question(
    action="rotate",
    title=_("Rotate signing secrets?"),
    warning=_("A new secret is made and shown once. It signs from now on; the old one signs too for a while."),
    button=_("Make the new secret"),
)
ENABLE = Question(
    action="enable",
    title=_("Enable endpoints?"),
    warning=_("Failures are forgotten, and what waits is sent at once, in the order in which it happened."),
    button=_("Enable now"),
    is_danger=False,
)
DISABLE = Question(
    action="disable",
    title=_("Disable endpoints?"),
    warning=_(
        "Nothing is sent to them any more. What waits goes on waiting until they are enabled; what happens meanwhile "
        "is not gathered for them."
    ),
    button=_("Disable now"),
)
RESEND = Question(
    action="resend_range",
    title=_("Resend events?"),
    warning=_(
        "A job sends the events once more, as they were, with the same webhook-id, by which receivers know them."
    ),
    button=_("Resend"),
    is_danger=False,
)
DELETE = Question(
    action="delete_endpoints",
    title=_("Delete endpoints?"),
    warning=_("What waits for them is cancelled, and their secrets are gone. This cannot be undone."),
    button=_("Delete now"),
)
NEW_SECRET = OncePage(
    title=_("Keep the new secret now"),
    title_of_several=_("Keep the new secrets now"),
    warning=_(
        "This is the only time that the signing secret is shown: the receiver checks signatures with it. It is stored "
        "encrypted and cannot be shown again: if it is lost, rotate it."
    ),
    leave=_("I have kept it: go on"),
)


class EndpointActions(OperationAdmin):
    """The actions. Whoever may change endpoints may run them, but for the deletion."""

    actions = ("ping", "enable", "disable", "rotate", "resend_range", "delete_endpoints")

    def has_manage_permission(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> bool:
        """Whether the user may rotate, enable, disable, ping and resend, or do so with this endpoint."""
        return self.has_own_permission(request, "change") and (obj is None or obj.deleted_at is None)

    def has_removal_permission(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> bool:
        """Whether the user may delete endpoints, or this one."""
        return self.has_own_permission(request, "delete") and (obj is None or obj.deleted_at is None)

    @admin.action(description=_("Send a test ping"), permissions=["manage"])
    def ping(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> HttpResponse | None:
        endpoints, sent = self._manageable(request, queryset), {}

        def act(endpoint: WebhookEndpoint) -> None:
            sent[endpoint.pk] = send_ping(
                site=endpoint.site, public_id=endpoint.public_id, actor=acting(request), at=timezone.now()
            ).public_id

        for endpoint in self.carry_out(request, endpoints, act):
            self.log_change(request, endpoint, f"Sent the test ping {sent[endpoint.pk]}.")
            told = gettext("The test ping %(event)s is on its way to %(endpoint)s.")
            self.message_user(request, told % {"event": sent[endpoint.pk], "endpoint": endpoint}, messages.SUCCESS)
        return self.back(request, endpoints)

    @admin.action(description=_("Enable…"), permissions=["manage"])
    def enable(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> HttpResponse | None:
        return self._switch(request, queryset, ENABLE, enable_endpoint, "Enabled.")

    @admin.action(description=_("Disable…"), permissions=["manage"])
    def disable(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> HttpResponse | None:
        return self._switch(request, queryset, DISABLE, disable_endpoint, "Disabled.")

    @admin.action(description=_("Rotate secret…"), permissions=["manage"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> HttpResponse:
        endpoints = self._manageable(request, queryset)
        form = SecretOverlapForm(request.POST if is_confirmed(request) else None)
        if not endpoints or not form.is_valid():
            return ask(self, request, endpoints, replace(ROTATE, form=form))
        actor, at = acting(request), timezone.now()
        try:
            with transaction.atomic(using=locks.database()):
                made = [
                    shown_secret(
                        each,
                        rotate_secret(
                            site=each.site, public_id=each.public_id, overlap=form.overlap, actor=actor, at=at
                        ),
                    )
                    for each in endpoints
                ]
                for each in endpoints:
                    self.log_change(request, each, "Given a new secret.")
        except BillingError as error:
            return ask(self, request, endpoints, replace(ROTATE, form=form, error=error.message))
        hold(request, made)
        return show_held(self, request, NEW_SECRET)

    @admin.action(description=_("Resend failed since…"), permissions=["manage"])
    def resend_range(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> HttpResponse | None:
        endpoints = self._manageable(request, queryset)
        form = ResendRangeForm(request.POST if is_confirmed(request) else None)
        if not form.is_valid():
            return ask(self, request, endpoints, replace(RESEND, form=form))
        values, jobs = form.cleaned_data, {}

        def act(endpoint: WebhookEndpoint) -> None:
            jobs[endpoint.pk] = resend_range(
                site=endpoint.site,
                endpoint_id=endpoint.public_id,
                since=values["since"],
                until=values["until"],
                only_failed=values["only_failed"],
                actor=acting(request),
                at=timezone.now(),
            )

        for endpoint in self.carry_out(request, endpoints, act):
            job = jobs[endpoint.pk]
            self.log_change(request, endpoint, f"Resent by job {job.pk}.")
            told = gettext("Job %(job)s resends to %(endpoint)s.")
            self.message_user(request, told % {"job": job.pk, "endpoint": endpoint}, messages.SUCCESS)
        return self.back(request, endpoints)

    @admin.action(description=_("Delete…"), permissions=["removal"])
    def delete_endpoints(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> HttpResponse | None:
        endpoints = list(queryset.select_related("site"))
        if not all(self.has_removal_permission(request, each) for each in endpoints):
            raise PermissionDenied
        if not is_confirmed(request):
            return ask(self, request, endpoints, DELETE)
        self._each(request, endpoints, delete_endpoint, "Deleted.")
        return None

    def _manageable(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> list[WebhookEndpoint]:
        """The ticked endpoints, each of which the user may manage."""
        endpoints = list(queryset.select_related("site"))
        if not all(self.has_manage_permission(request, each) for each in endpoints):
            raise PermissionDenied
        return endpoints

    def _switch(
        self,
        request: HttpRequest,
        queryset: QuerySet[WebhookEndpoint],
        question: Question,
        operation: Any,
        message: str,
    ) -> HttpResponse | None:
        endpoints = self._manageable(request, queryset)
        if not is_confirmed(request):
            return ask(self, request, endpoints, question)
        self._each(request, endpoints, operation, message)
        return self.back(request, endpoints)

    def _each(self, request: HttpRequest, endpoints: list[WebhookEndpoint], operation: Any, message: str) -> None:
        def act(endpoint: WebhookEndpoint) -> None:
            operation(site=endpoint.site, public_id=endpoint.public_id, actor=acting(request), at=timezone.now())

        done = self.carry_out(request, endpoints, act)
        for endpoint in done:
            self.log_change(request, endpoint, message)
        if done:
            told = ngettext("Done: %(count)d endpoint.", "Done: %(count)d endpoints.", len(done))
            self.message_user(request, told % {"count": len(done)}, messages.SUCCESS)


def shown_secret(endpoint: WebhookEndpoint, secret: Secret) -> Shown:
    """What the page that shows the secret once says of it."""
    facts = (
        (_("Site"), str(endpoint.site)),
        (_("URL"), endpoint.url),
        (_("Dialect"), endpoint.get_dialect_display()),
        (_("Name"), endpoint.name),
    )
    return Shown(endpoint.pk, endpoint.public_id, secret, facts)
