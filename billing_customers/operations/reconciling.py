"""Collect a payment from end to end, and find out what became of one whose process died or whose gateway was silent."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from billing_customers.actors import UNKNOWN, Actor
from billing_customers.gateways.base import Charge, ChargeStatus
from billing_customers.gateways.registry import gateway_of
from billing_customers.models import BillingSite, Job, Transaction
from billing_customers.models.transaction import UNSETTLED
from billing_customers.operations import locks
from billing_customers.operations.collecting import (
    CHARGE_WITHIN,
    RECONCILE_AFTER,
    Collection,
    attempts_of,
    begin_collection,
    charge_attempt,
    charge_request,
    take_over,
    whole_seconds_since,
)
from billing_customers.operations.settling_payments import (
    NOT_CHARGED,
    Overtaken,
    raise_unless_paid,
    settle_collection,
)
from billing_customers.work import jobs
from billing_customers.work.handlers import NotYet, RunningJob, handler

BATCH = 500
JOB = Actor("scheduled_job", "payments.reconcile")

_NEVER_MADE = Charge(ChargeStatus.DECLINED, reason=NOT_CHARGED, message="The payment was never made.")


def charge_once(
    *,
    site: BillingSite,
    customer_public_id: str,
    collection: Collection,
    expected_version: int | None = None,
    request_key: str | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> tuple[Transaction, Charge | None]:
    """Write the attempt and charge it; return it and what the gateway says, to be settled by the caller.

    Without a charge the attempt is settled already. What brought no money is settled here, and raised:
    :class:`PaymentFailed`, :class:`PaymentUncertain`. Must be called outside a transaction. A repeated ``request_key``
    charges nothing twice.
    """
    started = time.monotonic()
    attempt, is_repeated = begin_collection(
        site=site,
        customer_public_id=customer_public_id,
        collection=collection,
        expected_version=expected_version,
        request_key=request_key,
        at=at,
    )
    if attempt.is_settled or (is_repeated and not take_over(attempt, at=at + whole_seconds_since(started))):
        attempt.refresh_from_db()
        raise_unless_paid(attempt)
        return attempt, None
    latest = started + (attempt.updated_at - at + CHARGE_WITHIN).total_seconds()
    charge = charge_attempt(attempt, is_repeated=is_repeated, latest=latest)
    if charge is None or charge.status not in {ChargeStatus.SUCCEEDED, ChargeStatus.PENDING}:
        later = at + whole_seconds_since(started)
        raise_unless_paid(settle_collection(site=site, attempt=attempt, charge=charge, actor=actor, at=later))
    return attempt, charge


def collect_payment(
    *, site: BillingSite, customer_public_id: str, collection: Collection, actor: Actor = UNKNOWN, at: datetime
) -> Transaction:
    """Collect a payment; return its transaction, ``success`` or still ``in_progress``.

    Must be called outside a transaction. Raises as :func:`begin_collection` does, :class:`PaymentFailed` when it is
    declined, and :class:`PaymentUncertain` when the gateway is silent. Contract: "Collect payment for customer".
    """
    attempt, charge = charge_once(
        site=site, customer_public_id=customer_public_id, collection=collection, actor=actor, at=at
    )
    if charge is None:
        return attempt
    return settle_collection(site=site, attempt=attempt, charge=charge, actor=actor, at=at)


@handler("payments.overdue", every=timedelta(minutes=1))
def look_after_payments(running: RunningJob) -> int:
    """Have every payment reconciled that nobody has gone on with for a while; return how many there were."""
    found = after = 0
    while payments := _overdue(after=after, at=running.clock()):
        keys = {_reconcile_key(each): each for each in payments}
        known = Job.objects.using(locks.database()).filter(key__in=keys).values_list("key", flat=True)
        for key in keys.keys() - set(known):
            _enqueue(keys[key], at=running.clock())
        found, after = found + len(payments), payments[-1].pk
        running.progress(found)
    return found


@handler("payments.reconcile", max_attempts=100)
def reconcile(running: RunningJob) -> str:
    """Ask the gateway what became of the attempt, and settle it. It is asked again as long as that is not known."""
    site = running.site
    attempt = attempts_of(site).filter(public_id=running.arguments["transaction"]).first()
    if attempt is None or attempt.is_settled or attempt.gateway_account is None:
        return "settled already"
    seen_at = attempt.updated_at
    if seen_at > running.clock() - RECONCILE_AFTER:
        raise NotYet(f"The payment {attempt.public_id} is being made.")
    charge = gateway_of(attempt.gateway_account).look_up(charge_request(attempt))
    try:
        row = settle_collection(
            site=site,
            attempt=attempt,
            # The gateway has no such charge, and whoever wanted to make it has long given up.
            charge=charge or _NEVER_MADE,
            untouched_since=None if charge else seen_at,
            actor=JOB,
            at=running.clock(),
        )
    except Overtaken:
        raise NotYet(f"The payment {attempt.public_id} is being made after all.") from None
    if not row.is_settled:
        raise NotYet(f"The payment {row.public_id} is still {row.status}.")
    return str(row.status)


def _reconcile_key(attempt: Transaction) -> str:
    """The key of the job that looks after the attempt."""
    return f"payments.reconcile:{attempt.pk}"


def _overdue(*, after: int, at: datetime) -> list[Transaction]:
    unsettled = Transaction.objects.using(locks.database()).filter(status__in=UNSETTLED)
    overdue = unsettled.filter(updated_at__lte=at - RECONCILE_AFTER, gateway_account__isnull=False, pk__gt=after)
    return list(overdue.select_related("site", "customer").order_by("pk")[:BATCH])


def _enqueue(attempt: Transaction, *, at: datetime) -> None:
    jobs.enqueue(
        kind="payments.reconcile",
        site=attempt.site,
        customer=attempt.customer,
        arguments={"transaction": attempt.public_id},
        key=_reconcile_key(attempt),
        at=at,
    )
