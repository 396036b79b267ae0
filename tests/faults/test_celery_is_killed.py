"""Celery's workers die by ``kill -9``, whole or in part: every event arrives, in the order of its customer."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.utils import timezone

from billing_customers.choices import DeliveryStatus
from billing_customers.models import BillingSite, Delivery, Event
from billing_customers.work.recurring import ensure_recurring
from tests.faults.seeding import seed_waiting
from tests.faults.test_worker_is_killed import (
    bodies_by_id,
    first_arrivals,
    in_order,
    wait_for_requests,
    wait_until_nothing_waits,
)
from tests.work.brokers import BROKERS, Broker, broker_named, celery_beat, celery_worker
from tests.work.children import Child, eventually
from tests.work.sink import Sink

SWEEPS_EVERY = 0.2

Start = Callable[[], AbstractContextManager[Child]]


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    broker = broker_named(request.param)
    yield broker
    broker.remove()


@pytest.fixture(autouse=True)
def _no_upkeep(db: None) -> None:
    """What recurs is not due: the purge would find events as old as those here."""
    ensure_recurring(at=timezone.now() + timedelta(days=1))


def pool_of(worker: Child) -> list[int]:
    """The processes in which the worker's tasks run."""
    return [int(pid) for pid in Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()]


def kill_all_the_time(start: Start, sink: Sink, *, rounds: int, most: int) -> None:
    """Let two workers work. In each round kill a process of the pool of one, then that whole worker, and begin another.

    Before each kill up to ``most`` more requests come in.
    """
    with ExitStack() as stack:
        alive = [stack.enter_context(start()), stack.enter_context(start())]
        for _ in range(rounds):
            victim = alive.pop(0)
            eventually(lambda: bool(pool_of(victim)), victim)  # noqa: B023 - called before the next round
            wait_for_requests(sink, sink.count() + random.randint(1, most))
            os.kill(random.choice(pool_of(victim)), signal.SIGKILL)
            wait_for_requests(sink, sink.count() + random.randint(1, most))
            # Not always at the end of a request.
            time.sleep(random.uniform(0, 0.01))
            os.killpg(victim.pid, signal.SIGKILL)
            alive.append(stack.enter_context(start()))
        assert Delivery.objects.filter(status=DeliveryStatus.PENDING).exists()
        sink.behave()
        wait_until_nothing_waits()


def test_every_event_arrives_in_order_whatever_is_killed(
    site: BillingSite, endpoint_pk: int, sink: Sink, broker: Broker, tmp_path: Path
) -> None:
    seed_waiting(site, endpoint_pk, customers=200, events=10)
    sink.behave(delay=0.02)

    with celery_beat(broker, tmp_path, sweeps_every=SWEEPS_EVERY):
        kill_all_the_time(partial(celery_worker, broker, tmp_path, faults=""), sink, rounds=5, most=60)

    arrived = sink.arrived()
    assert first_arrivals(arrived) == in_order(customers=200, events=10)
    stored = dict(Event.objects.values_list("public_id", "ching_payload"))
    assert bodies_by_id(arrived) == {public_id: {payload} for public_id, payload in stored.items()}
    assert Counter(Delivery.objects.values_list("status", flat=True)) == {DeliveryStatus.SUCCEEDED: 2000}


@pytest.mark.parametrize("broker", ["redis"], indirect=True)
def test_an_event_that_is_marked_before_it_is_sent_is_lost(
    site: BillingSite, endpoint_pk: int, sink: Sink, broker: Broker, tmp_path: Path
) -> None:
    seed_waiting(site, endpoint_pk, customers=100, events=10)
    # A request takes a while, so that most kills meet one.
    sink.behave(delay=0.05)

    with celery_beat(broker, tmp_path, sweeps_every=SWEEPS_EVERY):
        start = partial(celery_worker, broker, tmp_path, faults="note_before_sending")
        # The other worker may have all the work when one dies; not five times.
        kill_all_the_time(start, sink, rounds=5, most=20)

    assert len(bodies_by_id(sink.arrived())) < 1000


@pytest.mark.parametrize("broker", ["redis"], indirect=True)
def test_order_rests_on_lanes_that_wait_for_their_head(
    site: BillingSite, endpoint_pk: int, sink: Sink, broker: Broker, tmp_path: Path
) -> None:
    # Few lanes, so that a batch has more than one event of each.
    seed_waiting(site, endpoint_pk, customers=2, events=20)
    sink.behave(status=500, times=2, only='"sequence": 2}')

    with (
        celery_beat(broker, tmp_path, sweeps_every=SWEEPS_EVERY),
        celery_worker(broker, tmp_path, faults="go_on_after_a_failure"),
    ):
        wait_until_nothing_waits()

    assert first_arrivals(sink.arrived()) != in_order(customers=2, events=20)
