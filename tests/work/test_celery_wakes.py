"""What a web process says to a broker, and what it costs when the broker is away."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from billing_customers.models import BillingSite, WebhookEndpoint
from billing_customers.operations.customers import update_customer
from billing_customers.work import celery as tasks
from billing_customers.work import jobs, stints
from tests.work.brokers import BROKERS, Broker, broker_named, celery_worker, host_app
from tests.work.children import eventually
from tests.work.conftest import APPS
from tests.work.crowds import LOCAL, endpoint_at, events, leased, names_by_customer, pending
from tests.work.relay import Relay
from tests.work.sink import Sink

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True, available_apps=APPS)]

# Seconds, for what takes two, or six where a connection falls silent; the 20 changes of a test have it together.
LITTLE = 15
DELIVER, RUN_JOBS = "billing_customers.deliver", "billing_customers.run_jobs"


@pytest.fixture(autouse=True)
def _chosen(settings: Any) -> None:
    settings.BILLING_CUSTOMERS = {**LOCAL, "WORK_ENGINE": "celery"}


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    broker = broker_named(request.param)
    yield broker
    broker.remove()


@pytest.fixture(params=["refuses", "is silent"])
def nowhere(request: pytest.FixtureRequest) -> Iterator[int]:
    """A port at which no broker is: connections are refused, or taken and never answered."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if request.param == "refuses":
            server.close()
        yield port


@pytest.fixture
def endpoint(site: BillingSite) -> WebhookEndpoint:
    return endpoint_at(site, "http://127.0.0.1:9/")[0]


def test_wakes_are_in_the_queue_after_the_commit(site: BillingSite, endpoint: WebhookEndpoint, broker: Broker) -> None:
    with host_app(broker.configuration()):
        with transaction.atomic():
            events(site, customers=3, each=2)
            jobs.enqueue(kind="jobs.unknown", at=timezone.now())
            before = broker.take()

        assert (before, broker.take()) == ([], [(DELIVER, [endpoint.pk]), (RUN_JOBS, [])])


def test_no_wake_is_in_the_queue_after_a_rollback(site: BillingSite, endpoint: WebhookEndpoint, broker: Broker) -> None:
    with host_app(broker.configuration()):
        with transaction.atomic():
            events(site, customers=3, each=2)
            transaction.set_rollback(True)

        assert broker.take() == []


def test_wakes_go_to_the_queue_that_the_host_has_chosen(
    site: BillingSite, endpoint: WebhookEndpoint, broker: Broker
) -> None:
    routes = {"billing_customers.*": {"queue": broker.queue}}
    configuration = {**broker.configuration(), "task_default_queue": "of-others", "task_routes": routes}

    with host_app(configuration):
        events(site, customers=1, each=1)

        assert broker.take() == [(DELIVER, [endpoint.pk])]


def test_eager_tasks_run_after_the_commit(site: BillingSite, broker: Broker) -> None:
    with Sink() as sink, host_app({**broker.configuration(), "task_always_eager": True}):
        endpoint_at(site, sink.url)
        with transaction.atomic():
            events(site, customers=2, each=2)
            before = sink.count()

        assert (before, sink.count(), broker.take()) == (0, 4, [])


@pytest.mark.parametrize(
    ("stint", "call", "left"),
    [
        ("deliver", lambda: tasks.deliver(7), [(DELIVER, [7])]),
        ("run_jobs", tasks.run_jobs, [(RUN_JOBS, [])]),
    ],
)
def test_task_that_is_not_done_in_time_is_queued_again(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, stint: str, call: Callable[[], None], left: list[Any]
) -> None:
    monkeypatch.setattr(stints, stint, lambda *given: True)

    with host_app(broker.configuration()):
        call()

        assert broker.take() == left


def test_connection_that_was_cut_is_made_anew(
    site: BillingSite, endpoint: WebhookEndpoint, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    """As a restart of the broker does."""
    with Relay(broker.port) as relay, host_app(broker.at(relay.port).configuration()):
        events(site, customers=1, each=2)
        cut = relay.cut()
        jobs.enqueue(kind="jobs.unknown", at=timezone.now())

        assert cut > 0
        assert broker.take() == [(DELIVER, [endpoint.pk]), (DELIVER, [endpoint.pk]), (RUN_JOBS, [])]
    assert [each for each in caplog.records if each.name == "billing_customers.engines"] == []


def test_change_costs_little_and_is_kept_while_the_broker_is_away(
    site: BillingSite, endpoint: WebhookEndpoint, broker: Broker, nowhere: int, caplog: pytest.LogCaptureFixture
) -> None:
    with host_app(broker.at(nowhere).configuration()):
        begun = time.monotonic()
        events(site, customers=1, each=20)
        seconds = time.monotonic() - begun

    assert seconds < LITTLE
    assert pending() == 20
    assert {each.message.partition(":")[0] for each in caplog.records if each.name == "billing_customers.engines"} == {
        "the engine celery cannot be reached"
    }


def test_change_costs_little_when_the_broker_falls_silent(
    site: BillingSite, endpoint: WebhookEndpoint, broker: Broker
) -> None:
    with Relay(broker.port) as relay, host_app(broker.at(relay.port).configuration()):
        events(site, customers=1, each=1)
        relay.fall_silent()
        begun = time.monotonic()
        update_customer(site=site, public_id="c0", attributes={"name": "2"}, at=timezone.now())
        seconds = time.monotonic() - begun

    assert seconds < LITTLE
    assert pending() == 2


def test_sweep_sends_what_was_committed_while_the_broker_was_away(
    site: BillingSite, broker: Broker, tmp_path: Path
) -> None:
    with Sink() as sink:
        endpoint_at(site, sink.url)
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        with host_app(broker.at(port).configuration()):
            events(site, customers=3, each=3)
        assert pending() == 9

        with celery_worker(broker, tmp_path, sweeps_every=0.3) as worker:
            eventually(lambda: pending() == leased() == 0, worker)

        assert names_by_customer(sink.received()) == {f"c{number}": [1, 2, 3] for number in range(3)}


def test_worker_goes_on_after_its_connections_were_cut(site: BillingSite, broker: Broker, tmp_path: Path) -> None:
    with Sink(delay=0.02) as sink, Relay(broker.port) as relay, host_app(broker.configuration()):
        endpoint_at(site, sink.url)
        with celery_worker(broker.at(relay.port), tmp_path, sweeps_every=0.3) as worker:
            events(site, customers=30, each=3)
            for count in (10, 40, 70):
                eventually(lambda: sink.count() >= count, worker)  # noqa: B023 - called before the next
                # At one moment there may be none.
                eventually(lambda: relay.cut() > 0, worker)
            eventually(lambda: pending() == leased() == 0, worker)

        assert names_by_customer(sink.received()) == {f"c{number}": [1, 2, 3] for number in range(30)}


def test_sweep_by_hand_tells_that_the_broker_is_away(
    site: BillingSite, endpoint: WebhookEndpoint, broker: Broker, nowhere: int
) -> None:
    with (
        host_app(broker.at(nowhere).configuration()),
        pytest.raises(CommandError, match=r"^The engine cannot be reached: OperationalError$"),
    ):
        call_command("billing_sweep")


def test_sweep_by_hand_tells_the_engine(site: BillingSite, endpoint: WebhookEndpoint, broker: Broker) -> None:
    said = StringIO()
    with host_app(broker.configuration()):
        events(site, customers=1, each=1)
        broker.take()

        call_command("billing_sweep", stdout=said)

        assert broker.take() == [(DELIVER, [endpoint.pk]), (RUN_JOBS, [])]
    assert said.getvalue() == "Found 1 endpoints with something due.\n"
