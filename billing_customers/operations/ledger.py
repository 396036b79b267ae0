"""The one place that moves a balance: an entry, and the guarded change of the sum, in the caller's transaction.

The caller holds the customer's lock. The guard does not need it, but whoever holds it and waits for the balance would
wait for ever for somebody who has the balance and waits for the customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connections, transaction
from django.db.models import F

from billing_customers.actors import Actor
from billing_customers.choices import Bucket
from billing_customers.exceptions import InsufficientBalance, InvalidInput, InvalidState, Issue, NotFound
from billing_customers.ids import new_id
from billing_customers.inserts import Insert
from billing_customers.models import Balance, BillingSite, Customer, LedgerEntry
from billing_customers.models.ledger import MAX_AMOUNT
from billing_customers.operations import locks

_COLUMNS = (
    "site_id",
    "customer_id",
    "public_id",
    "currency",
    "bucket",
    "delta",
    "balance_after",
    "reference",
    "reverses_id",
    "credit_type",
    "description",
    "caller_reference",
    "source",
    "done_by",
    "created_at",
)
_INSERT = Insert(LedgerEntry, _COLUMNS)

# Both in one round trip, so that the balance is locked for as short as can be. The bucket is a name of ours.
_MOVE = """
WITH moved AS (
    UPDATE billing_customers_balance SET {bucket} = {bucket} + %s
    WHERE site_id = %s AND customer_id = %s AND currency = %s
        AND {bucket} + %s >= 0 AND {bucket} + %s <= {most} RETURNING {bucket} AS amount
)
INSERT INTO billing_customers_ledgerentry ({columns})
SELECT %s, %s, %s, %s, %s, %s, moved.amount, %s, %s, %s, %s, %s, %s, %s, %s FROM moved
RETURNING id, balance_after
"""


@dataclass(frozen=True, slots=True)
class Remark:
    """What an entry says besides its amount. ``reference`` is unique for each balance: nothing is booked twice."""

    reference: str | None = None
    credit_type: str = ""
    description: str = ""
    caller_reference: str = ""
    reverses: LedgerEntry | None = None


def move(
    *,
    site: BillingSite,
    customer: Customer,
    currency: str,
    bucket: Bucket,
    delta: int,
    remark: Remark = Remark(),
    actor: Actor,
    at: datetime,
) -> LedgerEntry:
    """Add ``delta`` (minor units of ``currency``, negative to take away, never 0) to a balance; return the entry.

    Must be called inside a transaction. Raises :class:`InsufficientBalance` when the balance would fall below zero,
    and :class:`InvalidInput` when it would exceed 10^15; then nothing has changed. A second entry with one
    ``remark.reference``, or a second reversal of one entry, raises ``IntegrityError``.
    """
    if not transaction.get_connection(locks.database()).in_atomic_block:
        raise RuntimeError("A balance moves inside a transaction only.")
    if customer.site_id != site.pk:
        raise ValueError("The customer is not one of the site.")
    if not delta:
        raise ValueError("A movement of nothing is none.")
    entry = LedgerEntry(
        site_id=site.pk,
        customer_id=customer.pk,
        public_id=new_id("pc" if bucket is Bucket.PROMOTIONAL_CREDITS else "le", 16),
        currency=currency,
        bucket=bucket,
        delta=delta,
        reference=remark.reference,
        reverses=remark.reverses,
        credit_type=remark.credit_type,
        description=remark.description,
        caller_reference=remark.caller_reference,
        source=actor.source,
        done_by=actor.name[:100],
        created_at=at,
    )
    if not _is_booked(entry, customer):
        raise _refusal(entry)
    entry._state.adding, entry._state.db = False, locks.database()  # noqa: SLF001 - public in all but name
    # The caller goes on to show the customer.
    customer.has_balances = True
    return entry


def reverse(*, site: BillingSite, entry: LedgerEntry, description: str, actor: Actor, at: datetime) -> LedgerEntry:
    """Book the opposite of ``entry``, once at most; return that entry.

    Raises :class:`NotFound` for an entry of another site, :class:`InvalidState` for one that was reversed or is itself
    a reversal, and :class:`InsufficientBalance` when what it added has been used.
    """
    if entry.site_id != site.pk:
        raise NotFound("There is no such entry.")
    if entry.reverses_id is not None:
        raise InvalidState("A reversal is not reversed: book the movement again.")
    if LedgerEntry.objects.using(locks.database()).for_site(site).filter(reverses=entry).exists():
        raise _reversed_already()
    try:
        with transaction.atomic(using=locks.database()):
            return move(
                site=site,
                customer=entry.customer,
                currency=entry.currency,
                bucket=Bucket(entry.bucket),
                delta=-entry.delta,
                remark=Remark(reverses=entry, description=description, credit_type=entry.credit_type),
                actor=actor,
                at=at,
            )
    except IntegrityError as error:
        if "reverses" not in str(error):
            raise
        # Somebody did so between the look and the entry.
        raise _reversed_already() from error


def balance_of(site: BillingSite, customer: Customer, currency: str, bucket: Bucket) -> int:
    """The balance as the transaction sees it, in minor units; 0 without a row."""
    rows = Balance.objects.using(locks.database()).for_site(site).filter(customer_id=customer.pk, currency=currency)
    amount: int | None = rows.values_list(bucket, flat=True).first()
    return amount or 0


def _is_booked(entry: LedgerEntry, customer: Customer) -> bool:
    if abs(entry.delta) > MAX_AMOUNT:
        return False
    book = _move_at_once if connections[locks.database()].vendor == "postgresql" else _move_in_steps
    if book(entry):
        return True
    # There was no room for it, or no row: that only the first movement finds out.
    if entry.delta < 0:
        return False
    _make_row(entry, customer)
    return book(entry)


def _make_row(entry: LedgerEntry, customer: Customer) -> None:
    """A balance of nothing, if there is none, and the mark on the customer by which readers know of it."""
    using = locks.database()
    # Of two that make it at once, the second waits for the first and finds it made.
    Balance.objects.using(using).bulk_create(
        [Balance(site_id=entry.site_id, customer_id=customer.pk, currency=entry.currency)], ignore_conflicts=True
    )
    Customer.objects.using(using).for_site(entry.site_id).filter(pk=customer.pk, has_balances=False).update(
        has_balances=True
    )


def _values(entry: LedgerEntry) -> list[Any]:
    return [getattr(entry, column) for column in _COLUMNS]


def _move_at_once(entry: LedgerEntry) -> bool:
    connection = connections[locks.database()]
    values = _values(entry)
    del values[_COLUMNS.index("balance_after")]
    guard: Sequence[Any] = (entry.delta, entry.site_id, entry.customer_id, entry.currency, entry.delta, entry.delta)
    sql = _MOVE.format(bucket=entry.bucket, most=MAX_AMOUNT, columns=", ".join(_COLUMNS))
    with connection.cursor() as cursor:
        cursor.execute(sql, [*guard, *values])
        row = cursor.fetchone()
    if row is None:
        return False
    entry.pk, entry.balance_after = row
    return True


def _move_in_steps(entry: LedgerEntry) -> bool:
    using, bucket = locks.database(), entry.bucket
    rows = Balance.objects.using(using).for_site(entry.site_id)
    mine = rows.filter(customer_id=entry.customer_id, currency=entry.currency)
    room = mine.filter(**{f"{bucket}__gte": -entry.delta, f"{bucket}__lte": MAX_AMOUNT - entry.delta})
    if not room.update(**{bucket: F(bucket) + entry.delta}):
        return False
    # Our own change has locked the row, so nobody has changed it since.
    entry.balance_after = mine.values_list(bucket, flat=True).get()
    entry.pk = _INSERT.row(using, _values(entry))
    return True


def _refusal(entry: LedgerEntry) -> InsufficientBalance | InvalidInput:
    if entry.delta > 0:
        return InvalidInput([Issue("amount", f"The balance would exceed {MAX_AMOUNT}.")])
    name = Bucket(entry.bucket).value.replace("_", " ")
    return InsufficientBalance(f"The {name} in {entry.currency} are less than {-entry.delta}.", param="amount")


def _reversed_already() -> InvalidState:
    return InvalidState("The entry has been reversed already.")
