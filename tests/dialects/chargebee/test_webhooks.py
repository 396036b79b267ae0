"""Chargebee "Webhook endpoints": create, retrieve, update, list, delete; rotation and ping are ours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from billing_customers.events.delivery import Envelope
from billing_customers.models import BillingSite, Delivery, Event, IdempotencyRecord, WebhookEndpoint, WebhookSecret
from tests.clients import ChargebeeClient, ChingClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import NO_SUCH_RESOURCE, SECONDS, chargebee_refusal, wrong_value
from tests.operations import endpoints

pytestmark = pytest.mark.usefixtures("clock")

URL = "https://hooks.example.com/chargebee"
NEW = {"name": "Books", "url": URL}


def endpoint(public_id: str, **said: Any) -> dict[str, Any]:
    """The resource as the libraries read it, and our ``dialect``."""
    return {
        "id": public_id,
        "object": "webhook_endpoint",
        "name": "Books",
        "url": URL,
        "send_card_resource": False,
        "disabled": False,
        "primary_url": False,
        "api_version": "v2",
        "chargebee_response_schema_type": "items",
        "enabled_events": ["*"],
        "dialect": "chargebee",
        **said,
    }


def made(chargebee: ChargebeeClient, **said: str) -> str:
    identity: str = chargebee.post("/webhook_endpoints", {**NEW, **said}).json()["webhook_endpoint"]["id"]
    return identity


def test_new_endpoint_shows_its_secret_this_once(chargebee: ChargebeeClient) -> None:
    response = chargebee.post("/webhook_endpoints", NEW)

    shown = response.json()["webhook_endpoint"]
    secret = shown.pop("signing_secret")
    assert response.status_code == 200
    assert shown == endpoint(shown["id"])
    assert [each.reveal() for each in endpoints.signing(WebhookEndpoint.objects.get(), START)] == [secret]
    assert chargebee.get(f"/webhook_endpoints/{shown['id']}").json() == {"webhook_endpoint": endpoint(shown["id"])}


def test_endpoint_has_all_that_was_said_but_its_password(chargebee: ChargebeeClient) -> None:
    response = chargebee.post(
        "/webhook_endpoints",
        {
            **NEW,
            "api_version": "v2",
            "primary_url": "true",
            "disabled": "true",
            "basic_auth_username": "books",
            "basic_auth_password": "p4ssword",
            "send_card_resource": "true",
            "chargebee_response_schema_type": "compat",
            "enabled_events[0]": "customer_created",
            "enabled_events[1]": "subscription_cancelled",
            "description": "Ledger",
        },
    )

    shown = response.json()["webhook_endpoint"]
    secret = shown.pop("signing_secret")
    assert shown == endpoint(
        shown["id"],
        primary_url=True,
        disabled=True,
        send_card_resource=True,
        chargebee_response_schema_type="compat",
        enabled_events=["customer_created", "subscription_cancelled"],
        description="Ledger",
        disabled_reason="manual",
    )
    assert secret.startswith("whsec_")
    assert Envelope.of(WebhookEndpoint.objects.get(), START).authorization == "Basic Ym9va3M6cDRzc3dvcmQ="


@pytest.mark.parametrize(
    "params",
    [
        {"enabled_events[0]": "customer_created", "enabled_events[1]": "customer_deleted"},
        [("enabled_events", "customer_created"), ("enabled_events", "customer_deleted")],
        {"enabled_events": '["customer_created","customer_deleted"]'},
    ],
    ids=["indexed", "repeated", "bracketed"],
)
def test_events_are_read_in_every_form(chargebee: ChargebeeClient, params: Any) -> None:
    pairs = [*NEW.items(), *(params.items() if isinstance(params, dict) else params)]

    shown = chargebee.post("/webhook_endpoints", pairs).json()["webhook_endpoint"]

    assert shown["enabled_events"] == ["customer_created", "customer_deleted"]


@pytest.mark.parametrize(
    ("said", "param", "message"),
    [
        ({"url": ""}, "url", "Is required."),
        ({"name": ""}, "name", "Is required."),
        ({"name": "n" * 51}, "name", "Must have at most 50 characters."),
        ({"url": "https://a.example.com/" + "a" * 500}, "url", "Must have at most 512 characters."),
        ({"url": "https://127.0.0.1/"}, "url", "The address is not one of the public internet."),
        ({"api_version": "v1"}, "api_version", "Must be v2."),
        ({"primary_url": "yes"}, "primary_url", "Must be true or false."),
        (
            {"enabled_events[0]": "customer_eaten"},
            "enabled_events[0]",
            "Must be an event type of the contract, such as customer_created.",
        ),
        ({"enabled_events": "x"}, "enabled_events", "Must be a list, with an index for each item, from [0] on."),
        ({"enabled_events[x]": "y"}, "enabled_events", "Must be a list, with an index for each item, from [0] on."),
        (
            {"chargebee_response_schema_type": "v3"},
            "chargebee_response_schema_type",
            "Must be one of plans_addons, items, compat.",
        ),
        ({"basic_auth_password": "p"}, "basic_auth_username", "Is required with a password."),
        ({"dialect": "soap"}, "dialect", "Must be one of ching, chargebee."),
    ],
)
def test_endpoint_is_refused(chargebee: ChargebeeClient, said: Any, param: str, message: str) -> None:
    response = chargebee.post("/webhook_endpoints", {**NEW, **said})

    assert (response.status_code, response.json()) == (400, wrong_value(param, message))
    assert not WebhookEndpoint.objects.exists()


def test_update_changes_what_is_sent_alone(chargebee: ChargebeeClient) -> None:
    public_id = made(chargebee, description="Ledger")

    response = chargebee.post(f"/webhook_endpoints/{public_id}", {"name": "New", "enabled_events[0]": "card_added"})

    expected = endpoint(public_id, name="New", enabled_events=["card_added"], description="Ledger")
    assert response.json() == {"webhook_endpoint": expected}


def test_disabled_endpoint_is_enabled_by_an_update(chargebee: ChargebeeClient) -> None:
    public_id = made(chargebee)
    WebhookEndpoint.objects.update(disabled_at=START, disabled_reason="failing", failures=12, opened_at=START)

    response = chargebee.post(f"/webhook_endpoints/{public_id}", {"disabled": "false"})

    assert response.json() == {"webhook_endpoint": endpoint(public_id)}
    assert WebhookEndpoint.objects.get().opened_at is None


def test_endpoint_is_addressed_over_both_contracts(ching: ChingClient, chargebee: ChargebeeClient) -> None:
    ching.post("/webhooks", {"url": URL, "events": ["customer.created"]})

    [item] = chargebee.get("/webhook_endpoints").json()["list"]

    shown = item["webhook_endpoint"]
    assert shown == endpoint(shown["id"], name="", dialect="ching", enabled_events=["customer.created"])
    assert chargebee.post(f"/webhook_endpoints/{shown['id']}/delete").status_code == 200
    assert ching.get("/webhooks").json()["data"] == []


def test_endpoints_are_listed_page_by_page(chargebee: ChargebeeClient) -> None:
    ids = [made(chargebee) for _ in range(3)]

    first = chargebee.get("/webhook_endpoints", {"limit": "2"}).json()
    second = chargebee.get("/webhook_endpoints", {"limit": "2", "offset": first["next_offset"]}).json()

    pages = [[item["webhook_endpoint"]["id"] for item in page["list"]] for page in (first, second)]
    assert pages == [ids[:2], ids[2:]]
    assert "next_offset" not in second


def test_deleted_endpoint_is_gone(chargebee: ChargebeeClient) -> None:
    public_id = made(chargebee)

    response = chargebee.post(f"/webhook_endpoints/{public_id}/delete")

    assert response.json() == {"webhook_endpoint": endpoint(public_id)}
    assert chargebee.get("/webhook_endpoints").json() == {"list": []}
    again = [chargebee.get(f"/webhook_endpoints/{public_id}"), chargebee.post(f"/webhook_endpoints/{public_id}/delete")]
    assert [(each.status_code, each.json()) for each in again] == [(404, NO_SUCH_RESOURCE)] * 2


def test_rotated_secret_is_shown_and_the_old_one_goes_on_signing(chargebee: ChargebeeClient) -> None:
    public_id = made(chargebee)

    response = chargebee.post(f"/webhook_endpoints/{public_id}/rotate_secret", {"overlap_hours": "2"})

    new = response.json()["webhook_endpoint"]["signing_secret"]
    row = WebhookEndpoint.objects.get()
    assert response.json() == {"webhook_endpoint": endpoint(public_id, signing_secret=new)}
    assert [len(endpoints.signing(row, START + timedelta(hours=hours))) for hours in (0, 2)] == [2, 1]
    assert endpoints.signing(row, START)[0].reveal() == new


@pytest.mark.parametrize("hours", ["-1", "169"])
def test_overlap_is_refused(chargebee: ChargebeeClient, hours: str) -> None:
    public_id = made(chargebee)

    response = chargebee.post(f"/webhook_endpoints/{public_id}/rotate_secret", {"overlap_hours": hours})

    assert response.json() == wrong_value("overlap_hours", "Must be an integer from 0 to 168.")
    assert WebhookSecret.objects.count() == 1


def test_ping_is_answered_with_its_event(chargebee: ChargebeeClient) -> None:
    public_id = made(chargebee)

    response = chargebee.post(f"/webhook_endpoints/{public_id}/ping")

    event = Event.objects.get()
    assert response.json() == {
        "event": {
            "id": event.public_id,
            "occurred_at": SECONDS,
            "source": "api",
            "user": event.user,
            "object": "event",
            "api_version": "v2",
            "content": {},
            "event_type": "ping",
            "webhook_status": "scheduled",
            "webhooks": [{"id": public_id, "webhook_status": "scheduled", "object": "webhook"}],
        }
    }
    assert chargebee.get(f"/events/{event.public_id}").json() == response.json()


def test_disabled_endpoint_is_not_pinged(chargebee: ChargebeeClient) -> None:
    public_id = made(chargebee, disabled="true")

    response = chargebee.post(f"/webhook_endpoints/{public_id}/ping")

    message = "The endpoint is disabled: enable it first."
    assert response.json() == chargebee_refusal(409, "invalid_state_for_request", message)
    assert not Event.objects.exists()


def test_repeated_creation_gets_its_secret_again_and_stores_it_sealed(chargebee: ChargebeeClient) -> None:
    key = {"chargebee-idempotency-key": "once"}
    said = {**NEW, "basic_auth_username": "u", "basic_auth_password": "canary-password"}

    first, second = (chargebee.post("/webhook_endpoints", said, **key) for _ in range(2))

    stored = str(list(IdempotencyRecord.objects.values()))
    assert first.content == second.content
    assert WebhookEndpoint.objects.count() == 1
    assert first.json()["webhook_endpoint"]["signing_secret"][6:] not in stored
    assert "canary-password" not in stored


@pytest.mark.parametrize("header", ["chargebee-event-webhook", "chargebee-event-actions"])
def test_header_silences_the_webhooks_of_a_call(chargebee: ChargebeeClient, header: str) -> None:
    made(chargebee)

    chargebee.post("/customers", {"id": "acme"}, **{header: "all-disabled"})

    assert Event.objects.get().is_silenced is True
    assert not Delivery.objects.exists()
    [item] = chargebee.get("/events").json()["list"]
    assert item["event"]["webhook_status"] == "skipped"


@pytest.mark.parametrize("header", ["chargebee-event-webhook", "chargebee-event-actions"])
def test_header_with_another_value_is_refused(chargebee: ChargebeeClient, header: str) -> None:
    responses = [
        chargebee.post("/customers", {"id": "acme"}, **{header: "none"}),
        chargebee.get("/customers", **{header: "none"}),
    ]

    assert [each.json() for each in responses] == [wrong_value(header, "Must be all-disabled.")] * 2
    assert not Event.objects.exists()


def test_same_key_with_and_without_the_header_is_another_request(chargebee: ChargebeeClient) -> None:
    key = {"chargebee-idempotency-key": "once"}
    chargebee.post("/customers", {"id": "acme"}, **key)

    response = chargebee.post("/customers", {"id": "acme"}, **key, **{"chargebee-event-webhook": "all-disabled"})

    assert response.status_code == 422


def test_header_of_the_other_contract_silences_nothing(ching: ChingClient, site: BillingSite, clock: Clock) -> None:
    endpoints.make(site)

    ching.post("/customers", {"name": "Tal"}, **{"chargebee-event-webhook": "all-disabled"})

    assert Delivery.objects.count() == 1
