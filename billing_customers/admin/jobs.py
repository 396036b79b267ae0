from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from billing_customers.admin.base import ReadOnlyAdmin
from billing_customers.admin.cells import EMPTY, badge, json_cell, ltr, ltr_cell, moment_cell, with_note
from billing_customers.admin.confirming import ObjectButton, Question, ask, is_confirmed
from billing_customers.admin.filters import STATUS_PARAMETER, RecentFilter
from billing_customers.choices import JobStatus
from billing_customers.models import Job
from billing_customers.models.job import ALIVE
from billing_customers.operations.jobs import cancel_job, retry_job
from billing_customers.work.handlers import handlers, stands_forever

RETRY = Question(
    action="retry",
    title=_("Try jobs again?"),
    warning=_("Each begins anew as soon as a worker is free, with all its attempts."),
    button=_("Try again now"),
    is_danger=False,
)
CANCEL = Question(
    action="cancel",
    title=_("Cancel jobs?"),
    warning=_("What waits is not begun, and what runs stops at its next step. What was done already stays done."),
    button=_("Cancel now"),
)
ABOUT = (
    ("number_cell", "kind_cell", "site_cell"),
    ("status_cell", "progress_cell", "attempts_cell"),
    ("created_cell", "run_cell"),
    ("started_cell", "finished_cell"),
    "arguments_cell",
    "result_cell",
    "error_cell",
)
_KINDS = {
    JobStatus.PENDING: "quiet",
    JobStatus.RUNNING: "warn",
    JobStatus.SUCCEEDED: "good",
    JobStatus.FAILED: "bad",
    JobStatus.CANCELLED: "quiet",
}


class JobFilter(RecentFilter):
    """What waits or runs is found however old it is: only that has a time to run at, which has an index."""

    def window(self, request: HttpRequest, queryset: QuerySet[Any]) -> Q:
        alive = Q(run_at__isnull=False)
        return alive if self.value() in ALIVE else alive | super().window(request, queryset)


class JobStatusFilter(JobFilter):
    title = _("status")
    parameter_name = STATUS_PARAMETER
    column = "status"
    choices_of = tuple(JobStatus.choices)


class JobKindFilter(JobFilter):
    title = _("kind (of the newest 10,000)")
    parameter_name = column = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(kind, kind) for kind in sorted(handlers())]


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Work that outlives a request."""

    list_display = (
        "about_cell",
        "status_cell",
        "progress_cell",
        "attempts_cell",
        "run_cell",
        "short_error_cell",
    )
    list_filter = (JobStatusFilter, JobKindFilter)
    allowed_lookups = frozenset({STATUS_PARAMETER, "kind"})
    actions = ("retry", "cancel")

    number_cell = ltr_cell("pk", _("number"))
    kind_cell = ltr_cell("kind", _("kind"))
    site_cell = ltr_cell("site", _("site"))
    run_cell = moment_cell("run_at", _("run at"))
    created_cell = moment_cell("created_at", _("created at"))
    started_cell = moment_cell("started_at", _("started at"))
    finished_cell = moment_cell("finished_at", _("finished at"))
    arguments_cell = json_cell("arguments", _("arguments"))
    result_cell = json_cell("result", _("result"))
    error_cell = ltr_cell("error", _("error"))

    @admin.display(description=_("job"))
    def about_cell(self, job: Job) -> str:
        return with_note(ltr(job.kind), *(fact for fact in (job.pk, job.site) if fact))

    @admin.display(description=_("status"))
    def status_cell(self, job: Job) -> str:
        known = JobStatus(job.status)
        return badge(known.label, _KINDS[known])

    @admin.display(description=_("attempts"))
    def attempts_cell(self, job: Job) -> str:
        return ltr(f"{job.attempts} / {job.max_attempts}")

    @admin.display(description=_("progress"))
    def progress_cell(self, job: Job) -> str:
        if job.total is None:
            return ltr(job.done or "")
        bar = format_html('<progress class="bc-progress" value="{}" max="{}"></progress>', job.done, max(job.total, 1))
        return format_html('{} <span class="bc-note">{}</span>', bar, ltr(f"{job.done} / {job.total}"))

    @admin.display(description=_("error"))
    def short_error_cell(self, job: Job) -> str:
        return ltr(job.error if len(job.error) <= 80 else f"{job.error[:79]}…") if job.error else EMPTY

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return super().get_queryset(request).select_related("site")

    def has_manage_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        """Whether the user may retry and cancel jobs, or this one."""
        return self.has_own_permission(request, "change")

    def get_fieldsets(self, request: HttpRequest, obj: Job | None = None) -> Any:
        return ((None, {"fields": ABOUT}),)

    def get_object_buttons(self, request: HttpRequest, obj: Job) -> list[ObjectButton]:
        if not self.has_manage_permission(request, obj):
            return []
        if obj.status in ALIVE:
            return [] if stands_forever(obj) else [ObjectButton("cancel", _("Cancel…"), is_danger=True)]
        return [] if obj.status == JobStatus.SUCCEEDED else [ObjectButton("retry", _("Try again…"))]

    @admin.action(description=_("Try again…"), permissions=["manage"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
        return self._ask_and_do(request, queryset, RETRY, retry_job, "Tried again.")

    @admin.action(description=_("Cancel…"), permissions=["manage"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
        return self._ask_and_do(request, queryset, CANCEL, cancel_job, "Cancelled.")

    def _ask_and_do(
        self, request: HttpRequest, queryset: QuerySet[Job], question: Question, operation: Any, message: str
    ) -> HttpResponse | None:
        jobs = list(queryset)
        if not all(self.has_manage_permission(request, job) for job in jobs):
            raise PermissionDenied
        if not is_confirmed(request):
            return ask(self, request, jobs, question)
        done = self.carry_out(request, jobs, lambda job: operation(job=job, at=timezone.now()))
        for job in done:
            self.log_change(request, job, message)
        if done:
            told = ngettext("Done: %(count)d job.", "Done: %(count)d jobs.", len(done))
            self.message_user(request, told % {"count": len(done)}, messages.SUCCESS)
        return self.back(request, jobs)
