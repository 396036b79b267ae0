"""Collect payments through a gateway: written down first, then charged, then settled; charged once whatever happens.

1. :func:`begin_collection` commits the transaction ``in_progress`` and holds its invoices: no second payment can begin.
2. :func:`charge_attempt` calls the gateway, with no lock and no transaction open.
3. :func:`settle_collection` books the outcome.

A process that dies in between is followed by the job ``payments.reconcile``, or by the repetition of its request, which
ask the gateway by the transaction's id what became of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from billing_customers.choices import PaymentSourceStatus, TransactionStatus, TransactionType
from billing_customers.exceptions import InvalidState, NotFound, PaymentSourceMissing
from billing_customers.gateways.base import Charge, ChargeRequest, ChargeStatus, Refused, SourceInput, Unreachable
from billing_customers.gateways.registry import gateway_of
from billing_customers.ids import new_id
from billing_customers.models import Allocation, BillingSite, Customer, GatewayAccount, PaymentSource, Transaction
from billing_customers.models.payment_source import masked_number
from billing_customers.operations import locks
from billing_customers.operations.collection_plan import Plan, Wanted, make_plan
from billing_customers.operations.payment_sources import PreparedSource, discard_prepared, prepare_source
from billing_customers.operations.storing import next_version
from billing_customers.work import jobs

# Longer than any gateway is waited for: only then can nobody be in the middle of the call.
RECONCILE_AFTER = timedelta(minutes=2)

_DEAD_SOURCES = (PaymentSourceStatus.INVALID,)


@dataclass(frozen=True, slots=True)
class Collection:
    """What a caller asks for.

    ``amount`` in minor units, by default what is wanted for the invoices. ``payment_source_id`` or ``given`` say what
    to charge; without either it is the primary source, or else the backup. ``retains`` keeps a ``given`` source, and
    ``replaces_primary`` makes what was charged the primary source.
    """

    invoices: Sequence[Wanted]
    amount: int | None = None
    payment_source_id: str | None = None
    given: SourceInput | None = None
    gateway_account_id: str | None = None
    retains: bool = False
    replaces_primary: bool = False


@dataclass(frozen=True, slots=True)
class _Charged:
    """What is charged: a source of the customer's, or one that was just stored at the gateway."""

    account: GatewayAccount
    type: str
    reference_id: str
    masked: str
    source: PaymentSource | None = None
    prepared: PreparedSource | None = None


def begin_collection(
    *,
    site: BillingSite,
    customer_public_id: str,
    collection: Collection,
    request_key: str | None = None,
    at: datetime,
) -> Transaction:
    """Commit an attempt and return it: ``in_progress``, its invoices held. Must be called outside a transaction.

    A repetition (the same ``request_key``) gets the attempt that there is. Raises :class:`NotFound`,
    :class:`InvalidInput`, :class:`InvalidState` when an invoice is being collected already,
    :class:`PaymentSourceMissing`, and what storing a new source raises.
    """
    known = find_attempt(site, request_key)
    if known is not None:
        return known
    prepared = None
    if collection.given is not None:
        _refuse_early(site, customer_public_id, collection)
        prepared = prepare_source(
            site=site,
            customer_public_id=customer_public_id,
            given=collection.given,
            gateway_account_id=collection.gateway_account_id,
            request_key=request_key,
            at=at,
        )
    try:
        with transaction.atomic(using=locks.database()):
            customer = locks.lock_customer(site, customer_public_id)
            plan = make_plan(site, customer, collection.invoices, collection.amount)
            charged = _charged(site, customer, collection, prepared)
            attempt = _attempt(customer, plan, charged, at)
            attempt.plan, attempt.request_key = _what_becomes(collection, charged), request_key
            _write(attempt, plan, at)
            return attempt
    except BaseException:
        if prepared is not None:
            discard_prepared(site=site, prepared=prepared, at=at)
        raise


def find_attempt(site: BillingSite, request_key: str | None) -> Transaction | None:
    """The attempt of the request with this key, if it has come so far."""
    if request_key is None:
        return None
    attempts = Transaction.objects.using(locks.database()).for_site(site)
    return attempts.filter(request_key=request_key).select_related("gateway_account").first()


def take_over(attempt: Transaction, *, at: datetime) -> bool:
    """Whether the attempt of a request that is repeated is this caller's to go on with: it is not settled.

    The job that looks after it then keeps away for as long as a call of the gateway may take.
    """
    unsettled = (TransactionStatus.IN_PROGRESS, TransactionStatus.TIMEOUT)
    mine = Transaction.objects.using(locks.database()).for_site(attempt.site_id)
    return bool(mine.filter(pk=attempt.pk, status__in=unsettled).update(updated_at=at))


def charge_attempt(attempt: Transaction, *, is_repeated: bool) -> Charge | None:
    """Ask the gateway for the money; return what it says, ``None`` when that cannot be known now.

    ``is_repeated``: the call may have been made before, so the gateway is asked first whether it was. Must be called
    outside a transaction.
    """
    account = attempt.gateway_account
    if account is None:
        raise InvalidState("The transaction was not made by a gateway.")
    request = charge_request(attempt)
    try:
        gateway = gateway_of(account)
        if is_repeated and (known := gateway.look_up(request)) is not None:
            return known
        return gateway.charge(request)
    except Refused as refusal:
        return Charge(ChargeStatus.DECLINED, reason=refusal.reason, message=refusal.message)
    except Unreachable:
        return None


def charge_request(attempt: Transaction) -> ChargeRequest:
    """What the gateway is asked, the same each time."""
    return ChargeRequest(
        key=attempt.public_id,
        amount=attempt.amount,
        currency=attempt.currency,
        reference_id=attempt.source_reference,
        description=f"Payment {attempt.public_id}",
    )


def _refuse_early(site: BillingSite, customer_public_id: str, collection: Collection) -> None:
    """Before anything is stored at a gateway: would the attempt be refused for its invoices?"""
    with transaction.atomic(using=locks.database()):
        customer = locks.lock_customer(site, customer_public_id)
        plan = make_plan(site, customer, collection.invoices, collection.amount)
        held = Allocation.objects.using(locks.database()).for_site(site).filter(is_open=True)
        if held.filter(invoice__in=[invoice for invoice, _ in plan.parts]).exists():
            raise _being_collected()


def _charged(
    site: BillingSite, customer: Customer, collection: Collection, prepared: PreparedSource | None
) -> _Charged:
    if prepared is not None:
        stored = prepared.stored
        masked = masked_number(stored.last4, stored.number_length)
        return _Charged(prepared.account, stored.type, stored.reference_id, masked, prepared=prepared)
    mine = PaymentSource.objects.using(locks.database()).for_site(site).attached().filter(customer=customer)
    mine = mine.select_related("gateway_account")
    if collection.payment_source_id is not None:
        source = mine.filter(public_id=collection.payment_source_id).first()
        if source is None:
            raise NotFound("There is no such payment source.", param="payment_source_id")
    else:
        usable = {each.public_id: each for each in mine.exclude(status__in=_DEAD_SOURCES)}
        roles = (customer.primary_payment_source_id, customer.backup_payment_source_id)
        source = next((usable[name] for name in roles if name in usable), None)
        if source is None:
            raise PaymentSourceMissing("The customer has no payment source to collect from.")
    return _Charged(source.gateway_account, source.type, source.reference_id, source.masked_number, source=source)


def _attempt(customer: Customer, plan: Plan, charged: _Charged, at: datetime) -> Transaction:
    return Transaction(
        site_id=customer.site_id,
        customer=customer,
        public_id=new_id("txn", 16),
        type=TransactionType.PAYMENT,
        status=TransactionStatus.IN_PROGRESS,
        payment_method=charged.type,
        amount=plan.amount,
        currency=plan.currency,
        date=at,
        gateway_account=charged.account,
        gateway=charged.account.shown_gateway,
        payment_source=charged.source,
        source_reference=charged.reference_id,
        masked_card_number=charged.masked,
        created_at=at,
        updated_at=at,
        resource_version=next_version(at),
    )


def _write(attempt: Transaction, plan: Plan, at: datetime) -> None:
    attempt.save(force_insert=True)
    try:
        with transaction.atomic(using=locks.database()):
            for place, (invoice, part) in enumerate(plan.parts):
                held = Allocation(site_id=attempt.site_id, transaction=attempt, invoice=invoice, is_open=True)
                held.position, held.amount = place, part
                held.save(force_insert=True)
    except IntegrityError as error:
        raise _being_collected() from error
    jobs.enqueue(
        kind="payments.reconcile",
        site=attempt.site,
        customer=attempt.customer,
        arguments={"transaction": attempt.public_id},
        key=reconcile_key(attempt),
        run_at=at + RECONCILE_AFTER,
        at=at,
    )


def reconcile_key(attempt: Transaction) -> str:
    """The key of the job that looks after the attempt."""
    return f"payments.reconcile:{attempt.pk}"


def _what_becomes(collection: Collection, charged: _Charged) -> dict[str, object]:
    plan: dict[str, object] = {"replaces_primary": collection.replaces_primary}
    if charged.prepared is not None:
        # What a receipt shows: no number, no code.
        plan["stored"] = asdict(charged.prepared.stored)
        plan["retains"] = collection.retains or collection.replaces_primary
    return plan


def _being_collected() -> InvalidState:
    return InvalidState("A payment of an invoice is under way already.", param="invoice_allocations")
