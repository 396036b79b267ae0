"""What a payment is to be used for: which invoices, how much for each, what is left over, and who pays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import transaction

from billing_customers.choices import COLLECTABLE_INVOICE_STATUSES, Bucket
from billing_customers.exceptions import InvalidInput, InvalidState, Issue, NotFound
from billing_customers.models import BillingSite, Customer, Invoice
from billing_customers.models.ledger import MAX_AMOUNT
from billing_customers.operations import ledger, locks, rules
from billing_customers.operations.payment_rows import lock_wanted_invoices
from billing_customers.operations.rules import RuleBroken

MAX_INVOICES = 100
FIELD = "invoice_allocations"
# Minor units of the invoices' currency.
AMOUNT = rules.integer(1, MAX_AMOUNT)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An invoice (its id) that is to be paid: with ``amount`` minor units, or with what is due as far as it goes.

    ``place`` is the number by which errors name it; without one they count from 0.
    """

    invoice_id: str
    amount: int | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """``customer`` is whom the caller names, ``payer`` who pays. ``parts`` are the invoices with what each gets, in the
    caller's order; ``amount`` may be more than their sum.
    """

    customer: Customer
    payer: Customer
    amount: int
    currency: str
    parts: tuple[tuple[Invoice, int], ...]


def field_of(part: str, number: int, wanted: Wanted) -> str:
    """How errors name ``invoice_id`` or ``allocation_amount`` of what is wanted at ``number``."""
    return f"{FIELD}.{part}.{number if wanted.place is None else wanted.place}"


class _AnotherPays(Exception):
    """The invoices are paid by the customer ``payer`` (a primary key), who is to be locked before they are."""

    def __init__(self, payer: int) -> None:
        super().__init__(payer)
        self.payer = payer


def with_plan(
    site: BillingSite, customer_public_id: str, wanted: Sequence[Wanted], amount: int | None, act: Callable[[Plan], T]
) -> T:
    """``act`` on the plan, in a transaction that has locked the payer and the invoices; return what it returns.

    Without an ``amount`` it is the sum that is wanted. Who pays is the payment owner of the invoices' customers: whom
    the caller names may be that, or the customer of the invoices. What ``wanted`` says of an amount is met in full; the
    other invoices share what is left, in the order they are given.

    Raises :class:`NotFound` for the customer, and for an invoice that is neither its own nor its to pay;
    :class:`InvalidInput` for one that is given twice, is not to be collected, or is paid by another or in another
    currency than the rest, and for amounts that are nothing, too much, more than is due or less than is wanted.
    Contract: "Collect payment for customer".
    """
    _check(wanted, amount)
    try:
        with transaction.atomic(using=locks.database()):
            customer = locks.lock_customer(site, customer_public_id)
            return act(_plan(site, customer, {customer.pk: customer}, wanted, amount))
    except _AnotherPays as another:
        payer = another.payer
    # Customers are locked before invoices, and in the order of their keys: so from the start again.
    try:
        with transaction.atomic(using=locks.database()):
            customers = locks.lock_customers(site, {customer.pk, payer})
            if customer.pk not in customers:
                raise NotFound("There is no such customer.")
            # The first look has let the locks go.
            for each in customers.values():
                locks.check_open(each)
            return act(_plan(site, customer, customers, wanted, amount))
    except _AnotherPays:
        # It is live no more, or yet another has taken its place meanwhile.
        raise InvalidState("The customer who pays for the invoices cannot be charged now.") from None


def _plan(
    site: BillingSite,
    customer: Customer,
    locked: Mapping[int, Customer],
    wanted: Sequence[Wanted],
    amount: int | None,
) -> Plan:
    invoices, payers = _locked_invoices(site, customer, wanted)
    payer = _payer(locked, wanted, payers)
    issues: list[Issue] = []
    for number, each in enumerate(wanted):
        issues += _faults(number, each, invoices[each.invoice_id])
    if len({invoice.currency for invoice in invoices.values()}) > 1:
        issues.append(Issue(FIELD, "The invoices must be of one currency."))
    if issues:
        raise InvalidInput(issues)
    due = [(invoices[each.invoice_id], each.amount) for each in wanted]
    total = amount if amount is not None else sum(part or invoice.amount_due for invoice, part in due)
    parts = _shared_out(due, total)
    plan = Plan(customer, payer, total, due[0][0].currency, tuple(parts))
    _check_surplus(site, plan)
    return plan


def _check(wanted: Sequence[Wanted], amount: int | None) -> None:
    """What can be told without a look at any row."""
    issues = _faults_of_amount("amount", amount)
    if not wanted:
        issues.append(Issue(f"{FIELD}.invoice_id.0", "Is required: the invoice to collect for."))
    if len(wanted) > MAX_INVOICES:
        issues.append(Issue(FIELD, f"At most {MAX_INVOICES} invoices can be collected at once."))
    seen: set[str] = set()
    for number, each in enumerate(wanted):
        if each.invoice_id in seen:
            issues.append(Issue(field_of("invoice_id", number, each), "Each invoice can be given once."))
        issues += _faults_of_amount(field_of("allocation_amount", number, each), each.amount)
        seen.add(each.invoice_id)
    if issues:
        raise InvalidInput(issues)
    explicit = sum(each.amount or 0 for each in wanted)
    if amount is not None and explicit > amount:
        raise InvalidInput([Issue("amount", f"Must be at least what is allocated: {explicit}.")])


def _faults_of_amount(field: str, amount: int | None) -> list[Issue]:
    try:
        if amount is not None:
            AMOUNT(amount)
    except RuleBroken as broken:
        return [Issue(field, str(broken))]
    return []


def _locked_invoices(
    site: BillingSite, customer: Customer, wanted: Sequence[Wanted]
) -> tuple[dict[str, Invoice], dict[str, int]]:
    """The invoices, and the primary keys of who pays them, by id."""
    invoices: dict[str, Invoice] = {}
    payers: dict[str, int] = {}
    for invoice, owner in lock_wanted_invoices(site, customer, [each.invoice_id for each in wanted]):
        invoices[invoice.public_id], payers[invoice.public_id] = invoice, owner or invoice.customer_id
    for number, each in enumerate(wanted):
        if each.invoice_id not in invoices:
            raise NotFound("There is no such invoice.", param=field_of("invoice_id", number, each))
    return invoices, payers


def _payer(locked: Mapping[int, Customer], wanted: Sequence[Wanted], payers: Mapping[str, int]) -> Customer:
    payer = payers[wanted[0].invoice_id]
    for number, each in enumerate(wanted):
        if payers[each.invoice_id] != payer:
            said = "Is paid by another customer than the first: the invoices must be paid by one."
            raise InvalidInput([Issue(field_of("invoice_id", number, each), said)])
    if payer not in locked:
        raise _AnotherPays(payer)
    return locked[payer]


def _faults(number: int, each: Wanted, invoice: Invoice) -> list[Issue]:
    if invoice.status not in COLLECTABLE_INVOICE_STATUSES:
        said = f"The invoice is {invoice.status}: only those that are payment_due or not_paid are collected."
        return [Issue(field_of("invoice_id", number, each), said)]
    if each.amount is not None and each.amount > invoice.amount_due:
        said = f"Must be at most what is due: {invoice.amount_due}."
        return [Issue(field_of("allocation_amount", number, each), said)]
    return []


def _shared_out(due: Sequence[tuple[Invoice, int | None]], total: int) -> list[tuple[Invoice, int]]:
    """What each invoice gets; those that get nothing are left out."""
    left = total - sum(part or 0 for _, part in due)
    parts = []
    for invoice, wanted in due:
        part = min(invoice.amount_due, left) if wanted is None else wanted
        left -= part if wanted is None else 0
        if part:
            parts.append((invoice, part))
    return parts


def _check_surplus(site: BillingSite, plan: Plan) -> None:
    """Before it is charged: will the books take what is more than the invoices need?"""
    issues = _faults_of_amount("amount", plan.amount)
    if issues:
        raise InvalidInput(issues)
    surplus = plan.amount - sum(part for _, part in plan.parts)
    if surplus:
        there = ledger.balance_of(site, plan.payer, plan.currency, Bucket.EXCESS_PAYMENTS)
        if there + surplus > MAX_AMOUNT:
            raise InvalidInput([Issue("amount", f"The excess payments would exceed {MAX_AMOUNT}.")])
