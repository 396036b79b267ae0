"""Clear the personal data of a customer: asked for now, done by a job, proven by a search, and certified."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from billing_customers import signals
from billing_customers.actors import UNKNOWN, Actor
from billing_customers.choices import PiiCleared
from billing_customers.gateways.base import GatewayError
from billing_customers.gateways.registry import gateway_of
from billing_customers.models import BillingSite, Customer, GatewayAccount, PaymentSource
from billing_customers.operations import locks
from billing_customers.operations.admin_log import blank_admin_log, check_admin_log
from billing_customers.operations.blanking import Gathered, blank_rows, detaching, empty_detaching, gather
from billing_customers.operations.ending_rules import erasure_blockers, merged_blockers, refuse
from billing_customers.operations.erasure_certificates import certify
from billing_customers.operations.erasure_scan import check_nothing_left, check_strangers
from billing_customers.operations.payment_sources import detach_all
from billing_customers.operations.scrubbing import scrubbed_file
from billing_customers.operations.storing import check_version, store_changes, touch
from billing_customers.operations.survivors import clear_survivors, lanes_of
from billing_customers.personal import blanks
from billing_customers.queries.merges import merged_customers
from billing_customers.work import jobs
from billing_customers.work.handlers import NotYet, RunningJob, handler

KIND = "customers.erase"
_SCHEDULED = {"pii_cleared": PiiCleared.SCHEDULED_FOR_CLEAR.value}


def schedule_erasure(
    *,
    site: BillingSite,
    public_id: str,
    customer_pk: int | None = None,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Customer:
    """Have a job clear the personal data of the customer, for good; return it, marked as scheduled for that.

    A deleted customer has personal data too: without a live one of this id, its newest tombstone is meant, and
    ``customer_pk`` (its primary key) tells one of several. What was merged into it is cleared with it. Asked again,
    nothing changes; a job that had failed begins anew. From now on the customer is closed: nothing but deleting changes
    it. Raises :class:`NotFound`, :class:`ActiveSubscription` for a live subscription of ours or of the host's,
    :class:`InvalidState` for what else a neighbour says and for a customer that was merged into another one, which has
    its data now, and :class:`VersionMismatch`. Contract: Chargebee "Clear
    personal data of a customer".
    """
    with transaction.atomic(using=locks.database()):
        customer = locks.lock_dead_or_alive(site, public_id, customer_pk)
        check_version(customer, expected_version)
        refuse(merged_blockers(site, customer))
        everyone = [customer, *_merged_into(site, customer)]
        open_ones = [each for each in everyone if each.pii_cleared != PiiCleared.CLEARED]
        for each in open_ones:
            refuse(erasure_blockers(site, each))
            store_changes(site, each, _SCHEDULED, actor=actor, at=at)
        if open_ones:
            _enqueue(site, customer, actor, at)
        return customer


def _merged_into(site: BillingSite, customer: Customer) -> list[Customer]:
    """The tombstones of those that were merged into the customer, locked: they have personal data of the same payer."""
    return list(merged_customers(site, customer, using=locks.database()).select_for_update())


def _enqueue(site: BillingSite, customer: Customer, actor: Actor, at: datetime) -> None:
    jobs.enqueue(
        kind=KIND,
        site=site,
        customer=customer,
        arguments={"customer": customer.pk, "by": actor.name[:100], "silent": actor.silences_webhooks},
        key=f"{KIND}:{customer.pk}",
        at=at,
    )


@handler(KIND)
def carry_out(running: RunningJob) -> dict[str, Any]:
    """Clear the customer of the job, after those that were merged into it."""
    pk = running.arguments["customer"]
    customer = Customer.objects.using(locks.database()).for_site(running.site).get(pk=pk)
    merged = merged_customers(running.site, customer, using=locks.database())
    for each in [*merged.exclude(pii_cleared=PiiCleared.CLEARED).values_list("pk", flat=True)]:
        _carry_out(running, each)
    return _carry_out(running, pk) or {"cleared": False, "reason": "The personal data was cleared already."}


def _carry_out(running: RunningJob, pk: int) -> dict[str, Any] | None:
    """Clear one customer; ``None`` when it was cleared already. The gateways forget its payment sources first; then
    everything goes in one transaction, or nothing does.
    """
    site = running.site
    actor, at = Actor("scheduled_job", KIND, running.arguments["silent"]), running.clock()
    detached = _detach(site, pk, actor, at)
    if detached is None:
        return None
    _forget_at_gateways(site, pk)
    with scrubbed_file(locks.database()), transaction.atomic(using=locks.database()):
        customer = locks.lock_whole(site, pk)
        if customer.pii_cleared != PiiCleared.SCHEDULED_FOR_CLEAR:
            return None
        refuse(erasure_blockers(site, customer))
        _hold_webhooks(site, customer, at)
        gathered = gather(site, customer)
        survivors = clear_survivors(site, customer, gathered.said)
        hosts = _clear(running, customer, gathered, actor, at)
        certificate = certify(
            site=site,
            customer=customer,
            counts=gathered.counts,
            hosts=hosts,
            survivors=survivors,
            requested_at=running.job.created_at,
            done_by=running.arguments["by"],
            at=at,
        )
    return {"cleared": True, "payment_sources": detached, "certificate": certificate.digest}


def _clear(running: RunningJob, customer: Customer, gathered: Gathered, actor: Actor, at: datetime) -> dict[str, int]:
    """Empty the locked customer and all its rows, and search them; return the rows of the host's neighbours.

    Raises :class:`PersonalDataLeft`.
    """
    site, said = running.site, gathered.said
    empty_detaching(site, said)
    hosts = blank_rows(site, customer, said, own_job=running.job.pk, at=at)
    blank_admin_log(customer, said)
    written: dict[str, Any] = {**blanks("Customer"), "contact_count": 0, "pii_cleared": PiiCleared.CLEARED.value}
    touch(customer, written, at)
    Customer.objects.using(locks.database()).for_site(site).filter(pk=customer.pk).update(**written)
    # Not what there was before: a host's receiver may write it down.
    changes = {"pii_cleared": (PiiCleared.SCHEDULED_FOR_CLEAR.value, PiiCleared.CLEARED.value)}
    signals.customer_updated.send(sender=Customer, customer=customer, site=site, changes=changes, actor=actor, at=at)
    check_nothing_left(site, customer, said)
    check_strangers(site, said)
    check_admin_log(customer, said)
    return hosts


def _detach(site: BillingSite, pk: int, actor: Actor, at: datetime) -> int | None:
    """Detach the customer's payment sources; return how many, or ``None`` when it was cleared already."""
    with transaction.atomic(using=locks.database()):
        customer = locks.lock_whole(site, pk)
        if customer.pii_cleared != PiiCleared.SCHEDULED_FOR_CLEAR:
            return None
        refuse(erasure_blockers(site, customer))
        # The gateways are told by this job itself, so that it knows.
        return len(detach_all(site=site, customer=customer, from_gateway=False, actor=actor, at=at))


def _forget_at_gateways(site: BillingSite, pk: int) -> None:
    """Have the gateways forget every source that the customer ever had, and those that wait to be forgotten.

    Called outside of any transaction. Raises :class:`NotYet` while a gateway does not answer.
    """
    using = locks.database()
    sources = PaymentSource.objects.using(using).for_site(site)
    attached = set(sources.attached().values_list("gateway_account__public_id", "reference_id"))
    had = sources.filter(customer_id=pk).exclude(reference_id="")
    wanted = set(had.values_list("gateway_account__public_id", "reference_id"))
    customer = Customer.objects.using(using).for_site(site).get(pk=pk)
    said = gather(site, customer).said
    wanted |= {(each["gateway_account"], each["reference"]) for _, each in detaching(site, said)}
    accounts = GatewayAccount.objects.using(using).for_site(site).select_related("site")
    by_id = {account.public_id: account for account in accounts}
    # What another customer pays with is kept.
    for account, reference in sorted(wanted - attached):
        try:
            gateway_of(by_id[account]).detach(reference)
        except GatewayError as error:
            raise NotYet(f"The gateway {account} did not forget a payment source yet: {error.reason}.") from None


def _hold_webhooks(site: BillingSite, customer: Customer, at: datetime) -> None:
    """Let nobody send the customer's events until this is committed; raise :class:`NotYet` while somebody does.

    Whoever sends one has read it, and will write down what the receiver said to it. Who has overstayed its lease finds
    that the lane is its own no more, and writes nothing.
    """
    lanes = lanes_of(site, customer)
    if any(lane.lease_until is not None and lane.lease_until > at for lane in lanes.select_for_update().order_by("pk")):
        raise NotYet("A webhook of the customer is being sent.")
    lanes.exclude(lease_until=None).update(lease_until=None, token="")
