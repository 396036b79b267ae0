from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.models.customer import Customer
from billing_customers.models.site import BillingSite
from billing_customers.tenancy import SiteScopedQuerySet

# Of what has failed, once the personal data of its customer was cleared, and the sentence with it.
CLEARED_REASON = "Why it failed was cleared with the personal data of a customer."


class MergeStatus(models.TextChoices):
    """Whose turn it is: a merge is asked for, made, and perhaps undone, by jobs."""

    SCHEDULED = "scheduled", _("scheduled")
    MERGED = "merged", _("merged")
    FAILED = "failed", _("failed")
    UNDO_SCHEDULED = "undo_scheduled", _("undo scheduled")
    UNDONE = "undone", _("undone")


class CustomerMerge(models.Model):
    """One customer became another: when, by whom, and what has to be done to undo it.

    ``is_open`` is true from the request until the merge has failed or was undone, and null afterwards: nulls are
    distinct in a unique key, so that a customer is merged away once at a time, on every database.
    """

    site = models.ForeignKey(
        BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+", verbose_name=_("site")
    )
    public_id = models.CharField(_("id"), max_length=40)
    source = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="merges_away", verbose_name=_("customer that is merged")
    )
    target = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="merges_into", verbose_name=_("customer that stays")
    )
    status = models.CharField(_("status"), max_length=20, default=MergeStatus.SCHEDULED, choices=MergeStatus.choices)
    is_open = models.BooleanField(null=True, default=True, editable=False)
    # Why it failed, or was not undone: a sentence.
    error = models.CharField(_("error"), max_length=250, blank=True)
    done_by = models.CharField(_("by"), max_length=100, blank=True)
    # How many rows of each kind were moved.
    moved = models.JSONField(_("moved"), default=dict)
    # What undoing needs: primary keys and ids, never personal data.
    manifest = models.JSONField(_("manifest"), default=dict, editable=False)
    created_at = models.DateTimeField(_("created at"), editable=False)
    updated_at = models.DateTimeField(_("updated at"), editable=False)
    merged_at = models.DateTimeField(_("merged at"), null=True, editable=False)
    undone_at = models.DateTimeField(_("undone at"), null=True, editable=False)

    objects = models.Manager.from_queryset(SiteScopedQuerySet["CustomerMerge"])()

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.UniqueConstraint(fields=["site", "public_id"], name="bc_merge_public_id"),
            models.UniqueConstraint(fields=["source", "is_open"], name="bc_merge_one_open"),
            models.CheckConstraint(condition=~models.Q(source=models.F("target")), name="bc_merge_not_self"),
        ]
        indexes = [models.Index(fields=["site", "created_at", "id"], name="bc_merge_created")]

    def __str__(self) -> str:
        return self.public_id
