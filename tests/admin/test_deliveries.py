"""Deliveries: what became of each event at each endpoint, attempt by attempt."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from billing_customers.models import BillingSite, Customer, Delivery, Event, WebhookEndpoint
from billing_customers.operations.webhooks import delete_endpoint, disable_endpoint, send_ping
from tests.admin.conftest import StaffClient
from tests.admin.forms import ADMIN
from tests.admin.outbox import attempted, change, make_endpoint, many_deliveries
from tests.admin.test_lists import queries_of
from tests.fixtures import NOW

LIST = f"{ADMIN}/delivery/"


def page(delivery: Delivery) -> str:
    return f"{LIST}{delivery.pk}/change/"


def found(client: Client, **params: Any) -> list[int]:
    answer = client.get(LIST, params)
    assert answer.status_code == 200
    return [delivery.pk for delivery in answer.context["cl"].result_list]


def act(client: Client, *deliveries: Delivery, **values: Any) -> Any:
    return client.post(LIST, {"action": "resend", "_selected_action": [each.pk for each in deliveries], **values})


@pytest.fixture
def endpoint(site: BillingSite) -> WebhookEndpoint:
    return make_endpoint(site)


@pytest.fixture
def delivery(endpoint: WebhookEndpoint, dana: Customer) -> Delivery:
    """Dana's creation, on its way to the endpoint."""
    return Delivery.objects.get()


def test_page_shows_each_attempt(root: Client, delivery: Delivery) -> None:
    attempted(delivery, 500, text="<h1>Internal error</h1>")
    attempted(delivery, 200, trigger="probe", duration_ms=61_000)

    html = root.get(page(delivery)).content.decode()

    badges = re.findall(r'<span class="bc-badge bc-(\w+)">([^<]+)</span>', html)
    assert badges == [("good", "succeeded"), ("bad", "500"), ("good", "200")]
    assert "&lt;h1&gt;Internal error&lt;/h1&gt;" in html
    assert "61000 ms" in html
    assert "probe of a failing endpoint" in html


def test_answers_need_the_permission_to_see_customers(staff: StaffClient, delivery: Delivery) -> None:
    attempted(delivery, 500, text="no such Dana@Example.com")

    veiled, clear = staff("view_delivery"), staff("view_delivery", "view_customer")

    pages = [client.get(page(delivery)).content.decode() for client in (veiled, clear)]
    assert ["Dana@Example.com" in html for html in pages] == [False, True]
    assert ["500" in html for html in pages] == [True, True]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({}, "18:30:00"),
        ({"opened_at": NOW, "failures": 9, "probe_at": NOW + timedelta(hours=1)}, "19:00:00"),
        ({"disabled_at": NOW, "disabled_reason": "gone"}, "when the endpoint is enabled"),
    ],
)
def test_next_attempt_is_told(columns: dict[str, Any], told: str, root: Client, delivery: Delivery) -> None:
    delivery.lane.ready_at = NOW + timedelta(minutes=30)
    delivery.lane.save()
    WebhookEndpoint.objects.update(**columns)

    html = root.get(page(delivery)).content.decode()

    assert told in html.partition("field-next_attempt_cell")[2].partition("</fieldset>")[0]


def test_list_is_filtered_by_endpoint_and_status(root: Client, delivery: Delivery, site: BillingSite) -> None:
    other = make_endpoint(site)
    change(Customer.objects.get())
    mine, theirs = (Delivery.objects.filter(endpoint=each).latest("pk") for each in (delivery.endpoint, other))
    Delivery.objects.filter(pk=theirs.pk).update(status="exhausted")
    Delivery.objects.filter(pk=delivery.pk).update(status="succeeded")

    assert found(root) == [theirs.pk, mine.pk, delivery.pk]
    assert found(root, endpoint=other.pk) == [theirs.pk]
    assert found(root, status="exhausted") == [theirs.pk]
    assert found(root, status="succeeded") == [delivery.pk]
    assert found(root, endpoint=delivery.endpoint_id, status="pending") == [mine.pk]
    assert found(root, endpoint=delivery.endpoint_id, status="exhausted") == []


def test_deleted_endpoint_still_leads_to_its_deliveries(root: Client, delivery: Delivery) -> None:
    delete_endpoint(site=delivery.site, public_id=delivery.endpoint.public_id, at=NOW)

    assert found(root, endpoint=delivery.endpoint_id, status="cancelled") == [delivery.pk]
    assert f"/webhookendpoint/{delivery.endpoint_id}/change/" in root.get(page(delivery)).content.decode()


@pytest.mark.parametrize("value", ["0", "-1", "x", "\0", "9" * 40, "٣", ""])
def test_endpoint_that_is_not_there_is_refused(value: str, root: Client, delivery: Delivery) -> None:
    answer = root.get(LIST, {"endpoint": value})

    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}?e=1")


def test_delivery_is_resent_to_its_endpoint_alone(root: Client, delivery: Delivery, site: BillingSite) -> None:
    make_endpoint(site)

    asked = act(root, delivery)
    assert f"{delivery.event} → {delivery.endpoint}" in asked.content.decode()
    assert Delivery.objects.count() == 1
    answer = act(root, delivery, confirmed="x", on_page="1")

    again = Delivery.objects.latest("pk")
    assert (again.event, again.endpoint, again.is_manual) == (delivery.event, delivery.endpoint, True)
    assert Delivery.objects.count() == 2
    assert LogEntry.objects.get().change_message == "Resent."
    assert answer["Location"] == page(delivery)


def test_list_tells_what_was_resent_from_what_was_sent_and_from_a_ping(root: Client, delivery: Delivery) -> None:
    act(root, delivery, confirmed="x")
    send_ping(site=delivery.site, public_id=delivery.endpoint.public_id, at=NOW)

    html = root.get(LIST).content.decode()

    notes = re.findall(r'field-about_cell">.*?<span class="bc-note">(.*?)</span>', html)
    assert [re.sub(r"<[^>]+>", "", note) for note in notes] == [
        "test ping",
        "customer created · resent by hand",
        "customer created",
    ]


def test_page_tells_the_endpoint_by_its_name_too(root: Client, delivery: Delivery) -> None:
    WebhookEndpoint.objects.update(name="the warehouse")

    assert "the warehouse" in root.get(page(delivery)).content.decode()


def test_page_is_headed_by_event_and_endpoint(root: Client, delivery: Delivery) -> None:
    assert root.get(page(delivery)).context["subtitle"] == f"{delivery.event} → {delivery.endpoint}"


def test_what_a_disabled_endpoint_is_owed_is_not_resent(root: Client, delivery: Delivery) -> None:
    disable_endpoint(site=delivery.site, public_id=delivery.endpoint.public_id, at=NOW)

    act(root, delivery, confirmed="x")

    assert Delivery.objects.count() == 1
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    "path", ["", "?status=pending", "?endpoint={}", "?endpoint={}&status=pending", "?status=succeeded"]
)
def test_list_costs_the_same_with_five_and_with_fifty(path: str, root: Client, delivery: Delivery) -> None:
    event = Event.objects.get()
    for status in ("pending", "succeeded"):
        many_deliveries(delivery.endpoint, event, 4, status)
    few = queries_of(root, LIST + path.format(delivery.endpoint_id))
    for status in ("pending", "succeeded"):
        many_deliveries(delivery.endpoint, event, 50, status)

    many = queries_of(root, LIST + path.format(delivery.endpoint_id))

    assert len(many) == len(few) <= 10
    assert [sql for sql in many if re.search(r"COUNT\(|DISTINCT|payload|basic_auth_password", sql)] == []


def test_page_costs_the_same_with_one_attempt_and_with_fifty(root: Client, delivery: Delivery) -> None:
    attempted(delivery, 500)
    few = queries_of(root, page(delivery))
    for _ in range(49):
        attempted(delivery, 500)

    assert len(queries_of(root, page(delivery))) == len(few) <= 12
