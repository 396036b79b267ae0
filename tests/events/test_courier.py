"""What a courier does with the events of one endpoint."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.actors import Actor
from billing_customers.choices import DeliveryStatus, DisabledReason
from billing_customers.events.delivery import Courier
from billing_customers.events.record import record_ping
from billing_customers.events.transport import Reply
from billing_customers.models import BillingSite, Delivery, DeliveryAttempt, Event, Lane, WebhookEndpoint
from tests.events.sending import SECRET, Clock, Receiver, customer_named, drain, make_endpoint, rename
from tests.fixtures import NOW

pytestmark = pytest.mark.django_db


def failing(*names: str, status: int = 500) -> Any:
    """An answer that refuses the events of the customers with these ids."""
    return lambda body: status if body["data"].get("id") in names else 200


def test_an_event_arrives_once_and_its_lane_rests(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver
) -> None:
    customer_named(site, "ana")

    assert drain(courier) == 1

    assert receiver.names() == ["ana"]
    lane = Lane.objects.get()
    assert (lane.ready_at, lane.lease_until, lane.token) == (None, None, "")
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.attempts, delivery.finished_at) == (DeliveryStatus.SUCCEEDED, 1, NOW)


def test_the_attempt_is_written_down(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver
) -> None:
    receiver.answer = lambda body: Reply(202, "", "", 12, "thanks", None)
    customer_named(site, "ana")

    drain(courier)

    row = DeliveryAttempt.objects.values().get()
    assert {name: row[name] for name in ("number", "trigger", "started_at", "duration_ms", "status_code")} == {
        "number": 1,
        "trigger": "schedule",
        "started_at": NOW,
        "duration_ms": 12,
        "status_code": 202,
    }
    assert (row["error"], row["response_text"]) == ("", "thanks")


def test_the_events_of_a_customer_arrive_in_order(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver
) -> None:
    customer_named(site, "ana")
    for number in range(250):
        rename(site, "ana", f"ana {number}")

    drain(courier)

    assert receiver.names() == ["ana", *(f"ana {number}" for number in range(250))]


def test_headers_say_which_event_it_is_and_who_sent_it(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver
) -> None:
    customer_named(site, "ana")
    rename(site, "ana", "Ana")

    drain(courier)

    _, said, headers = receiver.got[1]
    assert headers["webhook-id"] == said["id"] == Event.objects.get(sequence=2).public_id
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert (headers["webhook-attempt"], headers["webhook-sequence"]) == ("1", "2")
    assert headers["User-Agent"].startswith("billing-customers/")
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert len(headers["Ching-Signature"]) == 64
    assert SECRET not in str(headers)


def test_every_attempt_has_the_same_bytes_and_id(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver, clock: Clock
) -> None:
    customer_named(site, "ana")
    receiver.answer = failing("ana")
    drain(courier)
    rename(site, "ana", "Ana")
    receiver.answer = failing()
    clock.pass_(seconds=6)

    drain(courier)

    first, second, third = receiver.got
    assert first[1] == second[1]
    assert first[2]["webhook-id"] == second[2]["webhook-id"] != third[2]["webhook-id"]
    assert (first[2]["webhook-attempt"], second[2]["webhook-attempt"]) == ("1", "2")
    assert second[2]["webhook-timestamp"] == str(int(NOW.timestamp()) + 6)


def test_a_disabled_endpoint_gets_nothing(site: BillingSite, courier: Courier, receiver: Receiver) -> None:
    make_endpoint(site, disabled_at=NOW, disabled_reason=DisabledReason.MANUAL)
    customer_named(site, "ana")

    drain(courier)

    assert receiver.calls == 0
    assert Delivery.objects.count() == 0


def test_an_endpoint_gets_what_it_has_selected(site: BillingSite, courier: Courier, receiver: Receiver) -> None:
    make_endpoint(site, events=["customer.updated"])
    customer_named(site, "ana")
    rename(site, "ana", "Ana")

    drain(courier)

    assert [said["type"] for said in receiver.arrived] == ["customer.updated"]


def test_another_site_gets_nothing(
    site: BillingSite, other_site: BillingSite, courier: Courier, receiver: Receiver
) -> None:
    make_endpoint(other_site)
    customer_named(site, "ana")

    drain(courier)

    assert receiver.calls == 0


def test_a_silenced_change_is_recorded_and_sent_to_nobody(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver
) -> None:
    customer_named(site, "ana", actor=Actor("api", "key", silences_webhooks=True))

    drain(courier)

    assert receiver.calls == 0
    assert Event.objects.get().is_silenced


def test_a_ping_arrives_at_its_endpoint_alone(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver
) -> None:
    make_endpoint(site, dialect="chargebee")

    record_ping(site=site, endpoint=endpoint, actor=Actor("admin_console", "1"), at=NOW)
    record_ping(site=site, endpoint=endpoint, actor=Actor("admin_console", "1"), at=NOW)
    drain(courier)

    assert [said["type"] for said in receiver.arrived] == ["ping", "ping"]
    assert Lane.objects.count() == 1
