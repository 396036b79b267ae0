"""Whether events that have long been delivered make it slower to find and claim those that wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median
from time import process_time
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from billing_customers.events import lanes
from billing_customers.models import Customer, Delivery, Event, Lane, WebhookEndpoint
from billing_customers.operations.sites import create_site
from tests.benchmarks import outbox
from tests.benchmarks.bars import CLAIM_RATIO
from tests.benchmarks.delivered import add_delivered
from tests.benchmarks.plans import Statement, explain, recorded
from tests.benchmarks.seeding import settle

WAITING = 5_000
CLAIMED = 100
ROUNDS = 31

# Without and with what was delivered: the same tables in two schemas, so that they can be asked in turn.
EMPTY, FULL = "public", "kept"
INDEXES = frozenset({"bc_delivery_head", "bc_lane_lease", "bc_lane_ready"})
TABLES = tuple(model._meta.db_table for model in (Customer, Event, Lane, Delivery, WebhookEndpoint))


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds that PostgreSQL tells of its own, buffers it looked at, milliseconds of CPU of this process."""

    database_ms: float
    buffers: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Claim:
    """What one claim cost, and how PostgreSQL went about it."""

    cost: Cost
    indexes: frozenset[str]
    scanned_tables: frozenset[str]

    def faults(self) -> Iterator[str]:
        """Why claiming is slow among many delivered events, sentence by sentence."""
        for table in sorted(self.scanned_tables.intersection(each._meta.db_table for each in (Lane, Delivery, Event))):
            yield f"Claiming reads the whole of {table}."
        for index in sorted(INDEXES - self.indexes):
            yield f"Claiming does not take {index}."


@dataclass(frozen=True, slots=True)
class Claiming:
    """A look for what is due, a claim of 100 lanes and the reading of their heads: medians of the rounds.

    ``faults`` is empty when it took the partial indexes and read no table from end to end.
    """

    kept: int
    empty: Cost
    full: Cost
    ratio: float
    indexes: list[str]
    faults: list[str]

    @property
    def name(self) -> str:
        return f"claiming among {self.kept:,} delivered events"

    @property
    def is_met(self) -> bool:
        return self.ratio <= CLAIM_RATIO and not self.faults

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "bar": CLAIM_RATIO, "is_met": self.is_met}


def measure_claiming(*, kept: int) -> Claiming:
    """Claim in turn where nothing was ever delivered and where ``kept`` events were."""
    with _schema(EMPTY):
        empty = waiting_endpoint(waiting=WAITING, delivered=0)
        settle(*TABLES)
    with _schema(FULL):
        call_command("migrate", verbosity=0)
        full = waiting_endpoint(waiting=WAITING, delivered=kept)
        settle(*TABLES)
    claims: dict[str, list[Claim]] = {EMPTY: [], FULL: []}
    for _ in range(ROUNDS):
        for schema, endpoint in ((EMPTY, empty), (FULL, full)):
            with _schema(schema):
                claims[schema].append(explained_claim(endpoint))
    return _claiming(kept, claims[EMPTY], claims[FULL])


def explained_claim(endpoint: WebhookEndpoint, *, most: int = CLAIMED) -> Claim:
    """Claim ``most`` lanes, and undo it; then let PostgreSQL explain the same statements while it carries them out, and
    undo them too.
    """
    with transaction.atomic(), recorded() as statements:
        started = process_time()
        _claim(endpoint, most)
        cpu = process_time() - started
        transaction.set_rollback(True)
    with transaction.atomic():
        plans = [explain(each, analyze=True) for each in statements if _is_explained(each)]
        transaction.set_rollback(True)
    return Claim(
        Cost(sum(plan.milliseconds for plan in plans), sum(plan.buffers for plan in plans), 1000 * cpu),
        indexes=frozenset[str]().union(*(plan.indexes for plan in plans)),
        scanned_tables=frozenset[str]().union(*(plan.scanned_tables for plan in plans)),
    )


def _claim(endpoint: WebhookEndpoint, most: int) -> None:
    at = timezone.now()
    assert lanes.due_endpoints(at=at) == [endpoint.pk]
    held = lanes.claim(endpoint.pk, lanes=most, max_in_flight=5, at=at)
    assert held is not None
    assert len(lanes.heads(held, most=most)) == most


def _is_explained(statement: Statement) -> bool:
    return statement.sql.lstrip().startswith(("SELECT", "UPDATE"))


def waiting_endpoint(*, waiting: int, delivered: int) -> WebhookEndpoint:
    """An endpoint for which ``waiting`` events wait; before them, others were delivered."""
    site = create_site(slug="claim-test", at=timezone.now())
    endpoint = outbox.make_endpoint(site, outbox.NOWHERE)
    outbox.fill(site, outbox.EVENTS_EACH)
    add_delivered(endpoint, delivered)
    outbox.fill(site, waiting - outbox.EVENTS_EACH)
    return endpoint


@contextmanager
def _schema(name: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {name}")
        cursor.execute(f"SET search_path TO {name}")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path TO {EMPTY}")


def _claiming(kept: int, empty: list[Claim], full: list[Claim]) -> Claiming:
    pairs = zip(empty, full, strict=True)
    last = full[-1]
    return Claiming(
        kept,
        _median([each.cost for each in empty]),
        _median([each.cost for each in full]),
        ratio=median(much.cost.database_ms / little.cost.database_ms for little, much in pairs),
        indexes=sorted(last.indexes),
        faults=list(last.faults()),
    )


def _median(costs: list[Cost]) -> Cost:
    return Cost(
        median(each.database_ms for each in costs),
        median(each.buffers for each in costs),
        median(each.cpu_ms for each in costs),
    )
