from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.models.customer import Customer
from billing_customers.models.site import BillingSite
from billing_customers.tenancy import SiteScopedQuerySet


class Relationship(models.Model):
    """Where a customer stands in an account hierarchy, and who is invoiced and who pays for it."""

    site = models.ForeignKey(BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+")
    child = models.OneToOneField(Customer, on_delete=models.PROTECT, related_name="relationship")
    parent = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="child_relationships")
    root = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="tree_relationships")
    invoice_owner = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoiced_relationships")
    payment_owner = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="paid_relationships")

    objects = models.Manager.from_queryset(SiteScopedQuerySet["Relationship"])()

    class Meta:
        verbose_name = _("relationship")
        verbose_name_plural = _("relationships")
        indexes = [
            models.Index(fields=["site", "parent"], name="bc_relationship_parent"),
            models.Index(fields=["site", "root"], name="bc_relationship_root"),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(child=models.F("parent")), name="bc_relationship_not_self")
        ]

    def __str__(self) -> str:
        return str(self.pk)
