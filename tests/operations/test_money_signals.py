"""What hosts hear of credits and payments: once inside the transaction, and once after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.dispatch import Signal

from billing_customers import signals
from billing_customers.models import BillingSite, Customer, Event
from billing_customers.operations.credits import deduct_promotional_credits
from tests.operations import acts
from tests.operations.money import credit, pay

Act = Callable[[BillingSite], Any]


def deduct(site: BillingSite) -> Any:
    said: Any = {"customer_public_id": "acme", "amount": 5, "description": "x", "at": acts.LATER}
    return deduct_promotional_credits(site=site, **said)[1]


SENT: list[tuple[Signal, str, Act]] = [
    (signals.after_promotional_credits_added, "promotional_credit", lambda site: credit(site, 5, at=acts.LATER)),
    (signals.after_promotional_credits_deducted, "promotional_credit", deduct),
    (signals.after_transaction_created, "transaction", lambda site: pay(site, 5, at=acts.LATER)),
]
each_of_them = pytest.mark.parametrize(("signal", "subject", "act"), SENT, ids=["added", "deducted", "recorded"])


@pytest.fixture
def rich(site: BillingSite, acme: Customer) -> Customer:
    credit(site, 1000)
    return acme


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Iterator[list[dict[str, Any]]]:
    """What the signal of the test carries, each time that it is sent."""
    signal: Signal = request.getfixturevalue("signal")
    calls: list[dict[str, Any]] = []

    def receive(sender: Any, **said: Any) -> None:
        calls.append({"sender": sender, **said})

    signal.connect(receive)
    yield calls
    signal.disconnect(receive)


@each_of_them
def test_second_family_is_told_after_the_commit(
    site: BillingSite,
    rich: Customer,
    told: list[dict[str, Any]],
    signal: Signal,
    subject: str,
    act: Act,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        row = act(site)
        assert told == []

    [said] = told
    assert (said["sender"], said[subject], said["customer"], said["site"], said["at"]) == (
        type(row),
        row,
        rich,
        site,
        acts.LATER,
    )


@each_of_them
def test_second_family_hears_nothing_of_what_was_undone(
    site: BillingSite,
    rich: Customer,
    told: list[dict[str, Any]],
    signal: Signal,
    subject: str,
    act: Act,
    django_capture_on_commit_callbacks: Any,
) -> None:
    before = Event.objects.count()

    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        act(site)
        transaction.set_rollback(True)

    assert (told, Event.objects.count()) == ([], before)
