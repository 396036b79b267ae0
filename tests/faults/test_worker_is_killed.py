"""Workers die by ``kill -9`` in the middle of their work: every event arrives, in the order of its customer."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter

import pytest
from django.db.models import Q

from billing_customers.choices import DeliveryStatus
from billing_customers.models import BillingSite, Delivery, Event, Lane
from tests.faults.mortals import Mortals, mortals
from tests.faults.seeding import seed_waiting
from tests.work.sink import Received, Sink

PATIENCE = 120  # seconds


def wait_for_requests(sink: Sink, count: int) -> None:
    """Until that many have come in since the sink began."""
    until = time.monotonic() + PATIENCE
    while sink.count() < count:
        assert time.monotonic() < until, "The workers are stuck."
        time.sleep(0.02)


def wait_until_nothing_waits() -> None:
    until = time.monotonic() + PATIENCE
    while Delivery.objects.filter(status=DeliveryStatus.PENDING).exists() or lanes_in_use():
        assert time.monotonic() < until, "Something waits and nobody comes."
        time.sleep(0.05)


def lanes_in_use() -> int:
    """Lanes in which something waits, or which somebody holds."""
    return Lane.objects.filter(Q(ready_at__isnull=False) | Q(lease_until__isnull=False)).count()


def kill_all_the_time(workers: Mortals, sink: Sink, *, kills: int, most: int) -> None:
    """Let two workers work and kill one of them again and again, each time after up to ``most`` more requests."""
    alive = [workers.fork(), workers.fork()]
    for _ in range(kills):
        wait_for_requests(sink, sink.count() + random.randint(1, most))
        # Not always at the end of a request.
        time.sleep(random.uniform(0, 0.01))
        os.kill(alive.pop(0), signal.SIGKILL)
        alive.append(workers.fork())


def first_arrivals(arrived: list[Received]) -> dict[str, list[int]]:
    """The numbers of each customer's events, in the order in which they arrived for the first time."""
    found: dict[str, list[int]] = {}
    for said in dict.fromkeys(each.body for each in arrived):
        body = json.loads(said)
        found.setdefault(body["customer"], []).append(body["sequence"])
    return found


def bodies_by_id(arrived: list[Received]) -> dict[str, set[str]]:
    bodies: dict[str, set[str]] = {}
    for each in arrived:
        bodies.setdefault(each.id, set()).add(each.body)
    return bodies


def in_order(*, customers: int, events: int) -> dict[str, list[int]]:
    return {f"c{number}": list(range(1, events + 1)) for number in range(1, customers + 1)}


def test_every_event_arrives_in_order_after_a_hundred_kills(
    site: BillingSite, endpoint_pk: int, sink: Sink, database_url: str
) -> None:
    seed_waiting(site, endpoint_pk, customers=500, events=20)

    with mortals(database_url) as workers:
        kill_all_the_time(workers, sink, kills=100, most=120)
        assert Delivery.objects.filter(status=DeliveryStatus.PENDING).exists()
        wait_until_nothing_waits()

    arrived = sink.arrived()
    assert first_arrivals(arrived) == in_order(customers=500, events=20)
    stored = dict(Event.objects.values_list("public_id", "ching_payload"))
    assert bodies_by_id(arrived) == {public_id: {payload} for public_id, payload in stored.items()}
    assert Counter(Delivery.objects.values_list("status", flat=True)) == {DeliveryStatus.SUCCEEDED: 10_000}
    # The kills met work: some events came once more.
    assert len(arrived) > 10_000


def test_an_event_that_is_marked_before_it_is_sent_is_lost(
    site: BillingSite, endpoint_pk: int, sink: Sink, database_url: str
) -> None:
    seed_waiting(site, endpoint_pk, customers=100, events=20)
    # A request takes a while, so that most kills meet one.
    sink.behave(delay=0.05)

    with mortals(database_url, "note_before_sending") as workers:
        kill_all_the_time(workers, sink, kills=8, most=20)
        sink.behave()
        wait_until_nothing_waits()

    assert len(bodies_by_id(sink.arrived())) < 2000


@pytest.mark.parametrize(("fault", "is_in_order"), [((), True), (("go_on_after_a_failure",), False)])
def test_order_rests_on_lanes_that_wait_for_their_head(
    site: BillingSite, endpoint_pk: int, sink: Sink, database_url: str, fault: tuple[str, ...], is_in_order: bool
) -> None:
    seed_waiting(site, endpoint_pk, customers=10, events=20)
    for number in range(2, 20, 5):
        sink.behave(status=500, times=1, only=f'"sequence": {number}}}')

    with mortals(database_url, *fault) as workers:
        kill_all_the_time(workers, sink, kills=5, most=20)
        wait_until_nothing_waits()

    assert (first_arrivals(sink.arrived()) == in_order(customers=10, events=20)) is is_in_order
