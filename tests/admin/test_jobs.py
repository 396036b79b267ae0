"""Jobs: how far they are, what went wrong, and what staff may do about it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from billing_customers.admin import filters
from billing_customers.models import BillingSite, Job
from tests.admin.forms import ADMIN
from tests.admin.outbox import failed_job, make_job
from tests.admin.test_lists import queries_of

LIST = f"{ADMIN}/job/"


def page(job: Job) -> str:
    return f"{LIST}{job.pk}/change/"


def found(client: Client, **params: Any) -> list[Job]:
    answer = client.get(LIST, params)
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def act(client: Client, action: str, *jobs: Job, **values: Any) -> Any:
    return client.post(LIST, {"action": action, "_selected_action": [job.pk for job in jobs], **values})


def buttons(client: Client, job: Job) -> list[str]:
    return re.findall(r'name="action" value="(\w+)"', client.get(page(job)).content.decode())


def test_list_tells_how_far_a_job_is(root: Client, site: BillingSite) -> None:
    make_job(site, status="running", attempts=2, done=1500, total=6000)

    html = root.get(LIST).content.decode()

    assert '<progress class="bc-progress" value="1500" max="6000">' in html
    assert "1500 / 6000" in html
    assert "2 / 10" in html
    assert '<span class="bc-badge bc-warn">running</span>' in html


@pytest.mark.parametrize(("columns", "told"), [({}, "-"), ({"done": 7}, "7"), ({"total": 0}, "0 / 0")])
def test_job_without_a_known_end_has_no_bar_that_lies(
    columns: dict[str, Any], told: str, root: Client, db: None
) -> None:
    make_job(None, **columns)

    cell = root.get(LIST).content.decode().partition("field-progress_cell")[2].partition("</td>")[0]

    assert re.sub(r"<[^>]*>", "", cell).partition(">")[2].strip() == told


def test_page_shows_arguments_result_and_error(root: Client, site: BillingSite) -> None:
    job = failed_job(site, arguments={"endpoint": "we_1"}, result={"queued": 3}, error="ValueError: <b>no</b>")

    html = root.get(page(job)).content.decode()

    assert "&quot;endpoint&quot;: &quot;we_1&quot;" in html
    assert "&quot;queued&quot;: 3" in html
    assert "ValueError: &lt;b&gt;no&lt;/b&gt;" in html


def test_long_error_is_cut_in_the_list_only(root: Client, db: None) -> None:
    job = failed_job(None, error="x" * 500)

    assert "x" * 80 not in root.get(LIST).content.decode()
    assert "x" * 500 in root.get(page(job)).content.decode()


def test_list_is_filtered_by_status_and_kind(root: Client, site: BillingSite) -> None:
    waiting, failed = make_job(site), failed_job(site)
    purge = make_job(None, kind="webhooks.purge")

    assert found(root) == [purge, failed, waiting]
    assert found(root, status="pending") == [purge, waiting]
    assert found(root, status="failed") == [failed]
    assert found(root, kind="webhooks.purge") == [purge]
    assert found(root, kind="webhooks.resend_range", status="failed") == [failed]


def test_old_job_that_lives_is_found_and_one_that_ended_is_not(
    root: Client, site: BillingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, _failed = make_job(site), failed_job(site)
    newest = [failed_job(site) for _ in range(2)]
    monkeypatch.setattr(filters, "LOOKED_THROUGH", 2)

    assert found(root, status="pending") == [waiting]
    assert found(root, status="failed") == newest[::-1]
    assert found(root, kind="webhooks.resend_range") == [*newest[::-1], waiting]


def test_failed_job_is_tried_again_after_a_question(root: Client, site: BillingSite) -> None:
    job = failed_job(site)
    assert act(root, "retry", job).status_code == 200
    assert Job.objects.get().status == "failed"

    answer = act(root, "retry", job, confirmed="x", on_page="1")

    job.refresh_from_db()
    assert (job.status, job.attempts, job.run_at is not None) == ("pending", 0, True)
    assert LogEntry.objects.get().change_message == "Tried again."
    assert answer["Location"] == page(job)


def test_job_is_cancelled_after_a_question(root: Client, site: BillingSite) -> None:
    job = make_job(site)
    assert act(root, "cancel", job).status_code == 200
    assert Job.objects.get().status == "pending"

    act(root, "cancel", job, confirmed="x")

    job.refresh_from_db()
    assert (job.status, job.run_at) == ("cancelled", None)
    assert LogEntry.objects.get().change_message == "Cancelled."


@pytest.mark.parametrize(
    ("action", "columns", "told"),
    [
        ("retry", {"status": "succeeded", "run_at": None}, "cannot be tried again"),
        ("cancel", {"status": "failed", "run_at": None}, "cannot be cancelled"),
        ("cancel", {"kind": "webhooks.purge", "key": "every:webhooks.purge"}, "comes round"),
    ],
)
def test_refusal_is_told_and_changes_nothing(
    action: str, columns: dict[str, Any], told: str, root: Client, site: BillingSite
) -> None:
    job = make_job(site, **columns)
    before = Job.objects.values().get()

    act(root, action, job, confirmed="x")

    (message,) = [str(message) for message in root.get(LIST).context["messages"]]
    assert message.startswith(f"{job}: ")
    assert told in message
    assert Job.objects.values().get() == before
    assert not LogEntry.objects.exists()


def test_upkeep_offers_no_button_that_would_be_refused(root: Client, db: None) -> None:
    assert buttons(root, make_job(None, kind="webhooks.purge", key="every:webhooks.purge")) == []


def test_buttons_are_those_that_make_sense(root: Client, site: BillingSite) -> None:
    statuses = {
        "pending": ["cancel"],
        "running": ["cancel"],
        "failed": ["retry"],
        "cancelled": ["retry"],
        "succeeded": [],
    }

    shown = {status: buttons(root, make_job(site, status=status)) for status in statuses}

    assert shown == statuses


@pytest.mark.parametrize("path", ["", "?status=pending", "?status=failed", "?kind=webhooks.resend_range"])
def test_list_costs_the_same_with_five_and_with_fifty(path: str, root: Client, site: BillingSite) -> None:
    for _ in range(5):
        make_job(site)
        failed_job(site)
    few = queries_of(root, LIST + path)
    for _ in range(45):
        make_job(site)
        failed_job(site)

    many = queries_of(root, LIST + path)

    assert len(many) == len(few) <= 8
    assert [sql for sql in many if re.search(r"COUNT\(|DISTINCT", sql)] == []
