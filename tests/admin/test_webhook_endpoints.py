"""Webhook endpoints: a secret is in one answer and a password in none; the page tells how the receiver does."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.utils import timezone
from django.views.debug import SafeExceptionReporterFilter

from billing_customers.admin.endpoint_state import STATES, state_of
from billing_customers.events.delivery import Envelope, secret_purpose
from billing_customers.events.sealing import open_sealed
from billing_customers.models import BillingSite, Customer, Delivery, Event, Job, WebhookEndpoint, WebhookSecret
from billing_customers.operations.webhooks import MAX_ENDPOINTS, delete_endpoint, disable_endpoint, rotate_secret
from tests.admin.conftest import StaffClient
from tests.admin.forms import ADMIN, complaints, filled_in
from tests.admin.outbox import URL, attempted, change, make_endpoint, many_deliveries
from tests.fixtures import NOW

LIST = f"{ADMIN}/webhookendpoint/"
ADD = f"{LIST}add/"
FORM = "webhookendpoint_form"
SHOWN = re.compile(r'<code class="bc-key-text"[^>]*>([^<]+)</code>')
PASSWORD = "correct horse battery staple"


def page(endpoint: WebhookEndpoint) -> str:
    return f"{LIST}{endpoint.pk}/change/"


def add(client: Client, site: BillingSite, **values: Any) -> Any:
    typed = {"site": site.pk, "dialect": "ching", "url": URL, "which_events": "all", **values}
    return client.post(ADD, filled_in(client, ADD, FORM, **typed))


def edit(client: Client, endpoint: WebhookEndpoint, **values: Any) -> Any:
    is_all = endpoint.events == ["*"]
    typed = {"which_events": "all" if is_all else "some", **values}
    return client.post(page(endpoint), filled_in(client, page(endpoint), FORM, **typed))


def act(client: Client, action: str, *endpoints: WebhookEndpoint, **values: Any) -> Any:
    return client.post(LIST, {"action": action, "_selected_action": [each.pk for each in endpoints], **values})


def shown_secret(answer: Any) -> str:
    (text,) = SHOWN.findall(answer.content.decode())
    return str(text)


def columns(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return WebhookEndpoint.objects.filter(pk=endpoint.pk).values().get()


@pytest.fixture
def endpoint(site: BillingSite) -> WebhookEndpoint:
    return make_endpoint(site, name="CRM", basic_auth_username="crm", basic_auth_password=PASSWORD)


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


@pytest.mark.parametrize(
    ("dialect", "ticked", "other", "expected"),
    [
        ("ching", ["customer_created"], "", ["customer.created"]),
        ("chargebee", ["customer_created", "customer_deleted"], "", ["customer_created", "customer_deleted"]),
        ("ching", [], "charge.failed,\n payment_method.detached", ["charge.failed", "payment_method.detached"]),
        ("chargebee", ["customer_changed"], "customer_changed card_added", ["customer_changed", "card_added"]),
    ],
)
def test_selection_is_in_the_words_of_the_dialect(
    dialect: str, ticked: list[str], other: str, expected: list[str], root: Client, site: BillingSite
) -> None:
    add(root, site, which_events="some", dialect=dialect, ticked_events=ticked, other_events=other)

    assert WebhookEndpoint.objects.get().events == expected


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"url": "http://hooks.example.com/"}, "url", ""),
        ({"url": "https://127.0.0.1/"}, "url", ""),
        ({"url": ""}, "url", ""),
        ({"dialect": ""}, "dialect", ""),
        ({"dialect": "soap"}, "dialect", ""),
        ({"which_events": "some"}, "ticked_events", "Tick at least one event, or choose all."),
        ({"which_events": "some", "other_events": "customer.eaten"}, "other_events", "customer.eaten: Must be"),
        ({"new_password": PASSWORD}, "basic_auth_username", "Is required with a password."),
        ({"basic_auth_username": "a:b"}, "basic_auth_username", "Must not contain a colon."),
        ({"basic_auth_username": "crm", "new_password": "x" * 251}, "new_password", ""),
        ({"response_schema": "xml"}, "response_schema", ""),
    ],
)
def test_wrong_value_is_told_beside_its_field(
    values: dict[str, Any], field: str, message: str, root: Client, site: BillingSite
) -> None:
    answer = add(root, site, **values)

    assert list(answer.context["adminform"].form.errors) == [field]
    assert message in complaints(answer)[0]
    assert PASSWORD not in answer.content.decode()
    assert not WebhookEndpoint.objects.exists()


def test_seventeenth_endpoint_of_a_site_is_refused(root: Client, site: BillingSite) -> None:
    for _ in range(MAX_ENDPOINTS):
        make_endpoint(site)

    answer = add(root, site)

    assert complaints(answer) == ["A site has at most 16 webhook endpoints."]
    assert WebhookEndpoint.objects.count() == MAX_ENDPOINTS


def test_only_what_was_changed_changes(root: Client, endpoint: WebhookEndpoint) -> None:
    before = columns(endpoint)

    edit(root, endpoint, name="New CRM")

    changed = {name for name, value in columns(endpoint).items() if value != before[name]}
    assert changed == {"name", "updated_at", "resource_version"}
    assert columns(endpoint)["name"] == "New CRM"


def test_form_that_was_not_touched_changes_nothing(root: Client, site: BillingSite) -> None:
    selecting = make_endpoint(site, dialect="chargebee", events=["card_added", "customer_deleted", "customer_created"])
    before = columns(selecting)

    answer = edit(root, selecting)

    assert answer.status_code == 302
    assert columns(selecting) == before


def test_events_are_selected_anew(root: Client, site: BillingSite) -> None:
    selecting = make_endpoint(site, dialect="chargebee", events=["card_added", "customer_created"])

    edit(root, selecting, ticked_events=["customer_changed"])

    selecting.refresh_from_db()
    assert selecting.events == ["customer_changed", "card_added"]


def test_dialect_and_site_stay(root: Client, endpoint: WebhookEndpoint, other_site: BillingSite) -> None:
    edit(root, endpoint, dialect="chargebee", site=other_site.pk, disabled="on", public_id="mine")

    before = endpoint.dialect, endpoint.site, endpoint.public_id, None
    endpoint.refresh_from_db()
    assert (endpoint.dialect, endpoint.site, endpoint.public_id, endpoint.disabled_at) == before


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


def test_endpoint_is_disabled_and_enabled_after_a_question(root: Client, endpoint: WebhookEndpoint) -> None:
    assert act(root, "disable", endpoint).status_code == 200
    asked = columns(endpoint)["disabled_reason"]
    act(root, "disable", endpoint, confirmed="x")
    disabled = columns(endpoint)["disabled_reason"]
    act(root, "enable", endpoint)
    still = columns(endpoint)["disabled_reason"]
    act(root, "enable", endpoint, confirmed="x")

    assert (asked, disabled, still, columns(endpoint)["disabled_reason"]) == ("", "manual", "manual", "")
    assert [entry.change_message for entry in LogEntry.objects.order_by("pk")] == ["Disabled.", "Enabled."]


def test_endpoint_is_deleted_after_a_question(root: Client, endpoint: WebhookEndpoint, dana: Customer) -> None:
    assert act(root, "delete_endpoints", endpoint).status_code == 200
    assert columns(endpoint)["deleted_at"] is None

    act(root, "delete_endpoints", endpoint, confirmed="x")

    assert columns(endpoint)["deleted_at"] is not None
    assert Delivery.objects.get().status == "cancelled"
    assert list(root.get(LIST).context["cl"].result_list) == []
    assert list(root.get(LIST, {"state": "deleted"}).context["cl"].result_list) == [endpoint]


def test_page_of_a_deleted_endpoint_can_only_be_read(root: Client, endpoint: WebhookEndpoint) -> None:
    delete_endpoint(site=endpoint.site, public_id=endpoint.public_id, at=NOW)

    shown, posted = root.get(page(endpoint)), root.post(page(endpoint), {"name": "mine"})

    assert (shown.status_code, posted.status_code) == (200, 403)
    assert "bc-object-button" not in shown.content.decode()


def test_ping_is_sent_without_a_question(root: Client, endpoint: WebhookEndpoint) -> None:
    answer = act(root, "ping", endpoint, on_page="1")

    event = Event.objects.get()
    delivery = Delivery.objects.get()
    assert (event.type, event.source, delivery.endpoint, delivery.status) == (
        "ping",
        "admin_console",
        endpoint,
        "pending",
    )
    assert (answer.status_code, answer["Location"]) == (302, page(endpoint))
    assert event.public_id in root.get(page(endpoint)).content.decode()


def test_disabled_endpoint_gets_no_ping_and_says_why(root: Client, endpoint: WebhookEndpoint) -> None:
    disable_endpoint(site=endpoint.site, public_id=endpoint.public_id, at=NOW)

    act(root, "ping", endpoint)

    messages = [str(message) for message in root.get(LIST).context["messages"]]
    assert messages == [f"{endpoint.public_id}: The endpoint is disabled: enable it first."]
    assert not Event.objects.exists()
    assert not LogEntry.objects.exists()


def test_failed_events_are_resent_by_a_job(root: Client, endpoint: WebhookEndpoint) -> None:
    asked = act(root, "resend_range", endpoint)
    assert 'type="datetime-local"' in asked.content.decode()
    assert not Job.objects.exists()

    # A time of the page is a time of the site's zone, Chicago: six hours behind.
    act(root, "resend_range", endpoint, confirmed="x", since="2026-01-01T06:00", until="", only_failed="on")

    job = Job.objects.get()
    assert job.kind == "webhooks.resend_range"
    assert job.arguments["endpoint"] == endpoint.public_id
    assert datetime.fromisoformat(job.arguments["since"]) == NOW + timedelta(hours=12)
    assert job.arguments["only_failed"] is True
    assert LogEntry.objects.get().change_message == f"Resent by job {job.pk}."


@pytest.mark.parametrize("since", ["", "yesterday", "\0", "9999-99-99T00:00", "2999-01-01T00:00"])
def test_range_that_cannot_be_is_told(since: str, root: Client, endpoint: WebhookEndpoint) -> None:
    answer = act(root, "resend_range", endpoint, confirmed="x", since=since, until="")

    assert answer.status_code in {200, 302}
    assert not Job.objects.exists()
    assert not LogEntry.objects.exists()


def failing(**columns: Any) -> dict[str, Any]:
    return {"failures": 3, "failing_since": NOW, "last_failure_at": NOW, **columns}


STATE_COLUMNS: dict[str, dict[str, Any]] = {
    "unused": {},
    "healthy": {"last_success_at": NOW},
    "failing": failing(last_success_at=NOW),
    "open": failing(opened_at=NOW, probe_at=NOW + timedelta(hours=1)),
    "disabled": failing(disabled_at=NOW, disabled_reason="gone"),
    "deleted": {"deleted_at": NOW},
}


@pytest.mark.parametrize("state", STATE_COLUMNS)
def test_state_is_told_and_found_by_its_filter(state: str, root: Client, site: BillingSite) -> None:
    for each, columns in STATE_COLUMNS.items():
        WebhookEndpoint.objects.filter(pk=make_endpoint(site, name=each).pk).update(**columns)

    answer = root.get(LIST, {"state": state})

    (found,) = answer.context["cl"].result_list
    assert (found.name, state_of(found)) == (state, state)
    assert f'">{STATES[state][0]}</span>' in answer.content.decode()


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("manual", "by hand"),
        ("gone", "the receiver answered 410 Gone"),
        ("failing", "nothing but failures for five days"),
    ],
)
def test_reason_of_a_disabled_endpoint_is_told(reason: str, told: str, root: Client, endpoint: WebhookEndpoint) -> None:
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(disabled_at=NOW, disabled_reason=reason)

    assert told in root.get(LIST).content.decode()
    assert told in root.get(page(endpoint)).content.decode()


def test_next_probe_is_told_in_the_reader_s_time(root: Client, endpoint: WebhookEndpoint) -> None:
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**STATE_COLUMNS["open"])

    html = root.get(page(endpoint)).content.decode()

    assert "19:00:00" in html
    assert "Try again now…" in html


@pytest.mark.parametrize(("count", "told"), [(0, "0"), (3, "3"), (1000, "1000"), (1001, "1,000+")])
def test_what_waits_is_counted_up_to_a_thousand(
    count: int, told: str, root: Client, endpoint: WebhookEndpoint, dana: Customer
) -> None:
    event = Event.objects.get()
    Delivery.objects.update(status="succeeded")
    many_deliveries(endpoint, event, count)

    html = root.get(LIST).content.decode()

    assert re.findall(r'field-waiting_cell"><bdi dir="ltr">([^<]+)<', html) == [told]


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


def test_latest_twenty_deliveries_are_shown_newest_first(
    root: Client, endpoint: WebhookEndpoint, dana: Customer
) -> None:
    events = [change(dana) for _ in range(21)]
    attempted(Delivery.objects.filter(endpoint=endpoint).latest("pk"), 200)

    html = root.get(page(endpoint)).content.decode()

    shown = re.findall(r"(evt_[0-9a-f]{26})</bdi>", html)
    assert shown == [event.public_id for event in reversed(events)][:20]
    assert html.count(">succeeded</span>") == 1


def test_view_only_staff_reads_everything_but_inputs(staff: StaffClient, endpoint: WebhookEndpoint) -> None:
    html = staff("view_webhookendpoint").get(page(endpoint)).content.decode()

    assert URL in html
    assert [name for name in ("url", "name", "which_events", "new_password") if f'name="{name}"' in html] == []
    assert "bc-object-button" not in html


@pytest.mark.parametrize("term", ["hooks.example", "CRM", "crm", "we_"])
def test_endpoint_is_found_by(term: str, root: Client, endpoint: WebhookEndpoint) -> None:
    assert list(root.get(LIST, {"q": term}).context["cl"].result_list) == [endpoint]


def test_endpoint_is_found_by_its_site(root: Client, endpoint: WebhookEndpoint, other_site: BillingSite) -> None:
    mine, theirs = (root.get(LIST, {"site": slug}).context["cl"].result_list for slug in ("acme-test", "globex-test"))

    assert (list(mine), list(theirs)) == ([endpoint], [])
