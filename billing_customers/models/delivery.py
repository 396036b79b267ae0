from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.choices import AttemptTrigger, DeliveryStatus
from billing_customers.models.customer import Customer
from billing_customers.models.event import Event
from billing_customers.models.site import BillingSite
from billing_customers.models.webhook import WebhookEndpoint
from billing_customers.tenancy import SiteScopedQuerySet


class Lane(models.Model):
    """The queue of one customer's events for one endpoint. It is what workers claim, so order holds within it.

    ``ready_at`` is when its head may be sent, null when nothing waits. A worker that holds it has written its
    ``token`` and the end of its lease, and whoever writes results must still be that worker.
    """

    site = models.ForeignKey(BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+")
    endpoint = models.ForeignKey(WebhookEndpoint, db_index=False, on_delete=models.CASCADE, related_name="lanes")
    # Null: the lane of test pings.
    customer = models.ForeignKey(Customer, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    # What is resent by hand runs beside the schedule, in a lane of its own.
    is_manual = models.BooleanField(default=False)
    ready_at = models.DateTimeField(_("ready at"), null=True)
    lease_until = models.DateTimeField(_("lease until"), null=True)
    token = models.CharField(max_length=32, blank=True)

    objects = models.Manager.from_queryset(SiteScopedQuerySet["Lane"])()

    class Meta:
        verbose_name = _("lane")
        verbose_name_plural = _("lanes")
        constraints = [models.UniqueConstraint(fields=["endpoint", "customer", "is_manual"], name="bc_lane_queue")]
        # Only what waits, where a database has partial indexes.
        indexes = [
            models.Index(
                fields=["endpoint", "ready_at"], name="bc_lane_ready", condition=models.Q(ready_at__isnull=False)
            ),
            models.Index(
                fields=["endpoint", "lease_until"], name="bc_lane_lease", condition=models.Q(lease_until__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Delivery(models.Model):
    """One event on its way to one endpoint."""

    site = models.ForeignKey(BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("event"))
    endpoint = models.ForeignKey(
        WebhookEndpoint, db_index=False, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("endpoint")
    )
    lane = models.ForeignKey(Lane, db_index=False, on_delete=models.CASCADE, related_name="deliveries")
    status = models.CharField(
        _("status"), max_length=20, default=DeliveryStatus.PENDING, choices=DeliveryStatus.choices
    )
    is_manual = models.BooleanField(_("resent by hand"), default=False)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    # Attempts that count for the schedule: those of a probe do not.
    failures = models.PositiveIntegerField(_("failures"), default=0)
    first_attempt_at = models.DateTimeField(_("first attempt at"), null=True)
    created_at = models.DateTimeField(_("created at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)

    objects = models.Manager.from_queryset(SiteScopedQuerySet["Delivery"])()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            # The head of a lane; only what waits.
            models.Index(fields=["lane", "id"], name="bc_delivery_head", condition=models.Q(status="pending")),
            models.Index(fields=["site", "endpoint", "status", "id"], name="bc_delivery_endpoint"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class DeliveryAttempt(models.Model):
    """One request to a receiver, and what came back."""

    site = models.ForeignKey(BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+")
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempt_log")
    number = models.PositiveIntegerField(_("number"))
    trigger = models.CharField(_("trigger"), max_length=10, choices=AttemptTrigger.choices)
    started_at = models.DateTimeField(_("started at"))
    duration_ms = models.PositiveIntegerField(_("duration (ms)"))
    status_code = models.PositiveSmallIntegerField(_("status code"), null=True)
    error = models.CharField(_("error"), max_length=30, blank=True)
    detail = models.CharField(_("detail"), max_length=250, blank=True)
    response_text = models.CharField(_("response"), max_length=1024, blank=True)

    objects = models.Manager.from_queryset(SiteScopedQuerySet["DeliveryAttempt"])()

    class Meta:
        verbose_name = _("delivery attempt")
        verbose_name_plural = _("delivery attempts")
        indexes = [models.Index(fields=["started_at"], name="bc_attempt_retention")]

    def __str__(self) -> str:
        return str(self.pk)
