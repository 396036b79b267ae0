"""CHING "Webhooks": ``POST``, ``GET`` and ``DELETE /v1/webhooks``; rotation and ping are ours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from billing_customers.models import BillingSite, Delivery, Event, IdempotencyRecord, WebhookEndpoint, WebhookSecret
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.webhooks import create_endpoint
from tests.clients import ChargebeeClient, ChingClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import CREATED, NO_SUCH_CHING_CUSTOMER, ching_answer, ching_issue, ching_refusal
from tests.operations import endpoints

pytestmark = pytest.mark.usefixtures("clock")

URL = "https://hooks.example.com/ching"


def webhook(number: int = 1, **said: Any) -> dict[str, Any]:
    """A webhook with the keys in the contract's order, then ours."""
    shown: dict[str, Any] = {
        "id": number,
        "url": URL,
        "events": ["*"],
        "active": True,
        "livemode": False,
        "created": CREATED,
        "dialect": "ching",
        "description": None,
        "disabled_reason": None,
    }
    assert said.keys() <= shown.keys()
    return {**shown, **said}


def secret_of(response: Any) -> str:
    secret: str = response.json()["data"]["secret"]
    return secret


def test_new_webhook_shows_its_secret_this_once(ching: ChingClient) -> None:
    response = ching.post("/webhooks", {"url": URL, "events": ["customer.created", "customer.deleted"]})

    shown = response.json()["data"]
    assert response.status_code == 200
    assert list(shown)[:7] == ["id", "url", "events", "secret", "active", "livemode", "created"]
    secret = shown.pop("secret")
    assert shown == webhook(events=["customer.created", "customer.deleted"])
    assert [each.reveal() for each in endpoints.signing(WebhookEndpoint.objects.get(), START)] == [secret]
    assert secret not in ching.get("/webhooks").content.decode()


def test_webhooks_are_listed_in_the_order_they_were_made(ching: ChingClient) -> None:
    ching.post("/webhooks", {"url": URL})
    ching.post("/webhooks", {"url": URL, "description": "Books", "events": ["*"]})

    assert ching.get("/webhooks").content == ching_answer([webhook(), webhook(2, description="Books")])


def test_webhook_of_the_other_contract_is_listed_in_its_own_words(
    ching: ChingClient, chargebee: ChargebeeClient
) -> None:
    said = {"name": "Books", "url": URL, "enabled_events[0]": "customer_created"}
    chargebee.post("/webhook_endpoints", said)

    assert ching.get("/webhooks").json()["data"] == [webhook(dialect="chargebee", events=["customer_created"])]


def test_webhook_can_speak_the_other_contract(ching: ChingClient) -> None:
    response = ching.post("/webhooks", {"url": URL, "dialect": "chargebee", "events": ["customer_changed"]})

    assert response.json()["data"]["events"] == ["customer_changed"]
    assert WebhookEndpoint.objects.get().dialect == "chargebee"


def test_disabled_webhook_is_not_active(ching: ChingClient) -> None:
    ching.post("/webhooks", {"url": URL})
    WebhookEndpoint.objects.update(disabled_at=START, disabled_reason="failing")

    assert ching.get("/webhooks").json()["data"] == [webhook(active=False, disabled_reason="failing")]


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        ({}, ("url",), "Is required."),
        ({"url": "http://hooks.example.com/"}, ("url",), "The URL must begin with https://."),
        ({"url": URL, "events": []}, ("events",), "Must name 1 to 100 events; * stands for all."),
        (
            {"url": URL, "events": ["customer.created", "customer.eaten"]},
            ("events", "1"),
            "Must be * or an event of the contract, such as customer.created.",
        ),
        ({"url": URL, "dialect": "soap"}, ("dialect",), "Must be one of ching, chargebee."),
        ({"url": URL, "dialect": None}, ("dialect",), "Cannot be empty."),
    ],
    ids=str,
)
def test_webhook_is_refused(ching: ChingClient, body: Any, path: tuple[str, ...], message: str) -> None:
    response = ching.post("/webhooks", body)

    assert (response.status_code, response.json()) == (400, ching_issue(*path, message=message))
    assert not WebhookEndpoint.objects.exists()


def test_seventeenth_webhook_is_refused(ching: ChingClient) -> None:
    for _ in range(16):
        ching.post("/webhooks", {"url": URL})

    response = ching.post("/webhooks", {"url": URL})

    assert response.json() == ching_refusal(409, "LIMIT_REACHED", "A site has at most 16 webhook endpoints.")


def test_deleted_webhook_is_gone(ching: ChingClient) -> None:
    ching.post("/webhooks", {"url": URL})

    assert ching.delete("/webhooks/1").content == ching_answer({"id": 1, "object": "webhook", "deleted": True})
    assert ching.get("/webhooks").json()["data"] == []
    assert ching.delete("/webhooks/1").json() == NO_SUCH_CHING_CUSTOMER


@pytest.mark.parametrize("number", ["0", "01", "1.0", "+1", "-1", "٢", "2", "x", "9" * 30])
def test_webhook_that_is_not_there(ching: ChingClient, number: str) -> None:
    ching.post("/webhooks", {"url": URL})

    for response in (ching.delete(f"/webhooks/{number}"), ching.post(f"/webhooks/{number}/ping")):
        assert (response.status_code, response.json()) == (404, NO_SUCH_CHING_CUSTOMER)
    assert WebhookEndpoint.objects.kept().count() == 1


def test_rotated_secret_is_shown_and_the_old_one_goes_on_signing(ching: ChingClient) -> None:
    old = secret_of(ching.post("/webhooks", {"url": URL}))

    response = ching.post("/webhooks/1/rotate_secret", {"overlap_hours": 2})

    new = secret_of(response)
    endpoint = WebhookEndpoint.objects.get()
    assert response.content == ching_answer({"id": 1, "secret": new})
    assert [each.reveal() for each in endpoints.signing(endpoint, START)] == [new, old]
    assert [each.reveal() for each in endpoints.signing(endpoint, START + timedelta(hours=2))] == [new]


def test_overlap_is_a_day_unless_said_otherwise(ching: ChingClient) -> None:
    ching.post("/webhooks", {"url": URL})
    ching.post("/webhooks/1/rotate_secret")

    assert WebhookSecret.objects.exclude(expires_at=None).get().expires_at == START + timedelta(hours=24)


@pytest.mark.parametrize("hours", [-1, 169, 1.5, "1", True])
def test_overlap_is_refused(ching: ChingClient, hours: Any) -> None:
    ching.post("/webhooks", {"url": URL})

    response = ching.post("/webhooks/1/rotate_secret", {"overlap_hours": hours})

    assert response.json() == ching_issue("overlap_hours", message="Must be an integer from 0 to 168.")
    assert WebhookSecret.objects.count() == 1


def test_ping_is_queued(ching: ChingClient) -> None:
    ching.post("/webhooks", {"url": URL, "events": ["customer.deleted"]})

    response = ching.post("/webhooks/1/ping")

    assert response.content == ching_answer({"id": Event.objects.get().public_id, "type": "ping"})
    assert Delivery.objects.get().is_manual is True


def test_disabled_webhook_is_not_pinged(ching: ChingClient) -> None:
    ching.post("/webhooks", {"url": URL})
    WebhookEndpoint.objects.update(disabled_at=START, disabled_reason="manual")

    response = ching.post("/webhooks/1/ping")

    assert response.json() == ching_refusal(409, "INVALID_STATE", "The endpoint is disabled: enable it first.")
    assert not Event.objects.exists()


@pytest.mark.parametrize("path", ["/webhooks", "/webhooks/1/rotate_secret"])
def test_repeated_request_gets_its_secret_again_and_stores_it_sealed(
    site: BillingSite, ching: ChingClient, path: str
) -> None:
    create_endpoint(site=site, attributes={"dialect": "ching", "url": URL}, at=START)
    bodies = {"/webhooks": {"url": URL}, "/webhooks/1/rotate_secret": {"overlap_hours": 1}}

    first, second = (ching.post(path, bodies[path], **{"Idempotency-Key": "once"}) for _ in range(2))

    stored = IdempotencyRecord.objects.get().response_body or ""
    assert first.content == second.content
    assert second.headers["Idempotent-Replayed"] == "true"
    assert WebhookSecret.objects.count() == 2
    assert secret_of(first)[6:] not in stored
    assert stored.startswith("v1.")


def test_secret_is_told_again_to_the_same_key_alone(site: BillingSite, ching: ChingClient) -> None:
    other = ChingClient(create_api_key(site=site, scopes=["write"], at=START)[1])
    ching.post("/webhooks", {"url": URL}, **{"Idempotency-Key": "once"})

    response = other.post("/webhooks", {"url": URL}, **{"Idempotency-Key": "once"})

    message = "This idempotency key was used with another request."
    assert response.json() == ching_refusal(422, "IDEMPOTENCY_KEY_REUSED", message)
    assert WebhookEndpoint.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status"), [(b"[" * 5000, 400), (b"\xff\xfe", 400), (b'{"a": 1, "a": 2}', 400), (b" " * 300_000, 413)]
)
def test_body_that_cannot_be_read_is_refused_where_none_is_wanted(ching: ChingClient, body: bytes, status: int) -> None:
    ching.post("/webhooks", {"url": URL})

    assert ching.post("/webhooks/1/ping", body).status_code == status
    assert not Event.objects.exists()


def test_answer_that_cannot_be_opened_any_more_is_refused(ching: ChingClient, settings: Any, clock: Clock) -> None:
    ching.post("/webhooks", {"url": URL}, **{"Idempotency-Key": "once"})
    settings.BILLING_CUSTOMERS = {"ENCRYPTION_KEYS": ["A" * 43 + "="]}

    response = ching.post("/webhooks", {"url": URL}, **{"Idempotency-Key": "once"})

    message = "The stored answer holds a secret and cannot be opened any more."
    assert response.json() == ching_refusal(409, "INVALID_STATE", message)
    assert WebhookEndpoint.objects.count() == 1


def test_refusal_is_repeated_too(ching: ChingClient) -> None:
    for _ in range(16):
        ching.post("/webhooks", {"url": URL})

    first, second = (ching.post("/webhooks", {"url": URL}, **{"Idempotency-Key": "once"}) for _ in range(2))

    assert first.content == second.content
    assert second.headers["Idempotent-Replayed"] == "true"
