"""A receiver that is down for three days: few calls are wasted, and an hour after it is back everything has arrived."""

from __future__ import annotations

import itertools

import pytest

from billing_customers.choices import DeliveryStatus
from billing_customers.events import health, schedule
from billing_customers.events.schedule import Randomness
from billing_customers.models import BillingSite, Delivery, WebhookEndpoint
from tests.concurrency.conftest import APPS
from tests.events.sending import customer_named, rename
from tests.events.simulation import Simulation

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.django_db(transaction=True, available_apps=APPS),
    pytest.mark.usefixtures("endpoint"),
]

Names = dict[str, list[str]]


class Outage(Simulation):
    """Customers that change before and during an outage. ``names`` is what each was named, in order."""

    def begin(self, site: BillingSite, customers: int) -> None:
        self.site = site
        self.names: Names = {}
        for number in range(customers):
            name = f"c{number}"
            customer_named(site, name, at=self.clock())
            self.names[name] = [name]
        self.work()
        self.clock.pass_(minutes=1)
        # What waits when it begins.
        self.change(*self.names)
        self.receiver.answer = lambda body: 503

    def change(self, *customers: str) -> None:
        for customer in customers:
            name = f"{customer}, {len(self.names[customer])}"
            rename(self.site, customer, name, at=self.clock())
            self.names[customer].append(name)

    def last(self, *, hours: int, changes: int) -> None:
        """Let it last; every three hours so many customers change."""
        turns = itertools.cycle(self.names)
        for _ in range(0, hours, 3):
            self.change(*itertools.islice(turns, changes))
            self.work_for(hours=3)

    def end_at_the_worst_moment(self) -> None:
        """Right after it was asked in vain, so that it takes the longest until it is asked again."""
        before = self.wasted
        while self.wasted == before:
            self.work_for(minutes=1)
        self.receiver.answer = lambda body: 200


@pytest.mark.parametrize("uniform", [min, max], ids=["the most calls", "the longest pauses"])
def test_three_days_cost_few_calls_and_an_hour(site: BillingSite, uniform: Randomness) -> None:
    outage = Outage(uniform=uniform)
    outage.begin(site, customers=300)
    outage.last(hours=72, changes=25)
    outage.end_at_the_worst_moment()
    wasted = outage.wasted

    outage.work_for(hours=1)

    assert outage.arrived() == outage.names
    assert sum(len(names) for names in outage.names.values()) == 1200
    assert wasted == outage.wasted < 200
    assert Delivery.objects.exclude(status=DeliveryStatus.SUCCEEDED).count() == 0
    assert WebhookEndpoint.objects.get().opened_at is None


def test_without_the_breaker_each_customer_wastes_calls(site: BillingSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FAILURES_TO_OPEN", 1_000_000)
    outage = Outage()
    outage.begin(site, customers=40)

    outage.last(hours=6, changes=5)

    assert outage.wasted > 200


def test_with_delays_of_events_alone_it_takes_longer_than_an_hour(
    site: BillingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FAILURES_TO_OPEN", 1_000_000)
    monkeypatch.setattr(schedule, "MAX_PROBE_DELAY", schedule.DELAYS[-1])
    outage = Outage()
    outage.begin(site, customers=10)
    outage.last(hours=72, changes=5)
    outage.end_at_the_worst_moment()

    outage.work_for(hours=1)

    assert outage.arrived() != outage.names
