"""Workers that are killed: a process that has imported everything forks them, so that a life begins within moments.

``python -m tests.faults.mortals [FAULT]`` forks a worker for each line of its input and prints its process id. FAULT
names a mechanism that is broken in all of them.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import django
from django.utils import timezone

from tests.shell.sources import CHECKOUT

# The dead leave their lanes held until the end of the lease: a minute in life, which the tests do not have.
LEASE = timedelta(seconds=0.4)
MIN_LEASE = timedelta(seconds=0.2)
DELAY = timedelta(seconds=0.3)


class Mortals:
    """The forking process, from outside."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def fork(self) -> int:
        """Begin a worker; return its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def mortals(database_url: str, *fault: str) -> Iterator[Mortals]:
    """Workers on the database; none outlives the block."""
    command = [sys.executable, "-m", "tests.faults.mortals", *fault]
    environment = {**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "tests.faults.settings"}
    with subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # A group of their own: whoever ends it ends the workers.
        start_new_session=True,
    ) as process:
        try:
            yield Mortals(process)
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def main() -> None:
    django.setup()
    logging.disable()
    shorten_time()
    for fault in sys.argv[1:]:
        FAULTS[fault]()
    # Nobody waits for the dead.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            work()
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def work() -> None:
    """Be a worker until the end."""
    from billing_customers.work.worker import Worker  # noqa: PLC0415 - models need settings

    worker = Worker(threads=4, interval=0.05, does_jobs=False)
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    try:
        worker.run()
    finally:
        os._exit(0)


def shorten_time() -> None:
    """Leases and delays of a fraction of a second, in the proportions of the real ones."""
    from billing_customers.events import delivery, lanes, schedule  # noqa: PLC0415

    lanes.LEASE, delivery.MIN_LEASE = LEASE, MIN_LEASE
    delivery.NOTE_EVERY = delivery.BATCH_TIME = MIN_LEASE
    schedule.DELAYS = (DELAY,) * len(schedule.DELAYS)  # type: ignore[assignment]


def note_before_sending() -> None:
    """What arrives once at most: the events of a batch are marked as delivered, then sent."""
    from billing_customers.events import lanes  # noqa: PLC0415
    from billing_customers.events.settling import Attempt, note_progress  # noqa: PLC0415
    from billing_customers.events.transport import Reply  # noqa: PLC0415

    real = lanes.heads

    def heads(held: Any, *, most: int) -> Any:
        found, at = real(held, most=most), timezone.now()
        note_progress(held, [Attempt(head, at, Reply(200, "", "", 0, "", None)) for head in found], at=at)
        return found

    lanes.heads = heads


def go_on_after_a_failure() -> None:
    """A lane does not wait for its head."""
    from billing_customers.events import delivery, lanes  # noqa: PLC0415

    def attempts(batch: Any) -> Iterator[Any]:
        envelope = delivery.Envelope.of(batch.held.endpoint, batch.courier.clock())
        for head in lanes.heads(batch.held, most=batch.most):
            attempt = batch._attempt(envelope, head)
            batch._count(attempt)
            yield attempt

    delivery._Batch._attempts = attempts  # type: ignore[assignment,method-assign]


FAULTS = {each.__name__: each for each in (note_before_sending, go_on_after_a_failure)}

if __name__ == "__main__":
    main()
