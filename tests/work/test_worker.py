"""The worker in this process, its receivers in another: everything that is due, in order, and no more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, connections
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from billing_customers.choices import JobStatus
from billing_customers.events import delivery, lanes
from billing_customers.events.delivery import Courier, Tally
from billing_customers.models import BillingSite, Delivery, Job, Lane, WebhookEndpoint
from billing_customers.work import crew, jobs
from billing_customers.work.handlers import Handler, RunningJob, handler
from billing_customers.work.progress import Counts, Progress
from billing_customers.work.worker import Worker
from tests.work.children import PATIENCE, eventually
from tests.work.conftest import APPS
from tests.work.crowds import LOCAL, endpoint_at, events, leased, names_by_customer, pending
from tests.work.sink import Sink

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.django_db(transaction=True, available_apps=APPS),
    pytest.mark.usefixtures("kinds"),
]


@pytest.fixture(autouse=True)
def _local(settings: Any) -> None:
    settings.BILLING_CUSTOMERS = LOCAL


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


def once(**how: Any) -> Counts:
    return Worker(**how).run(once=True)


@contextmanager
def working(*workers: Worker) -> Iterator[Callable[[], None]]:
    """The workers, each in a thread as if it were a process; stopped by the call of what is given, or at the end."""

    def work(ours: Worker) -> None:
        try:
            ours.run()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(ours,)) for ours in workers]
    for thread in threads:
        thread.start()

    def stop() -> None:
        for ours in workers:
            ours.stop()
        for thread in threads:
            thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in threads)

    try:
        yield stop
    finally:
        stop()


def summary(counts: Counts) -> tuple[int, int]:
    return counts.delivered, counts.failed


@pytest.mark.parametrize("threads", [1, 8])
def test_every_event_arrives_once_and_in_order(site: BillingSite, sink: Sink, threads: int) -> None:
    endpoint_at(site, sink.url)
    events(site, customers=12, each=4)

    assert summary(once(threads=threads)) == (48, 0)
    assert names_by_customer(sink.received()) == {f"c{number}": [1, 2, 3, 4] for number in range(12)}
    assert (pending(), leased()) == (0, 0)


def test_what_arrives_is_signed(site: BillingSite, sink: Sink) -> None:
    _, secret = endpoint_at(site, sink.url)
    events(site, customers=1, each=1)

    once()

    (request,) = sink.received()
    assert Webhook(secret).verify(request.body, request.headers)["data"]["id"] == "c0"


def test_nothing_due_is_over_at_once(db: None) -> None:
    begun = time.monotonic()

    assert summary(once()) == (0, 0)
    assert time.monotonic() - begun < 1


def test_failures_are_left_for_later(site: BillingSite, sink: Sink) -> None:
    endpoint_at(site, sink.url)
    events(site, customers=3, each=2)
    sink.behave(status=500, only='"c1"')

    assert summary(once()) == (4, 1)
    assert names_by_customer(sink.arrived()) == {"c0": [1, 2], "c2": [1, 2]}
    assert (pending(), leased()) == (2, 0)
    assert Lane.objects.filter(ready_at__gt=timezone.now() + timedelta(seconds=2)).count() == 1


def test_receiver_that_is_down_does_not_hold_up_another(site: BillingSite, sink: Sink) -> None:
    with Sink() as other:
        endpoint_at(site, other.url)
        endpoint_at(site, sink.url)
        events(site, customers=10, each=2)
        other.close()

        counts = once(threads=1)

    assert counts.delivered == 20
    assert names_by_customer(sink.received()) == {f"c{number}": [1, 2] for number in range(10)}


def test_work_that_comes_of_work_is_done_too(site: BillingSite, sink: Sink) -> None:
    @handler("rename")
    def rename(running: RunningJob) -> None:
        events(running.site, customers=2, each=2)

    endpoint_at(site, sink.url)
    jobs.enqueue(kind="rename", site=site, at=timezone.now())

    counts = once()

    assert (counts.jobs, counts.delivered) == (1, 4)


def test_endpoint_that_others_serve_is_left_to_them(site: BillingSite, sink: Sink, settings: Any) -> None:
    settings.BILLING_CUSTOMERS = {**LOCAL, "WEBHOOK_MAX_IN_FLIGHT": 1}
    endpoint, _ = endpoint_at(site, sink.url)
    events(site, customers=2, each=1)
    held = lanes.claim(endpoint.pk, lanes=1, max_in_flight=1, at=timezone.now())

    assert held is not None
    assert summary(once()) == (0, 0)
    assert (sink.count(), leased()) == (0, 1)


@pytest.mark.parametrize(("how", "done"), [({"does_jobs": False}, (0, 2)), ({"does_deliveries": False}, (1, 0))])
def test_worker_does_one_kind_of_work_alone(
    site: BillingSite, sink: Sink, how: dict[str, bool], done: tuple[int, int]
) -> None:
    handler("note")(lambda running: None)
    endpoint_at(site, sink.url)
    events(site, customers=2, each=1)
    jobs.enqueue(kind="note", at=timezone.now())

    counts = once(**how)

    assert (counts.jobs, counts.delivered) == done


def test_recurring_work_is_done_and_armed(kinds: dict[str, Handler]) -> None:
    handler("tidy", every=timedelta(hours=1))(lambda running: None)

    assert once().jobs == 1
    assert Job.objects.filter(run_at__gt=timezone.now() + timedelta(minutes=59)).count() == 1


def test_job_that_takes_long_leaves_threads_to_deliveries(site: BillingSite, sink: Sink) -> None:
    over = threading.Event()

    @handler("long")
    def long(running: RunningJob) -> None:
        over.wait(20)

    for _ in range(8):
        jobs.enqueue(kind="long", at=timezone.now())
    endpoint_at(site, sink.url)
    events(site, customers=2, each=1)

    with working(Worker(threads=4)):
        eventually(lambda: sink.count() == 2)
        assert Job.objects.filter(status=JobStatus.RUNNING).count() == 1
        over.set()


def test_worker_that_is_stopped_lets_everything_go(site: BillingSite) -> None:
    with Sink(delay=0.05) as sink:
        endpoint_at(site, sink.url)
        events(site, customers=20, each=3)
        with working(Worker(threads=4)) as stop:
            eventually(lambda: sink.count() >= 5)
            stop()

        came = sink.count()
        assert came < 60
        assert (leased(), pending()) == (0, 60 - came)
        assert summary(once()) == (60 - came, 0)
        assert names_by_customer(sink.received()) == {f"c{number}": [1, 2, 3] for number in range(20)}


def test_job_is_interrupted_when_the_worker_stops(db: None) -> None:
    begun = threading.Event()

    @handler("long")
    def long(running: RunningJob) -> None:
        while True:
            running.progress(3)
            begun.set()
            time.sleep(0.01)

    job = jobs.enqueue(kind="long", at=timezone.now())

    with working(Worker()):
        assert begun.wait(PATIENCE)

    row = Job.objects.get(pk=job.pk)
    assert (row.status, row.attempts, row.token, row.done) == (JobStatus.PENDING, 0, "", 3)


def test_error_at_one_endpoint_leaves_the_others_alone(
    site: BillingSite, sink: Sink, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, _ = endpoint_at(site, "http://127.0.0.1:9/")
    endpoint_at(site, sink.url)
    events(site, customers=2, each=1)
    real = Courier.carry

    def carry(self: Courier, pk: int) -> Tally | None:
        if pk == bad.pk:
            raise KeyError("unforeseen")
        return real(self, pk)

    monkeypatch.setattr(Courier, "carry", carry)

    assert summary(once()) == (2, 0)
    assert {each.message for each in caplog.records if each.name == "billing_customers.worker"} == {
        f"the worker met an error at endpoint {bad.pk}"
    }


def test_database_that_fails_is_told_when_the_work_is_done_once(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**how: Any) -> Any:
        raise OperationalError("gone")

    monkeypatch.setattr(lanes, "due_endpoints", fail)

    with pytest.raises(OperationalError, match="gone"):
        once()


@pytest.mark.postgres
def test_worker_outlives_the_loss_of_all_its_connections(
    site: BillingSite, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a restart of the server cuts them. What was claimed and not written comes once more, after its lease."""
    monkeypatch.setattr(lanes, "LEASE", timedelta(seconds=3))
    monkeypatch.setattr(delivery, "MIN_LEASE", timedelta(0))
    sink.behave(delay=0.02)
    endpoint_at(site, sink.url)
    events(site, customers=30, each=3)

    with working(Worker(threads=4)):
        eventually(lambda: sink.count() >= 10)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid()"
            )
        eventually(lambda: pending() == 0)

    assert leased() == 0
    first_arrivals = {
        customer: list(dict.fromkeys(names)) for customer, names in names_by_customer(sink.received()).items()
    }
    assert first_arrivals == {f"c{number}": [1, 2, 3] for number in range(30)}


def test_connections_of_idle_threads_are_given_back(
    site: BillingSite, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    real = connections.close_all
    monkeypatch.setattr(crew, "IDLE_SECONDS", 0.05)

    def close_all() -> None:
        closed.append(threading.current_thread().name)
        real()

    monkeypatch.setattr(connections, "close_all", close_all, raising=False)
    endpoint_at(site, sink.url)
    events(site, customers=1, each=1)

    with working(Worker()):
        eventually(lambda: "billing-worker-1" in closed)


def test_progress_is_shown_at_the_end(db: None) -> None:
    shown: list[str] = []

    once(progress=Progress(shown.append))

    (line,) = shown
    assert line.startswith("0 delivered, 0 failed attempts, 0 jobs done, 0 failed runs in 0.")


def test_workers_side_by_side_send_everything_once(site: BillingSite, sink: Sink) -> None:
    endpoint_at(site, sink.url)
    events(site, customers=15, each=3)
    workers = [Worker(threads=2) for _ in range(3)]

    with working(*workers):
        eventually(lambda: pending() == 0)

    assert names_by_customer(sink.received()) == {f"c{number}": [1, 2, 3] for number in range(15)}
    assert sum(each.counts.delivered for each in workers) == 45
    assert WebhookEndpoint.objects.get().failures == 0
    assert Delivery.objects.filter(attempts=1).count() == 45
