"""Events as a page shows them: their order, their conditions, and what has become of their webhooks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing_customers.actors import Actor
from billing_customers.models import BillingSite, Delivery, Event, WebhookEndpoint
from billing_customers.operations import resending, webhooks
from billing_customers.operations.customers import create_customer
from billing_customers.queries.conditions import Condition
from billing_customers.queries.events import EventPosition, find_event, page_of_events
from tests.fixtures import NOW
from tests.operations import acts, endpoints

SECOND = timedelta(seconds=1)


def named(rows: Any) -> list[str]:
    """The ids of the customers that the events are about."""
    return [json.loads(row.payload)["content"]["customer"]["id"] for row in rows]


def found(site: BillingSite, *conditions: tuple[str, str, Any], **options: Any) -> list[str]:
    page = page_of_events(site, conditions=[Condition(*each) for each in conditions], limit=100, **options)
    return named(page.rows)


def status_of(site: BillingSite) -> tuple[str, dict[str, str]]:
    """What is shown of the only event."""
    [row] = page_of_events(site, limit=2).rows
    return row.webhook_status, row.endpoints


def test_order_is_that_of_recording_whatever_the_times_are(site: BillingSite) -> None:
    for name, at in (("a", NOW + SECOND), ("b", NOW), ("c", NOW + 2 * SECOND)):
        acts.create(site, name, at=at)

    assert found(site) == ["a", "b", "c"]
    assert found(site, descending=True) == ["c", "b", "a"]


@pytest.mark.parametrize("descending", [False, True])
def test_pages_are_followed_to_the_end(site: BillingSite, descending: bool) -> None:
    for name in "abcde":
        acts.create(site, name)
    # As if two transactions had written them, the second one the older rows.
    Event.objects.filter(customer__public_id__in="ab").update(tx=3)
    Event.objects.filter(customer__public_id__in="cde").update(tx=2)
    names, after, pages = [], None, 0
    while pages == 0 or after is not None:
        page = page_of_events(site, descending=descending, limit=2, after=after)
        names += named(page.rows)
        after, pages = page.next, pages + 1

    assert (names, pages) == (list("baedc" if descending else "cdeab"), 3)


def test_position_is_that_of_the_last_row(site: BillingSite) -> None:
    for name in "abc":
        acts.create(site, name)

    second = Event.objects.get(customer__public_id="b")
    assert page_of_events(site, limit=2).next == EventPosition(second.tx, second.pk)


def test_page_is_two_queries_wherever_it_lies(site: BillingSite) -> None:
    endpoints.make(site)
    endpoints.make(site)
    for number in range(6):
        acts.create(site, f"c{number}")
    after = page_of_events(site, limit=2).next

    with CaptureQueriesContext(connection) as captured:
        page_of_events(site, limit=2, after=after)

    assert len(captured) == 2


def test_other_sites_have_events_of_their_own(site: BillingSite, other_site: BillingSite) -> None:
    acts.create(other_site)
    foreign = Event.objects.get().public_id

    assert found(site) == []
    assert find_event(site, foreign) is None


def test_pings_are_found_by_their_id_alone(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)
    ping = webhooks.send_ping(site=site, public_id=endpoint.public_id, at=NOW)

    assert page_of_events(site, limit=2).rows == []
    row = find_event(site, ping.public_id)
    assert row is not None
    assert row.endpoints == {endpoint.public_id: "scheduled"}


def at_(second: int, micro: int = 0) -> datetime:
    return datetime(2026, 1, 1, 0, 0, second, micro, tzinfo=UTC)


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        # What is shown as this very second too: a poller must not lose the neighbours of the last one that it saw.
        ("after", at_(5), ["five", "five-and-a-half", "six"]),
        ("after", at_(6), ["six"]),
        ("before", at_(5), ["four"]),
        ("until", at_(5), ["four", "five", "five-and-a-half"]),
        ("between", (at_(4), at_(5)), ["four", "five", "five-and-a-half"]),
        ("on", at_(5), ["four", "five", "five-and-a-half", "six"]),
        ("on", at_(5) + timedelta(days=1), []),
    ],
)
def test_times(site: BillingSite, operator: str, value: Any, expected: list[str]) -> None:
    given = {"four": at_(4, 999_999), "five": at_(5), "five-and-a-half": at_(5, 500_000), "six": at_(6)}
    for name, at in given.items():
        acts.create(site, name, at=at)

    assert found(site, ("occurred_at", operator, value)) == expected


def test_ids_types_and_sources(site: BillingSite) -> None:
    acts.create(site, "a")
    create_customer(site=site, public_id="b", attributes={}, actor=Actor("api", "k"), at=NOW)
    acts.update(site, "b", name="New")
    first, second, third = Event.objects.order_by("pk").values_list("public_id", flat=True)

    assert found(site, ("id", "is", first)) == ["a"]
    assert found(site, ("id", "is_not", first)) == ["b", "b"]
    assert found(site, ("id", "in", [first, third])) == ["a", "b"]
    assert found(site, ("id", "not_in", [first, third])) == ["b"]
    assert found(site, ("id", "starts_with", second[:-1])) == ["b"]
    assert found(site, ("event_type", "is", "customer_created")) == ["a", "b"]
    assert found(site, ("event_type", "not_in", ["customer_created", "customer_deleted"])) == ["b"]
    assert found(site, ("source", "is", "api")) == ["b"]
    assert found(site, ("source", "is", "none"), ("event_type", "is", "customer_created")) == ["a"]


@pytest.mark.parametrize(
    ("delivery", "endpoint", "shown"),
    [
        ({}, {}, "scheduled"),
        ({"attempts": 1}, {}, "re_scheduled"),
        ({"status": "succeeded", "attempts": 1}, {}, "succeeded"),
        ({"status": "succeeded"}, {"disabled_at": NOW}, "succeeded"),
        ({"status": "exhausted"}, {}, "failed"),
        ({"status": "expired"}, {}, "failed"),
        ({"status": "cancelled"}, {}, "disabled"),
        ({"attempts": 1}, {"disabled_at": NOW}, "disabled"),
        ({}, {"deleted_at": NOW}, "disabled"),
    ],
    ids=str,
)
def test_webhook_status_is_that_of_the_delivery(site: BillingSite, delivery: Any, endpoint: Any, shown: str) -> None:
    made, _ = endpoints.make(site)
    acts.create(site)
    Delivery.objects.update(**delivery)
    WebhookEndpoint.objects.update(**endpoint)

    assert status_of(site) == (shown, {made.public_id: shown})
    assert found(site, ("webhook_status", "is", shown)) == ["acme"]
    assert found(site, ("webhook_status", "is_not", shown)) == []
    assert found(site, ("webhook_status", "in", [shown, "skipped"])) == ["acme"]


def test_event_that_nobody_wants_is_not_configured(site: BillingSite) -> None:
    acts.create(site)

    assert status_of(site) == ("not_configured", {})
    assert found(site, ("webhook_status", "is", "not_configured")) == ["acme"]
    assert found(site, ("webhook_status", "is", "skipped")) == []


def test_silenced_event_is_skipped(site: BillingSite) -> None:
    endpoints.make(site)
    quiet = Actor("api", "k", silences_webhooks=True)
    create_customer(site=site, public_id="acme", attributes={}, actor=quiet, at=NOW)

    assert status_of(site) == ("skipped", {})
    assert found(site, ("webhook_status", "is", "skipped")) == ["acme"]
    assert found(site, ("webhook_status", "is", "not_configured")) == []


@pytest.mark.parametrize(
    ("statuses", "worst"),
    [
        (("succeeded", "pending", "exhausted"), "failed"),
        (("succeeded", "pending", "cancelled"), "disabled"),
        (("succeeded", "pending", "succeeded"), "scheduled"),
        (("succeeded", "succeeded", "succeeded"), "succeeded"),
    ],
)
def test_worst_status_is_that_of_the_event(site: BillingSite, statuses: tuple[str, ...], worst: str) -> None:
    for _ in statuses:
        endpoints.make(site)
    acts.create(site)
    for delivery, status in zip(Delivery.objects.order_by("pk"), statuses, strict=True):
        Delivery.objects.filter(pk=delivery.pk).update(status=status)

    assert status_of(site)[0] == worst


def test_latest_of_several_to_one_endpoint_counts(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)
    acts.create(site)
    Delivery.objects.update(status="exhausted")
    resending.resend_event(site=site, event_id=Event.objects.get().public_id, at=NOW)

    assert status_of(site) == ("scheduled", {endpoint.public_id: "scheduled"})
    assert found(site, ("webhook_status", "is", "failed")) == []
    assert found(site, ("webhook_status", "is", "scheduled")) == ["acme"]


def test_event_without_a_form_is_left_out(site: BillingSite) -> None:
    acts.create(site)
    event = Event.objects.get()
    Event.objects.update(chargebee_payload=None)

    assert found(site) == []
    assert find_event(site, event.public_id) is None


@pytest.mark.postgres
def test_transaction_sees_what_it_wrote_itself(site: BillingSite) -> None:
    acts.create(site)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        assert Event.objects.get().tx == cursor.fetchone()[0]
    assert found(site) == ["acme"]


@pytest.mark.postgres
def test_rows_of_another_cluster_are_shown(site: BillingSite) -> None:
    acts.create(site)
    Event.objects.update(tx=2**62)

    assert found(site) == ["acme"]
