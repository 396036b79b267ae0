"""What customers call themselves is text on every page, and runs from left to right where it must."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from billing_customers.models import (
    ApiKey,
    BillingSite,
    Contact,
    Customer,
    Delivery,
    Event,
    Job,
    WebhookEndpoint,
    WebhookSecret,
)
from tests.admin.conftest import StaffClient
from tests.admin.forms import ADMIN
from tests.admin.outbox import attempted, change, failed_job, make_endpoint, many_deliveries
from tests.factories import ContactFactory, CustomerFactory

CANARY = '"><img src=x onerror=alert(1)>'
SHORT = '"><img src=x>'


def hostile_values() -> dict[str, Any]:
    """The canary in every text of a customer that is long enough, past every check."""
    values: dict[str, Any] = {}
    fields: list[Any] = list(Customer._meta.fields)
    for field in fields:
        if field.get_internal_type() == "JSONField":
            values[field.name] = [{CANARY: CANARY}]
        elif field.max_length and not field.choices:
            text = CANARY if field.max_length >= len(CANARY) else SHORT
            values[field.name] = text if field.max_length >= len(text) else "<b>"[: field.max_length]
    return values


@pytest.fixture(params=["live", "deleted"])
def hostile(request: pytest.FixtureRequest, site: BillingSite) -> Customer:
    customer: Customer = CustomerFactory(site=site, deleted=request.param == "deleted", **hostile_values())
    ContactFactory(customer=customer, first_name=CANARY, last_name=CANARY, phone=CANARY, label=CANARY, email=CANARY)
    ApiKey.objects.create(
        site=site, name=CANARY, hint=SHORT, digest="d" * 64, scopes=CANARY, created_at=customer.created_at
    )
    get_user_model().objects.create_superuser(username="other")
    return customer


def test_no_text_becomes_a_tag(root: Client, hostile: Customer) -> None:
    key = ApiKey.objects.get()
    paths = [
        "customer/",
        f"customer/?q={hostile.public_id[:3]}%3Cimg",
        f"customer/{hostile.pk}/change/",
        f"customer/{hostile.pk}/history/",
        "apikey/",
        f"apikey/{key.pk}/change/",
    ]
    asked = root.post(f"{ADMIN}/apikey/", {"action": "roll", "_selected_action": key.pk, "index": 0})
    rolled = root.post(f"{ADMIN}/apikey/", {"action": "revoke", "_selected_action": key.pk, "index": 0})
    delete = {"action": "delete_customers", "_selected_action": hostile.pk, "index": 0}
    question = root.post(f"{ADMIN}/customer/", delete)

    pages = [root.get(f"{ADMIN}/{path}").content.decode() for path in paths]
    pages += [answer.content.decode() for answer in (asked, rolled, question)]

    assert sum("&lt;img src=x" in page for page in pages) >= 6
    assert [page for page in pages if "<img src=x" in page] == []


@pytest.fixture
def hostile_outbox(site: BillingSite) -> Delivery:
    """The canary in what endpoints, receivers, callers and jobs may say."""
    endpoint = make_endpoint(site)
    texts = {"url": f"https://x/{CANARY}", "name": CANARY, "description": CANARY, "basic_auth_username": CANARY}
    WebhookEndpoint.objects.update(**texts, public_id=CANARY, events=[CANARY])
    WebhookSecret.objects.update(hint=SHORT)
    customer: Customer = CustomerFactory(site=site, public_id=CANARY)
    payload = json.dumps({CANARY: [CANARY]})
    texts = {"user": CANARY, "public_id": CANARY, "ching_payload": payload, "chargebee_payload": payload}
    event = change(customer, company="Dizengoff Ltd")
    Event.objects.update(**texts)
    many_deliveries(endpoint, event, 1)
    attempted(Delivery.objects.get(), 500, text=CANARY, error=SHORT, detail=CANARY)
    failed_job(site, kind=CANARY, error=CANARY, arguments={CANARY: CANARY}, result=[CANARY])
    return Delivery.objects.get()


def test_nothing_that_a_receiver_says_becomes_a_tag(root: Client, staff: StaffClient, hostile_outbox: Delivery) -> None:
    job, endpoint = Job.objects.get(), hostile_outbox.endpoint
    reader = staff("view_webhookendpoint", "view_event", "view_delivery", "view_job", "view_customer")
    paths = [
        "webhookendpoint/",
        f"webhookendpoint/{endpoint.pk}/change/",
        f"webhookendpoint/{endpoint.pk}/history/",
        "event/",
        f"event/?customer={hostile_outbox.event.customer_id}",
        f"event/{hostile_outbox.event_id}/change/",
        "delivery/",
        f"delivery/?endpoint={endpoint.pk}",
        f"delivery/{hostile_outbox.pk}/change/",
        "job/",
        f"job/{job.pk}/change/",
    ]
    ticked = {
        "webhookendpoint": endpoint.pk,
        "event": hostile_outbox.event_id,
        "delivery": hostile_outbox.pk,
        "job": job.pk,
    }
    asked = [("webhookendpoint", each) for each in ("disable", "enable", "rotate", "resend_range", "delete_endpoints")]
    asked += [("event", "resend"), ("delivery", "resend"), ("job", "retry"), ("job", "cancel")]
    answers = [root.get(f"{ADMIN}/{path}") for path in paths] + [reader.get(f"{ADMIN}/{path}") for path in paths]
    answers += [root.post(f"{ADMIN}/{name}/", {"action": act, "_selected_action": ticked[name]}) for name, act in asked]
    done = {"action": "rotate", "_selected_action": endpoint.pk, "confirmed": "x", "overlap_hours": "1"}
    answers.append(root.post(f"{ADMIN}/webhookendpoint/", done))

    pages = [answer.content.decode() for answer in answers]
    assert {answer.status_code for answer in answers} == {200}
    assert sum("&lt;img src=x" in page for page in pages) >= len(pages) - 1
    assert [page for page in pages if "<img src=x" in page] == []


def test_messages_of_actions_escape_what_they_name(root: Client, hostile_outbox: Delivery) -> None:
    for action in ("ping", "disable", "ping"):
        root.post(
            f"{ADMIN}/webhookendpoint/",
            {"action": action, "_selected_action": hostile_outbox.endpoint_id, "confirmed": "x"},
        )

    page = root.get(f"{ADMIN}/webhookendpoint/").content.decode()

    assert "on its way to &quot;&gt;&lt;img" in page
    assert "enable it first" in page
    assert "<img src=x" not in page


def test_view_only_page_escapes_json(root: Client, hostile: Customer, django_user_model: Any) -> None:
    page = root.get(f"{ADMIN}/customer/{hostile.pk}/change/").content.decode()

    assert "onerror=alert(1)" in page
    assert "<img src=x" not in page
    assert Contact.objects.count() == 1


def test_ids_and_numbers_keep_their_order_on_a_right_to_left_page(root: Client, dana: Customer) -> None:
    page = root.get(f"{ADMIN}/customer/", headers={"accept-language": "he"}).content.decode()

    assert 'dir="rtl"' in page
    for value in ("dana", "Dana@Example.com", "054-987-6543", "acme-test"):
        assert f'<bdi dir="ltr">{value}</bdi>' in page
