"""How money that is there is used for an invoice. Invoice and customer are locked by the caller."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import F

from billing_customers import signals
from billing_customers.actors import Actor
from billing_customers.choices import Bucket, CreditNoteStatus, InvoiceStatus, TransactionStatus
from billing_customers.models import Allocation, BillingSite, CreditNote, Customer, Invoice, LedgerEntry, Transaction
from billing_customers.operations import ledger, locks
from billing_customers.operations.storing import next_version, raise_version, write

Entry = Callable[..., LedgerEntry]


def note_paid(invoice: Invoice, *, paid: int = 0, credited: int = 0, at: datetime) -> None:
    """Book ``paid`` or ``credited`` minor units for the invoice, which is paid when nothing is due any more."""
    left = invoice.amount_due - paid - credited
    written: dict[str, Any] = {
        "amount_paid": invoice.amount_paid + paid,
        "credits_applied": invoice.credits_applied + credited,
        "amount_due": left,
        "updated_at": max(at, invoice.updated_at),
        "resource_version": next_version(at, invoice.resource_version),
    }
    if not left:
        written |= {"status": InvoiceStatus.PAID.value, "paid_at": at}
    write(invoice, written)


def apply_credits_to(*, site: BillingSite, customer: Customer, invoice: Invoice, actor: Actor, at: datetime) -> None:
    """Use promotional credits, then refundable credits, then excess payments, each as far as it goes."""
    due = invoice.amount_due
    entry = partial(ledger.move, site=site, customer=customer, currency=invoice.currency, actor=actor, at=at)
    deducted = _use_promotional(site, customer, invoice, entry, at)
    _use_refundable(site, customer, invoice, entry, at)
    _use_excess(site, customer, invoice, entry, at)
    if invoice.amount_due < due:
        raise_version(site, customer, at=at)
    if deducted is not None:
        signals.promotional_credits_deducted.send(
            sender=LedgerEntry, customer=customer, site=site, promotional_credit=deducted, actor=actor, at=at
        )


def _use_promotional(
    site: BillingSite, customer: Customer, invoice: Invoice, entry: Entry, at: datetime
) -> LedgerEntry | None:
    there = ledger.balance_of(site, customer, invoice.currency, Bucket.PROMOTIONAL_CREDITS)
    used = min(there, invoice.amount_due)
    if not used:
        return None
    remark = ledger.Remark(f"invoice:{invoice.public_id}", description=f"Used for invoice {invoice.public_id}")
    note_paid(invoice, credited=used, at=at)
    return entry(bucket=Bucket.PROMOTIONAL_CREDITS, delta=-used, remark=remark)


def _use_refundable(site: BillingSite, customer: Customer, invoice: Invoice, entry: Entry, at: datetime) -> None:
    notes = CreditNote.objects.using(locks.database()).for_site(site).select_for_update()
    open_notes = notes.filter(customer=customer, currency=invoice.currency, amount_available__gt=0, deleted_at=None)
    for note in open_notes.order_by("id"):
        used = min(note.amount_available, invoice.amount_due)
        if not used:
            return
        left = note.amount_available - used
        written = {
            "amount_available": left,
            "amount_allocated": note.amount_allocated + used,
            "status": note.status if left else CreditNoteStatus.ADJUSTED.value,
            "updated_at": max(at, note.updated_at),
            "resource_version": next_version(at, note.resource_version),
        }
        write(note, written)
        Allocation(site=site, credit_note=note, invoice=invoice, amount=used, applied_at=at).save(force_insert=True)
        reference = f"invoice:{invoice.public_id}:{note.public_id}"
        entry(bucket=Bucket.REFUNDABLE_CREDITS, delta=-used, remark=ledger.Remark(reference))
        note_paid(invoice, credited=used, at=at)


def _use_excess(site: BillingSite, customer: Customer, invoice: Invoice, entry: Entry, at: datetime) -> None:
    payments = Transaction.objects.using(locks.database()).for_site(site).select_for_update()
    unused = payments.filter(customer=customer, currency=invoice.currency, amount_unused__gt=0, deleted_at=None)
    for payment in unused.filter(status=TransactionStatus.SUCCESS).order_by("id"):
        used = min(payment.amount_unused, invoice.amount_due)
        if not used:
            return
        Transaction.objects.for_site(site).filter(pk=payment.pk).update(
            amount_unused=F("amount_unused") - used,
            updated_at=at,
            resource_version=next_version(at, payment.resource_version),
        )
        Allocation(site=site, transaction=payment, invoice=invoice, amount=used, applied_at=at).save(force_insert=True)
        reference = f"invoice:{invoice.public_id}:{payment.public_id}"
        entry(bucket=Bucket.EXCESS_PAYMENTS, delta=-used, remark=ledger.Remark(reference))
        note_paid(invoice, paid=used, at=at)
