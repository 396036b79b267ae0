from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.choices import CustomerUserRole
from billing_customers.models.customer import Customer
from billing_customers.models.site import BillingSite
from billing_customers.tenancy import SiteScopedQuerySet


class CustomerUser(models.Model):
    """An optional link between the host's users and customers: who may act for which payer."""

    site = models.ForeignKey(BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="user_links")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="billing_customer_links")
    role = models.CharField(_("role"), max_length=10, default=CustomerUserRole.OWNER, choices=CustomerUserRole.choices)
    created_at = models.DateTimeField(_("created at"), editable=False)

    objects = models.Manager.from_queryset(SiteScopedQuerySet["CustomerUser"])()

    class Meta:
        verbose_name = _("user of a customer")
        verbose_name_plural = _("users of customers")
        constraints = [models.UniqueConstraint(fields=["site", "customer", "user"], name="bc_customer_user")]

    def __str__(self) -> str:
        return str(self.pk)
