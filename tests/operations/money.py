"""Balances in short, for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Model
from django.dispatch import Signal

from billing_customers import signals
from billing_customers.actors import UNKNOWN
from billing_customers.choices import Bucket
from billing_customers.ids import new_id
from billing_customers.models import (
    Allocation,
    Balance,
    BillingSite,
    Customer,
    GatewayAccount,
    Invoice,
    LedgerEntry,
    PaymentSource,
    Transaction,
)
from billing_customers.operations import ledger
from billing_customers.operations.credits import add_promotional_credits
from billing_customers.operations.ledger import Remark
from billing_customers.operations.payments import record_excess_payment
from billing_customers.receivers import EVENTS
from tests.fixtures import NOW
from tests.operations.watching import ReceiverFailed, rows

_NAMES = {signal: name for name, signal in vars(signals).items() if isinstance(signal, Signal)}
NO_REMARK = Remark()
BUCKETS = [bucket for bucket in Bucket if bucket is not Bucket.UNBILLED_CHARGES]
# By the ledger alone the last one has no charges.
EVERY_BUCKET = [
    *BUCKETS,
    pytest.param(Bucket.UNBILLED_CHARGES, marks=pytest.mark.breaks_books("what is unbilled has charges")),
]


def book(
    site: BillingSite,
    customer: Customer,
    delta: int,
    *,
    bucket: Bucket = Bucket.PROMOTIONAL_CREDITS,
    currency: str = "USD",
    remark: Remark = NO_REMARK,
    actor: Any = UNKNOWN,
    at: Any = NOW,
) -> LedgerEntry:
    """One movement in a transaction of its own."""
    with transaction.atomic():
        return ledger.move(
            site=site,
            customer=customer,
            currency=currency,
            bucket=bucket,
            delta=delta,
            remark=remark,
            actor=actor,
            at=at,
        )


def credit(site: BillingSite, amount: int, public_id: str = "acme", at: Any = NOW, **said: Any) -> LedgerEntry:
    """Promotional credits, added."""
    given = {"description": "Sorry", **said}
    return add_promotional_credits(site=site, customer_public_id=public_id, amount=amount, at=at, **given)[1]


def pay(site: BillingSite, amount: int, customer_id: str = "acme", at: Any = NOW, **said: Any) -> Transaction:
    """A payment in cash that is for no invoice yet."""
    given = {"date": NOW, "payment_method": "cash", **said}
    return record_excess_payment(site=site, customer_public_id=customer_id, amount=amount, at=at, **given)[1]


def amounts(customer: Customer, bucket: Bucket = Bucket.PROMOTIONAL_CREDITS) -> dict[str, int]:
    """The balances of a bucket by currency."""
    rows = Balance.objects.filter(customer=customer).order_by("currency")
    return {row.currency: getattr(row, bucket) for row in rows}


@contextmanager
def heard(*, raising: bool = False) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Every signal of the first family that is sent meanwhile, with what it carries; its receivers may raise."""
    said: list[tuple[str, dict[str, Any]]] = []

    def receiver_of(name: str) -> Callable[..., None]:
        def receive(sender: Any, signal: Any, **named: Any) -> None:
            said.append((name, {"sender": sender, **named}))
            if raising:
                raise ReceiverFailed

        return receive

    receivers = [(signal, receiver_of(_NAMES[signal])) for signal, _, _ in EVENTS]
    for signal, receiver in receivers:
        signal.connect(receiver)
    try:
        yield said
    finally:
        for signal, receiver in receivers:
            signal.disconnect(receiver)


@contextmanager
def nothing_stored() -> Iterator[None]:
    """What a caller asks for inside leaves every row as it was, but for the use of its key."""
    before = {name: each for name, each in rows().items() if name != "ApiKey"}
    yield
    assert {name: each for name, each in rows().items() if name != "ApiKey"} == before


def raw_entry(customer: Customer, *, delta: int, balance_after: int, **columns: Any) -> LedgerEntry:
    """An entry that moves nothing, as only somebody who writes past the operations could make it."""
    said = {"public_id": new_id("pc"), "currency": "USD", "bucket": Bucket.PROMOTIONAL_CREDITS.value, **columns}
    entry = LedgerEntry(
        site=customer.site,
        customer=customer,
        delta=delta,
        balance_after=balance_after,
        source="none",
        created_at=NOW,
        **said,
    )
    entry.save()
    return entry


def an_attempt(
    payer: Customer,
    invoice: Invoice,
    *,
    amount: int = 500,
    part: int = 500,
    status: str = "in_progress",
    is_open: bool | None = True,
    public_id: str = "txn_1",
) -> Transaction:
    """A payment of an invoice that nobody has settled."""
    attempt = Transaction(
        site=payer.site,
        customer=payer,
        public_id=public_id,
        type="payment",
        status=status,
        payment_method="card",
        amount=amount,
        currency=invoice.currency,
        date=NOW,
        created_at=NOW,
        updated_at=NOW,
        resource_version=1,
    )
    attempt.save()
    Allocation(site=payer.site, transaction=attempt, invoice=invoice, amount=part, is_open=is_open).save()
    return attempt


def a_source(customer: Customer, public_id: str, **columns: Any) -> PaymentSource:
    """A card that no gateway has."""
    account, _ = GatewayAccount.objects.get_or_create(
        site=customer.site, public_id="gw_none", defaults={"backend": "test", "created_at": NOW, "updated_at": NOW}
    )
    source = PaymentSource(
        site=customer.site,
        customer=customer,
        public_id=public_id,
        gateway_account=account,
        gateway="chargebee",
        type="card",
        reference_id="tok_1",
        last4="1111",
        created_at=NOW,
        updated_at=NOW,
        resource_version=1,
        **columns,
    )
    source.save()
    return source


@contextmanager
def drop_constraint(model: type[Model], name: str) -> Iterator[None]:
    """The database does not mind meanwhile: on PostgreSQL until the test is rolled back, elsewhere checks alone."""
    constraint = next(each for each in model._meta.constraints if each.name == name)
    switch = {
        # What is checked at the commit is checked first: a table with checks to come is not altered.
        "postgresql": (
            f"SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE {model._meta.db_table} DROP CONSTRAINT {constraint.name}",
            "SET CONSTRAINTS ALL DEFERRED",
        ),
        "sqlite": ("PRAGMA ignore_check_constraints = ON", "PRAGMA ignore_check_constraints = OFF"),
        "mysql": ("SET check_constraint_checks = 0", "SET check_constraint_checks = 1"),
    }
    off, on = switch[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(off)
        try:
            yield
        finally:
            cursor.execute(on)
