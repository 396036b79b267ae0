"""The built-in neighbours of a customer: subscriptions, invoices, credit notes, unbilled charges."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from billing_customers import signals
from billing_customers.actors import UNKNOWN, Actor
from billing_customers.choices import (
    LIVE_SUBSCRIPTION_STATUSES,
    Bucket,
    CreditNoteStatus,
    CreditNoteType,
    InvoiceStatus,
    SubscriptionStatus,
)
from billing_customers.exceptions import DuplicateId, InvalidInput, InvalidState, Issue, NotFound
from billing_customers.ids import fault_of_customer_id, new_id
from billing_customers.models import BillingSite, CreditNote, Customer, Invoice, Subscription, UnbilledCharge
from billing_customers.models.documents import OfCustomer
from billing_customers.models.ledger import MAX_AMOUNT
from billing_customers.operations import ledger, locks, rules
from billing_customers.operations.applying import apply_credits_to
from billing_customers.operations.invoice_owners import with_invoice_owner
from billing_customers.operations.rules import Rule
from billing_customers.operations.storing import next_version, raise_version, write
from billing_customers.queries.owners import owners_of

# What a subscription is once it has ended.
CLOSED_STATUSES = frozenset({SubscriptionStatus.CANCELED, SubscriptionStatus.INCOMPLETE_EXPIRED})

# How PostgreSQL names the key that lets no live subscription refer to a tombstone.
LIVE_CONSTRAINT = "bc_subscription_customer_live"

# What a new invoice can be; it is paid at once where nothing is left to pay.
OPEN_STATUSES = (InvoiceStatus.PAYMENT_DUE, InvoiceStatus.NOT_PAID, InvoiceStatus.POSTED, InvoiceStatus.PENDING)
DOCUMENT_RULES: dict[str, Rule] = {
    "total": rules.integer(0, MAX_AMOUNT),
    "amount": rules.integer(1, MAX_AMOUNT),
    "currency": rules.currency,
    "status": rules.one_of(SubscriptionStatus),
    "description": rules.text(250),
}
# Nothing can be invoiced, and not be given back.
NOTE_RULES: dict[str, Rule] = {**DOCUMENT_RULES, "total": rules.integer(1, MAX_AMOUNT)}


def create_invoice(
    *,
    site: BillingSite,
    customer_public_id: str,
    total: int,
    currency: str | None = None,
    due_at: datetime | None = None,
    subscription_id: str | None = None,
    status: InvoiceStatus | None = None,
    apply_credits: bool = False,
    public_id: str | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Invoice:
    """Make an invoice of ``total`` (minor units of ``currency``, which is the customer's unless given); return it.

    It is the invoice owner's: the customer's own, or that of a customer above it in its hierarchy.
    It is ``payment_due`` unless ``status`` says otherwise (``not_paid``, ``posted``, ``pending``), and ``paid`` at once
    where nothing is left to pay. With ``apply_credits`` promotional credits, then refundable credits, then excess
    payments are used for it. Raises :class:`NotFound` for customer and subscription, :class:`InvalidInput`,
    :class:`DuplicateId`.
    """
    said = _checked(total=total, currency=currency)
    if status is not None and status not in OPEN_STATUSES:
        raise InvalidInput([Issue("status", f"Must be one of {', '.join(OPEN_STATUSES)}.")])

    def insert(customer: Customer, owner: Customer) -> Invoice:
        columns = _columns(site, customer, said["currency"], public_id or new_id("inv"), at)
        invoice = Invoice(
            **{**columns, "customer": owner},
            subscription=_subscription(site, customer, subscription_id),
            status=InvoiceStatus(status or InvoiceStatus.PAYMENT_DUE).value,
            total=total,
            amount_due=total,
            date=at,
            due_at=due_at,
        )
        _close_if_paid(invoice, at)
        _insert(invoice)
        if apply_credits and invoice.amount_due:
            apply_credits_to(site=site, customer=owner, invoice=invoice, actor=actor, at=at)
        signals.invoice_generated.send(sender=Invoice, customer=owner, site=site, invoice=invoice, actor=actor, at=at)
        return invoice

    return with_invoice_owner(site, customer_public_id, insert)


def create_subscription(
    *,
    site: BillingSite,
    customer_public_id: str,
    status: SubscriptionStatus,
    currency: str | None = None,
    public_id: str | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Subscription:
    """Make a subscription of a live customer; return it. Raises :class:`NotFound`, :class:`InvalidInput`,
    :class:`DuplicateId`.
    """
    said = _checked(status=status, currency=currency)
    with transaction.atomic(using=locks.database()):
        customer = locks.lock_customer(site, customer_public_id)
        subscription = Subscription(
            **_columns(site, customer, said["currency"], public_id or new_id("sub"), at),
            status=said["status"],
            started_at=at,
            cancelled_at=at if status in CLOSED_STATUSES else None,
        )
        _insert(subscription)
        signals.subscription_created.send(
            sender=Subscription, customer=customer, site=site, subscription=subscription, actor=actor, at=at
        )
        return subscription


def change_subscription(
    *, site: BillingSite, public_id: str, status: SubscriptionStatus, actor: Actor = UNKNOWN, at: datetime
) -> Subscription:
    """Give a subscription another status; return it. The same status changes nothing.

    Raises :class:`NotFound`, also for that of a deleted customer, :class:`InvalidInput`, and :class:`InvalidState` when
    it would live again although the personal data of its customer is cleared.
    """
    status = _checked(status=status)["status"]
    with transaction.atomic(using=locks.database()):
        rows = Subscription.objects.using(locks.database()).for_site(site).filter(public_id=public_id, deleted_at=None)
        customer = _owner(site, rows, "There is no such subscription.")
        subscription = rows.select_for_update().get()
        if subscription.status == status:
            return subscription
        if status in LIVE_SUBSCRIPTION_STATUSES:
            locks.check_open(customer)
        _write(subscription, at, status=status, cancelled_at=at if status in CLOSED_STATUSES else None)
        signals.subscription_changed.send(
            sender=Subscription, customer=customer, site=site, subscription=subscription, actor=actor, at=at
        )
        return subscription


def create_credit_note(
    *,
    site: BillingSite,
    customer_public_id: str,
    total: int,
    currency: str | None = None,
    reference_invoice_id: str | None = None,
    public_id: str | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> CreditNote:
    """Give the customer ``total`` as refundable credits, which the next invoices can use; return the credit note.

    Raises :class:`NotFound` for customer and invoice, :class:`InvalidInput`, :class:`DuplicateId`.
    """
    said = _checked(NOTE_RULES, total=total, currency=currency)
    with transaction.atomic(using=locks.database()):
        customer = locks.lock_customer(site, customer_public_id)
        note = CreditNote(
            **_columns(site, customer, said["currency"], public_id or new_id("cn"), at),
            type=CreditNoteType.REFUNDABLE,
            status=CreditNoteStatus.REFUND_DUE,
            reference_invoice=_invoice(site, customer, reference_invoice_id),
            total=total,
            amount_available=total,
            date=at,
        )
        _insert(note)
        entry = partial(ledger.move, site=site, customer=customer, currency=note.currency, actor=actor, at=at)
        entry(bucket=Bucket.REFUNDABLE_CREDITS, delta=total, remark=ledger.Remark(f"credit_note:{note.public_id}"))
        raise_version(site, customer, at=at)
        return note


def create_unbilled_charge(
    *,
    site: BillingSite,
    customer_public_id: str,
    amount: int,
    currency: str | None = None,
    description: str = "",
    subscription_id: str | None = None,
    public_id: str | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> UnbilledCharge:
    """Note that ``amount`` will be invoiced; return the charge. Raises as :func:`create_credit_note` does."""
    said = _checked(amount=amount, currency=currency, description=description)
    with transaction.atomic(using=locks.database()):
        customer = locks.lock_customer(site, customer_public_id)
        charge = UnbilledCharge(
            **_columns(site, customer, said["currency"], public_id or new_id("li"), at),
            subscription=_subscription(site, customer, subscription_id),
            amount=amount,
            description=description,
            date=at,
        )
        _insert(charge)
        entry = partial(ledger.move, site=site, customer=customer, currency=charge.currency, actor=actor, at=at)
        entry(bucket=Bucket.UNBILLED_CHARGES, delta=amount, remark=ledger.Remark(f"charge:{charge.public_id}"))
        raise_version(site, customer, at=at)
        return charge


def close_unbilled_charge(
    *, site: BillingSite, public_id: str, invoice_id: str | None = None, actor: Actor = UNKNOWN, at: datetime
) -> UnbilledCharge:
    """Take a charge off the balance: it became part of the invoice ``invoice_id``, or is given up without one.

    Raises :class:`NotFound`, and :class:`InvalidState` when it is closed already.
    """
    with transaction.atomic(using=locks.database()):
        charges = UnbilledCharge.objects.using(locks.database()).for_site(site)
        rows = charges.filter(public_id=public_id, deleted_at=None)
        customer = _owner(site, rows, "There is no such unbilled charge.")
        charge = rows.select_for_update().get()
        if charge.closed_at is not None:
            raise InvalidState("The charge is closed already.")
        _write(charge, at, closed_at=at, invoice=_invoice(site, customer, invoice_id, of_owner=True))
        remark = ledger.Remark(f"charge:{charge.public_id}:closed")
        entry = partial(ledger.move, site=site, customer=customer, currency=charge.currency, actor=actor, at=at)
        entry(bucket=Bucket.UNBILLED_CHARGES, delta=-charge.amount, remark=remark)
        raise_version(site, customer, at=at)
        return charge


def _columns(
    site: BillingSite, customer: Customer, currency: str | None, public_id: str, at: datetime
) -> dict[str, Any]:
    fault = fault_of_customer_id(public_id)
    if fault:
        raise InvalidInput([Issue("id", fault)])
    return {
        "site": site,
        "customer": customer,
        "public_id": public_id,
        "currency": currency or customer.preferred_currency_code,
        "created_at": at,
        "updated_at": at,
        "resource_version": next_version(at),
    }


def _owner(site: BillingSite, rows: QuerySet[Any], missing: str) -> Customer:
    """The customer of a document, locked."""
    customer = locks.lock_owner(site, rows)
    if customer is None:
        raise NotFound(missing)
    return customer


def _insert(document: OfCustomer) -> None:
    try:
        with transaction.atomic(using=locks.database()):
            document.save(force_insert=True)
    except IntegrityError as error:
        if LIVE_CONSTRAINT in str(error):
            raise NotFound("There is no such customer.") from error
        if "public_id" in str(error):
            raise DuplicateId(f"The value {document.public_id} is already present.", param="id") from error
        raise


def _write(document: OfCustomer, at: datetime, **columns: Any) -> None:
    version = next_version(at, document.resource_version)
    write(document, {**columns, "updated_at": max(at, document.updated_at), "resource_version": version})


def _close_if_paid(invoice: Invoice, at: datetime) -> None:
    if not invoice.amount_due:
        invoice.status, invoice.paid_at = InvoiceStatus.PAID, at


def _subscription(site: BillingSite, customer: Customer, public_id: str | None) -> Subscription | None:
    if public_id is None:
        return None
    mine = Subscription.objects.using(locks.database()).for_site(site).filter(customer=customer, deleted_at=None)
    found = mine.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("There is no such subscription.", param="subscription_id")
    return found


def _invoice(site: BillingSite, customer: Customer, public_id: str | None, *, of_owner: bool = False) -> Invoice | None:
    """An invoice of the customer's or, ``of_owner``, of whoever is invoiced for it."""
    if public_id is None:
        return None
    whose = {customer.pk, *([owners_of(site, customer, using=locks.database()).invoice_owner] if of_owner else [])}
    mine = Invoice.objects.using(locks.database()).for_site(site).filter(customer__in=whose, deleted_at=None)
    found = mine.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("There is no such invoice.", param="invoice_id")
    return found


def _checked(table: Mapping[str, Rule] = DOCUMENT_RULES, **given: Any) -> dict[str, Any]:
    return rules.check(table, given, required=("total", "amount", "status"))
