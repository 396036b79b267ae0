"""The list and the page of endpoints tell how the receiver does."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from billing_customers.admin.endpoint_state import STATES, state_of
from billing_customers.models import BillingSite, Customer, Delivery, Event, WebhookEndpoint
from billing_customers.operations.resending import resend_event
from billing_customers.operations.webhooks import send_ping
from tests.admin.conftest import StaffClient
from tests.admin.endpoint_pages import LIST, page
from tests.admin.outbox import URL, attempted, change, make_endpoint, many_deliveries
from tests.fixtures import NOW


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


def test_latest_twenty_deliveries_are_shown_newest_first(
    root: Client, endpoint: WebhookEndpoint, dana: Customer
) -> None:
    events = [change(dana) for _ in range(21)]
    attempted(Delivery.objects.filter(endpoint=endpoint).latest("pk"), 200)

    html = root.get(page(endpoint)).content.decode()

    shown = re.findall(r"(evt_[0-9a-f]{26})</bdi>", html)
    assert shown == [event.public_id for event in reversed(events)][:20]
    assert html.count(">succeeded</span>") == 1


def test_latest_deliveries_tell_a_change_from_what_was_resent_and_from_a_ping(
    root: Client, endpoint: WebhookEndpoint, dana: Customer
) -> None:
    resend_event(site=endpoint.site, event_id=Event.objects.get().public_id, at=NOW)
    send_ping(site=endpoint.site, public_id=endpoint.public_id, at=NOW)

    table = root.get(page(endpoint)).content.decode().partition("field-deliveries_cell")[2]

    notes = re.findall(r'<span class="bc-note">(.*?)</span>', table)
    assert [re.sub(r"<[^>]+>", "", note) for note in notes] == [
        "test ping",
        "customer created · resent by hand",
        "customer created",
    ]


def test_view_only_staff_reads_everything_but_inputs(staff: StaffClient, endpoint: WebhookEndpoint) -> None:
    html = staff("view_webhookendpoint").get(page(endpoint)).content.decode()

    assert URL in html
    assert [name for name in ("url", "name", "which_events", "new_password") if f'name="{name}"' in html] == []
    assert "bc-object-button" not in html
    assert "icon-no" not in html


@pytest.mark.parametrize("term", ["hooks.example", "CRM", "crm", "we_", "crm HOOKS", " crm  we_ "])
def test_endpoint_is_found_by(term: str, root: Client, endpoint: WebhookEndpoint) -> None:
    assert list(root.get(LIST, {"q": term}).context["cl"].result_list) == [endpoint]


@pytest.mark.parametrize("term", ["crm nothing", "%", "hooks_example"])
def test_endpoint_is_not_found_by(term: str, root: Client, endpoint: WebhookEndpoint) -> None:
    assert list(root.get(LIST, {"q": term}).context["cl"].result_list) == []


def test_endpoint_is_found_by_its_site(root: Client, endpoint: WebhookEndpoint, other_site: BillingSite) -> None:
    mine, theirs = (root.get(LIST, {"site": slug}).context["cl"].result_list for slug in ("acme-test", "globex-test"))

    assert (list(mine), list(theirs)) == ([endpoint], [])
