"""A client that polls while others commit misses no event (A31); each customer's events are numbered without a gap."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.db import connections, transaction

from billing_customers.events import record
from billing_customers.models import BillingSite, Event
from billing_customers.queries import events
from billing_customers.queries.conditions import Condition
from billing_customers.queries.events import EventPage, EventPosition, page_of_events
from tests.concurrency.crowd import PATIENCE, crowd, persistent, tally, together
from tests.fixtures import NOW
from tests.operations import acts


class ByOffset:
    """Polls from the last ``next_offset``, as the documentation says."""

    def __init__(self, site: BillingSite) -> None:
        self.site = site
        self.position: EventPosition | None = None
        self.seen: set[str] = set()

    def ask(self) -> EventPage:
        return page_of_events(self.site, limit=1, after=self.position)

    def poll(self) -> set[str]:
        page = self.ask()
        while page.next is not None:
            self.note(page)
            self.position = page.next
            page = self.ask()
        self.note(page)
        return self.seen

    def note(self, page: EventPage) -> None:
        names = {json.loads(row.payload)["content"]["customer"]["id"] for row in page.rows}
        self.seen |= {name for name in names if not name.startswith("neighbour")}


class ByTime(ByOffset):
    """Polls for what occurred after the last event that it saw."""

    def poll(self) -> set[str]:
        latest = self.latest if self.seen else NOW - timedelta(days=1)
        page = page_of_events(self.site, conditions=[Condition("occurred_at", "after", latest)], limit=100)
        self.note(page)
        return self.seen

    @property
    def latest(self) -> datetime:
        times = Event.objects.filter(customer__public_id__in=self.seen).values_list("occurred_at", flat=True)
        return max(times)


POLLERS = [ByOffset, ByTime]
QUICK = {"quick-0", "quick-1", "quick-2"}


@pytest.fixture
def known(site: BillingSite) -> None:
    """Customers of whom nothing was recorded: creations wait for each other on some databases, changes do not."""
    # InnoDB also locks the index entries beside the one that it looks for: those of the neighbours.
    for name in (*sorted(QUICK), "neighbour-1", "slow", "neighbour-2"):
        acts.create(site, name)
    Event.objects.exclude(customer__public_id__startswith="neighbour").delete()


@contextmanager
def held_open(site: BillingSite) -> Iterator[None]:
    """Meanwhile a transaction that has changed the customer ``slow`` is not committed."""
    written, done = threading.Event(), threading.Event()

    def write() -> None:
        try:
            with transaction.atomic():
                acts.update(site, "slow", name="New", at=NOW)
                written.set()
                done.wait(PATIENCE)
        finally:
            connections.close_all()

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    assert written.wait(PATIENCE)
    try:
        yield
    finally:
        done.set()
        thread.join(PATIENCE)


def change_the_others(site: BillingSite) -> None:
    for number, name in enumerate(sorted(QUICK)):
        acts.update(site, name, name="New", at=NOW + timedelta(seconds=1 + number))


def polled_until(poller: ByOffset, expected: set[str]) -> set[str]:
    """Other databases of the server have transactions too, and a page waits for the oldest of all."""
    end = time.monotonic() + PATIENCE
    while poller.poll() != expected and time.monotonic() < end:
        time.sleep(0.05)
    return poller.seen


@pytest.mark.postgres
@pytest.mark.parametrize("kind", POLLERS)
def test_event_that_is_committed_late_is_not_missed(site: BillingSite, known: None, kind: type[ByOffset]) -> None:
    poller = kind(site)
    with held_open(site):
        change_the_others(site)
        assert poller.poll() == set()

    assert polled_until(poller, {"slow", *QUICK}) == {"slow", *QUICK}


@pytest.mark.postgres
@pytest.mark.parametrize("kind", POLLERS)
def test_without_the_horizon_it_is_missed(
    site: BillingSite, known: None, kind: type[ByOffset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "_HORIZON", "TRUE")
    poller = kind(site)
    with held_open(site):
        change_the_others(site)
        poller.poll()

    assert poller.poll() == QUICK


@pytest.mark.mariadb
def test_without_the_clock_it_is_missed(site: BillingSite, known: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "_tick", lambda *_: None)
    poller = ByOffset(site)
    with held_open(site):
        change_the_others(site)
        poller.poll()

    assert poller.poll() == QUICK


def test_nothing_is_missed_while_many_commit(site: BillingSite) -> None:
    poller, writers, steps, ended = ByOffset(site), 6, 5, []
    expected = {f"c{number}-{step}" for number in range(writers) for step in range(steps)}

    def write(number: int) -> None:
        for step in range(steps):
            persistent(partial(one, number, step))
        ended.append(number)

    def one(number: int, step: int) -> None:
        with transaction.atomic():
            acts.create(site, f"c{number}-{step}")
            # Some commit late, long after those who began after them.
            time.sleep(0.05 if number % 3 == step % 3 else 0)

    def poll() -> None:
        while len(ended) < writers:
            poller.poll()
            time.sleep(0.005)

    outcomes = together(poll, *(partial(write, number) for number in range(writers)))

    assert tally(outcomes) == {"done": writers + 1}
    assert polled_until(poller, expected) == expected


def test_events_of_one_customer_are_numbered_without_a_gap(site: BillingSite) -> None:
    acts.create(site)

    outcomes = crowd(lambda number: persistent(lambda: acts.update(site, name=f"Name {number}")))

    sequences = list(Event.objects.order_by("pk").values_list("sequence", flat=True))
    assert tally(outcomes) == {"done": 32}
    assert sequences == list(range(1, 34))
