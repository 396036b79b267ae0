from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.models.customer import Customer
from billing_customers.models.site import BillingSite
from billing_customers.tenancy import SiteScopedQuerySet


class Contact(models.Model):
    """A person at the customer who may receive its mail."""

    site = models.ForeignKey(BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="contacts")
    public_id = models.CharField(_("id"), max_length=150)
    email = models.CharField(_("e-mail"), max_length=254)
    first_name = models.CharField(_("first name"), max_length=150, null=True, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=50, null=True, blank=True)
    label = models.CharField(_("label"), max_length=50, null=True, blank=True)
    enabled = models.BooleanField(_("enabled"), default=False)
    send_billing_email = models.BooleanField(_("billing e-mails"), default=False)
    send_account_email = models.BooleanField(_("account e-mails"), default=False)

    objects = models.Manager.from_queryset(SiteScopedQuerySet["Contact"])()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["site", "customer", "public_id"], name="bc_contact_public_id")]

    def __str__(self) -> str:
        return self.public_id
