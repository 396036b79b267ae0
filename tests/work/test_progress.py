"""What a worker shows."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.events.delivery import Tally
from billing_customers.work.outcomes import Outcome
from billing_customers.work.progress import Counts, Progress


class Seconds:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def counted(delivered: int, failed: int = 0) -> Counts:
    counts = Counts()
    counts.add_batch(Tally(delivered, failed))
    return counts


def test_line_is_shown_every_half_minute(seconds: Seconds) -> None:
    shown: list[str] = []
    progress = Progress(shown.append, clock=seconds)

    for passed, delivered in ((29.9, 60), (0.1, 60), (29.9, 90), (0.1, 90)):
        seconds.now += passed
        progress.tick(counted(delivered, 2), waiting=3)

    assert shown == [
        "60 delivered, 2 failed attempts, 0 jobs done, 0 failed runs; 2/s, 3 endpoints waiting\n",
        "90 delivered, 2 failed attempts, 0 jobs done, 0 failed runs; 1/s, 3 endpoints waiting\n",
    ]


def test_terminal_has_one_line_that_is_written_over(seconds: Seconds) -> None:
    shown: list[str] = []
    progress = Progress(shown.append, is_live=True, clock=seconds)
    seconds.now += 0.5
    progress.tick(counted(1000), waiting=1)
    seconds.now += 0.5

    progress.finish(counted(2))

    first, last = shown
    assert first == "\r1000 delivered, 0 failed attempts, 0 jobs done, 0 failed runs; 2000/s, 1 endpoints waiting"
    assert last.rstrip() == "\r2 delivered, 0 failed attempts, 0 jobs done, 0 failed runs in 1.0 s".rstrip()
    assert (len(last), last[-1]) == (len(first) + 1, "\n")


def test_nothing_is_shown_to_nobody(seconds: Seconds, capfd: pytest.CaptureFixture[str]) -> None:
    progress = Progress(clock=seconds)
    seconds.now += 60

    progress.tick(counted(1), waiting=0)

    progress.finish(counted(1))

    assert tuple(capfd.readouterr()) == ("", "")


@pytest.mark.parametrize(
    ("outcome", "numbers"),
    [(Outcome.SUCCEEDED, (1, 0)), (Outcome.FAILED, (0, 1)), (Outcome.INTERRUPTED, (0, 0)), (Outcome.LOST, (0, 0))],
)
def test_runs_of_jobs_are_counted_by_their_outcome(outcome: Any, numbers: tuple[int, int]) -> None:
    counts = Counts()

    counts.add_job(outcome)

    assert (counts.jobs, counts.jobs_failed) == numbers
