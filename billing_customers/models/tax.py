from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.choices import CustomerType, EntityCode, Taxability, TaxIdStatus, TaxjarExemptionCategory


class TaxColumns(models.Model):
    """The primary tax id with what is known of it, and the exemptions."""

    tax_id = models.CharField(
        _("tax id"), max_length=50, null=True, blank=True, help_text=_("VAT or tax registration number.")
    )
    tax_id_key = models.CharField(max_length=50, null=True, editable=False)
    tax_id_status = models.CharField(
        _("tax id status"), max_length=20, null=True, editable=False, choices=TaxIdStatus.choices
    )
    tax_id_validated_at = models.DateTimeField(_("tax id validated at"), null=True, editable=False)
    tax_id_evidence = models.JSONField(_("tax id evidence"), null=True, editable=False)
    taxability = models.CharField(
        _("taxability"), max_length=10, default=Taxability.TAXABLE, choices=Taxability.choices
    )
    registered_for_gst = models.BooleanField(_("registered for GST"), null=True, blank=True)
    business_customer_without_vat_number = models.BooleanField(_("business without VAT number"), null=True, blank=True)
    is_location_valid = models.BooleanField(_("location is valid"), null=True, editable=False)
    exemption_details = models.JSONField(_("exemption details"), null=True, blank=True)
    customer_type = models.CharField(
        _("customer type"), max_length=20, null=True, blank=True, choices=CustomerType.choices
    )
    taxjar_exemption_category = models.CharField(
        _("TaxJar exemption category"), max_length=20, null=True, blank=True, choices=TaxjarExemptionCategory.choices
    )
    entity_code = models.CharField(_("entity code"), max_length=5, null=True, blank=True, choices=EntityCode.choices)
    exempt_number = models.CharField(_("exempt number"), max_length=100, null=True, blank=True)

    class Meta:
        abstract = True
