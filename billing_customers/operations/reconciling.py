"""Collect a payment from end to end, and find out what became of one whose process died or whose gateway was silent."""

from __future__ import annotations

from datetime import datetime

from billing_customers.actors import UNKNOWN, Actor
from billing_customers.gateways.base import Charge, ChargeStatus
from billing_customers.gateways.registry import gateway_of
from billing_customers.models import BillingSite, Transaction
from billing_customers.operations import locks
from billing_customers.operations.collecting import (
    RECONCILE_AFTER,
    Collection,
    begin_collection,
    charge_attempt,
    charge_request,
    find_attempt,
    take_over,
)
from billing_customers.operations.settling_payments import raise_unless_paid, settle_collection
from billing_customers.work.handlers import RunningJob, handler

JOB = Actor("scheduled_job", "payments.reconcile")


class StillPending(Exception):
    """The gateway has not decided yet; the job's own schedule asks again."""


def charge_once(
    *,
    site: BillingSite,
    customer_public_id: str,
    collection: Collection,
    request_key: str | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> tuple[Transaction, Charge | None]:
    """Write the attempt and charge it; return it and what the gateway says, to be settled by the caller.

    What brought no money is settled here, and raised: :class:`PaymentFailed`, :class:`PaymentUncertain`. Must be called
    outside a transaction. A repeated ``request_key`` charges nothing twice.
    """
    known = find_attempt(site, request_key)
    attempt = known or begin_collection(
        site=site,
        customer_public_id=customer_public_id,
        collection=collection,
        request_key=request_key,
        at=at,
    )
    if attempt.is_settled or not (known is None or take_over(attempt, at=at)):
        attempt.refresh_from_db()
        raise_unless_paid(attempt)
        return attempt, None
    charge = charge_attempt(attempt, is_repeated=known is not None)
    if charge is None or charge.status not in {ChargeStatus.SUCCEEDED, ChargeStatus.PENDING}:
        raise_unless_paid(settle_collection(site=site, attempt=attempt, charge=charge, actor=actor, at=at))
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
    return (
        attempt if charge is None else settle_collection(site=site, attempt=attempt, charge=charge, actor=actor, at=at)
    )


@handler("payments.reconcile", max_attempts=100)
def reconcile(running: RunningJob) -> str:
    """Ask the gateway what became of the attempt, and settle it. It raises as long as that is not known."""
    site = running.site
    rows = Transaction.objects.using(locks.database()).for_site(site).select_related("gateway_account")
    attempt = rows.filter(public_id=running.arguments["transaction"]).first()
    if attempt is None or attempt.is_settled or attempt.gateway_account is None:
        return "settled already"
    if attempt.updated_at > running.clock() - RECONCILE_AFTER:
        raise StillPending(f"The payment {attempt.public_id} is being made.")
    charge = gateway_of(attempt.gateway_account).look_up(charge_request(attempt))
    if charge is None:
        # The gateway has no such charge, and whoever wanted to make it has long given up.
        charge = Charge(ChargeStatus.DECLINED, reason="not_charged", message="The payment was never made.")
    row = settle_collection(site=site, attempt=attempt, charge=charge, actor=JOB, at=running.clock())
    if not row.is_settled:
        raise StillPending(f"The payment {row.public_id} is still {row.status}.")
    return str(row.status)
