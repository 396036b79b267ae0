"""Whether a million customers cost more than a few: pages far in, and the index of each look-up."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from django.contrib.admin import site as admin_site
from django.http import HttpRequest

from billing_customers.dialects.chargebee.pagination import Scope
from billing_customers.models import BillingSite, Customer
from billing_customers.queries.customers import Cursor
from tests.benchmarks.bars import DEPTH_RATIO
from tests.benchmarks.lookups import Lookup, all_lookups
from tests.benchmarks.plans import explain, recorded
from tests.benchmarks.wire import Call, Caller, Server

PAGES = 31


@dataclass(frozen=True, slots=True)
class PageCost:
    """Milliseconds of CPU of this process, milliseconds that PostgreSQL tells of its own, and buffers it looked at."""

    cpu_ms: float
    database_ms: float
    buffers: float

    @property
    def total_ms(self) -> float:
        return self.cpu_ms + self.database_ms


@dataclass(frozen=True, slots=True)
class Depth:
    """The first page of 100 and the one after ``skipped`` customers."""

    skipped: int
    first: PageCost
    deep: PageCost

    @property
    def name(self) -> str:
        return f"page after {self.skipped:,} customers"

    @property
    def ratio(self) -> float:
        return self.deep.total_ms / self.first.total_ms

    @property
    def is_met(self) -> bool:
        return self.ratio <= DEPTH_RATIO

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio, "bar": DEPTH_RATIO, "is_met": self.is_met}


@dataclass(frozen=True, slots=True)
class Found:
    """How a look-up was done. ``faults`` is empty when it took the index it should."""

    name: str
    indexes: list[str]
    database_ms: float
    faults: list[str]

    @property
    def is_met(self) -> bool:
        return not self.faults

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "is_met": self.is_met}


def measure_depth(server: Server, site: BillingSite, key: str, *, skipped: int) -> Depth:
    """Fetch both pages in turn, over HTTP and with the offset that the API itself would give."""
    order = (
        Customer.objects.for_site(site).live().order_by("created_at", "id").values_list("created_at", "id", "public_id")
    )
    last, following = order[skipped - 1 : skipped + 1]
    offset = Scope.of(site, "customers", [], "created_at", False, False).seal(Cursor(last[0], last[1]))
    caller = Caller.of_chargebee(key)
    pages = [caller.get("/customers", {"limit": 100}), caller.get("/customers", {"limit": 100, "offset": offset})]
    assert server.send(pages[1]).data["list"][0]["customer"]["id"] == following[2], "That is not the page to measure."
    costs: list[list[PageCost]] = [[], []]
    for _ in range(PAGES):
        for place, call in enumerate(pages):
            costs[place].append(_cost(server, call))
    return Depth(skipped, *(_median(each) for each in costs))


def measure_lookups(server: Server, site: BillingSite, key: str, public_id: str) -> list[Found]:
    """Do each look-up for one customer, and see how PostgreSQL does it."""
    found = []
    for lookup in [*all_lookups(server, site, key, public_id), *_admin_searches(site, public_id)]:
        plans = lookup.plans(analyze=True)
        indexes = sorted(frozenset[str]().union(*(plan.indexes for plan in plans)))
        found.append(Found(lookup.name, indexes, sum(plan.milliseconds for plan in plans), list(lookup.faults(plans))))
    return found


def _cost(server: Server, call: Call) -> PageCost:
    with recorded() as statements:
        answer = server.send(call)
    plans = [explain(each, analyze=True) for each in statements if each.sql.startswith("SELECT")]
    return PageCost(1000 * answer.cpu, sum(plan.milliseconds for plan in plans), sum(plan.buffers for plan in plans))


def _median(costs: list[PageCost]) -> PageCost:
    return PageCost(
        median(each.cpu_ms for each in costs),
        median(each.database_ms for each in costs),
        median(each.buffers for each in costs),
    )


def _admin_searches(site: BillingSite, public_id: str) -> list[Lookup]:
    """What the search box of the admin does, where the admin has one."""
    if not admin_site.is_registered(Customer):
        return []
    admin = admin_site.get_model_admin(Customer)
    email = Customer.objects.for_site(site).live().values_list("email", flat=True).get(public_id=public_id)

    def search(term: str) -> int:
        request = HttpRequest()
        customers, _ = admin.get_search_results(request, admin.get_queryset(request), term)
        return len(customers[:100])

    return [
        Lookup(f"{name}, admin search", lambda term=term: search(term))  # type: ignore[misc]
        for name, term in (("id", public_id), ("e-mail", str(email)))
    ]
