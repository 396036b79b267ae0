"""How fast a worker sends, next to what could be in its place."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from billing_customers.models import BillingSite
from tests.benchmarks import outbox
from tests.benchmarks.bars import BARE, BOUND, CELERY, PACES
from tests.benchmarks.senders import send_bare, send_by_celery, send_by_worker
from tests.benchmarks.sinks import running_sink

# What a receiver takes to answer (seconds), and how many requests it has at a time.
SLOW, IN_FLIGHT = 0.05, 32


@dataclass(frozen=True, slots=True)
class Pace:
    """Events that the worker sends in a second, and ``other``; the medians of the rounds, as is their ratio."""

    other: str
    ours_per_second: float
    other_per_second: float
    ratio: float
    lowest: float
    highest: float

    @property
    def name(self) -> str:
        return f"pace next to {self.other}"

    @property
    def bar(self) -> float:
        return PACES[self.other]

    @property
    def is_met(self) -> bool:
        return self.ratio >= self.bar

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "bar": self.bar, "is_met": self.is_met}


def measure_paces(site: BillingSite, *, events: int, rounds: int, say: Callable[[str], None]) -> list[Pace]:
    """Let each sender send all the events, one after the other, ``rounds`` times."""
    with running_sink() as quick, running_sink(seconds=SLOW) as slow, tempfile.TemporaryDirectory() as folder:
        endpoint = outbox.make_endpoint(site, quick.url)
        outbox.fill(site, events)
        posts = Path(folder) / "posts"
        outbox.write_posts(endpoint, posts)
        seen = []
        for _ in range(rounds):
            ours, bare = send_by_worker(quick), send_bare(quick, posts)
            celery = send_by_celery(quick)
            slowed = send_by_worker(slow, f"--threads={IN_FLIGHT}", in_flight=IN_FLIGHT)
            seen.append({BARE: (ours, bare), CELERY: (ours, celery), BOUND: (slowed, IN_FLIGHT / SLOW)})
            say(f"worker {ours:.0f}/s, bare {bare:.0f}/s, Celery {celery:.0f}/s, slow sink {slowed:.0f}/s")
    return [_pace(other, [each[other] for each in seen]) for other in PACES]


def _pace(other: str, rounds: list[tuple[float, float]]) -> Pace:
    ratios = [ours / others for ours, others in rounds]
    return Pace(
        other,
        ours_per_second=median(ours for ours, _ in rounds),
        other_per_second=median(others for _, others in rounds),
        ratio=median(ratios),
        lowest=min(ratios),
        highest=max(ratios),
    )
