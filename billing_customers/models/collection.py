from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.choices import AutoCollection, BillingDateMode, DayOfWeek, FraudFlag, OfflinePaymentMethod


class CollectionColumns(models.Model):
    """How and when the customer is billed."""

    auto_collection = models.CharField(
        _("auto collection"), max_length=3, default=AutoCollection.ON, choices=AutoCollection.choices
    )
    net_term_days = models.IntegerField(
        _("net term days"), default=0, help_text=_("Days within which an invoice is to be paid.")
    )
    allow_direct_debit = models.BooleanField(_("allow direct debit"), default=False)
    preferred_currency_code = models.CharField(_("preferred currency"), max_length=3, help_text=_("ISO 4217."))
    offline_payment_method = models.CharField(
        _("offline payment method"), max_length=20, null=True, blank=True, choices=OfflinePaymentMethod.choices
    )
    auto_close_invoices = models.BooleanField(_("auto-close invoices"), null=True, blank=True)
    consolidated_invoicing = models.BooleanField(_("consolidated invoicing"), null=True, blank=True)
    invoice_notes = models.TextField(_("invoice notes"), max_length=2000, null=True, blank=True)
    fraud_flag = models.CharField(_("fraud flag"), max_length=20, null=True, blank=True, choices=FraudFlag.choices)
    billing_date = models.PositiveSmallIntegerField(_("billing date"), null=True, blank=True, help_text=_("1 to 31."))
    billing_date_mode = models.CharField(
        _("billing date mode"), max_length=20, null=True, blank=True, choices=BillingDateMode.choices
    )
    billing_day_of_week = models.CharField(
        _("billing day of week"), max_length=10, null=True, blank=True, choices=DayOfWeek.choices
    )
    billing_day_of_week_mode = models.CharField(
        _("billing day of week mode"), max_length=20, null=True, blank=True, choices=BillingDateMode.choices
    )
    billing_month = models.PositiveSmallIntegerField(_("billing month"), null=True, blank=True, help_text=_("1 to 12."))

    class Meta:
        abstract = True
