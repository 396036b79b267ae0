"""What an event costs the request that causes it: CPU of a create with it and without."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from statistics import median
from time import process_time
from typing import Any, NamedTuple

from django.utils import timezone

from billing_customers.models import BillingSite
from billing_customers.operations.customers import create_customer
from billing_customers.receivers import EVENTS, connect
from tests.benchmarks.bars import RECORDING_SHARE
from tests.benchmarks.contests import chargebee_create, ching_create
from tests.benchmarks.wire import Caller, Server

OPERATION = "the operation alone"
BLOCK = 10
BLOCKS = 8

# Creates customer number n; seconds of CPU.
Create = Callable[[int], float]


class Tenant(NamedTuple):
    """A site and the text of one of its keys."""

    site: BillingSite
    key: str


@dataclass(frozen=True, slots=True)
class Recording:
    """Milliseconds of CPU of a create by ``way``: without an event, with one that nobody is told, with one endpoint.

    Medians of the rounds, as is ``share``: the part of the last that is gone in the first. Without a ``bar`` it is only
    told.
    """

    way: str
    without_ms: float
    untold_ms: float
    told_ms: float
    share: float
    bar: float | None

    @property
    def name(self) -> str:
        return f"share of recording, {self.way}"

    @property
    def is_met(self) -> bool:
        return self.bar is None or self.share <= self.bar

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "is_met": self.is_met}


def measure_recording(server: Server, silent: Tenant, told: Tenant, *, rounds: int) -> list[Recording]:
    """Create customers of ``silent``, which has no endpoint, and of ``told``, which has one, in turn."""
    ways: dict[str, Callable[[Tenant], Create]] = {
        "CHING": lambda tenant: _over_wire(server, Caller.of_ching(tenant.key), ching_create),
        "Chargebee": lambda tenant: _over_wire(server, Caller.of_chargebee(tenant.key), chargebee_create),
        OPERATION: lambda tenant: _by_operation(tenant.site),
    }
    numbers = count(1)
    sides = {way: (make(told), make(silent), make(told)) for way, make in ways.items()}
    seen: dict[str, list[list[float]]] = {way: [] for way in ways}
    for number in range(rounds + 1):
        for way, creates in sides.items():
            spent = _round(creates, numbers)
            # The first only warms up.
            seen[way] += [spent] if number else []
    return [_recording(way, spent) for way, spent in seen.items()]


def _round(creates: tuple[Create, Create, Create], numbers: Iterator[int]) -> list[float]:
    """Mean milliseconds of each side; they take turns."""
    without, untold, told = creates
    spent = [0.0, 0.0, 0.0]
    gc.collect()
    for _ in range(BLOCKS):
        block = [next(numbers) for _ in range(BLOCK)]
        with _nothing_recorded():
            spent[0] += sum(without(number) for number in block)
        spent[1] += sum(untold(number) for number in block)
        spent[2] += sum(told(number) for number in block)
    return [1000 * seconds / (BLOCKS * BLOCK) for seconds in spent]


@contextmanager
def _nothing_recorded() -> Iterator[None]:
    """As if the package had no outbox."""
    for signal, _, event_type in EVENTS:
        assert signal.disconnect(dispatch_uid=f"billing_customers.{event_type}")
    yield
    connect()


def _over_wire(server: Server, caller: Caller, call: Callable[[Caller, int], Any]) -> Create:
    return lambda number: server.send(call(caller, number)).cpu


def _by_operation(site: BillingSite) -> Create:
    def create(number: int) -> float:
        attributes: Any = {"name": f"John Doe {number}", "email": f"john.doe.{number}@example.com"}
        attributes |= {"phone": "+972501234567", "locale": "he", "tax_id": f"{number:09d}"}
        at = timezone.now()
        started = process_time()
        create_customer(site=site, attributes=attributes, at=at)
        return process_time() - started

    return create


def _recording(way: str, rounds: list[list[float]]) -> Recording:
    return Recording(
        way,
        without_ms=median(without for without, _, _ in rounds),
        untold_ms=median(untold for _, untold, _ in rounds),
        told_ms=median(told for *_, told in rounds),
        share=median((told - without) / told for without, _, told in rounds),
        bar=None if way == OPERATION else RECORDING_SHARE,
    )
