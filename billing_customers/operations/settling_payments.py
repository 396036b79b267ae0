"""Book what became of a payment that a gateway was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.dispatch import Signal

from billing_customers import signals
from billing_customers.actors import UNKNOWN, Actor
from billing_customers.choices import Bucket, PaymentRole, TransactionStatus
from billing_customers.exceptions import NotFound, PaymentFailed, PaymentUncertain
from billing_customers.gateways.base import Charge, ChargeStatus, StoredSource
from billing_customers.models import Allocation, BillingSite, Customer, Invoice, Transaction
from billing_customers.operations import ledger, locks
from billing_customers.operations.applying import note_paid
from billing_customers.operations.payment_sources import (
    PreparedSource,
    assign_payment_role,
    attach_source,
    discard_prepared,
)
from billing_customers.operations.storing import next_version, raise_version

_UNKNOWN_OUTCOME = "The gateway did not answer in time. It will be asked again what became of the payment."


def settle_collection(
    *, site: BillingSite, attempt: Transaction, charge: Charge | None, actor: Actor = UNKNOWN, at: datetime
) -> Transaction:
    """Book the outcome, once; return the transaction. One that is settled stays as it is.

    ``None`` means that the outcome is not known: the invoices stay held. Contract: "Collect payment for customer".
    """
    with transaction.atomic(using=locks.database()):
        customers = _lock_customers(site, attempt)
        rows = Transaction.objects.using(locks.database()).for_site(site).select_for_update()
        row = rows.get(pk=attempt.pk)
        if not row.is_settled:
            _Settlement(site, customers, row, actor, at).book(charge)
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


def _lock_customers(site: BillingSite, attempt: Transaction) -> dict[int, Customer]:
    """The payer and the customers of the invoices, in the order of their keys."""
    allocations = Allocation.objects.using(locks.database()).for_site(site).filter(transaction_id=attempt.pk)
    owners = set(allocations.values_list("invoice__customer_id", flat=True))
    customers = locks.lock_customers(site, {attempt.customer_id, *owners})
    if attempt.customer_id not in customers:
        raise NotFound("There is no such customer.")
    return customers


@dataclass(frozen=True)
class _Settlement:
    """One attempt, locked with its customers."""

    site: BillingSite
    customers: dict[int, Customer]
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
        if is_known and self.row.id_at_gateway == charge.id_at_gateway:
            return
        self._write(status=TransactionStatus.IN_PROGRESS, id_at_gateway=charge.id_at_gateway, error_text="")
        self._tell(signals.payment_initiated)

    def _book_failure(self, charge: Charge) -> None:
        self._allocations().update(is_open=None)
        self._write(
            status=TransactionStatus.FAILURE,
            id_at_gateway=charge.id_at_gateway,
            error_code=charge.reason or "decline",
            error_text=charge.message[:250],
            settled_at=self.at,
        )
        prepared = self._prepared()
        if prepared is not None:
            discard_prepared(site=self.site, prepared=prepared, at=self.at)
        self._tell(signals.payment_failed)

    def _book_success(self, charge: Charge) -> None:
        paid = self._apply()
        surplus = self.row.amount - sum(part for _, part in paid)
        if surplus:
            self._keep_surplus(surplus)
        self._write(
            status=TransactionStatus.SUCCESS,
            id_at_gateway=charge.id_at_gateway,
            error_code="",
            error_text="",
            amount_unused=surplus,
            settled_at=self.at,
        )
        self._keep_source()
        self._tell(signals.payment_succeeded)
        for invoice, _ in paid:
            owner = self.customers.get(invoice.customer_id)
            # The invoice of a customer that was deleted meanwhile is paid all the same.
            if owner is not None:
                self._send(signals.invoice_updated, Invoice, owner, invoice=invoice)

    def _apply(self) -> list[tuple[Invoice, int]]:
        """Book each part for its invoice: never more than is due, whatever happened to it meanwhile."""
        allocations = {each.invoice_id: each for each in self._allocations()}
        rows = Invoice.objects.using(locks.database()).for_site(self.site).select_for_update()
        invoices = {invoice.pk: invoice for invoice in rows.filter(pk__in=allocations).order_by("pk")}
        paid = []
        for pk, allocation in allocations.items():
            invoice, part = invoices[pk], min(allocation.amount, invoices[pk].amount_due)
            allocation.amount, allocation.is_open, allocation.applied_at = part, None, self.at
            allocation.save(update_fields=["amount", "is_open", "applied_at"])
            if part:
                note_paid(invoice, paid=part, at=self.at)
                paid.append((invoice, part))
        return paid

    def _keep_surplus(self, surplus: int) -> None:
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

    def _keep_source(self) -> None:
        """What becomes of what was charged: kept, made the primary one, or given back to the gateway."""
        prepared, replaces = self._prepared(), bool(self.row.plan.get("replaces_primary"))
        if prepared is None:
            if replaces:
                self._make_primary()
        elif not self.row.plan.get("retains"):
            discard_prepared(site=self.site, prepared=prepared, at=self.at)
        else:
            is_primary = replaces or self.payer.primary_payment_source_id is None
            self.row.payment_source = attach_source(
                site=self.site,
                customer=self.payer,
                prepared=prepared,
                role=PaymentRole.PRIMARY if is_primary else PaymentRole.NONE,
                actor=self.actor,
                at=self.at,
            )
            self.row.save(update_fields=["payment_source"])

    def _make_primary(self) -> None:
        source = self.row.payment_source
        if source is None or source.deleted_at or self.payer.primary_payment_source_id == source.public_id:
            return
        assign_payment_role(
            site=self.site,
            customer_public_id=self.payer.public_id,
            payment_source_id=source.public_id,
            role=PaymentRole.PRIMARY,
            actor=self.actor,
            at=self.at,
        )
        self.payer.refresh_from_db()

    def _prepared(self) -> PreparedSource | None:
        stored, account = self.row.plan.get("stored"), self.row.gateway_account
        if stored is None or account is None:
            return None
        return PreparedSource(account=account, stored=StoredSource(**stored))

    def _allocations(self) -> models.QuerySet[Allocation]:
        mine = Allocation.objects.using(locks.database()).for_site(self.site).filter(transaction=self.row)
        return mine.order_by("position", "id")

    def _write(self, **columns: Any) -> None:
        columns |= {"updated_at": self.at, "resource_version": next_version(self.at, self.row.resource_version)}
        for name, value in columns.items():
            setattr(self.row, name, value)
        self.row.save(update_fields=list(columns))

    def _tell(self, signal: Signal) -> None:
        raise_version(self.site, self.payer, at=self.at)
        self._send(signal, Transaction, self.payer, transaction=self.row)

    def _send(self, signal: Signal, sender: type[models.Model], customer: Customer, **subject: models.Model) -> None:
        signal.send(sender=sender, customer=customer, site=self.site, actor=self.actor, at=self.at, **subject)
