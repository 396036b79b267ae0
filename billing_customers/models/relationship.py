from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.models.customer import Customer
from billing_customers.models.site import BillingSite
from billing_customers.tenancy import SiteScopedQuerySet


class Relationship(models.Model):
    """Where a customer stands in an account hierarchy, and who is invoiced and who pays for it.

    ``root`` is kept, so that a whole hierarchy is found by one index; the root itself has no row. An account's access
    has only what differs from the site's, and counts only where the site's is not used.
    """

    site = models.ForeignKey(BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+")
    child = models.OneToOneField(Customer, on_delete=models.PROTECT, related_name="relationship")
    parent = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="child_relationships")
    root = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="tree_relationships")
    invoice_owner = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoiced_relationships")
    payment_owner = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="paid_relationships")
    uses_default_access = models.BooleanField(_("uses the site's access settings"), default=True)
    parent_account_access = models.JSONField(_("access of the parent"), default=dict, blank=True)
    child_account_access = models.JSONField(_("access of the child"), default=dict, blank=True)

    objects = models.Manager.from_queryset(SiteScopedQuerySet["Relationship"])()

    class Meta:
        verbose_name = _("relationship")
        verbose_name_plural = _("relationships")
        indexes = [
            models.Index(fields=["site", "parent", "id"], name="bc_relationship_children"),
            models.Index(fields=["site", "root", "id"], name="bc_relationship_tree"),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(child=models.F("parent")), name="bc_relationship_not_self")
        ]

    def __str__(self) -> str:
        return str(self.pk)
