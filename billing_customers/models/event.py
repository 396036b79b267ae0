from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.choices import EventSource, EventType
from billing_customers.models.customer import Customer
from billing_customers.models.site import BillingSite
from billing_customers.tenancy import SiteScopedQuerySet


class Event(models.Model):
    """Something that happened to a customer, written in the transaction of the change and rendered then, once.

    The payloads are the exact bytes that receivers get, on every attempt.
    """

    site = models.ForeignKey(
        BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+", verbose_name=_("site")
    )
    public_id = models.CharField(_("id"), max_length=50)
    # Null for a test ping.
    customer = models.ForeignKey(
        Customer, null=True, db_index=False, on_delete=models.PROTECT, related_name="events", verbose_name=_("customer")
    )
    sequence = models.PositiveBigIntegerField(
        _("sequence"), null=True, help_text=_("1, 2, 3 … for each customer, without a gap.")
    )
    type = models.CharField(_("type"), max_length=60, choices=EventType.choices)
    source = models.CharField(_("source"), max_length=20, choices=EventSource.choices)
    user = models.CharField(_("by"), max_length=100, blank=True)
    resource_version = models.BigIntegerField(_("version"), null=True)
    occurred_at = models.DateTimeField(_("occurred at"))
    # PostgreSQL's id of the transaction, 0 elsewhere. With it a reader can tell what may still appear before a row.
    tx = models.BigIntegerField(default=0)
    is_silenced = models.BooleanField(
        _("silenced"), default=False, help_text=_("The request asked that no webhook be sent for it.")
    )
    # Null where the contract has no name for the event.
    ching_payload = models.TextField(_("CHING payload"), null=True)
    chargebee_payload = models.TextField(_("Chargebee payload"), null=True)

    objects = models.Manager.from_queryset(SiteScopedQuerySet["Event"])()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.UniqueConstraint(fields=["site", "public_id"], name="bc_event_public_id"),
            models.UniqueConstraint(fields=["site", "customer", "sequence"], name="bc_event_sequence"),
        ]
        indexes = [
            models.Index(fields=["site", "tx", "id"], name="bc_event_recorded"),
            models.Index(fields=["site", "occurred_at"], name="bc_event_occurred"),
            models.Index(fields=["occurred_at"], name="bc_event_retention"),
        ]

    def __str__(self) -> str:
        return self.public_id


class EventClock(models.Model):
    """On MariaDB, a row that recording an event locks, so that a site's events are committed in the order of their ids.

    PostgreSQL tells by ``tx`` what is not committed yet, and SQLite has one writer.
    """

    site = models.OneToOneField(BillingSite, primary_key=True, on_delete=models.CASCADE, related_name="+")
    ticks = models.BigIntegerField(default=0)

    objects = models.Manager.from_queryset(SiteScopedQuerySet["EventClock"])()

    class Meta:
        verbose_name = _("event clock")
        verbose_name_plural = _("event clocks")

    def __str__(self) -> str:
        return str(self.pk)
