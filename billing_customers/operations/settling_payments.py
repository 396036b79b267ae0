"""Book what became of a payment that a gateway was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.dispatch import Signal

from billing_customers import signals
from billing_customers.actors import UNKNOWN, Actor
from billing_customers.choices import COLLECTABLE_INVOICE_STATUSES, Bucket, PaymentRole, TransactionStatus
from billing_customers.exceptions import InvalidInput, NotFound, PaymentFailed, PaymentUncertain
from billing_customers.gateways.base import Charge, ChargeStatus, StoredSource
from billing_customers.models import Allocation, BillingSite, Customer, Invoice, PaymentSource, Transaction
from billing_customers.operations import ledger, locks
from billing_customers.operations.applying import note_paid
from billing_customers.operations.payment_roles import columns_with_role
from billing_customers.operations.payment_rows import (
    Part,
    lock_invoices,
    lock_transaction,
    parts_of,
    with_subscription,
)
from billing_customers.operations.payment_sources import PreparedSource, attach_source, discard_prepared
from billing_customers.operations.storing import next_version, raise_version, store_changes, write

# Why an attempt failed that no gateway knows of.
NOT_CHARGED = "not_charged"

_UNKNOWN_OUTCOME = "The gateway did not answer in time. It will be asked again what became of the payment."
_FAILED_AFTER_ALL = "What is more than the invoices needed could not be kept: the excess payments are full."


class Overtaken(Exception):
    """Somebody else has gone on with the attempt meanwhile."""


def settle_collection(
    *,
    site: BillingSite,
    attempt: Transaction,
    charge: Charge | None,
    untouched_since: datetime | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Transaction:
    """Book the outcome, once; return the transaction, with its ``customer``. One that is settled stays as it is.

    ``charge`` is ``None`` when the outcome is not known: the invoices stay held. With ``untouched_since`` it raises
    :class:`Overtaken` if the attempt has changed after that. Contract: "Collect payment for customer".
    """
    with transaction.atomic(using=locks.database()):
        # They change with the settlement alone, and what is read of the invoices says only whose they are.
        parts = parts_of(site, attempt)
        customers = _lock_customers(site, attempt, parts)
        row = lock_transaction(site, attempt.pk)
        row.customer = customers[row.customer_id]
        row.gateway_account, row.payment_source = attempt.gateway_account, attempt.payment_source
        if untouched_since is not None and row.updated_at > untouched_since:
            raise Overtaken(row.public_id)
        if not row.is_settled or _was_charged_after_all(row, charge):
            # The time of a request is that of its beginning, and the attempt may have begun later.
            _Settlement(site, customers, parts, row, actor, max(at, row.updated_at)).book(charge)
        return row


def raise_unless_paid(attempt: Transaction) -> None:
    """Raise what a caller is told of an attempt that brought no money: :class:`PaymentFailed`, and
    :class:`PaymentUncertain` while that is not known.
    """
    if attempt.status == TransactionStatus.TIMEOUT:
        said = f"It is not known yet whether the payment {attempt.public_id} was made; it will not be made twice."
        raise PaymentUncertain(said, reason="timeout", transaction_id=attempt.public_id)
    if attempt.status == TransactionStatus.FAILURE:
        said = attempt.error_text or "The payment was declined."
        raise PaymentFailed(said, reason=attempt.error_code or "decline", transaction_id=attempt.public_id)


def _was_charged_after_all(row: Transaction, charge: Charge | None) -> bool:
    """Whether the gateway made a payment that was given up because it knew of none: money is booked whenever it comes.

    Only a process can bring that about that was stopped in the middle of its call for longer than anybody waits.
    """
    given_up = row.status == TransactionStatus.FAILURE and row.error_code == NOT_CHARGED
    return given_up and charge is not None and charge.status is ChargeStatus.SUCCEEDED


def _lock_customers(site: BillingSite, attempt: Transaction, parts: list[Part]) -> dict[int, Customer]:
    """The payer and the customers of the invoices, in the order of their keys."""
    customers = locks.lock_customers(site, {attempt.customer_id, *(part.owner for part in parts)})
    if attempt.customer_id not in customers:
        raise NotFound("There is no such customer.")
    return customers


@dataclass(frozen=True)
class _Settlement:
    """One attempt, locked with its customers."""

    site: BillingSite
    customers: dict[int, Customer]
    parts: list[Part]
    row: Transaction
    actor: Actor
    at: datetime

    @property
    def payer(self) -> Customer:
        return self.customers[self.row.customer_id]

    def book(self, charge: Charge | None) -> None:
        if charge is None:
            self._write(status=TransactionStatus.TIMEOUT, error_text=_UNKNOWN_OUTCOME)
        elif charge.status is ChargeStatus.PENDING:
            self._note_pending(charge)
        elif charge.status is ChargeStatus.SUCCEEDED:
            self._book_success(charge)
        else:
            self._book_failure(charge)

    def _note_pending(self, charge: Charge) -> None:
        is_known = self.row.status == TransactionStatus.IN_PROGRESS and self.row.id_at_gateway != ""
        if is_known and self.row.id_at_gateway == charge.id_at_gateway[:100]:
            return
        self._write(status=TransactionStatus.IN_PROGRESS, id_at_gateway=charge.id_at_gateway[:100], error_text="")
        self._tell(signals.payment_initiated, self._invoices())

    def _book_failure(self, charge: Charge) -> None:
        prepared = self._prepared()
        self._rows().update(is_open=None)
        self._settle(
            status=TransactionStatus.FAILURE,
            id_at_gateway=charge.id_at_gateway[:100],
            error_code=(charge.reason or "decline")[:100],
            error_text=charge.message[:250],
        )
        if prepared is not None:
            discard_prepared(site=self.site, prepared=prepared, at=self.at)
        self._tell(signals.payment_failed, self._invoices())

    def _book_success(self, charge: Charge) -> None:
        prepared, replaces = self._prepared(), bool(self.row.plan.get("replaces_primary"))
        retains = bool(self.row.plan.get("retains"))
        paid = self._apply()
        surplus = self.row.amount - sum(part for _, part in paid)
        is_kept = self._keep_surplus(surplus)
        self._settle(
            status=TransactionStatus.SUCCESS if is_kept else TransactionStatus.NEEDS_ATTENTION,
            id_at_gateway=charge.id_at_gateway[:100],
            error_code="",
            error_text="" if is_kept else _FAILED_AFTER_ALL,
            amount_unused=surplus if is_kept else 0,
        )
        if prepared is not None:
            self._keep_source(prepared, retains=retains, replaces=replaces)
        elif replaces:
            self._make_primary()
        invoices = [invoice for invoice, _ in paid]
        self._tell(signals.payment_succeeded, invoices)
        for invoice in invoices:
            owner = self.customers.get(invoice.customer_id)
            # The invoice of a customer that was deleted meanwhile is paid all the same.
            if owner is not None:
                self._send(signals.invoice_updated, Invoice, owner, invoice=invoice)

    def _invoices(self) -> list[Invoice]:
        """Those that it is for, in the caller's order, locked."""
        found = lock_invoices(self.site, [part.invoice for part in self.parts])
        for part in self.parts:
            invoice = with_subscription(found[part.invoice], part)
            if part.owner in self.customers:
                invoice.customer = self.customers[part.owner]
        return [found[part.invoice] for part in self.parts]

    def _apply(self) -> list[tuple[Invoice, int]]:
        """Book each part for its invoice: never more than is due, whatever happened to it meanwhile."""
        paid = []
        for wanted, invoice in zip(self.parts, self._invoices(), strict=True):
            is_due = invoice.status in COLLECTABLE_INVOICE_STATUSES
            part = min(wanted.amount, invoice.amount_due) if is_due else 0
            if part != wanted.amount:
                self._rows().filter(pk=wanted.pk).update(amount=part)
            if part:
                note_paid(invoice, paid=part, at=self.at)
                paid.append((invoice, part))
        self._rows().update(is_open=None, applied_at=self.at)
        return paid

    def _keep_surplus(self, surplus: int) -> bool:
        """Whether all of it is booked. What cannot be must not keep the rest from being: it is paid."""
        if not surplus:
            return True
        try:
            ledger.move(
                site=self.site,
                customer=self.payer,
                currency=self.row.currency,
                bucket=Bucket.EXCESS_PAYMENTS,
                delta=surplus,
                remark=ledger.Remark(f"payment:{self.row.public_id}"),
                actor=self.actor,
                at=self.at,
            )
        except InvalidInput:
            return False
        return True

    def _keep_source(self, prepared: PreparedSource, *, retains: bool, replaces: bool) -> None:
        """What becomes of a new source that was charged: the customer's, or given back to the gateway."""
        if not retains:
            discard_prepared(site=self.site, prepared=prepared, at=self.at)
            return
        is_primary = replaces or self.payer.primary_payment_source_id is None
        source = attach_source(
            site=self.site,
            customer=self.payer,
            prepared=prepared,
            role=PaymentRole.PRIMARY if is_primary else PaymentRole.NONE,
            actor=self.actor,
            at=self.at,
        )
        write(self.row, {"payment_source": source})

    def _make_primary(self) -> None:
        charged = self.row.payment_source
        sources = PaymentSource.objects.using(locks.database()).for_site(self.site).attached()
        source = sources.filter(pk=charged.pk, customer=self.payer).first() if charged is not None else None
        # It may have been detached meanwhile.
        if source is not None:
            columns = columns_with_role(self.payer, source.public_id, PaymentRole.PRIMARY)
            store_changes(self.site, self.payer, columns, actor=self.actor, at=self.at)

    def _prepared(self) -> PreparedSource | None:
        stored, account = self.row.plan.get("stored"), self.row.gateway_account
        if stored is None or account is None:
            return None
        return PreparedSource(account, StoredSource(**stored), is_new=self.row.plan["is_new"])

    def _rows(self) -> models.QuerySet[Allocation]:
        return Allocation.objects.using(locks.database()).for_site(self.site).filter(transaction=self.row)

    def _settle(self, **columns: Any) -> None:
        """Write what is final. The names and addresses in the plan go: they have been used."""
        self._write(**columns, settled_at=self.at, plan={})

    def _write(self, **columns: Any) -> None:
        columns |= {
            "updated_at": self.at,
            "resource_version": next_version(self.at, self.row.resource_version),
        }
        write(self.row, columns)

    def _tell(self, signal: Signal, invoices: list[Invoice]) -> None:
        """The one invoice, if it is one, is told of too."""
        raise_version(self.site, self.payer, at=self.at)
        subject = {"invoice": invoices[0]} if len(invoices) == 1 else {}
        self._send(signal, Transaction, self.payer, transaction=self.row, **subject)

    def _send(self, signal: Signal, sender: type[models.Model], customer: Customer, **subject: models.Model) -> None:
        signal.send(sender=sender, customer=customer, site=self.site, actor=self.actor, at=self.at, **subject)
