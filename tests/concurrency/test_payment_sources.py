"""A role has one source, a source is attached and detached once, and what was stored in vain is discarded."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from billing_customers.choices import PaymentRole
from billing_customers.gateways.base import SourceInput, StoredSource
from billing_customers.gateways.test import TestGateway
from billing_customers.models import BillingSite, Customer, Job, PaymentSource
from billing_customers.operations.expiries import refresh_expiry
from billing_customers.operations.payment_sources import (
    assign_payment_role,
    delete_payment_source,
    replace_payment_method,
)
from tests.clients import ChargebeeClient
from tests.concurrency.crowd import SIZE, crowd, persistent, statuses, tally, values
from tests.fixtures import NOW
from tests.operations import acts, paying

CARD = {"card[number]": "4012888888881881", "card[expiry_month]": "10", "card[expiry_year]": "2030"}
CROWD = 8


def some(site: BillingSite, count: int = CROWD) -> list[str]:
    """The ids of as many sources of a new customer ``acme``."""
    acts.create(site, "acme")
    return [paying.attach(site, reference=f"tok_{number}").public_id for number in range(count)]


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The references that the gateway has stored."""
    references: list[str] = []
    lock, store = threading.Lock(), TestGateway.store

    def noted(self: TestGateway, given: SourceInput, holder: Any) -> StoredSource:
        kept = store(self, given, holder)
        with lock:
            references.append(kept.reference_id)
        return kept

    monkeypatch.setattr(TestGateway, "store", noted)
    return references


def assign(site: BillingSite, public_id: str, role: str) -> Any:
    return persistent(
        lambda: assign_payment_role(
            site=site, customer_public_id="acme", payment_source_id=public_id, role=role, at=acts.LATER
        )
    )


def test_of_many_that_become_primary_at_once_the_last_one_is(site: BillingSite) -> None:
    ids = some(site)

    outcomes = crowd(lambda number: assign(site, ids[number], "primary"), CROWD)

    assert tally(outcomes) == {"done": CROWD}
    last = max((customer for customer, _ in values(outcomes)), key=lambda each: each.resource_version)
    assert paying.roles() == (last.primary_payment_source_id, None)
    assert len({customer.resource_version for customer, _ in values(outcomes)}) == CROWD


def test_roles_that_are_assigned_at_once_never_share_a_source(site: BillingSite) -> None:
    ids = some(site, 3)

    outcomes = crowd(lambda number: assign(site, ids[number % 3], ("primary", "backup", "none")[number % 5 % 3]), 30)

    assert set(tally(outcomes)) <= {"done", "InvalidState"}
    shown = [
        (customer.primary_payment_source_id, customer.backup_payment_source_id) for customer, _ in values(outcomes)
    ]
    assert all(primary != backup or primary is None for primary, backup in [*shown, paying.roles()])


def test_source_is_detached_once(site: BillingSite) -> None:
    (public_id,) = some(site, 1)

    outcomes = crowd(
        lambda _: persistent(lambda: delete_payment_source(site=site, public_id=public_id, at=acts.LATER)), CROWD
    )

    assert tally(outcomes) == {"done": 1, "NotFound": CROWD - 1}
    assert len(paying.jobs()) == 1


def test_reference_that_many_send_is_attached_once(site: BillingSite) -> None:
    some(site, 0)
    prepared = paying.prepared(site)

    outcomes = crowd(
        lambda _: persistent(
            lambda: replace_payment_method(site=site, customer_public_id="acme", prepared=prepared, at=acts.LATER)
        ),
        CROWD,
    )

    assert tally(outcomes) == {"done": CROWD}
    assert paying.roles() == (PaymentSource.objects.get().public_id, None)


def test_customer_that_is_deleted_meanwhile_keeps_no_source(site: BillingSite) -> None:
    some(site, 3)

    def act(number: int) -> Any:
        if number == CROWD // 2:
            return persistent(lambda: acts.delete(site))
        return persistent(lambda: paying.attach(site, reference=f"new_{number}", role=PaymentRole.PRIMARY))

    outcomes = crowd(act, CROWD)

    assert set(tally(outcomes)) <= {"done", "NotFound"}
    assert PaymentSource.objects.attached().count() == 0
    assert paying.roles() == (None, None)
    assert len(paying.jobs()) == PaymentSource.objects.count()


def test_expiry_is_told_once(site: BillingSite) -> None:
    some(site, 1)
    pk = PaymentSource.objects.get().pk

    outcomes = crowd(lambda _: persistent(lambda: refresh_expiry(pk, at=NOW.replace(year=2040))), CROWD)

    assert sorted(values(outcomes)) == [False] * (CROWD - 1) + [True]


def test_of_many_creations_with_an_id_and_a_card_one_keeps_its_card(key: str, stored: list[str]) -> None:
    outcomes = crowd(lambda _: ChargebeeClient(key).post("/customers", {"id": "acme", **CARD}))

    assert statuses(outcomes) == {200: 1, 400: SIZE - 1}
    source = PaymentSource.objects.get()
    assert Customer.objects.get().primary_payment_source_id == source.public_id
    discarded = [job.arguments["reference"] for job in paying.jobs()]
    assert sorted([source.reference_id, *discarded]) == sorted(stored)


def test_of_many_requests_with_one_key_one_stores_a_card(key: str, stored: list[str]) -> None:
    outcomes = crowd(
        lambda _: ChargebeeClient(key).post(
            "/customers", {"id": "acme", **CARD}, **{"chargebee-idempotency-key": "once"}
        )
    )

    assert set(statuses(outcomes)) <= {200, 429}
    assert PaymentSource.objects.get().reference_id in stored
    assert len(stored) == 1
    assert Job.objects.filter(kind="payment_sources.detach").count() == 0
