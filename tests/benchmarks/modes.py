"""What there is to measure. Each part of a mode has an empty database for itself, and shows what it finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from django.utils import timezone

from billing_customers.models import Contact, Customer
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.sites import create_site
from tests.benchmarks import hierarchy, outbox, report
from tests.benchmarks.baseline.models import PlainContact, PlainCustomer
from tests.benchmarks.claiming import measure_claiming
from tests.benchmarks.collecting import measure_collect
from tests.benchmarks.contests import chargebee_contests, ching_contests
from tests.benchmarks.delivering import measure_paces
from tests.benchmarks.growth import measure_depth, measure_lookups
from tests.benchmarks.hot_balance import measure_hot_balance
from tests.benchmarks.inproc import measure
from tests.benchmarks.merging import measure_merging
from tests.benchmarks.recording import Tenant, measure_recording
from tests.benchmarks.seeding import copy_rows, seed_customers, settle, typical_id, without_indexes
from tests.benchmarks.wire import Server

SMALL = 10_000

TABLES = (Customer._meta.db_table, Contact._meta.db_table)
PLAIN_TABLES = (PlainCustomer._meta.db_table, PlainContact._meta.db_table)


@dataclass(frozen=True, slots=True)
class Extent:
    """``rows`` that make a large table, ``rounds`` of a comparison, ``events`` that are sent in one."""

    rows: int
    rounds: int
    events: int


Part = Callable[[Extent], Sequence[report.Measured]]


def _inproc(extent: Extent) -> Sequence[report.Measured]:
    site, key = _tenant("bench-test")
    seed_customers(site, SMALL)
    copy_rows(Customer, PlainCustomer)
    copy_rows(Contact, PlainContact)
    settle(*TABLES, *PLAIN_TABLES)
    live = Customer.objects.for_site(site).live()
    ids = list(live.order_by("id").values_list("public_id", flat=True)[1000:3000])
    sample = live.values("first_name", "last_name", "email").get(public_id=typical_id(SMALL))
    report.say(f"CPU for each request, {SMALL:,} customers, {extent.rounds} rounds")
    contests = [*ching_contests(key, ids), *chargebee_contests(key, ids, sample)]
    results = measure(Server(), contests, rounds=extent.rounds)
    report.show_results(results)
    return results


def _growth(extent: Extent) -> Sequence[report.Measured]:
    site, key = _tenant("bench-test")
    started = monotonic()
    with without_indexes(*TABLES):
        seed_customers(site, extent.rows)
    settle(*TABLES)
    report.say(f"{extent.rows:,} customers, made in {monotonic() - started:.0f} s")
    server = Server()
    depth = measure_depth(server, site, key, skipped=extent.rows * 9 // 10)
    report.show_depth(depth)
    found = measure_lookups(server, site, key, typical_id(extent.rows))
    report.show_lookups(found)
    return [depth, *found]


def _recording(extent: Extent) -> Sequence[report.Measured]:
    silent, told = _tenant("silent-test"), _tenant("told-test")
    outbox.make_endpoint(told.site, outbox.NOWHERE)
    report.say(f"CPU of a create and of its event, {extent.rounds} rounds")
    results = measure_recording(Server(), silent, told, rounds=extent.rounds)
    report.show_recording(results)
    return results


def _delivering(extent: Extent) -> Sequence[report.Measured]:
    site, _ = _tenant("bench-test")
    report.say(f"{extent.events:,} events of {extent.events // outbox.EVENTS_EACH:,} customers, {extent.rounds} rounds")
    results = measure_paces(site, events=extent.events, rounds=extent.rounds, say=report.say)
    report.show_paces(results)
    return results


def _claiming(extent: Extent) -> Sequence[report.Measured]:
    result = measure_claiming(kept=extent.rows)
    report.show_claiming(result)
    return [result]


def _collecting(extent: Extent) -> Sequence[report.Measured]:
    result = measure_collect(*_tenant("bench-test"), rounds=extent.rounds)
    report.show_collecting(result)
    return [result]


def _hot_balance(extent: Extent) -> Sequence[report.Measured]:
    result = measure_hot_balance(_tenant("bench-test").site, rounds=extent.rounds)
    report.show_hot_balance(result)
    return [result]


def _merging(extent: Extent) -> Sequence[report.Measured]:
    results = measure_merging(_tenant("bench-test").site, rounds=extent.rounds)
    report.show_merging(results)
    return results


def _tenant(slug: str) -> Tenant:
    """A site and a key of it."""
    site = create_site(slug=slug, at=timezone.now())
    return Tenant(site, create_api_key(site=site, scopes=["write"], at=timezone.now())[1])


MODES: dict[str, tuple[Part, ...]] = {
    "inproc": (_inproc,),
    "growth": (_growth,),
    "hierarchy": (hierarchy.measured,),
    "merging": (_merging,),
    "webhooks": (_recording, _delivering, _claiming),
    "payments": (_collecting, _hot_balance),
}
