"""One customer's balance under many hands: how much of the database's own speed is left.

Three ways to make the same movement, in turn, so that a slow moment hits all alike:

- *bare*: a conditional UPDATE and an INSERT in a transaction, with the driver alone;
- *move*: ``ledger.move`` in a transaction;
- *operation*: ``add_promotional_credits`` whole: lock, movement, version, event.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import count
from statistics import median
from typing import TYPE_CHECKING, Any

from django.db import connection, connections, transaction
from django.utils import timezone

from billing_customers.actors import UNKNOWN
from billing_customers.choices import Bucket
from billing_customers.models import Balance, BillingSite, Customer
from billing_customers.operations import ledger
from billing_customers.operations.credits import add_promotional_credits
from billing_customers.operations.customers import create_customer
from billing_customers.operations.verification import verify_books
from tests.benchmarks.bars import HOT_BALANCE_RATIO
from tests.benchmarks.inproc import ROUNDS

if TYPE_CHECKING:
    import psycopg

THREADS = 32
# Movements of each thread in each round.
MOVEMENTS = 40

_CREDITS = Bucket.PROMOTIONAL_CREDITS
_UPDATE = """
UPDATE billing_customers_balance SET promotional_credits = promotional_credits + %s
WHERE site_id = %s AND customer_id = %s AND currency = 'USD' AND promotional_credits + %s >= 0
RETURNING promotional_credits
"""
_INSERT = """
INSERT INTO billing_customers_ledgerentry
    (site_id, customer_id, public_id, currency, bucket, delta, balance_after, credit_type, description,
     caller_reference, source, done_by, created_at)
VALUES (%s, %s, %s, 'USD', 'promotional_credits', %s, %s, '', '', '', 'none', '', %s)
"""

Act = Callable[[], Any]
# Made by each thread for itself, with a connection that is open.
Way = Callable[[], Act]


@dataclass(frozen=True, slots=True)
class HotBalance:
    """Movements a second of one balance by ``threads``: medians of the rounds. ``ratio`` is move : bare."""

    threads: int
    bare_per_second: float
    move_per_second: float
    operation_per_second: float
    ratio: float
    operation_ratio: float
    bar: float = HOT_BALANCE_RATIO
    name: str = "a hot balance"

    @property
    def is_met(self) -> bool:
        return self.ratio >= self.bar

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "is_met": self.is_met}


def measure_hot_balance(
    site: BillingSite, *, threads: int = THREADS, rounds: int = ROUNDS, movements: int = MOVEMENTS
) -> HotBalance:
    """Measure with a customer of its own; the books must add up after it."""
    customer = create_customer(site=site, public_id="hot", attributes={}, at=timezone.now())
    ways = (_bare(site, customer), _move(site, customer), _operation(site))
    for way in ways[::-1]:
        _per_second(way, threads, movements=2)
    seen = [[_per_second(way, threads, movements) for way in ways] for _ in range(rounds)]
    violations = verify_books(site=site)
    made = (rounds * movements + 2) * threads * len(ways)
    assert (violations, Balance.objects.get(customer=customer).promotional_credits) == ([], made)
    bare, move, operation = zip(*seen, strict=True)
    return HotBalance(
        threads=threads,
        bare_per_second=median(bare),
        move_per_second=median(move),
        operation_per_second=median(operation),
        ratio=median(ours / theirs for theirs, ours, _ in seen),
        operation_ratio=median(ours / theirs for theirs, _, ours in seen),
    )


def _per_second(way: Way, threads: int, movements: int) -> float:
    """How many a second all threads make together, from their common start to the end of the last."""
    started: list[float] = []
    start = threading.Barrier(threads, action=lambda: started.append(time.perf_counter()))

    def run() -> None:
        connection.ensure_connection()
        try:
            act = way()
            start.wait(60)
            for _ in range(movements):
                act()
        finally:
            connections.close_all()

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return threads * movements / (time.perf_counter() - started[0])


def _bare(site: BillingSite, customer: Customer) -> Way:
    numbers = count()

    def way() -> Act:
        driver: psycopg.Connection[Any] = connection.connection
        driver.autocommit = False

        def act() -> None:
            row = driver.execute(_UPDATE, [1, site.pk, customer.pk, 1]).fetchone()
            assert row is not None
            said = [site.pk, customer.pk, f"pc_bare_{next(numbers)}", 1, row[0], timezone.now()]
            driver.execute(_INSERT, said)
            driver.commit()

        return act

    return way


def _move(site: BillingSite, customer: Customer) -> Way:
    def act() -> None:
        with transaction.atomic():
            ledger.move(
                site=site,
                customer=customer,
                currency="USD",
                bucket=_CREDITS,
                delta=1,
                actor=UNKNOWN,
                at=timezone.now(),
            )

    return lambda: act


def _operation(site: BillingSite) -> Way:
    def act() -> None:
        add_promotional_credits(site=site, customer_public_id="hot", amount=1, description="hot", at=timezone.now())

    return lambda: act
