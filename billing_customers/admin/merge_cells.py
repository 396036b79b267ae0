"""How a merge is shown: its status in a colour, what it moved, and the way to undo it."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext

from billing_customers.admin.cells import EMPTY, badge, moment
from billing_customers.models import CustomerMerge
from billing_customers.models.merge import MergeStatus

# To merge and to undo; beside that to view customers.
MERGE = "billing_customers.merge_customer"

_LOOKS = {
    MergeStatus.MERGED: "good",
    MergeStatus.SCHEDULED: "warn",
    MergeStatus.UNDO_SCHEDULED: "warn",
    MergeStatus.FAILED: "bad",
}


def status_text(merge: CustomerMerge) -> str:
    """The status, and below it why the merge failed or was not undone."""
    shown = badge(merge.get_status_display(), _LOOKS.get(MergeStatus(merge.status), "quiet"))
    if not merge.error:
        return shown
    # One that is made has an error only where it could not be undone.
    why = gettext("Not undone: %(error)s") % {"error": merge.error} if merge.merged_at else merge.error
    return format_html('{}<div class="bc-why"><bdi dir="auto">{}</bdi></div>', shown, why)


def moved_text(merge: CustomerMerge) -> str:
    """How many rows of each kind were moved."""
    counts = [(f"{name}: {count}",) for name, count in sorted(merge.moved.items())]
    return format_html_join("", '<div class="bc-when"><bdi>{}</bdi></div>', counts) or EMPTY


def times_text(merge: CustomerMerge) -> str:
    """When it was asked for, made and undone, as far as it was."""
    times = [
        (gettext("asked"), merge.created_at),
        (gettext("merged"), merge.merged_at),
        (gettext("undone"), merge.undone_at),
    ]
    lines = ((label, moment(at)) for label, at in times if at is not None)
    return format_html_join("", '<div class="bc-when"><span class="bc-quiet">{}</span> {}</div>', lines)


def undo_url(request: HttpRequest, merge: CustomerMerge, site_name: str) -> str:
    """The page that asks whether to undo the merge; empty where it was not made, and for whoever may not."""
    is_made = merge.status == MergeStatus.MERGED and merge.target.is_live
    if not (is_made and request.user.has_perm(MERGE)):
        return ""
    return reverse(f"{site_name}:billing_customers_customer_undomerge", args=[merge.target_id, merge.pk])
