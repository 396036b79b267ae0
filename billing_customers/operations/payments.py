"""Payments that came in by another way than a gateway, and are written down by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from billing_customers import signals
from billing_customers.actors import UNKNOWN, Actor
from billing_customers.choices import Bucket, OfflineMethod, TransactionStatus, TransactionType
from billing_customers.exceptions import DuplicateId, InvalidInput, Issue
from billing_customers.ids import fault_of_id, new_id
from billing_customers.models import BillingSite, Customer, Transaction
from billing_customers.models.ledger import MAX_AMOUNT
from billing_customers.operations import ledger, locks, rules
from billing_customers.operations.rules import Rule, RuleBroken
from billing_customers.operations.storing import check_version, next_version, raise_version

MAX_ID = 40

_id_text = rules.text(MAX_ID)


@rules.says(type="string", maxLength=MAX_ID)
def _transaction_id(value: Any) -> str:
    given: str = _id_text(value)
    fault = fault_of_id(given, MAX_ID)
    if fault is not None:
        raise RuleBroken(fault)
    return given


def _date(value: Any) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise RuleBroken("Must be a time with its time zone.")
    return value


PAYMENT_RULES: dict[str, Rule] = {
    "transaction.id": _transaction_id,
    "transaction.amount": rules.integer(1, MAX_AMOUNT),
    "transaction.currency_code": rules.currency,
    "transaction.date": _date,
    "transaction.payment_method": rules.one_of(OfflineMethod),
    "transaction.reference_number": rules.text(100),
    "comment": rules.text(300, multiline=True),
}
REQUIRED = ("transaction.amount", "transaction.date", "transaction.payment_method")


def record_excess_payment(
    *,
    site: BillingSite,
    customer_public_id: str,
    amount: int,
    date: datetime,
    payment_method: str,
    currency_code: str | None = None,
    reference_number: str | None = None,
    comment: str | None = None,
    public_id: str | None = None,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> tuple[Customer, Transaction]:
    """Write down a payment that is for no invoice yet; return the customer and the transaction.

    ``amount`` is 1 to 10^15 minor units of ``currency_code``, the customer's preferred currency unless given; ``date``
    is when it came in, ``payment_method`` a value of :class:`~billing_customers.choices.OfflineMethod`,
    ``reference_number`` that of a cheque or the like. ``public_id`` is the caller's own id of the transaction. Raises
    :class:`NotFound`, :class:`InvalidInput`, :class:`DuplicateId`, :class:`VersionMismatch`.
    Contract: "Record an excess payment for a customer".
    """
    given = {
        "transaction.id": public_id,
        "transaction.amount": amount,
        "transaction.currency_code": currency_code,
        "transaction.date": date,
        "transaction.payment_method": payment_method,
        "transaction.reference_number": reference_number,
        "comment": comment,
    }
    said = rules.check(PAYMENT_RULES, given, required=REQUIRED)
    with transaction.atomic(using=locks.database()):
        customer = locks.lock_customer(site, customer_public_id)
        check_version(customer, expected_version)
        payment = _payment(site, customer, said, at)
        _insert(payment)
        _keep(site, customer, payment, actor, at)
        raise_version(site, customer, at=at)
        signals.transaction_created.send(
            sender=Transaction, customer=customer, site=site, transaction=payment, actor=actor, at=at
        )
        return customer, payment


def _payment(site: BillingSite, customer: Customer, said: dict[str, Any], at: datetime) -> Transaction:
    return Transaction(
        site=site,
        customer=customer,
        public_id=said["transaction.id"] or new_id("txn", 16),
        type=TransactionType.PAYMENT.value,
        status=TransactionStatus.SUCCESS.value,
        payment_method=said["transaction.payment_method"],
        amount=said["transaction.amount"],
        amount_unused=said["transaction.amount"],
        currency=said["transaction.currency_code"] or customer.preferred_currency_code,
        date=said["transaction.date"],
        reference_number=said["transaction.reference_number"] or "",
        comment=said["comment"] or "",
        created_at=at,
        updated_at=at,
        settled_at=at,
        resource_version=next_version(at),
    )


def _insert(payment: Transaction) -> None:
    try:
        with transaction.atomic(using=locks.database()):
            payment.save(force_insert=True)
    except IntegrityError as error:
        if "public_id" not in str(error):
            raise
        raise DuplicateId(f"The value {payment.public_id} is already present.", param="transaction.id") from error


def _keep(site: BillingSite, customer: Customer, payment: Transaction, actor: Actor, at: datetime) -> None:
    try:
        ledger.move(
            site=site,
            customer=customer,
            currency=payment.currency,
            bucket=Bucket.EXCESS_PAYMENTS,
            delta=payment.amount,
            remark=ledger.Remark(f"payment:{payment.public_id}"),
            actor=actor,
            at=at,
        )
    except InvalidInput as full:
        raise InvalidInput([Issue("transaction.amount", full.message)]) from full
