"""Three who send the same events, each in a process of its own; how many each sends in a second."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from billing_customers.choices import DeliveryStatus
from billing_customers.models import Delivery
from tests.benchmarks import outbox
from tests.benchmarks.baseline import tasks
from tests.benchmarks.sinks import Seen, Sink

# Seconds: for a sender that takes ten or twenty, and for one that was told to end.
PATIENCE, GOODBYE = 300, 30
# Celery sends one in so many: it takes its time.
PART_OF_CELERY = 5
_POLL = 0.02


def send_bare(sink: Sink, posts: Path) -> float:
    """Post the file by a ``requests.Session``; count from the first request to the last."""
    command = [sys.executable, "-m", "tests.benchmarks.bare", sink.url, str(posts)]
    subprocess.run(command, check=True, timeout=PATIENCE)
    seen = sink.seen()
    _assert_whole(seen, len(posts.read_text("utf-8").splitlines()))
    return (seen.count - 1) / (seen.last - seen.first)


def send_by_worker(sink: Sink, *options: str, in_flight: int | None = None) -> float:
    """Start ``manage.py billing_worker``; count from the first request until every answer is written down."""
    events = outbox.queue_again(sink.url)
    command = ("django", "billing_worker", "--verbosity=0", *options)
    return _until_empty(sink, events, *command, in_flight=in_flight)


def send_by_celery(sink: Sink) -> float:
    """Queue a task for each event, then start a Celery worker of one process; count as for our worker."""
    events = outbox.queue_again(sink.url, part=PART_OF_CELERY)
    tasks.app.control.purge()
    waiting = Delivery.objects.filter(status=DeliveryStatus.PENDING)
    for pk in waiting.order_by("pk").values_list("pk", flat=True):
        tasks.deliver.delay(pk)
    options = ("--pool=solo", "--loglevel=error", "--without-gossip", "--without-mingle", f"--queues={tasks.QUEUE}")
    return _until_empty(sink, events, "celery", "--app=tests.benchmarks.baseline.tasks", "--quiet", "worker", *options)


def _until_empty(sink: Sink, events: int, *command: str, in_flight: int | None = None) -> float:
    with _running(*command, in_flight=in_flight) as process:
        until = time.monotonic() + PATIENCE
        while not outbox.is_empty():
            assert process.poll() is None, f"{command} has ended."
            assert time.monotonic() < until, f"{command} does not come to an end."
            time.sleep(_POLL)
        ended = time.monotonic()
    seen = sink.seen()
    _assert_whole(seen, events)
    return seen.count / (ended - seen.first)


@contextmanager
def _running(*command: str, in_flight: int | None) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | ({} if in_flight is None else {"BENCH_MAX_IN_FLIGHT": str(in_flight)})
    with subprocess.Popen([sys.executable, "-m", *command], env=environment) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(GOODBYE)
            except subprocess.TimeoutExpired:
                process.kill()


def _assert_whole(seen: Seen, events: int) -> None:
    assert seen.count == events, f"{seen.count} requests came for {events} events."
