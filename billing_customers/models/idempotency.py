from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.models.customer import Customer
from billing_customers.models.site import BillingSite
from billing_customers.tenancy import SiteScopedQuerySet


class IdempotencyRecord(models.Model):
    """The stored outcome of a request that carried an idempotency key.

    A row without ``response_status`` is a request that runs now, until ``lease_until``.
    """

    site = models.ForeignKey(BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+")
    dialect = models.CharField(_("dialect"), max_length=20)
    key = models.CharField(_("key"), max_length=255)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    lease_until = models.DateTimeField(_("lease until"))
    response_status = models.PositiveSmallIntegerField(_("response status"), null=True)
    response_body = models.TextField(_("response body"), null=True)
    response_headers = models.JSONField(_("response headers"), null=True)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"))

    objects = models.Manager.from_queryset(SiteScopedQuerySet["IdempotencyRecord"])()

    class Meta:
        verbose_name = _("stored response")
        verbose_name_plural = _("stored responses")
        constraints = [models.UniqueConstraint(fields=["site", "dialect", "key"], name="bc_idempotency_key")]
        indexes = [models.Index(fields=["expires_at"], name="bc_idempotency_expires")]

    def __str__(self) -> str:
        return str(self.pk)
