"""Merging a customer with many rows, and undoing it: how many times the bare UPDATEs it takes.

There are two customers with as many rows, mixed in the same tables. Of the one, the job merges everything into a third
and undoes it; of the other, one UPDATE a table gives it to a fourth and back, in one transaction by the driver alone.
They take turns, the tables are vacuumed before each, and what is timed is the job as a worker runs it: claimed, carried
out, committed and ended, with its manifest, ledger entries, versions and events.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from django.db import connection
from django.utils import timezone

from billing_customers.models import BillingSite, Customer, CustomerMerge
from billing_customers.operations.customers import create_customer
from billing_customers.operations.merging import merge_customers, undo_merge
from billing_customers.operations.verification import verify_books
from billing_customers.work.jobs import run_due
from billing_customers.work.outcomes import Outcome
from tests.benchmarks.bars import MERGE_RATIO, UNDO_RATIO
from tests.benchmarks.histories import MODELS, seed_histories, shares
from tests.benchmarks.plans import recorded
from tests.benchmarks.seeding import seed_customers, settle

ROWS = 100_000
FEW = 1_000
ROUNDS = 7
# Others, with ten rows each.
OTHERS = 10_000

_SAVEPOINT = re.compile(r'"s\d+_x\d+"')
_TABLES = tuple(model._meta.db_table for model in MODELS)


@dataclass(frozen=True, slots=True)
class Merging:
    """Milliseconds, medians of the rounds, and how many statements it takes; ``has_grown`` if more for more rows."""

    action: str
    rows: int
    ours_ms: float
    bare_ms: float
    ratio: float
    statements: int
    has_grown: bool
    bar: float

    @property
    def name(self) -> str:
        return f"{self.action} of {self.rows:,} rows"

    @property
    def is_met(self) -> bool:
        return self.ratio <= self.bar and not self.has_grown

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "is_met": self.is_met}


def measure_merging(
    site: BillingSite, *, rows: int = ROWS, few: int = FEW, others: int = OTHERS, rounds: int = ROUNDS
) -> list[Merging]:
    """Measure with customers of its own; nothing may be lost, and the books must add up after it."""
    _seed(site, rows=rows, few=few, others=others)
    short, _ = _there_and_back(site, "few", "few-to", few)
    long, _ = _there_and_back(site, "many", "many-to", rows)
    source, target = (Customer.objects.for_site(site).get(public_id=public_id).pk for public_id in ("bare", "bare-to"))
    seen = []
    for number in range(rounds):
        ways: list[Callable[[], list[float]]] = [
            lambda: _there_and_back(site, "many", "many-to", rows)[1],
            lambda: [_bare(source, target, rows), _bare(target, source, rows)],
        ]
        # Whoever comes second finds what the first has left behind.
        times = [way() for way in (ways if number % 2 else ways[::-1])]
        seen.append(times if number % 2 else times[::-1])
    assert verify_books(site=site) == []
    return [
        Merging(
            action=action,
            rows=rows,
            ours_ms=median(ours[place] for ours, _ in seen),
            bare_ms=median(bare[place] for _, bare in seen),
            ratio=median(ours[place] / bare[place] for ours, bare in seen),
            statements=len(long[place]),
            has_grown=short[place] != long[place],
            bar=bar,
        )
        for place, (action, bar) in enumerate((("merge", MERGE_RATIO), ("undoing a merge", UNDO_RATIO)))
    ]


def _seed(site: BillingSite, *, rows: int, few: int, others: int) -> None:
    seed_customers(site, others)
    histories = dict.fromkeys(Customer.objects.for_site(site).live().order_by("pk").values_list("pk", flat=True), 10)
    for public_id, count in (("many", rows), ("bare", rows), ("few", few)):
        create_customer(site=site, public_id=f"{public_id}-to", attributes={}, at=timezone.now())
        customer = create_customer(site=site, public_id=public_id, attributes={}, at=timezone.now())
        histories[customer.pk] = count
    seed_histories(site, histories)


def _there_and_back(site: BillingSite, source: str, target: str, rows: int) -> tuple[list[list[str]], list[float]]:
    """Merge and undo; of each, the statements without the names of savepoints, and the milliseconds."""
    said, took = [], []
    _, merge = merge_customers(site=site, from_id=source, to_id=target, at=timezone.now())
    for status in ("merged", "undone"):
        settle(*_TABLES, Customer._meta.db_table)
        with recorded() as statements:
            started = time.perf_counter()
            outcome = run_due(clock=timezone.now)
            took.append(1000 * (time.perf_counter() - started))
        merge = CustomerMerge.objects.get(pk=merge.pk)
        assert (outcome, merge.status, sum(merge.moved.values())) == (Outcome.SUCCEEDED, status, rows), merge.error
        owner = merge.target_id if status == "merged" else merge.source_id
        assert {model: model.objects.filter(customer=owner).count() for model in MODELS} == shares(rows)
        said.append([_SAVEPOINT.sub("…", each.sql) for each in statements])
        if status == "merged":
            undo_merge(site=site, merge_id=merge.public_id, at=timezone.now())
    return said, took


def _bare(source: int, target: int, rows: int) -> float:
    """Milliseconds of one UPDATE a table, and of the commit."""
    settle(*_TABLES, Customer._meta.db_table)
    driver = connection.connection
    moved = 0
    started = time.perf_counter()
    with driver.transaction():
        for table in _TABLES:
            done = driver.execute(f"UPDATE {table} SET customer_id = %s WHERE customer_id = %s", [target, source])
            moved += done.rowcount
    took = 1000 * (time.perf_counter() - started)
    assert moved == rows
    return took
