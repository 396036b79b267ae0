"""Clearing of personal data asks the host's neighbours, and has them clear theirs."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.exceptions import ActiveSubscription, InvalidState
from billing_customers.models import BillingSite, Customer, ErasureCertificate
from billing_customers.operations.erasure import schedule_erasure
from billing_customers.work.jobs import run_due
from tests.fixtures import NOW
from tests.hostapp.models import Membership
from tests.neighbors.conftest import MEMBERSHIPS
from tests.operations.watching import refusal

COLUMNS = ("nickname", "phone", "greeting", "state", "code")


def join(customer: Customer, state: str = "off", code: str = "m1") -> Membership:
    said = {"nickname": "Dan", "phone": "054", "greeting": "Hi Dan"}
    return Membership.objects.create(member=customer, code=code, state=state, **said)


def erase(site: BillingSite) -> None:
    schedule_erasure(site=site, public_id="acme", at=NOW)
    while run_due(clock=lambda: NOW, uniform=lambda low, high: low):
        pass


@pytest.mark.usefixtures("plugged_in")
def test_hosts_rows_are_cleared_and_counted(site: BillingSite, acme: Customer, other: Customer) -> None:
    join(acme)
    join(other, code="m2")

    erase(site)

    assert Membership.objects.values_list(*COLUMNS).get(member=acme) == ("", None, "Dear customer", "off", "m1")
    assert Membership.objects.values_list(*COLUMNS).get(member=other) == ("Dan", "054", "Hi Dan", "off", "m2")
    assert ErasureCertificate.objects.get().counts["host: memberships"] == {"rows": 1}


@pytest.mark.usefixtures("plugged_in")
@pytest.mark.parametrize("state", ["on", "trial", "late"])
def test_hosts_live_subscription_is_in_the_way(site: BillingSite, acme: Customer, state: str) -> None:
    join(acme, state)

    with refusal(ActiveSubscription):
        schedule_erasure(site=site, public_id="acme", at=NOW)
    assert Membership.objects.get().nickname == "Dan"


def test_rows_that_no_neighbour_looks_after_are_in_the_way(site: BillingSite, acme: Customer) -> None:
    join(acme)

    with refusal(InvalidState) as caught:
        schedule_erasure(site=site, public_id="acme", at=NOW)
    assert caught.value.message == (
        "Rows of hostapp.Membership.member refer to the customer, and no neighbour looks after them."
    )


@pytest.mark.usefixtures("plugged_in")
def test_neighbour_that_fails_leaves_everything_as_it_was(
    site: BillingSite, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **more: Any) -> int:
        raise RuntimeError("The shop is closed.")

    join(acme)
    monkeypatch.setattr(MEMBERSHIPS, "erase", fail)

    schedule_erasure(site=site, public_id="acme", at=NOW)
    run_due(clock=lambda: NOW, uniform=lambda low, high: low)

    assert Customer.objects.get(pk=acme.pk).pii_cleared == "scheduled_for_clear"
    assert Membership.objects.get().nickname == "Dan"
    assert not ErasureCertificate.objects.exists()
