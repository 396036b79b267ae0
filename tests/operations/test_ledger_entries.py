"""Entries of the ledger are there for good; a correction is another entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from billing_customers.actors import Actor
from billing_customers.choices import Bucket, CreditType
from billing_customers.exceptions import HardDeleteForbidden, InsufficientBalance, InvalidState, NotFound
from billing_customers.models import BillingSite, Customer, LedgerEntry
from billing_customers.operations import ledger
from billing_customers.operations.ledger import Remark
from tests.operations import acts
from tests.operations.money import BUCKETS, amounts, book
from tests.operations.watching import rows_stay

TABLE = LedgerEntry._meta.db_table
ME = Actor("admin_console", "dana")


def undo(site: BillingSite, entry: LedgerEntry, description: str = "A mistake") -> LedgerEntry:
    with transaction.atomic():
        return ledger.reverse(site=site, entry=entry, description=description, actor=ME, at=acts.LATER)


def execute(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: LedgerEntry.objects.update(delta=1),
        lambda entry: LedgerEntry.objects.filter(pk=entry.pk).update(description="x"),
        lambda entry: LedgerEntry.objects.for_site(entry.site_id).update(balance_after=0),
        lambda entry: LedgerEntry.objects.bulk_update([entry], ["delta"]),
        lambda entry: LedgerEntry.objects.all().delete(),
        lambda entry: LedgerEntry.objects.filter(pk=entry.pk).delete(),
        lambda entry: entry.save(),
        lambda entry: entry.save(update_fields=["description"]),
        lambda entry: LedgerEntry.objects.get(pk=entry.pk).save(),
        lambda entry: LedgerEntry.objects.get(pk=entry.pk).save(force_update=True),
        lambda entry: entry.delete(),
        lambda entry: LedgerEntry.objects.get(pk=entry.pk).delete(),
        lambda entry: LedgerEntry.objects.update_or_create(pk=entry.pk, defaults={"delta": 1}),
    ],
)
def test_entry_cannot_be_changed_from_python(
    site: BillingSite, acme: Customer, change: Callable[[LedgerEntry], Any]
) -> None:
    entry = book(site, acme, 500)

    with rows_stay(), pytest.raises(HardDeleteForbidden, match="write a reversing one"), transaction.atomic():
        change(entry)


@pytest.mark.postgres
@pytest.mark.sqlite
@pytest.mark.parametrize(
    "sql",
    [
        f"UPDATE {TABLE} SET delta = 1",
        f"UPDATE {TABLE} SET description = 'x'",
        f"UPDATE {TABLE} SET customer_id = customer_id",
        f"UPDATE {TABLE} SET balance_after = balance_after + 1 WHERE delta > 0",
    ],
)
def test_entry_cannot_be_changed_by_sql(site: BillingSite, acme: Customer, sql: str) -> None:
    book(site, acme, 500)

    with rows_stay(), pytest.raises(DatabaseError, match="A ledger entry never changes: write a reversing one"):
        execute(sql)


@pytest.mark.postgres
def test_entry_cannot_be_removed_by_sql(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 500)

    with rows_stay(), pytest.raises(DatabaseError, match="A ledger entry never changes: write a reversing one"):
        execute(f"DELETE FROM {TABLE}")


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize("delta", [500, -200])
def test_reversal_is_the_opposite(site: BillingSite, acme: Customer, bucket: Bucket, delta: int) -> None:
    book(site, acme, 1000, bucket=bucket)
    remark = Remark(credit_type=CreditType.LOYALTY_CREDITS, description="A gift", caller_reference="ticket 7")
    entry = book(site, acme, delta, bucket=bucket, remark=remark)

    reversal = undo(site, entry)

    row = LedgerEntry.objects.values().get(pk=reversal.pk)
    assert {name: value for name, value in row.items() if name not in {"id", "public_id"}} == {
        "site_id": site.pk,
        "customer_id": acme.pk,
        "currency": "USD",
        "bucket": bucket.value,
        "delta": -delta,
        "balance_after": 1000,
        "reference": None,
        "reverses_id": entry.pk,
        "credit_type": "loyalty_credits",
        "description": "A mistake",
        "caller_reference": "",
        "source": "admin_console",
        "done_by": "dana",
        "created_at": acts.LATER,
    }


def test_entry_is_reversed_once(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 1000)
    entry = book(site, acme, 500)
    undo(site, entry)

    with rows_stay(), pytest.raises(InvalidState) as caught:
        undo(site, entry)

    assert caught.value.message == "The entry has been reversed already."
    assert amounts(acme) == {"USD": 1000}


def test_entry_is_reversed_once_even_if_nobody_looks_first(
    site: BillingSite, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    book(site, acme, 1000)
    entry = book(site, acme, 500)
    undo(site, entry)
    monkeypatch.setattr("django.db.models.QuerySet.exists", lambda self: False)

    with rows_stay(), pytest.raises(InvalidState, match="reversed already"):
        undo(site, entry)


def test_reversal_is_not_reversed(site: BillingSite, acme: Customer) -> None:
    reversal = undo(site, book(site, acme, 500))

    with rows_stay(), pytest.raises(InvalidState) as caught:
        undo(site, reversal)

    assert caught.value.message == "A reversal is not reversed: book the movement again."


def test_what_has_been_used_cannot_be_reversed(site: BillingSite, acme: Customer) -> None:
    entry = book(site, acme, 500)
    book(site, acme, -1)

    with rows_stay(), pytest.raises(InsufficientBalance):
        undo(site, entry)


def test_entry_of_another_site_is_not_found(site: BillingSite, other_site: BillingSite, acme: Customer) -> None:
    entry = book(site, acme, 500)

    with rows_stay(), pytest.raises(NotFound):
        undo(other_site, entry)


def test_two_equal_entries_are_reversed_each_for_itself(site: BillingSite, acme: Customer) -> None:
    entries = [book(site, acme, 500) for _ in range(2)]

    reversals = [undo(site, entry) for entry in entries]

    assert [each.reverses_id for each in reversals] == [entry.pk for entry in entries]
    assert amounts(acme) == {"USD": 0}
