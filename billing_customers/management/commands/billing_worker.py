from __future__ import annotations

import signal
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from billing_customers.work.progress import Progress
from billing_customers.work.worker import Worker


class Command(BaseCommand):
    help = (
        "Sends webhooks and carries out jobs, until SIGTERM or Ctrl-C: requests under way then end, and what became of "
        "them is written. As many may run as you like, on as many machines."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Do all that is due, then exit.")
        parser.add_argument("--threads", type=_threads, default=8, help="Threads, each with a connection. Default: 8.")
        parser.add_argument(
            "--interval", type=_seconds, default=1.0, help="Seconds between two looks when nothing is due. Default: 1."
        )
        only = parser.add_mutually_exclusive_group()
        only.add_argument("--deliveries-only", action="store_true", help="Leave jobs to another worker.")
        only.add_argument("--jobs-only", action="store_true", help="Leave webhooks to another worker.")

    def handle(self, *args: Any, **options: Any) -> None:
        worker = Worker(
            threads=options["threads"],
            interval=options["interval"],
            does_deliveries=not options["jobs_only"],
            does_jobs=not options["deliveries_only"],
            progress=Progress(self._write if options["verbosity"] else None, is_live=self.stdout.isatty()),
        )
        with _stopped_by_signals(worker):
            worker.run(once=options["once"])

    def _write(self, text: str) -> None:
        self.stdout.write(text, ending="")
        self.stdout.flush()


@contextmanager
def _stopped_by_signals(worker: Worker) -> Iterator[None]:
    numbers = (signal.SIGTERM, signal.SIGINT)
    former = [signal.signal(number, lambda *_: worker.stop()) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, former, strict=True):
            signal.signal(number, handler)


def _threads(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1000):
        raise ArgumentTypeError(f"{text!r} is not a number from 1 to 1000.")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.01 <= seconds <= 3600:
        raise ArgumentTypeError(f"{text!r} is not a number of seconds from 0.01 to 3600.")
    return seconds
