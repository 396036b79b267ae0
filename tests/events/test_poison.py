"""An event that its receiver never takes: it holds back its customer alone, and not for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from billing_customers.choices import DeliveryStatus
from billing_customers.events import health, settling
from billing_customers.models import BillingSite, Delivery, WebhookEndpoint
from billing_customers.signals import webhook_exhausted
from tests.concurrency.conftest import APPS
from tests.events.sending import customer_named, rename
from tests.events.simulation import Simulation

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.django_db(transaction=True, available_apps=APPS),
    pytest.mark.usefixtures("endpoint"),
]

POISON = "poison"
OTHERS = ("bob", "eve", "zoe")
NO_TIME = timedelta(0)
# What ten attempts take.
SCHEDULE = timedelta(hours=75, minutes=35, seconds=5)


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """The ids of the events that hosts are told were given up."""
    ids: list[str] = []
    webhook_exhausted.connect(lambda **said: ids.append(said["event_id"]), weak=False, dispatch_uid="test")
    yield ids
    webhook_exhausted.disconnect(dispatch_uid="test")


def refusing(*names: str) -> Callable[[dict[str, Any]], int]:
    """Takes everything but what makes or names a customer so."""
    return lambda body: 422 if body["data"]["name"] in names else 200


class Poisoning(Simulation):
    """Ana's second event is poison, and a third waits behind it."""

    def begin(self, site: BillingSite) -> None:
        self.site = site
        self.recorded: dict[str, datetime] = {}
        self.receiver.answer = refusing(POISON)
        for name in ("ana", *OTHERS):
            customer_named(site, name, at=self.clock())
        self.work_for(minutes=1)
        rename(site, "ana", POISON, at=self.clock())
        rename(site, "ana", "ana, 3", at=self.clock())
        self.work_for(seconds=1)

    def change_others(self, *, rounds: int) -> None:
        """Now and every ten hours from now on."""
        for _ in range(rounds):
            for customer in OTHERS:
                name = f"{customer}, {len(self.recorded)}"
                self.recorded[name] = self.clock()
                rename(self.site, customer, name, at=self.clock())
            self.work_for(hours=10)

    @property
    def longest_wait(self) -> timedelta:
        """How long it took until the changes of the others arrived."""
        came = {said["data"]["name"]: at for at, said, _ in self.receiver.got}
        return max(came[name] - at for name, at in self.recorded.items())


def poison() -> Delivery:
    return Delivery.objects.get(event__customer__public_id="ana", event__sequence=2)


def age_at_its_end(delivery: Delivery) -> timedelta:
    assert delivery.finished_at is not None
    assert delivery.first_attempt_at is not None
    return delivery.finished_at - delivery.first_attempt_at


def test_it_is_given_up_after_its_schedule_and_nobody_else_waits(site: BillingSite, heard: list[str]) -> None:
    days = Poisoning()
    days.begin(site)
    days.change_others(rounds=8)

    dead = poison()
    assert (dead.status, dead.attempts, dead.failures) == (DeliveryStatus.EXHAUSTED, 10, 10)
    assert age_at_its_end(dead) == SCHEDULE
    assert heard == [dead.event.public_id]
    assert days.arrived()["ana"] == ["ana", "ana, 3"]
    assert days.longest_wait == NO_TIME
    assert Delivery.objects.exclude(pk=dead.pk).exclude(status=DeliveryStatus.SUCCEEDED).count() == 0


def test_if_one_customer_opened_the_breaker_others_would_wait(
    site: BillingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = health._count

    def count(endpoint: WebhookEndpoint, *said: Any) -> None:
        real(endpoint, *said)
        endpoint.failing_lane = None

    monkeypatch.setattr(health, "_count", count)
    days = Poisoning()
    days.begin(site)

    days.change_others(rounds=8)

    assert days.longest_wait > NO_TIME


def test_if_it_were_never_given_up_its_customer_would_wait_for_ever(
    site: BillingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "MAX_ATTEMPTS", 1_000_000)
    days = Poisoning()
    days.begin(site)

    days.change_others(rounds=16)

    assert days.arrived()["ana"] == ["ana"]


def test_it_is_given_up_no_sooner_where_little_happens(site: BillingSite) -> None:
    """For a day nothing else tells whether the endpoint takes anything. What is tried meanwhile is no part of it."""
    days = Poisoning()
    days.begin(site)
    days.work_for(hours=24)
    tried_in_vain = poison()

    days.change_others(rounds=9)

    dead = poison()
    assert (tried_in_vain.status, tried_in_vain.attempts, tried_in_vain.failures) == (DeliveryStatus.PENDING, 27, 3)
    assert (dead.status, dead.failures) == (DeliveryStatus.EXHAUSTED, 10)
    assert age_at_its_end(dead) > timedelta(hours=24 + 75)
    assert days.arrived()["ana"] == ["ana", "ana, 3"]


def test_if_what_is_tried_meanwhile_were_part_of_it_the_end_would_come_soon(
    site: BillingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "is_cut_short", lambda *_, **__: False)
    days = Poisoning()
    days.begin(site)
    days.work_for(hours=24)

    days.change_others(rounds=1)

    dead = poison()
    assert dead.status == DeliveryStatus.EXHAUSTED
    assert age_at_its_end(dead) < SCHEDULE


def back_after_an_outage(site: BillingSite) -> Simulation:
    """Five customers opened the breaker, the first of them with poison; the endpoint has been back for two hours."""
    days = Simulation()
    days.receiver.answer = lambda body: 503
    customer_named(site, POISON)
    days.clock.pass_(seconds=1)
    for name in (*OTHERS, "dan"):
        customer_named(site, name)
    days.work_for(hours=10)
    days.receiver.answer = refusing(POISON)
    days.work_for(hours=2)
    return days


def test_an_endpoint_that_is_back_is_not_judged_by_it(site: BillingSite) -> None:
    days = back_after_an_outage(site)

    assert set(days.arrived()) == {*OTHERS, "dan"}
    assert WebhookEndpoint.objects.get().opened_at is None


def test_if_each_probe_took_the_same_customer_an_endpoint_would_never_be_back(
    site: BillingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "PROBED_FOR", -timedelta(days=1))

    days = back_after_an_outage(site)

    assert days.arrived() == {}


def test_two_of_them_hold_back_nobody_for_longer_than_an_hour(site: BillingSite) -> None:
    """They open the breaker where little else happens; whoever comes next is the one who is asked about."""
    days = Poisoning()
    days.begin(site)
    days.receiver.answer = refusing(POISON, "as well")
    rename(site, "bob", "as well", at=days.clock())
    days.work_for(hours=9)
    opened_at = WebhookEndpoint.objects.get().opened_at

    customer_named(site, "dan", at=days.clock())
    days.work_for(hours=1)

    assert opened_at is not None
    assert days.arrived()["dan"] == ["dan"]


def test_one_that_is_answered_too_late_is_not_tried_again_at_once(site: BillingSite) -> None:
    """What is written while a slow batch is under way is what arrived, and what did not goes on being waited for."""
    days = Simulation()

    def answer(body: dict[str, Any]) -> int:
        is_poison = body["data"]["name"] == POISON
        days.clock.pass_(seconds=20 if is_poison else 0.01)
        return 504 if is_poison else 200

    days.receiver.answer = answer
    for name in (POISON, *OTHERS):
        customer_named(site, name)

    days.work_for(minutes=1)

    dead = Delivery.objects.get(event__customer__public_id=POISON)
    assert (dead.failures, days.wasted) == (2, 2)
