"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from django.utils import timezone

from billing_customers.models import BillingSite, Contact, Customer
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.sites import create_site
from tests.benchmarks import report
from tests.benchmarks.baseline.models import PlainContact, PlainCustomer
from tests.benchmarks.contests import chargebee_contests, ching_contests
from tests.benchmarks.database import fresh_database
from tests.benchmarks.growth import measure_depth, measure_lookups
from tests.benchmarks.inproc import ROUNDS, measure
from tests.benchmarks.seeding import copy_rows, seed_customers, settle, typical_id, without_indexes
from tests.benchmarks.wire import Server

MODES = ("inproc", "growth")
SMALL = 10_000
MILLION = 1_000_000

TABLES = (Customer._meta.db_table, Contact._meta.db_table)
PLAIN_TABLES = (PlainCustomer._meta.db_table, PlainContact._meta.db_table)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the modes asked for (both, if none is); return 1 if a bar was missed."""
    options = _parser().parse_args(arguments)
    results: dict[str, Any] = {}
    met: list[bool] = []
    for mode in options.modes or MODES:
        with fresh_database():
            results.setdefault("machine", report.machine())
            measured = _inproc(options.rounds) if mode == "inproc" else _growth(options.rows)
        results[mode] = [each.as_json() for each in measured]
        met += [each.is_met for each in measured]
    report.write_json(options.json, results)
    report.say(f"{met.count(False)} of {len(met)} bars missed; written to {options.json}.")
    return 0 if all(met) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description="Speed next to a plain DRF project, and growth."
    )
    parser.add_argument(
        "modes", nargs="*", choices=[*MODES, []], metavar="MODE", help="inproc or growth; both without one"
    )
    parser.add_argument("--rows", type=int, default=MILLION, help="customers for growth (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds of inproc (default %(default)s)")
    parser.add_argument("--json", type=Path, default=Path("bench-results.json"), help="where to write the results")
    return parser


def _inproc(rounds: int) -> list[Any]:
    site, key = _tenant()
    seed_customers(site, SMALL)
    copy_rows(Customer, PlainCustomer)
    copy_rows(Contact, PlainContact)
    settle(*TABLES, *PLAIN_TABLES)
    live = Customer.objects.for_site(site).live()
    ids = list(live.order_by("id").values_list("public_id", flat=True)[1000:3000])
    sample = live.values("first_name", "last_name", "email").get(public_id=typical_id(SMALL))
    report.say(f"CPU for each request, {SMALL:,} customers, {rounds} rounds")
    results = measure(Server(), [*ching_contests(key, ids), *chargebee_contests(key, ids, sample)], rounds=rounds)
    report.show_results(results)
    return list(results)


def _growth(rows: int) -> list[Any]:
    site, key = _tenant()
    started = monotonic()
    with without_indexes(*TABLES):
        seed_customers(site, rows)
    settle(*TABLES)
    report.say(f"{rows:,} customers, made in {monotonic() - started:.0f} s")
    server = Server()
    depth = measure_depth(server, site, key, skipped=rows * 9 // 10)
    report.show_depth(depth)
    found = measure_lookups(server, site, key, typical_id(rows))
    report.show_lookups(found)
    return [depth, *found]


def _tenant() -> tuple[BillingSite, str]:
    """A site and the text of a key of it."""
    site = create_site(slug="bench-test", at=timezone.now())
    return site, create_api_key(site=site, scopes=["write"], at=timezone.now())[1]
