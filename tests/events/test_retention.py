"""How long events, attempts and what waits are kept, and the repair of lanes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from billing_customers.choices import DeliveryStatus
from billing_customers.events import retention
from billing_customers.events.delivery import Courier
from billing_customers.models import BillingSite, Delivery, DeliveryAttempt, Event, Lane, WebhookEndpoint
from billing_customers.operations.webhooks import send_ping
from tests.events.sending import Clock, Receiver, customer_named, drain, rename
from tests.fixtures import NOW

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def sequences() -> list[int | None]:
    return list(Event.objects.order_by("id").values_list("sequence", flat=True))


def statuses() -> list[str]:
    return list(Delivery.objects.order_by("id").values_list("status", flat=True))


def test_events_of_ninety_days_are_removed_with_their_deliveries_and_attempts(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier
) -> None:
    customer_named(site, "ana")
    rename(site, "ana", "Ana", at=NOW + DAY)
    drain(courier)

    assert retention.purge_events(at=NOW + 90 * DAY) == 0
    assert retention.purge_events(at=NOW + 90.5 * DAY) == 1
    assert sequences() == [2]
    assert (Delivery.objects.count(), DeliveryAttempt.objects.count()) == (1, 1)


def test_the_newest_event_of_a_customer_stays_so_that_its_sequence_goes_on(site: BillingSite) -> None:
    customer_named(site, "ana")
    rename(site, "ana", "Ana")

    retention.purge_events(at=NOW + 1000 * DAY)
    rename(site, "ana", "Anna", at=NOW + 1000 * DAY)

    assert sequences() == [2, 3]


def test_an_event_that_still_waits_is_not_removed(site: BillingSite, endpoint: WebhookEndpoint) -> None:
    customer_named(site, "ana")
    rename(site, "ana", "Ana")

    assert retention.purge_events(at=NOW + 1000 * DAY) == 0
    assert statuses() == [DeliveryStatus.PENDING] * 2


def test_an_event_that_was_given_up_a_moment_ago_may_be_on_its_way_and_stays_for_an_hour(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver, clock: Clock
) -> None:
    customer_named(site, "ana")
    rename(site, "ana", "Ana")
    later = NOW + 1000 * DAY
    clock.now = later

    def give_up_and_purge(body: Any) -> int:
        retention.expire_deliveries(at=later)
        retention.purge_events(at=later)
        return 200

    receiver.answer = give_up_and_purge
    drain(courier)

    assert DeliveryAttempt.objects.count() == receiver.calls > 0
    assert retention.purge_events(at=later + timedelta(hours=1, seconds=1)) == 1


def test_pings_are_removed_too(site: BillingSite, endpoint: WebhookEndpoint, courier: Courier) -> None:
    send_ping(site=site, public_id=endpoint.public_id, at=NOW)
    drain(courier)

    assert retention.purge_events(at=NOW + 91 * DAY) == 1
    assert Event.objects.count() == 0


def test_one_call_removes_one_batch(site: BillingSite) -> None:
    customer_named(site, "ana")
    for number in range(5):
        rename(site, "ana", f"Ana {number}")

    removed = [retention.purge_events(at=NOW + 91 * DAY, batch=2) for _ in range(4)]

    assert removed == [2, 2, 1, 0]


def test_attempts_of_thirty_days_are_removed(site: BillingSite, endpoint: WebhookEndpoint, courier: Courier) -> None:
    customer_named(site, "ana")
    drain(courier)

    assert retention.purge_attempts(at=NOW + 30 * DAY) == 0
    assert retention.purge_attempts(at=NOW + 30 * DAY + timedelta(seconds=1)) == 1
    assert (DeliveryAttempt.objects.count(), statuses()) == (0, [DeliveryStatus.SUCCEEDED])


def test_what_has_waited_for_thirty_days_is_given_up(site: BillingSite, endpoint: WebhookEndpoint) -> None:
    customer_named(site, "ana")
    rename(site, "ana", "Ana", at=NOW + DAY)

    assert retention.expire_deliveries(at=NOW + 30 * DAY) == 0
    assert retention.expire_deliveries(at=NOW + 30.5 * DAY) == 1
    assert statuses() == [DeliveryStatus.EXPIRED, DeliveryStatus.PENDING]
    assert Delivery.objects.earliest("id").finished_at == NOW + 30.5 * DAY


def test_a_lane_that_nobody_would_look_at_is_made_ready(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver
) -> None:
    customer_named(site, "ana")
    Lane.objects.update(ready_at=None)
    assert drain(courier) == 0

    assert retention.sweep_lanes(at=NOW) == 1
    assert drain(courier) == 1


def test_the_sweep_leaves_idle_lanes_and_those_that_back_off(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver
) -> None:
    customer_named(site, "ana")
    drain(courier)
    receiver.answer = lambda body: 500
    customer_named(site, "bob")
    drain(courier)
    before = list(Lane.objects.order_by("id").values_list("ready_at", flat=True))

    assert retention.sweep_lanes(at=NOW) == 0
    assert list(Lane.objects.order_by("id").values_list("ready_at", flat=True)) == before
