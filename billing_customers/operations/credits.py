"""Promotional credits: given, taken back, set to an amount. What invoices use of them is ``operations/applying.py``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from billing_customers import signals
from billing_customers.actors import UNKNOWN, Actor
from billing_customers.choices import Bucket, CreditType
from billing_customers.exceptions import InvalidState, NotFound
from billing_customers.models import BillingSite, Customer, LedgerEntry
from billing_customers.models.ledger import MAX_AMOUNT
from billing_customers.operations import ledger, locks, rules
from billing_customers.operations.rules import Rule
from billing_customers.operations.storing import check_version, raise_version

CREDIT_RULES: dict[str, Rule] = {
    "amount": rules.integer(1, MAX_AMOUNT),
    "description": rules.text(250, multiline=True),
    "credit_type": rules.one_of(CreditType),
    "reference": rules.text(500),
    "currency_code": rules.currency,
}
# Of them all, the balance alone may be nothing.
SETTING_RULES: dict[str, Rule] = {**CREDIT_RULES, "amount": rules.integer(0, MAX_AMOUNT)}

_BUCKET = Bucket.PROMOTIONAL_CREDITS


def add_promotional_credits(
    *,
    site: BillingSite,
    customer_public_id: str,
    amount: int,
    description: str,
    credit_type: str | None = None,
    reference: str | None = None,
    currency_code: str | None = None,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> tuple[Customer, LedgerEntry]:
    """Give ``amount`` (1 to 10^15 minor units); return the customer and the entry.

    ``currency_code`` is the customer's preferred currency unless given, ``credit_type`` is ``general``; ``description``
    has at most 250 characters, ``reference`` is the caller's own and has at most 500. Raises :class:`NotFound`,
    :class:`InvalidInput`, :class:`VersionMismatch`. Contract: "Add promotional credits".
    """
    said = _checked(
        CREDIT_RULES,
        amount=amount,
        description=description,
        credit_type=credit_type,
        reference=reference,
        currency_code=currency_code,
    )
    with transaction.atomic(using=locks.database()):
        customer = _locked(site, customer_public_id, expected_version)
        return customer, _move(site, customer, said, said["amount"], actor=actor, at=at)


def deduct_promotional_credits(
    *,
    site: BillingSite,
    customer_public_id: str,
    amount: int,
    description: str,
    credit_type: str | None = None,
    reference: str | None = None,
    currency_code: str | None = None,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> tuple[Customer, LedgerEntry]:
    """Take ``amount`` back; return the customer and the entry. Arguments and errors as
    :func:`add_promotional_credits`, and :class:`InsufficientBalance`. Contract: "Deduct promotional credits".
    """
    said = _checked(
        CREDIT_RULES,
        amount=amount,
        description=description,
        credit_type=credit_type,
        reference=reference,
        currency_code=currency_code,
    )
    with transaction.atomic(using=locks.database()):
        customer = _locked(site, customer_public_id, expected_version)
        return customer, _move(site, customer, said, -said["amount"], actor=actor, at=at)


def set_promotional_credits(
    *,
    site: BillingSite,
    customer_public_id: str,
    amount: int,
    description: str,
    credit_type: str | None = None,
    reference: str | None = None,
    currency_code: str | None = None,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> tuple[Customer, LedgerEntry | None]:
    """Make the balance ``amount`` (0 to 10^15); return the customer and the entry of the difference.

    Where there is none, nothing is booked and the entry is ``None``. Arguments and errors as
    :func:`add_promotional_credits`. Contract: "Set promotional credits".
    """
    said = _checked(
        SETTING_RULES,
        amount=amount,
        description=description,
        credit_type=credit_type,
        reference=reference,
        currency_code=currency_code,
    )
    with transaction.atomic(using=locks.database()):
        customer = _locked(site, customer_public_id, expected_version)
        difference = said["amount"] - ledger.balance_of(site, customer, _currency(customer, said), _BUCKET)
        if not difference:
            return customer, None
        return customer, _move(site, customer, said, difference, actor=actor, at=at)


def reverse_promotional_credits(
    *, site: BillingSite, public_id: str, description: str, actor: Actor = UNKNOWN, at: datetime
) -> tuple[Customer, LedgerEntry]:
    """Book the opposite of the entry ``public_id``, which was a mistake; return the customer and the new entry.

    Raises :class:`NotFound`, :class:`InvalidInput`, :class:`InsufficientBalance`, and :class:`InvalidState` for an
    entry that was reversed, is a reversal, was made for an invoice, or is of a customer whose personal data is cleared.
    """
    said = rules.check(CREDIT_RULES, {"description": description}, required=("description",))
    with transaction.atomic(using=locks.database()):
        entries = LedgerEntry.objects.using(locks.database()).for_site(site).filter(bucket=_BUCKET)
        entry = entries.filter(public_id=public_id).first()
        customer = locks.lock_customers(site, [entry.customer_id]).get(entry.customer_id) if entry else None
        if entry is None or customer is None:
            raise NotFound("There is no such entry.")
        locks.check_open(customer)
        if entry.reference is not None:
            raise InvalidState(f"The entry was made for {entry.reference}, and stays with it.")
        reversal = ledger.reverse(site=site, entry=entry, description=said["description"], actor=actor, at=at)
        customer.has_balances = True
        return customer, _tell(site, customer, reversal, actor, at)


def _checked(table: dict[str, Rule], **given: Any) -> dict[str, Any]:
    return rules.check(table, given, required=("amount", "description"))


def _locked(site: BillingSite, public_id: str, expected_version: int | None) -> Customer:
    customer = locks.lock_customer(site, public_id)
    check_version(customer, expected_version)
    return customer


def _currency(customer: Customer, said: dict[str, Any]) -> str:
    currency: str = said["currency_code"] or customer.preferred_currency_code
    return currency


def _move(
    site: BillingSite, customer: Customer, said: dict[str, Any], delta: int, *, actor: Actor, at: datetime
) -> LedgerEntry:
    remark = ledger.Remark(
        credit_type=said["credit_type"] or CreditType.GENERAL.value,
        description=said["description"],
        caller_reference=said["reference"] or "",
    )
    entry = ledger.move(
        site=site,
        customer=customer,
        currency=_currency(customer, said),
        bucket=_BUCKET,
        delta=delta,
        remark=remark,
        actor=actor,
        at=at,
    )
    return _tell(site, customer, entry, actor, at)


def _tell(site: BillingSite, customer: Customer, entry: LedgerEntry, actor: Actor, at: datetime) -> LedgerEntry:
    raise_version(site, customer, at=at)
    signal = signals.promotional_credits_added if entry.delta > 0 else signals.promotional_credits_deducted
    signal.send(sender=LedgerEntry, customer=customer, site=site, promotional_credit=entry, actor=actor, at=at)
    return entry
