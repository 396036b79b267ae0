"""Collect payments through a gateway: written down first, then charged, then settled; charged once whatever happens.

1. :func:`begin_collection` commits the transaction ``in_progress`` and holds its invoices: no second payment can begin.
2. :func:`charge_attempt` calls the gateway, with no lock and no transaction open.
3. ``settling_payments.settle_collection`` books the outcome.

A process that dies in between is followed by the jobs of ``reconciling.py``, or by the repetition of its request, which
ask the gateway by the transaction's id what became of it.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import IntegrityError, models

from billing_customers.choices import PaymentSourceStatus, TransactionStatus, TransactionType
from billing_customers.exceptions import InvalidState, NotFound, PaymentSourceMissing
from billing_customers.gateways.base import Charge, ChargeRequest, ChargeStatus, Refused, Unreachable
from billing_customers.gateways.registry import GatewayUnavailable, gateway_of
from billing_customers.ids import new_id
from billing_customers.models import Allocation, BillingSite, Customer, GatewayAccount, PaymentSource, Transaction
from billing_customers.models.payment_source import masked_number
from billing_customers.models.transaction import UNSETTLED
from billing_customers.operations import locks
from billing_customers.operations.collection_plan import FIELD, Plan, Wanted, with_plan
from billing_customers.operations.payment_rows import attached_sources, hold, insert_attempt
from billing_customers.operations.payment_sources import PreparedSource, discard_prepared, prepare_source
from billing_customers.operations.source_inputs import GivenSource
from billing_customers.operations.storing import check_version, next_version

# After it nobody can be in the middle of the call: it begins within CHARGE_WITHIN, and no gateway is waited for longer
# than a minute.
RECONCILE_AFTER = timedelta(minutes=2)
CHARGE_WITHIN = timedelta(seconds=30)

# How databases name the key that lets an invoice have one payment under way: by its name, or by its column.
_HELD = ("bc_allocation_one_open", "is_open")

_DEAD_SOURCES = (PaymentSourceStatus.INVALID,)


@dataclass(frozen=True, slots=True)
class Collection:
    """What a caller asks for.

    ``amount`` in minor units, by default what is wanted for the invoices. ``payment_source_id`` or ``given`` say what
    to charge; without either it is the payer's primary source, or else its backup. ``retains`` keeps a ``given``
    source, and ``replaces_primary`` makes what was charged the primary source.
    """

    invoices: tuple[Wanted, ...]
    amount: int | None = None
    payment_source_id: str | None = None
    given: GivenSource | None = None
    retains: bool = False
    replaces_primary: bool = False


@dataclass(frozen=True, slots=True)
class _Charged:
    """What is charged: a source of the payer's, or one that was just stored at the gateway."""

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
    expected_version: int | None = None,
    request_key: str | None = None,
    at: datetime,
) -> tuple[Transaction, bool]:
    """Commit an attempt, ``in_progress``, its invoices held; return it and whether it was there already.

    That it is for a repetition, with the same ``request_key``. Must be called outside a transaction. Raises what
    :func:`~billing_customers.operations.collection_plan.with_plan` does, :class:`InvalidState` when an invoice is being
    collected already, :class:`PaymentSourceMissing`, :class:`VersionMismatch` if ``expected_version`` is not the
    customer's, and what storing a new source raises.
    """
    known = find_attempt(site, request_key)
    if known is not None:
        return known, True
    in_plan = partial(with_plan, site, customer_public_id, collection.invoices, collection.amount)
    prepared = None
    if collection.given is not None:
        started = time.monotonic()
        # Before anything is stored at a gateway: would the attempt be refused?
        payer_id = in_plan(partial(_refuse_held, site=site, expected_version=expected_version))
        prepared = _prepare(site, payer_id, collection.given, request_key, at)
        # The gateway may have taken its time, and the attempt begins now.
        at += whole_seconds_since(started)
    try:
        begin = partial(_begin, site=site, collection=collection, prepared=prepared, request_key=request_key, at=at)
        return in_plan(partial(begin, expected_version=expected_version)), False
    except IntegrityError as error:
        # Two with one key, when the lease of the first was over: they charge the same.
        known = find_attempt(site, request_key)
        if known is not None:
            return known, True
        _give_back(site, prepared, at)
        if not any(name in str(error) for name in _HELD):
            raise
        raise _being_collected() from error
    except Exception:
        _give_back(site, prepared, at)
        raise


def find_attempt(site: BillingSite, request_key: str | None) -> Transaction | None:
    """The attempt of the request with this key, if it has come so far."""
    if request_key is None:
        return None
    return attempts_of(site).filter(request_key=request_key).first()


def attempts_of(site: BillingSite) -> models.QuerySet[Transaction]:
    """The transactions of the site, with what :func:`charge_attempt` and the settlement read of them."""
    rows = Transaction.objects.using(locks.database()).for_site(site)
    return rows.select_related("gateway_account__site", "payment_source")


def take_over(attempt: Transaction, *, at: datetime) -> bool:
    """Whether the attempt of a request that is repeated is this caller's to go on with: it is not settled.

    The job that looks after it then keeps away for as long as a call of the gateway may take.
    """
    mine = Transaction.objects.using(locks.database()).for_site(attempt.site_id)
    attempt.updated_at = max(at, attempt.updated_at + timedelta(microseconds=1))
    return bool(mine.filter(pk=attempt.pk, status__in=UNSETTLED).update(updated_at=attempt.updated_at))


def whole_seconds_since(started: float) -> timedelta:
    """The time since ``started`` (of ``time.monotonic``), without the fraction of a second."""
    return timedelta(seconds=int(time.monotonic() - started))


def charge_attempt(attempt: Transaction, *, is_repeated: bool, latest: float | None = None) -> Charge | None:
    """Ask the gateway for the money; return what it says, ``None`` when that cannot be known now.

    ``is_repeated``: the call may have been made before, so the gateway is asked first whether it was. After ``latest``
    (of ``time.monotonic``) nothing is charged: by then the job may have found that nothing was. Must be called outside
    a transaction.
    """
    account = attempt.gateway_account
    if account is None:
        raise InvalidState("The transaction was not made by a gateway.")
    request = charge_request(attempt)
    try:
        gateway = gateway_of(account)
        if is_repeated and (known := gateway.look_up(request)) is not None:
            return known
        if latest is not None and time.monotonic() > latest:
            return None
        return gateway.charge(request)
    except Refused as refusal:
        return Charge(ChargeStatus.DECLINED, reason=refusal.reason, message=refusal.message)
    except GatewayUnavailable as error:
        # It was asked nothing, now. What an earlier call came to is not known.
        return None if is_repeated else Charge(ChargeStatus.DECLINED, reason=error.reason, message=error.message)
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


def _prepare(
    site: BillingSite, payer_id: str, given: GivenSource, request_key: str | None, at: datetime
) -> PreparedSource:
    return prepare_source(
        site=site,
        customer_public_id=payer_id,
        given=given.source,
        gateway_account_id=given.gateway_account_id,
        request_key=request_key,
        within=given.within,
        at=at,
    )


def _give_back(site: BillingSite, prepared: PreparedSource | None, at: datetime) -> None:
    if prepared is not None:
        discard_prepared(site=site, prepared=prepared, at=at)


def _refuse_held(plan: Plan, *, site: BillingSite, expected_version: int | None) -> str:
    """The payer's id, unless an invoice is being collected already."""
    check_version(plan.customer, expected_version)
    held = Allocation.objects.using(locks.database()).for_site(site).filter(is_open=True)
    if held.filter(invoice__in=[invoice for invoice, _ in plan.parts]).exists():
        raise _being_collected()
    return plan.payer.public_id


def _begin(
    plan: Plan,
    *,
    site: BillingSite,
    collection: Collection,
    prepared: PreparedSource | None,
    expected_version: int | None,
    request_key: str | None,
    at: datetime,
) -> Transaction:
    """Write the attempt, in the transaction that holds the plan's locks."""
    check_version(plan.customer, expected_version)
    charged = _charged(site, plan.payer, collection, prepared)
    attempt = _attempt(plan, charged, at)
    attempt.plan, attempt.request_key = _what_becomes(collection, charged), request_key
    insert_attempt(attempt)
    hold(attempt, plan.parts)
    return attempt


def _charged(site: BillingSite, payer: Customer, collection: Collection, prepared: PreparedSource | None) -> _Charged:
    if prepared is not None:
        stored = prepared.stored
        masked = masked_number(stored.last4, stored.number_length)
        return _Charged(prepared.account, stored.type, stored.reference_id, masked, prepared=prepared)
    source = _chosen(site, payer, collection.payment_source_id)
    return _Charged(source.gateway_account, source.type, source.reference_id, source.masked_number, source=source)


def _chosen(site: BillingSite, payer: Customer, public_id: str | None) -> PaymentSource:
    """The source with this id; without one the primary, or else the backup source, if they are good for anything."""
    roles = (payer.primary_payment_source_id, payer.backup_payment_source_id)
    names = [public_id] if public_id is not None else [name for name in roles if name is not None]
    found = attached_sources(site, payer, names)
    if public_id is not None:
        if public_id not in found:
            raise NotFound("There is no such payment source.", param="payment_source_id")
        return found[public_id]
    usable = [found[name] for name in names if name in found and found[name].status not in _DEAD_SOURCES]
    if not usable:
        raise PaymentSourceMissing("The customer has no payment source to collect from.")
    return usable[0]


def _attempt(plan: Plan, charged: _Charged, at: datetime) -> Transaction:
    return Transaction(
        site_id=plan.payer.site_id,
        customer=plan.payer,
        public_id=new_id("txn", 16),
        type=TransactionType.PAYMENT.value,
        status=TransactionStatus.IN_PROGRESS.value,
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


def _what_becomes(collection: Collection, charged: _Charged) -> dict[str, object]:
    plan: dict[str, object] = {"replaces_primary": collection.replaces_primary}
    if charged.prepared is not None:
        # What a receipt shows: no number, no code.
        plan["stored"] = asdict(charged.prepared.stored)
        plan["is_new"] = charged.prepared.is_new
        plan["retains"] = collection.retains or collection.replaces_primary
    return plan


def _being_collected() -> InvalidState:
    return InvalidState("A payment of an invoice is under way already.", param=FIELD)
