"""Each guard of payments taken away: the same crowd then charges twice, so the tests beside this one can notice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from billing_customers.models import Allocation, BillingSite, Customer, TestGatewayCharge, Transaction
from billing_customers.operations import collecting, locks, reconciling, settling_payments
from billing_customers.operations.settling_payments import settle_collection
from tests.concurrency.crowd import crowd, tally
from tests.operations import acts
from tests.operations.collecting import LATER, a_source, an_invoice, collect, collection, of_invoice

pytestmark = pytest.mark.postgres


@pytest.fixture
def payer(site: BillingSite) -> Customer:
    """A customer with a card and an invoice over 1000."""
    customer = acts.create(site)
    a_source(site)
    an_invoice(site, 1000)
    return customer


@pytest.fixture
def invoices_held_by_many() -> Iterator[None]:
    """An invoice may have more than one open payment."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_customers_allocation DROP CONSTRAINT bc_allocation_one_open")
    yield
    Allocation.objects.update(is_open=None)
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE billing_customers_allocation "
            "ADD CONSTRAINT bc_allocation_one_open UNIQUE (invoice_id, is_open)"
        )


def all_at_once(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Nobody's gateway is called before ``count`` have begun."""
    barrier = threading.Barrier(count)

    def charge(*attempt: Any, **named: Any) -> Any:
        barrier.wait(20)
        return collecting.charge_attempt(*attempt, **named)

    monkeypatch.setattr(reconciling, "charge_attempt", charge)


@pytest.mark.usefixtures("invoices_held_by_many")
def test_invoice_that_is_not_held_is_charged_by_all(
    site: BillingSite, payer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_at_once(monkeypatch, 4)

    outcomes = crowd(lambda _: collect(site), 4)

    assert tally(outcomes) == {"done": 4}
    assert TestGatewayCharge.objects.count() == 4
    # What the invoice did not need is still booked: as excess payments.
    assert (of_invoice(), sum(Transaction.objects.values_list("amount_unused", flat=True))) == (
        ("paid", 1000, 0, 0),
        3000,
    )


def test_request_that_does_not_look_for_its_attempt_is_refused_instead_of_answered(
    site: BillingSite, payer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: Any = {"site": site, "customer_public_id": "acme", "collection": collection(), "at": LATER}
    collecting.begin_collection(request_key="key", **said)
    monkeypatch.setattr(collecting, "find_attempt", lambda *_: None)

    outcomes = crowd(lambda _: collecting.begin_collection(request_key="key", **said), 1)

    assert tally(outcomes) == {"IntegrityError": 1}


@pytest.mark.breaks_books("the invoice is paid twice, as the test wants it")
def test_settlement_without_its_lock_books_twice(
    site: BillingSite, payer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt, charge = reconciling.charge_once(
        site=site, customer_public_id="acme", collection=collection(amount=400), at=LATER
    )
    barrier = threading.Barrier(2)

    def read(site: BillingSite, pk: int) -> Transaction:
        row = Transaction.objects.get(pk=pk)
        barrier.wait(20)
        return row

    def unlocked(site: BillingSite, pks: Any) -> dict[int, Customer]:
        return {customer.pk: customer for customer in Customer.objects.filter(pk__in=pks)}

    monkeypatch.setattr(settling_payments, "lock_transaction", read)
    monkeypatch.setattr(locks, "lock_customers", unlocked)

    outcomes = crowd(lambda _: settle_collection(site=site, attempt=attempt, charge=charge, at=LATER), 2)

    assert tally(outcomes) == {"done": 2}
    assert (of_invoice()[1], TestGatewayCharge.objects.get().amount) == (800, 400)
