"""Celery's own workers on real brokers: what is due arrives, in order and signed, however the wakes fare."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from billing_customers.choices import JobStatus
from billing_customers.models import BillingSite, Job
from billing_customers.operations.resending import resend_range
from tests.fixtures import NOW
from tests.work.brokers import BROKERS, Broker, broker_named, celery_worker, host_app
from tests.work.children import eventually
from tests.work.conftest import APPS
from tests.work.crowds import LOCAL, endpoint_at, events, leased, names_by_customer, pending, upkeep
from tests.work.sink import Sink

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True, available_apps=APPS)]


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    broker = broker_named(request.param)
    yield broker
    broker.remove()


@pytest.fixture(autouse=True)
def _host(broker: Broker, settings: Any) -> Iterator[None]:
    """This process is a web server of a host that has chosen Celery."""
    settings.BILLING_CUSTOMERS = {**LOCAL, "WORK_ENGINE": "celery"}
    with host_app(broker.configuration()):
        yield


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


def test_changes_arrive_in_order_and_signed(site: BillingSite, sink: Sink, broker: Broker, tmp_path: Path) -> None:
    _, secret = endpoint_at(site, sink.url)

    with celery_worker(broker, tmp_path) as worker:
        events(site, customers=5, each=4)
        eventually(lambda: pending() == leased() == 0, worker)

    received = sink.received()
    assert names_by_customer(received) == {f"c{number}": [1, 2, 3, 4] for number in range(5)}
    assert all(Webhook(secret).verify(each.body, each.headers) for each in received)


def test_job_is_carried_out_and_what_comes_of_it(site: BillingSite, sink: Sink, broker: Broker, tmp_path: Path) -> None:
    endpoint, _ = endpoint_at(site, sink.url)
    with celery_worker(broker, tmp_path) as worker:
        events(site, customers=3, each=1)
        eventually(lambda: sink.count() == 3, worker)

        job = resend_range(site=site, endpoint_id=endpoint.public_id, since=NOW, only_failed=False, at=timezone.now())
        eventually(lambda: Job.objects.filter(pk=job.pk, status=JobStatus.SUCCEEDED).exists(), worker)
        eventually(lambda: pending() == 0, worker)

    ids = [each.id for each in sink.received()]
    assert sorted(ids[:3]) == sorted(ids[3:])


def test_what_failed_is_sent_again_by_the_sweep(site: BillingSite, sink: Sink, broker: Broker, tmp_path: Path) -> None:
    endpoint_at(site, sink.url)
    sink.behave(status=500, times=1)

    with celery_worker(broker, tmp_path, sweeps_every=0.3, faults="") as worker:
        events(site, customers=1, each=3)
        eventually(lambda: pending() == leased() == 0, worker)

    assert [(each.status, each.data["data"]["name"]) for each in sink.received()] == [
        (500, "1"),
        (200, "1"),
        (200, "2"),
        (200, "3"),
    ]


def test_sweep_finds_what_the_broker_has_lost(site: BillingSite, sink: Sink, broker: Broker, tmp_path: Path) -> None:
    endpoint, _ = endpoint_at(site, sink.url)
    events(site, customers=4, each=3)
    assert broker.take() == [("billing_customers.deliver", [endpoint.pk])] * 12

    with celery_worker(broker, tmp_path, sweeps_every=0.3) as worker:
        eventually(lambda: pending() == leased() == 0, worker)
        # The upkeep of the installation, which nobody wakes for.
        eventually(lambda: Job.objects.filter(attempts=0, finished_at__isnull=False).count() == upkeep(), worker)

    assert names_by_customer(sink.received()) == {f"c{number}": [1, 2, 3] for number in range(4)}
