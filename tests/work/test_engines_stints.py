"""What one task of an engine does, whichever engine it is."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from billing_customers.events import lanes
from billing_customers.events.delivery import Courier, Tally
from billing_customers.models import BillingSite, Job, WebhookEndpoint
from billing_customers.work import engines, jobs, stints
from billing_customers.work.handlers import Handler, RunningJob, handler
from tests.work.conftest import APPS
from tests.work.crowds import LOCAL, endpoint_at, events, leased, names_by_customer, pending
from tests.work.sink import Sink

pytestmark = [pytest.mark.django_db(transaction=True, available_apps=APPS), pytest.mark.usefixtures("kinds")]


@pytest.fixture(autouse=True)
def _local(settings: Any) -> None:
    settings.BILLING_CUSTOMERS = LOCAL


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture
def endpoint(site: BillingSite, sink: Sink) -> WebhookEndpoint:
    return endpoint_at(site, sink.url)[0]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[int], bool]]:
    """What the engine is told by sweeps: endpoints, and whether there are jobs."""
    calls: list[tuple[list[int], bool]] = []
    monkeypatch.setattr(engines, "tell", lambda endpoints, *, has_jobs: calls.append((list(endpoints), has_jobs)))
    return calls


def test_delivery_goes_on_until_nothing_is_due(site: BillingSite, sink: Sink, endpoint: WebhookEndpoint) -> None:
    events(site, customers=30, each=2)

    assert stints.deliver(endpoint.pk) is False
    assert names_by_customer(sink.received()) == {f"c{number}": [1, 2] for number in range(30)}
    assert (pending(), leased()) == (0, 0)


def test_delivery_ends_when_its_time_is_up(
    site: BillingSite, sink: Sink, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of a batch, too. Here each look at the clock takes a second."""
    seconds = itertools.count()
    monkeypatch.setattr(stints, "time", SimpleNamespace(monotonic=lambda: float(next(seconds)), sleep=time.sleep))
    events(site, customers=30, each=2)

    assert stints.deliver(endpoint.pk) is True
    assert (sink.count(), pending(), leased()) == (8, 52, 0)


def test_wake_that_comes_late_costs_one_query(endpoint: WebhookEndpoint, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert stints.deliver(endpoint.pk) is False


def test_delivery_looks_again_when_another_was_claiming(
    site: BillingSite, sink: Sink, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was claiming may have looked just before the event was committed."""
    real, misses = Courier.carry, [None]

    def carry(courier: Courier, pk: int) -> Tally | None:
        return misses.pop() if misses else real(courier, pk)

    monkeypatch.setattr(Courier, "carry", carry)
    events(site, customers=1, each=1)

    stints.deliver(endpoint.pk)

    assert (sink.count(), pending()) == (1, 0)


def test_endpoint_that_others_serve_is_left_to_them(
    site: BillingSite, sink: Sink, endpoint: WebhookEndpoint, settings: Any
) -> None:
    settings.BILLING_CUSTOMERS = {**LOCAL, "WEBHOOK_MAX_IN_FLIGHT": 1}
    events(site, customers=2, each=1)
    lanes.claim(endpoint.pk, lanes=1, max_in_flight=1, at=timezone.now())

    assert stints.deliver(endpoint.pk) is False
    assert (sink.count(), leased()) == (0, 1)


def test_endpoint_that_is_gone_has_nothing_due(db: None) -> None:
    assert stints.deliver(2**40) is False


def test_all_jobs_that_are_due_are_carried_out(kinds: dict[str, Handler]) -> None:
    done: list[int] = []
    handler("note")(lambda running: done.append(running.job.pk))
    made = [jobs.enqueue(kind="note", at=timezone.now()).pk for _ in range(3)]

    assert stints.run_jobs() is False
    assert sorted(done) == made


def test_jobs_end_when_their_time_is_up(kinds: dict[str, Handler], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stints, "SECONDS", 0.0)
    handler("note")(lambda running: None)
    for _ in range(3):
        jobs.enqueue(kind="note", at=timezone.now())

    assert stints.run_jobs() is True
    assert Job.objects.filter(finished_at=None).count() == 2


def test_sweep_tells_of_what_is_due_alone(
    site: BillingSite, endpoint: WebhookEndpoint, told: list[tuple[list[int], bool]]
) -> None:
    events(site, customers=1, each=1)
    endpoint_at(site, "http://127.0.0.1:9/new")

    assert stints.sweep() == 1
    assert told == [([endpoint.pk], False)]


def test_sweep_arms_what_recurs(kinds: dict[str, Handler], told: list[tuple[list[int], bool]]) -> None:
    @handler("tidy", every=timedelta(hours=1))
    def tidy(running: RunningJob) -> None: ...

    stints.sweep()

    assert told == [([], True)]
    assert Job.objects.get().kind == "tidy"
