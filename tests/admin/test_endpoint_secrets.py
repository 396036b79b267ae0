"""A signing secret is in one answer, and a password in none."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.utils import timezone
from django.views.debug import SafeExceptionReporterFilter

from billing_customers.events.delivery import Envelope, secret_purpose
from billing_customers.events.sealing import open_sealed
from billing_customers.models import BillingSite, WebhookEndpoint, WebhookSecret
from billing_customers.operations.webhooks import delete_endpoint, rotate_secret
from tests.admin.endpoint_pages import ADD, LIST, PASSWORD, SHOWN, act, add, edit, page, shown_secret
from tests.admin.outbox import URL, make_endpoint
from tests.fixtures import NOW


def test_secret_is_in_the_answer_to_the_form_and_signs(root: Client, site: BillingSite) -> None:
    answer = add(root, site, name="CRM", description="Keeps the CRM in step")

    made = WebhookEndpoint.objects.get()
    stored = WebhookSecret.objects.get()
    assert shown_secret(answer) == open_sealed(stored.sealed, purpose=secret_purpose(made)).reveal()
    assert (made.site, made.dialect, made.url, made.events) == (site, "ching", URL, ["*"])
    assert (made.name, made.description) == ("CRM", "Keeps the CRM in step")


@pytest.mark.parametrize("is_rotated", [False, True])
def test_answer_with_a_secret_is_stored_nowhere(is_rotated: bool, root: Client, site: BillingSite) -> None:
    answer = add(root, site, basic_auth_username="crm", new_password=PASSWORD)
    made = WebhookEndpoint.objects.get()
    if is_rotated:
        answer = act(root, "rotate", made, confirmed="x", overlap_hours="1")

    text = shown_secret(answer)
    pages = [root.get(path).content.decode() for path in (LIST, page(made), ADD, f"{LIST}{made.pk}/history/")]
    elsewhere = [*pages, str(Session.objects.get().get_decoded()), str(answer.cookies)]
    elsewhere += [str(LogEntry.objects.values_list()), repr(answer.context["shown"])]
    sealed = WebhookSecret.objects.latest("pk").sealed
    assert "no-store" in answer["Cache-Control"]
    assert [place for place in elsewhere if text in place or PASSWORD in place or sealed in place] == []
    assert PASSWORD not in answer.content.decode()


def test_old_secret_signs_for_the_hours_asked_for(root: Client, endpoint: WebhookEndpoint) -> None:
    asked = act(root, "rotate", endpoint)
    assert 'name="overlap_hours" value="24"' in asked.content.decode()
    before = timezone.now()

    answer = act(root, "rotate", endpoint, confirmed="x", overlap_hours="2")

    new, old = WebhookSecret.objects.filter(endpoint=endpoint)
    assert shown_secret(answer) == open_sealed(new.sealed, purpose=secret_purpose(endpoint)).reveal()
    assert new.expires_at is None
    assert old.expires_at is not None
    assert timedelta(0) <= old.expires_at - before - timedelta(hours=2) < timedelta(minutes=5)
    assert LogEntry.objects.get().change_message == "Given a new secret."


@pytest.mark.parametrize("hours", ["-1", "169", "", "x", "\0"])
def test_overlap_out_of_range_is_asked_for_again(hours: str, root: Client, endpoint: WebhookEndpoint) -> None:
    answer = act(root, "rotate", endpoint, confirmed="x", overlap_hours=hours)

    assert list(answer.context["question"].form.errors) == ["overlap_hours"]
    assert WebhookSecret.objects.count() == 1


def test_one_endpoint_that_went_meanwhile_stops_all_rotations(
    root: Client, endpoint: WebhookEndpoint, site: BillingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_endpoint(site)

    def rotate(**given: Any) -> Any:
        if given["public_id"] == endpoint.public_id:
            delete_endpoint(site=site, public_id=endpoint.public_id, at=NOW)
        return rotate_secret(**given)

    monkeypatch.setattr("billing_customers.admin.endpoint_actions.rotate_secret", rotate)
    answer = act(root, "rotate", endpoint, other, confirmed="x", overlap_hours="1")

    assert "There is no such webhook endpoint." in answer.content.decode()
    assert SHOWN.findall(answer.content.decode()) == []
    assert [WebhookSecret.objects.filter(endpoint=each).count() for each in (endpoint, other)] == [1, 1]
    assert not LogEntry.objects.exists()


def test_secrets_are_told_by_their_ends(root: Client, endpoint: WebhookEndpoint) -> None:
    act(root, "rotate", endpoint, confirmed="x", overlap_hours="2")

    html = root.get(page(endpoint)).content.decode()

    new, old = WebhookSecret.objects.filter(endpoint=endpoint)
    assert f"{new.hint}</bdi> (signs until it is rotated)" in html
    assert f"{old.hint}</bdi> (signs too until" in html


def test_secret_that_ended_is_not_among_the_live_ones(root: Client, endpoint: WebhookEndpoint) -> None:
    old = WebhookSecret.objects.get()
    act(root, "rotate", endpoint, confirmed="x", overlap_hours="0")

    assert old.hint not in root.get(page(endpoint)).content.decode()


def password_sent(endpoint: WebhookEndpoint) -> str:
    endpoint.refresh_from_db()
    return Envelope.of(endpoint, NOW).authorization


def test_password_stays_unless_another_is_typed(root: Client, endpoint: WebhookEndpoint) -> None:
    before = password_sent(endpoint)
    edit(root, endpoint, name="New CRM")
    kept = password_sent(endpoint)
    edit(root, endpoint, new_password=" another one ")

    assert before == kept != password_sent(endpoint)
    assert "value" not in re.findall(r'<input[^>]*name="new_password"[^>]*>', root.get(page(endpoint)).content.decode())


def test_password_goes_with_its_user(root: Client, endpoint: WebhookEndpoint) -> None:
    edit(root, endpoint, basic_auth_username="")

    assert password_sent(endpoint) == ""
    assert endpoint.basic_auth_password == ""


def test_password_is_left_out_of_error_reports(
    root: Client, site: BillingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    root.raise_request_exception = False

    def crash(**_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("billing_customers.admin.webhook_endpoints.create_endpoint", crash)
    monkeypatch.setattr("django.core.handlers.exception.log_response", lambda *a, request, **k: seen.append(request))
    add(root, site, basic_auth_username="crm", new_password=PASSWORD)

    reporter = SafeExceptionReporterFilter()
    assert seen[-1].POST["new_password"] == PASSWORD
    assert reporter.get_post_parameters(seen[-1])["new_password"] == reporter.cleansed_substitute


def test_reporter_would_show_what_is_not_marked() -> None:
    request = RequestFactory().post("/", {"new_password": PASSWORD})

    assert SafeExceptionReporterFilter().get_post_parameters(request)["new_password"] == PASSWORD
