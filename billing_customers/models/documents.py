from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.choices import (
    COLLECTABLE_INVOICE_STATUSES,
    LIVE_SUBSCRIPTION_STATUSES,
    CreditNoteStatus,
    CreditNoteType,
    InvoiceStatus,
    SubscriptionStatus,
)
from billing_customers.models.customer import Customer
from billing_customers.models.site import BillingSite
from billing_customers.tenancy import SiteScopedQuerySet


class OfCustomer(models.Model):
    """What every document of a customer has. Amounts are integers in minor units of ``currency``."""

    site = models.ForeignKey(
        BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+", verbose_name=_("site")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="%(class)ss", verbose_name=_("customer")
    )
    public_id = models.CharField(_("id"), max_length=50)
    currency = models.CharField(_("currency"), max_length=3)
    created_at = models.DateTimeField(_("created at"), editable=False)
    updated_at = models.DateTimeField(_("updated at"), editable=False)
    resource_version = models.BigIntegerField(_("version"), editable=False)
    # Its customer was deleted; the document is kept, and hidden.
    deleted_at = models.DateTimeField(_("deleted at"), null=True, editable=False)

    class Meta:
        abstract = True
        constraints = [models.UniqueConstraint(fields=["site", "public_id"], name="bc_%(class)s_public_id")]
        indexes = [models.Index(fields=["site", "created_at", "id"], name="bc_%(class)s_created")]

    def __str__(self) -> str:
        return self.public_id


class SubscriptionQuerySet(SiteScopedQuerySet["Subscription"]):
    def live(self) -> Self:
        """Those that keep their customer from being deleted."""
        return self.filter(status__in=LIVE_SUBSCRIPTION_STATUSES)


class Subscription(OfCustomer):
    """The built-in subscription: enough to know whether a customer may go. Hosts plug in their own.

    On PostgreSQL a foreign key proves that none of these is live while its customer is deleted.
    """

    status = models.CharField(_("status"), max_length=20, choices=SubscriptionStatus.choices)
    started_at = models.DateTimeField(_("started at"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True)

    objects = models.Manager.from_queryset(SubscriptionQuerySet)()

    class Meta(OfCustomer.Meta):
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        indexes = [
            *OfCustomer.Meta.indexes,
            models.Index(fields=["site", "updated_at", "id"], name="bc_subscription_updated"),
        ]


class InvoiceQuerySet(SiteScopedQuerySet["Invoice"]):
    def collectable(self) -> Self:
        """Those that a payment is still wanted for."""
        return self.filter(status__in=COLLECTABLE_INVOICE_STATUSES, deleted_at=None)


class Invoice(OfCustomer):
    """What a customer owes: ``total = amount_paid + credits_applied + amount_due``, always."""

    subscription = models.ForeignKey(
        Subscription, null=True, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("subscription")
    )
    status = models.CharField(_("status"), max_length=20, choices=InvoiceStatus.choices)
    total = models.BigIntegerField(_("total"))
    amount_paid = models.BigIntegerField(_("amount paid"), default=0)
    credits_applied = models.BigIntegerField(_("credits applied"), default=0)
    amount_due = models.BigIntegerField(_("amount due"))
    date = models.DateTimeField(_("date"))
    due_at = models.DateTimeField(_("due at"), null=True)
    paid_at = models.DateTimeField(_("paid at"), null=True)

    objects = models.Manager.from_queryset(InvoiceQuerySet)()

    class Meta(OfCustomer.Meta):
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = [
            *OfCustomer.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(
                    total__gte=0,
                    amount_paid__gte=0,
                    credits_applied__gte=0,
                    amount_due__gte=0,
                    total=models.F("amount_paid") + models.F("credits_applied") + models.F("amount_due"),
                ),
                name="bc_invoice_adds_up",
            ),
        ]
        indexes = [
            *OfCustomer.Meta.indexes,
            models.Index(fields=["site", "date", "id"], name="bc_invoice_date"),
            models.Index(fields=["site", "updated_at", "id"], name="bc_invoice_updated"),
        ]


class CreditNote(OfCustomer):
    """What is given back for an invoice, or kept for the next: ``total = amount_allocated + amount_available``."""

    type = models.CharField(_("type"), max_length=20, choices=CreditNoteType.choices)
    status = models.CharField(_("status"), max_length=20, choices=CreditNoteStatus.choices)
    reference_invoice = models.ForeignKey(
        Invoice, null=True, on_delete=models.PROTECT, related_name="credit_notes", verbose_name=_("invoice")
    )
    total = models.BigIntegerField(_("total"))
    amount_allocated = models.BigIntegerField(_("amount allocated"), default=0)
    amount_available = models.BigIntegerField(_("amount available"))
    date = models.DateTimeField(_("date"))

    objects = models.Manager.from_queryset(SiteScopedQuerySet["CreditNote"])()

    class Meta(OfCustomer.Meta):
        verbose_name = _("credit note")
        verbose_name_plural = _("credit notes")
        constraints = [
            *OfCustomer.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(
                    total__gte=0,
                    amount_allocated__gte=0,
                    amount_available__gte=0,
                    total=models.F("amount_allocated") + models.F("amount_available"),
                ),
                name="bc_credit_note_adds_up",
            ),
        ]


class UnbilledCharge(OfCustomer):
    """What a customer will be invoiced for; its amount is part of the balance ``unbilled_charges`` until it is."""

    subscription = models.ForeignKey(
        Subscription,
        null=True,
        on_delete=models.PROTECT,
        related_name="unbilled_charges",
        verbose_name=_("subscription"),
    )
    amount = models.BigIntegerField(_("amount"))
    description = models.CharField(_("description"), max_length=250, blank=True)
    date = models.DateTimeField(_("date"))
    # Set when it became part of an invoice, or was given up.
    closed_at = models.DateTimeField(_("closed at"), null=True)
    invoice = models.ForeignKey(
        Invoice, null=True, on_delete=models.PROTECT, related_name="charges", verbose_name=_("invoice")
    )

    objects = models.Manager.from_queryset(SiteScopedQuerySet["UnbilledCharge"])()

    class Meta(OfCustomer.Meta):
        verbose_name = _("unbilled charge")
        verbose_name_plural = _("unbilled charges")
        constraints = [
            *OfCustomer.Meta.constraints,
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="bc_unbilled_charge_positive"),
        ]
