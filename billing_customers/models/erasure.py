from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.models.customer import Customer
from billing_customers.models.site import BillingSite
from billing_customers.tenancy import SiteScopedQuerySet


class ErasureCertificate(models.Model):
    """That the personal data of a customer was cleared: when, by whom, what and how much. Written once."""

    site = models.ForeignKey(
        BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+", verbose_name=_("site")
    )
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("customer"))
    requested_at = models.DateTimeField(_("requested at"))
    cleared_at = models.DateTimeField(_("cleared at"))
    done_by = models.CharField(_("by"), max_length=100, blank=True)
    # By table: how many rows, the last of them, and how many values of each column were cleared.
    counts = models.JSONField(_("what was cleared"))
    digest = models.CharField(
        _("digest"), max_length=64, help_text=_("SHA-256 of this certificate and of the state of the cleared rows.")
    )

    objects = models.Manager.from_queryset(SiteScopedQuerySet["ErasureCertificate"])()

    class Meta:
        verbose_name = _("certificate of erasure")
        verbose_name_plural = _("certificates of erasure")
        constraints = [models.UniqueConstraint(fields=["site", "customer"], name="bc_certificate_customer")]

    def __str__(self) -> str:
        return str(self.pk)
