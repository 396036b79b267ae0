"""Chargebee "List events" and "Retrieve an event"."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import Delivery, Event
from tests.clients import ChargebeeClient, ChingClient
from tests.dialects.clock import Clock
from tests.dialects.expected import NO_SUCH_RESOURCE, SECONDS, chargebee_customer, wrong_value

NEW_ENDPOINT = {"name": "Books", "url": "https://hooks.example.com/"}


@pytest.fixture(autouse=True)
def _three_changes(clock: Clock, chargebee: ChargebeeClient) -> None:
    """One second after another."""
    chargebee.post("/customers", {"id": "a"})
    clock.forward(seconds=1)
    chargebee.post("/customers", {"id": "b"})
    clock.forward(seconds=1)
    chargebee.post("/customers/a", {"company": "Acme"})


def listed(chargebee: ChargebeeClient, **params: str) -> list[tuple[str, str]]:
    """What happened, and to whom."""
    events = [item["event"] for item in chargebee.get("/events", params).json()["list"]]
    return [(event["event_type"], event["content"]["customer"]["id"]) for event in events]


A, B, A2 = ("customer_created", "a"), ("customer_created", "b"), ("customer_changed", "a")


def test_event_is_shown_as_it_was_sent(chargebee: ChargebeeClient) -> None:
    event = Event.objects.earliest("pk")

    response = chargebee.get(f"/events/{event.public_id}")

    assert response.json() == {
        "event": {
            "id": event.public_id,
            "occurred_at": SECONDS,
            "source": "api",
            "user": event.user,
            "object": "event",
            "api_version": "v2",
            "content": {"customer": chargebee_customer("a")},
            "event_type": "customer_created",
            "webhook_status": "not_configured",
        }
    }


def test_what_became_of_its_webhooks_is_told(chargebee: ChargebeeClient) -> None:
    ids = [chargebee.post("/webhook_endpoints", NEW_ENDPOINT).json()["webhook_endpoint"]["id"] for _ in range(2)]
    chargebee.post("/customers", {"id": "c"})
    Delivery.objects.filter(endpoint__public_id=ids[0]).update(status="succeeded")
    Delivery.objects.filter(endpoint__public_id=ids[1]).update(attempts=2)

    [item] = chargebee.get("/events", {"webhook_status[is]": "re_scheduled"}).json()["list"]

    assert item["event"]["webhook_status"] == "re_scheduled"
    assert item["event"]["webhooks"] == [
        {"id": ids[0], "webhook_status": "succeeded", "object": "webhook"},
        {"id": ids[1], "webhook_status": "re_scheduled", "object": "webhook"},
    ]


def test_event_of_the_other_contract_is_listed(chargebee: ChargebeeClient, ching: ChingClient) -> None:
    ching.delete("/customers/b")

    assert listed(chargebee)[-1] == ("customer_deleted", "b")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, [A, B, A2]),
        ({"sort_by[asc]": "occurred_at"}, [A, B, A2]),
        ({"sort_by[desc]": "occurred_at"}, [A2, B, A]),
        ({"limit": "1"}, [A]),
        ({"event_type[is]": "customer_changed"}, [A2]),
        ({"event_type[in]": '["customer_changed","customer_deleted"]'}, [A2]),
        ({"event_type[is_not]": "customer_changed"}, [A, B]),
        ({"event_type[is]": "invoice_updated"}, []),
        ({"source[is]": "api"}, [A, B, A2]),
        ({"source[in]": "['admin_console', 'hosted_page']"}, []),
        ({"webhook_status[is]": "not_configured"}, [A, B, A2]),
        ({"webhook_status[in]": "[failed,rate_limited]"}, []),
        # The second itself too: see the polling recipe.
        ({"occurred_at[after]": str(SECONDS + 1)}, [B, A2]),
        ({"occurred_at[before]": str(SECONDS + 1)}, [A]),
        ({"occurred_at[on]": str(SECONDS)}, [A, B, A2]),
        ({"occurred_at[between]": f"[{SECONDS},{SECONDS + 1}]"}, [A, B]),
        ({"start_time": str(SECONDS + 1)}, [B, A2]),
        ({"end_time": str(SECONDS + 1)}, [A, B]),
        ({"start_time": str(SECONDS + 1), "end_time": str(SECONDS + 1)}, [B]),
        ({"event_type": "customer_changed"}, [A, B, A2]),
        ({"customer_id[is]": "a"}, [A, B, A2]),
    ],
    ids=str,
)
def test_list(chargebee: ChargebeeClient, params: Any, expected: Any) -> None:
    assert listed(chargebee, **params) == expected


def test_list_by_ids(chargebee: ChargebeeClient) -> None:
    ids = list(Event.objects.order_by("pk").values_list("public_id", flat=True))

    assert listed(chargebee, **{"id[is]": ids[1]}) == [B]
    assert listed(chargebee, **{"id[in]": f"[{ids[0]},{ids[2]}]"}) == [A, A2]
    assert listed(chargebee, **{"id[starts_with]": ids[0][:20]}) == [A]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_are_followed_to_the_end(chargebee: ChargebeeClient, order: str) -> None:
    params = {"limit": "2", f"sort_by[{order}]": "occurred_at"}
    first = chargebee.get("/events", params).json()
    second = chargebee.get("/events", {**params, "offset": first["next_offset"]}).json()

    found = [item["event"]["occurred_at"] - SECONDS for page in (first, second) for item in page["list"]]
    assert found == ([0, 1, 2] if order == "asc" else [2, 1, 0])
    assert "next_offset" not in second


def test_offset_of_another_list_is_refused(chargebee: ChargebeeClient) -> None:
    offset = chargebee.get("/events", {"limit": "1"}).json()["next_offset"]

    answers = [
        chargebee.get("/events", {"offset": offset, "sort_by[desc]": "occurred_at"}),
        chargebee.get("/events", {"offset": offset, "event_type[is]": "customer_created"}),
        chargebee.get("/customers", {"offset": offset}),
        chargebee.get("/webhook_endpoints", {"offset": offset}),
    ]

    assert [each.json() for each in answers] == [wrong_value("offset", "Must be the next_offset of the same list.")] * 4


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("event_type[is]", "customer_eaten", "Must be a value that the contract names."),
        ("event_type[starts_with]", "customer", "Supported operators: is, is_not, in, not_in."),
        (
            "webhook_status[is]",
            "lost",
            (
                "Must be one of not_configured, scheduled, succeeded, re_scheduled, failed, skipped, not_applicable, "
                "disabled, rate_limited."
            ),
        ),
        (
            "source[is]",
            "tv",
            (
                "Must be one of admin_console, api, bulk_operation, scheduled_job, hosted_page, portal, system, none, "
                "js_api, migration, external_service."
            ),
        ),
        ("occurred_at[after]", "yesterday", "Must be an integer."),
        ("start_time", "yesterday", "Must be an integer."),
        ("end_time", "-1", "Must be a timestamp in seconds (UTC)."),
        ("sort_by[asc]", "created_at", "Must be occurred_at."),
        ("limit", "101", "Must be an integer from 1 to 100."),
    ],
)
def test_parameter_is_refused(chargebee: ChargebeeClient, name: str, value: str, message: str) -> None:
    response = chargebee.get("/events", {name: value})

    assert (response.status_code, response.json()) == (400, wrong_value(name, message))


def test_missing_event(chargebee: ChargebeeClient) -> None:
    response = chargebee.get("/events/evt_none")

    assert (response.status_code, response.json()) == (404, NO_SUCH_RESOURCE)


def test_event_is_there_as_soon_as_the_change_is_answered(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c"})

    assert listed(chargebee)[-1] == ("customer_created", "c")
