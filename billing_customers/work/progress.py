"""What a worker shows of its work: one live line on a terminal, else a line now and then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from billing_customers.events.delivery import Tally
from billing_customers.work.outcomes import Outcome

LIVE_SECONDS = 0.5
LINE_SECONDS = 30.0


@dataclass
class Counts:
    """What a worker has done since it began. May be shared by its threads."""

    delivered: int = 0
    failed: int = 0
    jobs: int = 0
    jobs_failed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def add_batch(self, tally: Tally) -> None:
        """Count a batch of deliveries."""
        with self._lock:
            self.delivered += tally.delivered
            self.failed += tally.failed

    def add_job(self, outcome: Outcome) -> None:
        """Count a run of a job."""
        with self._lock:
            self.jobs += outcome is Outcome.SUCCEEDED
            self.jobs_failed += outcome is Outcome.FAILED

    def __str__(self) -> str:
        return (
            f"{self.delivered} delivered, {self.failed} failed attempts, "
            f"{self.jobs} jobs done, {self.jobs_failed} failed runs"
        )


class Progress:
    """Gives lines to ``write``, or to nobody. ``is_live`` keeps to one line, as a terminal can.

    ``clock`` gives monotonic seconds.
    """

    def __init__(
        self,
        write: Callable[[str], object] | None = None,
        *,
        is_live: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._is_live = is_live
        self._clock = clock
        self._every = LIVE_SECONDS if is_live else LINE_SECONDS
        self._began = self._shown_at = clock()
        self._delivered = self._width = 0

    def tick(self, counts: Counts, *, waiting: int) -> None:
        """Show where the work is, if it is time to. ``waiting`` is the number of endpoints with something due."""
        now = self._clock()
        if now - self._shown_at < self._every:
            return
        rate = (counts.delivered - self._delivered) / (now - self._shown_at)
        self._shown_at, self._delivered = now, counts.delivered
        self._show(f"{counts}; {rate:.0f}/s, {waiting} endpoints waiting", end="" if self._is_live else "\n")

    def finish(self, counts: Counts) -> None:
        """Show the sum of the work."""
        self._show(f"{counts} in {self._clock() - self._began:.1f} s", end="\n")

    def _show(self, line: str, *, end: str) -> None:
        if self._write is None:
            return
        # On a terminal, what is left of a longer line is blanked.
        shown = "\r" + line.ljust(self._width) if self._is_live else line
        self._width = len(line)
        self._write(shown + end)
