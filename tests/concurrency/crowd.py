"""Many threads that start together, each with a connection of its own."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connections

from billing_customers.dialects.faults import is_conflict

SIZE = 32
PATIENCE = 60  # seconds, for a crowd that is stuck to fail instead of hanging


@dataclass
class Outcome:
    """What one call gave: a value, or the error that it raised."""

    value: Any = None
    error: Exception | None = None

    @property
    def name(self) -> str:
        """The name of the error, or ``"done"``."""
        return type(self.error).__name__ if self.error else "done"


def together(*calls: Callable[[], Any]) -> list[Outcome]:
    """Make all calls at the same time and return their outcomes, in the order of the calls."""
    outcomes = [Outcome() for _ in calls]
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any], outcome: Outcome) -> None:
        try:
            connections["default"].ensure_connection()
            start.wait(PATIENCE)
            outcome.value = call()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            outcome.error = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each, daemon=True) for each in zip(calls, outcomes, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "Threads are stuck."
    return outcomes


def crowd(act: Callable[[int], Any], size: int = SIZE) -> list[Outcome]:
    """``act(0)``, ``act(1)`` … at the same time."""
    return together(*(_numbered(act, number) for number in range(size)))


def persistent(act: Callable[[], Any]) -> Any:
    """``act()``, again as often as it loses against another transaction, as both dialects do.

    InnoDB makes a deadlock of it when one waits for an index entry that another is about to change.
    """
    for _ in range(20):
        try:
            return act()
        except OperationalError as error:
            if not is_conflict(error):
                raise
    return act()


def tally(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many calls were done, and how many raised what."""
    return dict(Counter(outcome.name for outcome in outcomes))


def values(outcomes: Sequence[Outcome]) -> list[Any]:
    """The values of the calls that were done."""
    return [outcome.value for outcome in outcomes if outcome.error is None]


def statuses(outcomes: Sequence[Outcome]) -> dict[int, int]:
    """How often each HTTP status was answered."""
    return dict(Counter(outcome.value.status_code for outcome in outcomes))


def _numbered(act: Callable[[int], Any], number: int) -> Callable[[], Any]:
    return lambda: act(number)
