"""Delete a customer, at once or by a job: its row becomes a tombstone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from billing_customers import signals
from billing_customers.actors import UNKNOWN, Actor
from billing_customers.choices import SubscriptionStatus
from billing_customers.exceptions import ActiveSubscription, BillingError, InvalidState, NotFound
from billing_customers.models import BillingSite, Customer, CustomerAlias, Subscription
from billing_customers.operations import locks
from billing_customers.operations.documents import CLOSED_STATUSES, LIVE_CONSTRAINT, change_subscription
from billing_customers.operations.ending_rules import deletion_blockers, refuse
from billing_customers.operations.payment_sources import detach_all
from billing_customers.operations.storing import check_version, touch
from billing_customers.queries.customers import merged_into
from billing_customers.work import jobs
from billing_customers.work.handlers import Refused, RunningJob, handler

KIND = "customers.delete"
# What is said to whoever asks again, by what it wants this time.
_SCHEDULED = {
    True: "The deletion is scheduled already, and the gateways keep the payment sources.",
    False: "The deletion is scheduled already, and the gateways forget the payment sources.",
}
LIVE_SUBSCRIPTION = "The customer has a subscription that is active, trialing or past due."


def delete_customer(
    *,
    site: BillingSite,
    public_id: str,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Customer:
    """Leave a tombstone of the customer and return it. Its id is free again.

    Its payment sources are detached. Deleting a tombstone changes nothing. Raises :class:`NotFound`,
    :class:`ActiveSubscription` when a subscription of ours or of the host's is active, trialing or past due,
    :class:`InvalidState` in an account hierarchy and for what else a neighbour says, and :class:`VersionMismatch` if
    ``expected_version`` is not the current one. Contract: CHING "DELETE /v1/customers/:id".
    """
    with transaction.atomic(using=locks.database()):
        try:
            customer = locks.lock_customer(site, public_id, follows_merges=False, cleared_too=True)
        except NotFound:
            tombstone = _tombstone(site, public_id)
            if tombstone is None:
                raise
            tombstone.merged_into = merged_into(site, tombstone.pk) or ""
            return tombstone
        check_version(customer, expected_version)
        _check_deletable(site, customer)
        _bury(site, customer, actor=actor, at=at)
        return customer


def schedule_deletion(
    *,
    site: BillingSite,
    public_id: str,
    delete_payment_method: bool = True,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Customer:
    """Have a job delete the customer with its subscriptions; return it as it still is. Asked twice, there is one job.

    The job cancels the subscriptions of ours, detaches the payment sources (the gateways forget them unless
    ``delete_payment_method`` is false) and leaves a tombstone; documents and transactions are kept, and hidden. What
    speaks against it is asked now and again by the job. Raises :class:`NotFound`, :class:`InvalidState` for a customer
    of a hierarchy, for money of another customer in its documents, for what a neighbour of the host's says, and when it
    is scheduled already with another ``delete_payment_method``, and :class:`VersionMismatch`. Contract: Chargebee
    "Delete a customer".
    """
    with transaction.atomic(using=locks.database()):
        customer = locks.lock_customer(site, public_id, follows_merges=False, cleared_too=True)
        check_version(customer, expected_version)
        _check_deletable(site, customer, cancels=True)
        job = jobs.enqueue(
            kind=KIND,
            site=site,
            customer=customer,
            arguments={
                "customer": customer.pk,
                "from_gateway": delete_payment_method,
                "silent": actor.silences_webhooks,
            },
            key=f"{KIND}:{customer.pk}",
            at=at,
        )
        if job.arguments["from_gateway"] != delete_payment_method:
            raise InvalidState(_SCHEDULED[delete_payment_method], param="delete_payment_method")
        return customer


@handler(KIND, max_attempts=3)
def carry_out(running: RunningJob) -> dict[str, Any]:
    """Delete the customer of the job. What has come to speak against it since fails the job, and nothing is changed."""
    site, said = running.site, running.arguments
    actor, at = Actor("scheduled_job", KIND, said["silent"]), running.clock()
    with transaction.atomic(using=locks.database()):
        customer = locks.lock_customers(site, [said["customer"]]).get(said["customer"])
        if customer is None:
            return {"deleted": False, "reason": "The customer was deleted already."}
        try:
            _check_deletable(site, customer, cancels=True)
        except BillingError as error:
            raise Refused(error.message) from error
        cancelled = _cancel_subscriptions(site, customer, actor, at)
        detached = _bury(site, customer, from_gateway=said["from_gateway"], actor=actor, at=at)
    return {"deleted": True, "subscriptions": cancelled, "payment_sources": detached}


def _bury(site: BillingSite, customer: Customer, *, from_gateway: bool = True, actor: Actor, at: datetime) -> int:
    """Make a tombstone of a locked customer that may go; return how many payment sources were detached."""
    detached = detach_all(site=site, customer=customer, from_gateway=from_gateway, actor=actor, at=at)
    written: dict[str, Any] = {"deleted_at": at, "is_live": None}
    touch(customer, written, at)
    _write(customer, written)
    signals.customer_deleted.send(sender=Customer, customer=customer, site=site, actor=actor, at=at)
    return len(detached)


def _check_deletable(site: BillingSite, customer: Customer, *, cancels: bool = False) -> None:
    """Raise :class:`ActiveSubscription` or :class:`InvalidState` if something speaks against deleting the customer.

    With ``cancels`` our own subscriptions do not: they are cancelled first.
    """
    refuse(deletion_blockers(site, customer, cancels=cancels))


def _cancel_subscriptions(site: BillingSite, customer: Customer, actor: Actor, at: datetime) -> int:
    rows = Subscription.objects.using(locks.database()).for_site(site).filter(customer=customer)
    public_ids = list(rows.exclude(status__in=CLOSED_STATUSES).order_by("pk").values_list("public_id", flat=True))
    for public_id in public_ids:
        change_subscription(site=site, public_id=public_id, status=SubscriptionStatus.CANCELED, actor=actor, at=at)
    return len(public_ids)


def _write(customer: Customer, written: dict[str, Any]) -> None:
    try:
        with transaction.atomic(using=locks.database()):
            Customer.objects.for_site(customer.site_id).filter(pk=customer.pk).update(**written)
    except IntegrityError as error:
        if LIVE_CONSTRAINT in str(error):
            # Written past the operations, after we looked.
            raise ActiveSubscription(LIVE_SUBSCRIPTION) from error
        raise


def _tombstone(site: BillingSite, public_id: str) -> Customer | None:
    """The newest tombstone with this id, or with this former id."""
    customers = Customer.objects.using(locks.database()).for_site(site).filter(is_live=None)
    former = CustomerAlias.objects.for_site(site).filter(public_id=public_id, merged=None).values("customer_id")
    return customers.filter(public_id=public_id).order_by("-id").first() or customers.filter(pk__in=former).first()
