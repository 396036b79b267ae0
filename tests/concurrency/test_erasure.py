"""Clearing of personal data against everything else: whoever comes later is refused, and leaves nothing behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from billing_customers.models import BillingSite, Customer
from billing_customers.operations import erasure, erasure_certificates, locks
from billing_customers.operations.credits import add_promotional_credits
from billing_customers.operations.erasure import schedule_erasure
from billing_customers.operations.erasure_certificates import verify_erasure
from billing_customers.work.jobs import run_due
from billing_customers.work.outcomes import Outcome
from tests.concurrency.crowd import crowd, persistent, tally, together
from tests.concurrency.meeting import Meeting
from tests.events.sending import make_endpoint
from tests.operations import acts
from tests.operations.canaries import MARK, found_in_tables
from tests.operations.watching import rows

THREADS = 8
ROUNDS = 25
MANY = 1000
CLOSED = "The personal data of the customer {} cleared: it cannot be changed any more."


def say(site: BillingSite, number: int, thread: int, step: int) -> None:
    """Tell of the customer in one of several ways, with a text that a search finds."""
    public_id, text = f"c{number}", f"{MARK}-{thread}-{step}"
    where: dict[str, Any] = {"site": site, "at": acts.LATER + timedelta(seconds=step)}
    ways = (
        lambda: acts.update(public_id=public_id, custom_fields={f"cf_{thread}": text}, **where),
        lambda: add_promotional_credits(customer_public_id=public_id, amount=1, description=text, **where),
        lambda: acts.update(public_id=public_id, company=text, email=f"{text}@example.com", **where),
    )
    if step == 0:
        # A customer has few contacts.
        persistent(lambda: acts.add_contact(public_id=public_id, email=f"{text}@example.com", **where))
    persistent(ways[(thread + step) % len(ways)])


def run_all() -> list[Outcome]:
    clock = acts.LATER + timedelta(minutes=1)
    return list(iter(lambda: run_due(clock=lambda: clock, uniform=lambda low, high: low), None))


def test_nothing_is_said_after_the_clearing(site: BillingSite) -> None:
    """Each thread goes on telling until it is refused; one of them has the customer cleared."""
    make_endpoint(site)
    refused: set[str] = set()
    for number in range(ROUNDS if connection.vendor == "postgresql" else 3):
        acts.create(site, f"c{number}", name=f"{MARK} {number}", email=f"{MARK}{number}@example.com")

        def act(thread: int, number: int = number) -> int:
            if thread:
                for step in range(MANY):
                    say(site, number, thread, step)
            persistent(lambda: schedule_erasure(site=site, public_id=f"c{number}", at=acts.LATER))
            assert run_all() == [Outcome.SUCCEEDED]
            return 0

        outcomes = crowd(act, THREADS)

        assert tally(outcomes) == {"done": 1, "InvalidState": THREADS - 1}
        refused |= {str(each.error) for each in outcomes if each.error}
        assert Customer.objects.get(public_id=f"c{number}").pii_cleared == "cleared"
        assert found_in_tables() == []
        assert verify_erasure(site=site, public_id=f"c{number}") == []
    assert refused <= {CLOSED.format("was"), CLOSED.format("is being")}


@pytest.mark.parametrize("act", [act for act in acts.ACTS if act != "delete"])
def test_clearing_that_is_about_to_commit_refuses(site: BillingSite, act: str, monkeypatch: pytest.MonkeyPatch) -> None:
    customer = acts.an_acme(site)
    acts.a_user("avi")
    schedule_erasure(site=site, public_id="acme", at=acts.LATER)
    meeting, certify = Meeting(), erasure_certificates.certify
    states: list[Any] = []

    def hold(**said: Any) -> Any:
        certificate = certify(**said)
        # All is written, and not committed.
        meeting.hold()
        return certificate

    def clear() -> Any:
        outcomes = run_all()
        states.append(rows())
        return outcomes

    def come_late() -> Any:
        meeting.wait()
        return acts.ACTS[act](site=site, public_id="acme", at=acts.LATER)

    monkeypatch.setattr(erasure, "certify", hold)

    outcomes = together(clear, come_late)

    assert outcomes[0].value == [Outcome.SUCCEEDED]
    assert (outcomes[1].name, str(outcomes[1].error)) == ("InvalidState", CLOSED.format("was"))
    assert acts.stored(customer).pii_cleared == "cleared"
    assert [rows()] == states


def test_customer_that_nobody_closes_is_told_of_afterwards(site: BillingSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the tests above can notice."""
    monkeypatch.setattr(locks, "check_open", lambda customer: None)
    acts.create(site, "c1", name=MARK)
    schedule_erasure(site=site, public_id="c1", at=acts.LATER)
    run_all()

    say(site, 1, 0, 1)

    assert "billing_customers_ledgerentry.description" in found_in_tables()
    assert verify_erasure(site=site, public_id="c1") != []
