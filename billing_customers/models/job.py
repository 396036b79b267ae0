from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.choices import JobStatus
from billing_customers.models.customer import Customer
from billing_customers.models.site import BillingSite
from billing_customers.tenancy import SiteScopedQuerySet

# Of a job that is not over.
ALIVE = (JobStatus.PENDING, JobStatus.RUNNING)


class Job(models.Model):
    """Work that outlives a request: a row written with the change that needs it, carried out by a handler that can be
    repeated.
    """

    # Null for upkeep of the whole installation.
    site = models.ForeignKey(
        BillingSite, null=True, db_index=False, on_delete=models.PROTECT, related_name="+", verbose_name=_("site")
    )
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=60)
    # Ids, never personal data.
    arguments = models.JSONField(_("arguments"), default=dict)
    # Two jobs with one key are one job; null once it has ended.
    key = models.CharField(_("key"), max_length=150, null=True)
    status = models.CharField(_("status"), max_length=20, default=JobStatus.PENDING, choices=JobStatus.choices)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    max_attempts = models.PositiveIntegerField(_("attempts at most"), default=10)
    # When it may start; null once it has ended.
    run_at = models.DateTimeField(_("run at"), null=True)
    lease_until = models.DateTimeField(_("lease until"), null=True)
    token = models.CharField(max_length=32, blank=True)
    done = models.PositiveBigIntegerField(_("done"), default=0)
    total = models.PositiveBigIntegerField(_("of"), null=True)
    result = models.JSONField(_("result"), null=True)
    error = models.TextField(_("error"), blank=True)
    created_at = models.DateTimeField(_("created at"))
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    objects = models.Manager.from_queryset(SiteScopedQuerySet["Job"])()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [models.UniqueConstraint(fields=["key"], name="bc_job_key")]
        indexes = [
            models.Index(fields=["run_at"], name="bc_job_due", condition=models.Q(run_at__isnull=False)),
            models.Index(fields=["site", "-created_at"], name="bc_job_site"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
