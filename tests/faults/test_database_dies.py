"""PostgreSQL is killed under load: whoever was told that a change is made finds its event later, and it arrives."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.faults.cluster import Cluster
from tests.faults.mortals import mortals
from tests.shell.sources import CHECKOUT
from tests.work.sink import Received, Sink

PATIENCE = 60  # seconds
# Where nobody listens, and nobody sends to.
NOWHERE = "http://127.0.0.1:9/"
# From one death to the next.
WRITES = 50

_EVENTS = """
SELECT c.public_id, e.resource_version, e.sequence, COALESCE(d.status = 'pending' AND l.ready_at IS NOT NULL, FALSE)
FROM billing_customers_event e JOIN billing_customers_customer c ON c.id = e.customer_id
LEFT JOIN billing_customers_delivery d ON d.event_id = e.id LEFT JOIN billing_customers_lane l ON l.id = d.lane_id
ORDER BY c.id, e.id
"""
_WAITING = "SELECT count(*) FROM billing_customers_delivery WHERE status = 'pending'"
_PAYLOADS = "SELECT public_id, ching_payload FROM billing_customers_event"
_CUSTOMERS = "SELECT public_id, resource_version FROM billing_customers_customer"


@dataclass
class Load:
    """What the writer said so far."""

    process: subprocess.Popen[str]
    acknowledged: list[tuple[str, int]] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    is_ready: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """End the writer. Can be repeated."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(PATIENCE)

    def listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.note(json.loads(line))

    def note(self, said: dict[str, Any]) -> None:
        if "customer" in said:
            self.acknowledged.append((said["customer"], said["version"]))
        elif "refused" in said:
            self.refused.append((said["refused"], said["code"]))
        else:
            self.is_ready.set()

    def wait_for_more(self, what: list[Any], count: int) -> None:
        """Until ``count`` more lines of a kind were said."""
        until, wanted = time.monotonic() + PATIENCE, len(what) + count
        while len(what) < wanted:
            assert time.monotonic() < until, "The writer is stuck."
            assert self.process.poll() is None, "The writer has died."
            time.sleep(0.005)


@contextmanager
def load_on(cluster: Cluster, url: str = NOWHERE, *fault: str) -> Iterator[Load]:
    """A writer at work, whose customers have their webhooks sent to ``url``; it is ended with the block."""
    command = [sys.executable, "-m", "tests.faults.writer", url, *fault]
    environment = {**os.environ, "DATABASE_URL": cluster.url, "DJANGO_SETTINGS_MODULE": "tests.faults.settings"}
    with subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        load = Load(process)
        listener = threading.Thread(target=load.listen, daemon=True)
        listener.start()
        try:
            assert load.is_ready.wait(PATIENCE), "The writer does not begin."
            yield load
        finally:
            load.stop()
            listener.join(PATIENCE)


def survive(cluster: Cluster, load: Load, *, deaths: int) -> None:
    """Kill the database that often, each time in the middle of new changes, and start it again."""
    for _ in range(deaths):
        load.wait_for_more(load.acknowledged, WRITES)
        time.sleep(random.uniform(0, 0.05))
        cluster.kill()
        load.wait_for_more(load.refused, 4)
        cluster.start()
    load.wait_for_more(load.acknowledged, WRITES)


def changes(cluster: Cluster) -> set[tuple[str, int]]:
    """The customer and the version of every change that has an event."""
    return {(name, version) for name, version, *_ in cluster.rows(_EVENTS)}


def wait_until_nothing_waits(cluster: Cluster) -> None:
    until = time.monotonic() + PATIENCE
    while cluster.rows(_WAITING) != [(0,)]:
        assert time.monotonic() < until, "Something waits and nobody comes."
        time.sleep(0.05)


def numbers_by_customer(arrived: list[Received]) -> dict[str, list[int]]:
    """The numbers of each customer's events, in the order in which they arrived for the first time."""
    numbers: dict[str, list[int]] = {}
    for each in {each.id: each for each in arrived}.values():
        numbers.setdefault(each.data["data"]["id"], []).append(int(each.headers["webhook-sequence"]))
    return numbers


def test_no_write_is_without_its_event_after_ten_deaths(cluster: Cluster) -> None:
    with load_on(cluster) as load:
        survive(cluster, load, deaths=10)

    assert set(load.acknowledged) - changes(cluster) == set()
    # Nor is any whose answer never arrived.
    assert set(cluster.rows(_CUSTOMERS)) - changes(cluster) == set()
    numbers: dict[str, list[int]] = {}
    for name, _, sequence, is_waiting in cluster.rows(_EVENTS):
        assert is_waiting
        numbers.setdefault(name, []).append(sequence)
    assert numbers == {name: list(range(1, len(found) + 1)) for name, found in numbers.items()}
    assert set(load.refused) == {(503, "TEMPORARILY_UNAVAILABLE"), (503, "db_connection_failure")}


def test_an_event_that_is_recorded_after_the_commit_is_lost(cluster: Cluster) -> None:
    with load_on(cluster, NOWHERE, "late") as load:
        survive(cluster, load, deaths=2)

    assert set(load.acknowledged) - changes(cluster)


def test_every_event_arrives_in_order_through_five_deaths(cluster: Cluster, sink: Sink) -> None:
    with load_on(cluster, sink.url) as load, mortals(cluster.url) as workers:
        workers.fork()
        workers.fork()
        survive(cluster, load, deaths=5)
        load.stop()
        wait_until_nothing_waits(cluster)

    arrived = sink.arrived()
    assert {(each.id, each.body) for each in arrived} == set(cluster.rows(_PAYLOADS))
    numbers = numbers_by_customer(arrived)
    assert numbers == {name: list(range(1, len(found) + 1)) for name, found in numbers.items()}
