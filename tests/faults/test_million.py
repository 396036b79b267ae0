"""A million events wait for one endpoint: those that come next are found at once, and few are held in memory."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import pytest
from django.db import connection, connections

from billing_customers.events.lanes import claim, due_endpoints
from billing_customers.events.settling import settle
from billing_customers.models import Delivery, Lane, WebhookEndpoint
from billing_customers.operations.sites import create_site
from tests.benchmarks.plans import Plan, explain, recorded
from tests.faults.seeding import make_local_endpoint, seed_waiting
from tests.faults.settings import PROCESS_NAME
from tests.fixtures import NOW
from tests.work.children import PATIENCE, Child, child, eventually
from tests.work.sink import Sink

CUSTOMERS, EVENTS = 250_000, 4
AT = NOW + timedelta(hours=1)
LIMIT = 20.0  # milliseconds
MIB = 1024  # KiB
# What a process has, in KiB, once it has imported Django and all of ours; at rest it is about 80 MiB.
STARTED = 40 * MIB
# How many events a worker sends until it is believed.
ENOUGH = 5_000

T = TypeVar("T")


@dataclass(frozen=True)
class Million:
    endpoint: int
    sink: Sink


@pytest.fixture(scope="module")
def million(django_db_setup: None, django_db_blocker: Any) -> Iterator[Million]:
    """The endpoint, its receiver, and what waits for it; committed, and gone after the module."""
    with django_db_blocker.unblock(), Sink(keeps=False) as sink:
        try:
            site = create_site(slug="million-test", at=NOW)
            endpoint = make_local_endpoint(site, sink.url)
            seed_waiting(site, endpoint.pk, customers=CUSTOMERS, events=EVENTS)
            yield Million(endpoint.pk, sink)
        finally:
            with connection.cursor() as cursor:
                # And with the sites whatever belongs to one.
                cursor.execute("TRUNCATE billing_customers_billingsite CASCADE")


def committed(work: Callable[[], T]) -> T:
    """Do it on a connection of its own, whose changes last: those of a test are undone at its end."""

    def run() -> T:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def claim_and_let_go(endpoint: int) -> float:
    """Find and hold a hundred lanes as a worker does; return how long it took, in milliseconds."""
    begun = time.perf_counter()
    due = due_endpoints(at=AT)
    held = claim(endpoint, lanes=100, max_in_flight=5, at=AT)
    took = time.perf_counter() - begun
    assert held is not None
    assert (due, len(held.lanes)) == ([endpoint], 100)
    settle(held, [], at=AT)
    return took * 1000


def typical_milliseconds(endpoint: int, *, samples: int) -> float:
    return median(claim_and_let_go(endpoint) for _ in range(samples))


def crowd() -> float:
    """How many processes want each core of this machine, at least one."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def quiet_milliseconds(endpoint: int, *, limit: float) -> float:
    """The same, with cores of one's own: the least of several medians, until one is below ``limit``."""
    until = time.monotonic() + PATIENCE
    found = [typical_milliseconds(endpoint, samples=20) / crowd()]
    while min(found) >= limit and time.monotonic() < until:
        found.append(typical_milliseconds(endpoint, samples=20) / crowd())
    return min(found)


def plan_of_claiming(endpoint: int) -> Plan:
    """How PostgreSQL chooses the lanes that are claimed."""
    with recorded() as statements:
        claim_and_let_go(endpoint)
    (chosen,) = (each for each in statements if "SKIP LOCKED" in each.sql and "ready_at" in each.sql)
    return explain(chosen)


def drop_index(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {name}")


def test_claiming_takes_milliseconds(million: Million) -> None:
    took = committed(lambda: quiet_milliseconds(million.endpoint, limit=LIMIT))

    assert Delivery.objects.filter(status="pending").count() > 900_000
    assert took < LIMIT


def test_claiming_reads_the_index_of_what_waits(million: Million) -> None:
    plan = plan_of_claiming(million.endpoint)

    assert plan.indexes == {"bc_lane_ready"}
    assert plan.scanned_tables == set()


def test_claiming_without_that_index_is_slow(million: Million) -> None:
    drop_index("bc_lane_ready")

    took = min(typical_milliseconds(million.endpoint, samples=5) for _ in range(5))

    assert took > LIMIT
    assert plan_of_claiming(million.endpoint).scanned_tables == {"billing_customers_lane"}


def kibibytes(process: Child, what: str) -> int:
    """``VmRSS`` is what the process has in memory now, ``VmHWM`` the most that it ever had."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:"))


def is_connected() -> bool:
    """Whether a worker has come to the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s", [PROCESS_NAME]
        )
        return cursor.fetchone() is not None


@pytest.fixture
def at_rest(million: Million) -> Iterator[Million]:
    """The endpoint is disabled until :func:`begin`. What a worker holds when it is killed is let go."""
    committed(lambda: WebhookEndpoint.objects.update(disabled_at=NOW))
    yield million
    begin()
    committed(lambda: Lane.objects.exclude(lease_until=None).update(lease_until=None, token=""))


def memory_at_rest(process: Child) -> int:
    """What a worker takes that has started and finds nothing to do, in KiB."""
    # Within a transaction the first answer would be the last; and a worker that was killed may still seem connected.
    eventually(lambda: committed(is_connected) and kibibytes(process, "VmRSS") > STARTED, process)
    return kibibytes(process, "VmRSS")


def begin() -> None:
    committed(lambda: WebhookEndpoint.objects.update(disabled_at=None))


def test_worker_grows_by_less_than_50_mib(at_rest: Million) -> None:
    wanted = at_rest.sink.count() + ENOUGH
    command = ("django", "billing_worker", "--deliveries-only")
    with child(*command, settings_module="tests.faults.settings") as process:
        before = memory_at_rest(process)
        begin()
        eventually(lambda: at_rest.sink.count() >= wanted, process)

        assert kibibytes(process, "VmHWM") - before < 50 * MIB


def test_worker_that_reads_all_that_waits_grows(at_rest: Million) -> None:
    with child("tests.faults.hoarder", settings_module="tests.faults.settings") as process:
        before = memory_at_rest(process)
        begin()

        eventually(lambda: kibibytes(process, "VmRSS") - before > 50 * MIB, process)
