"""CPU of a payment over the wire, next to that of an update of the same customer.

The gateway is the test gateway, whose own work counts as ours. A payment is two transactions, a call of a gateway and
the bookkeeping of three tables; an update is one change.
"""

from __future__ import annotations

import gc
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from django.utils import timezone

from billing_customers.models import BillingSite
from billing_customers.operations.documents import create_invoice
from tests.benchmarks.bars import COLLECT_RATIO
from tests.benchmarks.inproc import ROUNDS
from tests.benchmarks.wire import Caller, Server

BLOCK = 10
BLOCKS = 4


@dataclass(frozen=True, slots=True)
class Collecting:
    """Milliseconds of CPU for each request, and how many updates a payment costs: medians of the rounds."""

    collect_ms: float
    update_ms: float
    ratio: float
    bar: float = COLLECT_RATIO
    name: str = "collect_payment"

    @property
    def is_met(self) -> bool:
        return self.ratio <= self.bar

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "is_met": self.is_met}


def measure_collect(site: BillingSite, key: str, *, rounds: int = ROUNDS) -> Collecting:
    """Pay an invoice with a card, and change a customer that has one, by turns. The tables must be empty."""
    caller = Caller.of_chargebee(key)
    server, numbers = Server(), iter(range(10**9))
    seen = [_round(site, server, caller, [next(numbers) for _ in range(BLOCK * BLOCKS)]) for _ in range(rounds + 1)]
    # The first round only warms up.
    del seen[0]
    return Collecting(
        collect_ms=median(collect for collect, _ in seen),
        update_ms=median(update for _, update in seen),
        ratio=median(collect / update for collect, update in seen),
    )


def _round(site: BillingSite, server: Server, caller: Caller, numbers: list[int]) -> tuple[float, float]:
    """Mean milliseconds of a payment and of an update, in blocks that take turns."""
    card = {"card[number]": "4012888888881881", "card[expiry_month]": "10", "card[expiry_year]": "2030"}
    for number in numbers:
        name = {"first_name": "Dana", "last_name": "Cohen", "email": f"dana.{number}@example.com"}
        server.send(caller.form("/customers", {"id": f"c{number}", **name, **card}))
        _make_invoice(site, number)
    spent = [0.0, 0.0]
    gc.collect()
    for start in range(0, len(numbers), BLOCK):
        block = numbers[start : start + BLOCK]
        for place, build in enumerate((_collect, _update)):
            spent[place] += sum(server.send(build(caller, number)).cpu for number in block)
    return 1000 * spent[0] / len(numbers), 1000 * spent[1] / len(numbers)


def _make_invoice(site: BillingSite, number: int) -> None:
    create_invoice(site=site, customer_public_id=f"c{number}", total=1095, public_id=f"inv{number}", at=timezone.now())


def _collect(caller: Caller, number: int) -> Any:
    return caller.form(f"/customers/c{number}/collect_payment", {"invoice_allocations[invoice_id][0]": f"inv{number}"})


def _update(caller: Caller, number: int) -> Any:
    return caller.form(f"/customers/c{number}", {"company": f"Acme {number}", "cf_seats": str(number)})
