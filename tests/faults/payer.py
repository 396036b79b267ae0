"""``python -m tests.faults.payer MOMENT KEY IDEMPOTENCY_KEY`` collects a payment over the wire and is killed meanwhile.

It kills itself with SIGKILL, so that nothing of it is tidied up: no ``finally``, no rollback but the database's own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import django

from tests.shell.sources import CHECKOUT

MOMENTS = ("once it is written", "once it is charged", "while it is booked", "before it is written", "never")


def killed(database_url: str, moment: str, key: str, idempotency_key: str | None = None, *more: str) -> int:
    """Let a process collect the invoice ``inv`` of ``acme`` and die at ``moment``; return its exit status."""
    command = [sys.executable, "-m", "tests.faults.payer", moment, key, idempotency_key or "", *more]
    environment = {**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "tests.faults.settings"}
    return subprocess.run(command, cwd=CHECKOUT, env=environment, check=False, timeout=120).returncode


def main() -> int:
    django.setup()
    from tests.clients import ChargebeeClient  # noqa: PLC0415 - it needs settings

    moment, key, idempotency_key, *params = sys.argv[1:]
    _TRAPS[moment]()
    headers = {"chargebee-idempotency-key": idempotency_key} if idempotency_key else {}
    body = {"invoice_allocations[invoice_id][0]": "inv", **dict(each.split("=") for each in params)}
    answer = ChargebeeClient(key).post("/customers/acme/collect_payment", body, **headers)
    return 0 if answer.status_code == 200 else 1


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def once_it_is_written() -> None:
    _around_the_charge(die, lambda: None)


def once_it_is_charged() -> None:
    _around_the_charge(lambda: None, die)


def while_it_is_booked() -> None:
    from billing_customers import signals  # noqa: PLC0415

    signals.payment_succeeded.connect(lambda **_: die(), weak=False)


def before_it_is_written() -> None:
    from billing_customers.operations import collecting, payment_rows  # noqa: PLC0415

    def hold_and_die(attempt: Any, parts: Any) -> None:
        payment_rows.hold(attempt, parts)
        die()

    setattr(collecting, "hold", hold_and_die)  # noqa: B010 - mypy knows no other module's imports


def _around_the_charge(before: Callable[[], None], after: Callable[[], None]) -> None:
    from billing_customers.gateways.test import TestGateway  # noqa: PLC0415

    real = TestGateway.charge

    def charge(self: Any, request: Any) -> Any:
        before()
        charged = real(self, request)
        after()
        return charged

    TestGateway.charge = charge  # type: ignore[method-assign]


_TRAPS: dict[str, Callable[[], None]] = {
    "once it is written": once_it_is_written,
    "once it is charged": once_it_is_charged,
    "while it is booked": while_it_is_booked,
    "before it is written": before_it_is_written,
    "never": lambda: None,
}

if __name__ == "__main__":
    sys.exit(main())
