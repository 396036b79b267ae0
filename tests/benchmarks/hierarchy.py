"""A hierarchy of 11,000 among many customers: how many times the driver's own scan by root reading it takes.

Three ways to the same tree, in turn, so that a slow moment hits all alike:

- *scan*: the rows with the root, and the ids of their customers, by the driver alone;
- *whole*: ``hierarchy_of``, from the id of a customer to nodes with their children;
- *recursive*: all below the root by a recursive query, for comparison; it has no bar.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import django

CUSTOMERS = 100_000
MEMBERS = 11_000
# Members of a level for each of the one above it: 1 + 10 + 110 + 1,210 + 9,669 or so.
WIDTH = 11
ROUNDS = 15
BAR = 3.0
MAX_QUERIES = 2


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Milliseconds, medians of the rounds, and the number of statements of the whole."""

    members: int
    scan_ms: float
    whole_ms: float
    recursive_ms: float
    ratio: float
    queries: int
    bar: float = BAR

    @property
    def name(self) -> str:
        return f"hierarchy of {self.members:,} customers"

    @property
    def is_met(self) -> bool:
        return self.ratio <= self.bar and self.queries <= MAX_QUERIES

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, **asdict(self), "is_met": self.is_met}


def measure_hierarchy(*, customers: int = CUSTOMERS, members: int = MEMBERS, rounds: int = ROUNDS) -> Hierarchy:
    """Make a site with one large hierarchy, and read it. The tables must be empty."""
    # Its models can only be imported once the settings are there.
    from django.utils import timezone  # noqa: PLC0415

    from billing_customers.choices import HierarchyPart  # noqa: PLC0415
    from billing_customers.operations.sites import create_site  # noqa: PLC0415
    from billing_customers.queries import tree_rows  # noqa: PLC0415
    from billing_customers.queries.hierarchy import hierarchy_of  # noqa: PLC0415
    from tests.benchmarks.plans import recorded  # noqa: PLC0415
    from tests.benchmarks.seeding import seed_customers, typical_id  # noqa: PLC0415

    site = create_site(slug="bench-test", at=timezone.now())
    seed_customers(site, customers)
    root = seed_tree(site, members)
    leaf = typical_id(customers)

    def whole() -> Any:
        return hierarchy_of(site, leaf, HierarchyPart.COMPLETE)

    with recorded() as statements:
        found = len(whole())
    ways: list[Callable[[], Any]] = [lambda: _scan(site, root), whole, lambda: tree_rows.below(site, root)]
    times = [[_milliseconds(way) for way in ways] for _ in range(rounds + 1)][1:]
    return Hierarchy(
        members=found,
        scan_ms=median(each[0] for each in times),
        whole_ms=median(each[1] for each in times),
        recursive_ms=median(each[2] for each in times),
        ratio=median(each[1] / each[0] for each in times),
        queries=len(statements),
    )


def seed_tree(site: Any, members: int) -> int:
    """Link ``members`` of the site's live customers, spread over all of it; return the primary key of their root."""
    from django.db import connection  # noqa: PLC0415

    from billing_customers.models import Customer, Relationship  # noqa: PLC0415
    from tests.benchmarks.seeding import settle, typical_id  # noqa: PLC0415

    live = Customer.objects.for_site(site).live().order_by("id")
    pks = list(live.values_list("pk", flat=True))
    chosen = pks[:: max(len(pks) // members, 1)][: members - 1]
    leaf = live.get(public_id=typical_id(len(pks) * 50 // 49)).pk
    chosen = [pk for pk in chosen if pk != leaf] + [leaf]
    root = chosen[0]
    parents = [chosen[(place - 1) // WIDTH] for place in range(1, len(chosen))]
    rows = [
        Relationship(
            site=site, child_id=child, parent_id=parent, root_id=root, invoice_owner_id=child, payment_owner_id=root
        )
        for child, parent in zip(chosen[1:], parents, strict=True)
    ]
    Relationship.objects.bulk_create(rows, batch_size=2000)
    Customer.objects.filter(pk__in=chosen[1:]).update(has_parent=True)
    settle(Customer._meta.db_table, Relationship._meta.db_table)
    assert connection.vendor == "postgresql"
    return root


def _scan(site: Any, root: int) -> list[Any]:
    from django.db import connection  # noqa: PLC0415

    driver = connection.connection
    return list(
        driver.execute(
            "SELECT r.id, r.child_id, c.public_id, r.parent_id, r.payment_owner_id, r.invoice_owner_id "
            "FROM billing_customers_relationship r JOIN billing_customers_customer c ON c.id = r.child_id "
            "WHERE r.site_id = %s AND r.root_id = %s",
            [site.pk, root],
        ).fetchall()
    )


def _milliseconds(act: Callable[[], Any]) -> float:
    started = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - started)


def show(found: Hierarchy) -> None:
    """The result in a line."""
    sys.stdout.write(
        f"{found.name}: scan by root {found.scan_ms:.1f} ms, whole {found.whole_ms:.1f} ms in {found.queries} queries "
        f"(recursive {found.recursive_ms:.1f} ms); ratio {found.ratio:.2f}, at most {found.bar:.1f}: "
        f"{'ok' if found.is_met else 'MISSED'}\n"
    )


def measured(extent: object) -> list[Hierarchy]:
    """The same as part of a run; its extent is what it is."""
    found = measure_hierarchy()
    show(found)
    return [found]


def main() -> int:
    """Measure in a database that is made for it; return 1 if the bar was missed."""
    from tests.benchmarks.database import fresh_database  # noqa: PLC0415

    with fresh_database():
        found = measure_hierarchy()
    show(found)
    return 0 if found.is_met else 1


if __name__ == "__main__":
    os.environ.setdefault("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"
    django.setup()
    sys.exit(main())
