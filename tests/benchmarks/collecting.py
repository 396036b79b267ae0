"""CPU of a payment over the wire, next to that of an update of the same customer.

``python -m tests.benchmarks.collecting`` measures it, on a database that is made for it and dropped afterwards; the
exit status is 1 if the bar is missed. The gateway is the test gateway, whose own work counts as ours.
"""

from __future__ import annotations

import gc
import os
import sys
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import django

# A payment is two transactions, a call of a gateway and the bookkeeping of three tables; an update is one change.
BAR = 5.0
ROUNDS = 7
BLOCK = 10
BLOCKS = 4


@dataclass(frozen=True, slots=True)
class Collecting:
    """Milliseconds of CPU for each request, and how many updates a payment costs: medians of the rounds."""

    collect_ms: float
    update_ms: float
    ratio: float
    bar: float = BAR

    @property
    def is_met(self) -> bool:
        return self.ratio <= self.bar

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "is_met": self.is_met}


def measure_collect(*, rounds: int = ROUNDS) -> Collecting:
    """Pay an invoice with a card, and change a customer that has one, by turns. The tables must be empty."""
    # Its models can only be imported once the settings are there.
    from django.utils import timezone  # noqa: PLC0415

    from billing_customers.operations.api_keys import create_api_key  # noqa: PLC0415
    from billing_customers.operations.sites import create_site  # noqa: PLC0415
    from tests.benchmarks.wire import Caller, Server  # noqa: PLC0415

    now = timezone.now()
    site = create_site(slug="bench-test", at=now)
    caller = Caller.of_chargebee(create_api_key(site=site, scopes=["write"], at=now)[1])
    server, numbers = Server(), iter(range(10**9))
    seen = [_round(site, server, caller, [next(numbers) for _ in range(BLOCK * BLOCKS)]) for _ in range(rounds + 1)]
    # The first round only warms up.
    del seen[0]
    return Collecting(
        collect_ms=median(collect for collect, _ in seen),
        update_ms=median(update for _, update in seen),
        ratio=median(collect / update for collect, update in seen),
    )


def _round(site: Any, server: Any, caller: Any, numbers: list[int]) -> tuple[float, float]:
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


def _make_invoice(site: Any, number: int) -> None:
    from django.utils import timezone  # noqa: PLC0415

    from billing_customers.operations.documents import create_invoice  # noqa: PLC0415

    create_invoice(site=site, customer_public_id=f"c{number}", total=1095, public_id=f"inv{number}", at=timezone.now())


def _collect(caller: Any, number: int) -> Any:
    return caller.form(f"/customers/c{number}/collect_payment", {"invoice_allocations[invoice_id][0]": f"inv{number}"})


def _update(caller: Any, number: int) -> Any:
    return caller.form(f"/customers/c{number}", {"company": f"Acme {number}", "cf_seats": str(number)})


def main() -> int:
    """Measure and tell; 1 if the bar is missed."""
    from tests.benchmarks.database import fresh_database  # noqa: PLC0415

    with fresh_database():
        found = measure_collect()
    sys.stdout.write(
        f"payment {found.collect_ms:.2f} ms, update {found.update_ms:.2f} ms of CPU; "
        f"ratio {found.ratio:.2f}, at most {found.bar:.1f}: {'ok' if found.is_met else 'MISSED'}\n"
    )
    return 0 if found.is_met else 1


if __name__ == "__main__":
    os.environ.setdefault("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"
    django.setup()
    sys.exit(main())
