"""Who holds a lane, and for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from billing_customers.choices import DeliveryStatus
from billing_customers.events.delivery import Courier
from billing_customers.models import BillingSite, Delivery, DeliveryAttempt, Lane, WebhookEndpoint
from tests.events.sending import Clock, Receiver, customer_named, drain, rename
from tests.fixtures import NOW

pytestmark = pytest.mark.django_db


def test_a_worker_that_lost_its_lease_writes_nothing(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver
) -> None:
    customer_named(site, "ana")

    def steal(body: dict[str, Any]) -> int:
        Lane.objects.update(token="another worker")
        return 200

    receiver.answer = steal
    courier.carry(endpoint.pk)

    assert Delivery.objects.get().status == DeliveryStatus.PENDING
    assert DeliveryAttempt.objects.count() == 0
    assert Lane.objects.get().token == "another worker"


def test_a_crashed_workers_lanes_are_taken_over_after_their_lease(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver, clock: Clock
) -> None:
    customer_named(site, "ana")

    def crash(body: dict[str, Any]) -> int:
        raise SystemExit

    receiver.answer = crash
    with pytest.raises(SystemExit):
        courier.carry(endpoint.pk)
    receiver.answer = lambda body: 200
    clock.pass_(seconds=59)
    before = drain(courier)
    clock.pass_(seconds=2)

    assert (before, drain(courier)) == (0, 1)


def test_a_slow_batch_renews_its_lease(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver
) -> None:
    receiver.takes = timedelta(seconds=19)
    customer_named(site, "ana")
    for number in range(9):
        rename(site, "ana", f"ana {number}")

    drain(courier)

    assert len(receiver.arrived) == len({said["id"] for said in receiver.arrived}) == 10
    assert Delivery.objects.filter(status=DeliveryStatus.SUCCEEDED).count() == 10


def test_at_most_so_many_claims_are_held_for_an_endpoint(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier
) -> None:
    from billing_customers.events.lanes import claim  # noqa: PLC0415

    for number in range(10):
        customer_named(site, f"cus-{number}")

    held = [claim(endpoint.pk, lanes=1, max_in_flight=5, at=NOW) for _ in range(7)]

    assert [each is not None for each in held] == [True] * 5 + [False] * 2
