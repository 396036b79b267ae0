"""What staff do with an endpoint: each deed after a question, but for the ping."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from billing_customers.models import Customer, Delivery, Event, Job, WebhookEndpoint
from billing_customers.operations.webhooks import delete_endpoint, disable_endpoint
from tests.admin.endpoint_pages import LIST, act, columns, page
from tests.admin.outbox import URL
from tests.fixtures import NOW


def test_endpoint_is_disabled_and_enabled_after_a_question(root: Client, endpoint: WebhookEndpoint) -> None:
    question = act(root, "disable", endpoint).content.decode()
    asked = columns(endpoint)["disabled_reason"]
    act(root, "disable", endpoint, confirmed="x")
    disabled = columns(endpoint)["disabled_reason"]
    act(root, "enable", endpoint)
    still = columns(endpoint)["disabled_reason"]
    act(root, "enable", endpoint, confirmed="x")

    assert URL in question
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
