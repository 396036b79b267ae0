"""chargebee for Python: endpoints, events, and a webhook that was really sent."""

from __future__ import annotations

from typing import Any

import pytest
from chargebee import InvalidRequestError

from billing_customers.models import BillingSite, Event, WebhookEndpoint
from tests.events.sending import Clock, Receiver, courier_of, drain
from tests.sdk.patience import shown

NEW = {
    "name": "Books",
    "url": "https://hooks.example.com/",
    "enabled_events": ["customer_created", "customer_changed"],
    "basic_auth_username": "books",
    "basic_auth_password": "p4ssword",
}


def test_created_endpoint_has_its_secret(client: Any) -> None:
    endpoint = client.WebhookEndpoint.create(NEW).webhook_endpoint

    assert (endpoint.name, endpoint.url, endpoint.api_version) == ("Books", NEW["url"], "v2")
    assert endpoint.enabled_events == ["customer_created", "customer_changed"]
    assert (endpoint.disabled, endpoint.primary_url, endpoint.send_card_resource) == (False, False, False)
    assert endpoint.chargebee_response_schema_type == "items"
    assert endpoint.raw_data["signing_secret"].startswith("whsec_")
    assert "p4ssword" not in str(endpoint.raw_data)


def test_endpoint_is_retrieved_updated_and_deleted(client: Any) -> None:
    made = client.WebhookEndpoint.create(NEW).webhook_endpoint.id

    changed = client.WebhookEndpoint.update(made, {"disabled": True, "enabled_events": ["customer_deleted"]})
    shown = client.WebhookEndpoint.retrieve(made).webhook_endpoint
    deleted = client.WebhookEndpoint.delete(made).webhook_endpoint

    assert changed.webhook_endpoint.raw_data == shown.raw_data
    assert (shown.disabled, shown.enabled_events, deleted.id) == (True, ["customer_deleted"], made)
    assert client.WebhookEndpoint.list().list == []


def test_endpoints_are_listed_page_by_page(client: Any) -> None:
    ids = [client.WebhookEndpoint.create(NEW).webhook_endpoint.id for _ in range(3)]

    first = client.WebhookEndpoint.list({"limit": 2})
    second = client.WebhookEndpoint.list({"limit": 2, "offset": first.next_offset})

    assert [[entry.webhook_endpoint.id for entry in page.list] for page in (first, second)] == [ids[:2], ids[2:]]


def test_endpoint_with_a_wrong_event_is_refused(client: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        client.WebhookEndpoint.create({**NEW, "enabled_events": ["customer_created", "customer_eaten"]})

    assert (caught.value.api_error_code, caught.value.param) == ("param_wrong_value", "enabled_events[1]")
    assert not WebhookEndpoint.objects.exists()


def test_events_are_listed_filtered_and_retrieved(client: Any) -> None:
    client.Customer.create({"id": "a"})
    client.Customer.update("a", {"company": "Acme"})

    asked = {"event_type": {"in": ["customer_changed"]}, "sort_by": {"desc": "occurred_at"}}
    [entry] = shown(lambda: client.Event.list(asked).list)
    event = client.Event.retrieve(entry.event.id).event

    assert (event.event_type, event.source, event.api_version) == ("customer_changed", "api", "v2")
    assert event.webhook_status == "not_configured"
    assert event.content["customer"]["company"] == "Acme"


def test_events_are_polled_by_offset(client: Any) -> None:
    for name in "abc":
        client.Customer.create({"id": name})
    shown(lambda: client.Event.list({"limit": 3}).list[2:])
    pages, offset = [], None
    while True:
        page = client.Event.list({"limit": 2, **({"offset": offset} if offset else {})})
        pages.append([entry.event.content["customer"]["id"] for entry in page.list])
        if page.next_offset is None:
            break
        offset = page.next_offset

    assert pages == [["a", "b"], ["c"]]


def test_call_can_silence_its_webhooks(client: Any) -> None:
    client.WebhookEndpoint.create(NEW)

    client.Customer.create({"id": "a"}, headers={"chargebee-event-webhook": "all-disabled"})

    [entry] = shown(lambda: client.Event.list({"webhook_status": {"is": "skipped"}}).list)
    assert entry.event.content["customer"]["id"] == "a"


def test_body_that_is_sent_is_an_event_to_the_library(client: Any, site: BillingSite) -> None:
    client.WebhookEndpoint.create(NEW)
    client.Customer.create({"id": "a", "first_name": "Zoë"})
    clock = Clock(Event.objects.get().occurred_at)
    receiver = Receiver(clock)
    drain(courier_of(receiver))

    event = client.Event.deserialize(Event.objects.get().chargebee_payload)

    [(_, body, headers)] = receiver.got
    assert body == event.raw_data
    assert (event.id, event.event_type) == (headers["webhook-id"], "customer_created")
    assert event.content["customer"]["first_name"] == "Zoë"
    assert headers["Authorization"] == "Basic Ym9va3M6cDRzc3dvcmQ="
