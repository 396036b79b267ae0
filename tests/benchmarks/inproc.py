"""CPU for each request, ours and the baseline's in turn, in this very process."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from tests.benchmarks.bars import BARS, GOALS
from tests.benchmarks.wire import Call, Server

ROUNDS = 7
BLOCK = 10

# A call with a number of its own, so that no two of them create or write the same.
Build = Callable[[int], Call]


@dataclass(frozen=True, slots=True)
class Contest:
    """One kind of request in one dialect, and what is compared with it; ``slim`` shows only the fields of CHING."""

    action: str
    dialect: str
    ours: Build
    plain: Build
    slim: Build | None = None
    blocks: int = 6


@dataclass(frozen=True, slots=True)
class Result:
    """Milliseconds of CPU and how many times as much the baseline needs: medians of the rounds."""

    action: str
    dialect: str
    ours_ms: float
    plain_ms: float
    ratio: float
    slim_ratio: float | None
    bar: float
    goal: float

    @property
    def name(self) -> str:
        return f"{self.action}, {self.dialect}"

    @property
    def is_met(self) -> bool:
        return self.ratio >= self.bar

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "is_met": self.is_met}


def measure(server: Server, contests: list[Contest], *, rounds: int = ROUNDS) -> list[Result]:
    """Run all ``contests`` ``rounds`` times, after one round that only warms up."""
    numbers = iter(range(1, 10**9))
    for contest in contests:
        _round(server, contest, numbers)
    seen: dict[int, list[list[float]]] = {}
    for _ in range(rounds):
        for place, contest in enumerate(contests):
            seen.setdefault(place, []).append(_round(server, contest, numbers))
    return [_result(contest, seen[place]) for place, contest in enumerate(contests)]


def _round(server: Server, contest: Contest, numbers: Iterator[int]) -> list[float]:
    """Mean milliseconds of each side.

    They take turns, so that a slow moment hits both alike, but not call by call: a server does one kind of work, with
    its code in the processor's cache.
    """
    sides = [side for side in (contest.ours, contest.plain, contest.slim) if side is not None]
    spent = [0.0] * len(sides)
    gc.collect()
    for _ in range(contest.blocks):
        block = [next(numbers) for _ in range(BLOCK)]
        for place, build in enumerate(sides):
            spent[place] += sum(server.send(build(number)).cpu for number in block)
    return [1000 * seconds / (contest.blocks * BLOCK) for seconds in spent]


def _result(contest: Contest, rounds: list[list[float]]) -> Result:
    return Result(
        action=contest.action,
        dialect=contest.dialect,
        ours_ms=median(ours for ours, *_ in rounds),
        plain_ms=median(plain for _, plain, *_ in rounds),
        ratio=median(plain / ours for ours, plain, *_ in rounds),
        slim_ratio=median(slim / ours for ours, _, slim in rounds) if contest.slim else None,
        bar=BARS[contest.action],
        goal=GOALS[contest.action],
    )
