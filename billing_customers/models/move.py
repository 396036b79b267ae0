from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.models.job import Job
from billing_customers.models.site import BillingSite
from billing_customers.tenancy import SiteScopedQuerySet


class MigrationStatus(models.TextChoices):
    """How far a move has come, as Chargebee's ``resource_migration`` spells it."""

    SCHEDULED = "scheduled", _("scheduled")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")


class MoveAllowance(models.Model):
    """That ``site`` may take copies of the customers of ``from_site``; not the other way round."""

    site = models.ForeignKey(
        BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+", verbose_name=_("to the site")
    )
    from_site = models.ForeignKey(
        BillingSite, on_delete=models.PROTECT, related_name="+", verbose_name=_("from the site")
    )
    created_at = models.DateTimeField(_("created at"), editable=False)

    objects = models.Manager.from_queryset(SiteScopedQuerySet["MoveAllowance"])()

    class Meta:
        verbose_name = _("permission to move customers")
        verbose_name_plural = _("permissions to move customers")
        constraints = [
            models.UniqueConstraint(fields=["site", "from_site"], name="bc_move_allowance"),
            models.CheckConstraint(condition=~models.Q(site=models.F("from_site")), name="bc_move_not_to_itself"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ResourceMigration(models.Model):
    """A customer that ``site`` has asked for, and what became of it."""

    site = models.ForeignKey(
        BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+", verbose_name=_("to the site")
    )
    from_site = models.ForeignKey(
        BillingSite, on_delete=models.PROTECT, related_name="+", verbose_name=_("from the site")
    )
    entity_type = models.CharField(_("what"), max_length=20, default="customer")
    entity_id = models.CharField(_("id"), max_length=50)
    status = models.CharField(
        _("status"), max_length=20, choices=MigrationStatus.choices, default=MigrationStatus.SCHEDULED
    )
    # Sentences: why it failed, or what could not be copied.
    errors = models.TextField(_("errors"), blank=True)
    # Null once the job was removed, long after it has ended.
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("job"))
    created_at = models.DateTimeField(_("created at"), editable=False)
    updated_at = models.DateTimeField(_("updated at"), editable=False)

    objects = models.Manager.from_queryset(SiteScopedQuerySet["ResourceMigration"])()

    class Meta:
        verbose_name = _("move of a customer")
        verbose_name_plural = _("moves of customers")
        indexes = [models.Index(fields=["site", "from_site", "entity_id", "id"], name="bc_migration_latest")]

    def __str__(self) -> str:
        return str(self.pk)
