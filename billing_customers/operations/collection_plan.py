"""What a payment is to be used for: which invoices, how much for each, and what is left over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from billing_customers.choices import COLLECTABLE_INVOICE_STATUSES
from billing_customers.exceptions import InvalidInput, Issue, NotFound
from billing_customers.models import BillingSite, Customer, Invoice, Relationship
from billing_customers.models.ledger import MAX_AMOUNT
from billing_customers.operations import locks

MAX_INVOICES = 100
FIELD = "invoice_allocations"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An invoice (its id) that is to be paid: with ``amount`` minor units, or with all that is due."""

    invoice_id: str
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """``parts`` are the invoices with what each gets, in the caller's order; ``amount`` may be more than their sum."""

    amount: int
    currency: str
    parts: tuple[tuple[Invoice, int], ...]


def make_plan(site: BillingSite, payer: Customer, wanted: Sequence[Wanted], amount: int | None) -> Plan:
    """Lock the invoices and say what each gets. Without an ``amount`` it is the sum that is wanted.

    Raises :class:`NotFound` for an invoice that is unknown or not the payer's to pay, and :class:`InvalidInput` for one
    that is given twice, is not to be collected or is of another currency than the rest, and for an amount that is
    nothing, too much, or more than is due. Contract: "Collect payment for customer".
    """
    _check(wanted, amount)
    invoices = _locked(site, payer, wanted)
    issues: list[Issue] = []
    for number, each in enumerate(wanted):
        issues += _faults(number, each, invoices[each.invoice_id])
    if len({invoice.currency for invoice in invoices.values()}) > 1:
        issues.append(Issue(FIELD, "The invoices must be of one currency."))
    if issues:
        raise InvalidInput(issues)
    due = [(invoices[each.invoice_id], each.amount or invoices[each.invoice_id].amount_due) for each in wanted]
    total = amount if amount is not None else sum(part for _, part in due)
    if total > MAX_AMOUNT:
        raise InvalidInput([Issue("amount", f"Must be at most {MAX_AMOUNT}.")])
    return Plan(total, due[0][0].currency, tuple(_shared_out(due, total)))


def customers_paid_by(site: BillingSite, payer: Customer) -> list[int]:
    """The primary keys of the payer and of the customers of its family whose payments it has taken on."""
    children = Relationship.objects.using(locks.database()).for_site(site).filter(payment_owner=payer)
    return [payer.pk, *children.values_list("child_id", flat=True)]


def _shared_out(due: list[tuple[Invoice, int]], total: int) -> list[tuple[Invoice, int]]:
    parts, left = [], total
    for invoice, wanted in due:
        part = min(wanted, left)
        if part:
            parts.append((invoice, part))
        left -= part
    return parts


def _check(wanted: Sequence[Wanted], amount: int | None) -> None:
    if not wanted:
        raise InvalidInput([Issue(f"{FIELD}.invoice_id.0", "Is required: the invoice to collect for.")])
    if len(wanted) > MAX_INVOICES:
        raise InvalidInput([Issue(FIELD, f"At most {MAX_INVOICES} invoices can be collected at once.")])
    if amount is not None and not 1 <= amount <= MAX_AMOUNT:
        raise InvalidInput([Issue("amount", f"Must be from 1 to {MAX_AMOUNT}, in minor units.")])
    seen: set[str] = set()
    for number, each in enumerate(wanted):
        if each.invoice_id in seen:
            raise InvalidInput([Issue(f"{FIELD}.invoice_id.{number}", "Each invoice can be given once.")])
        seen.add(each.invoice_id)


def _locked(site: BillingSite, payer: Customer, wanted: Sequence[Wanted]) -> dict[str, Invoice]:
    rows = Invoice.objects.using(locks.database()).for_site(site).filter(deleted_at=None).select_for_update()
    mine = rows.filter(
        customer_id__in=customers_paid_by(site, payer), public_id__in=[each.invoice_id for each in wanted]
    )
    found = {invoice.public_id: invoice for invoice in mine.order_by("pk")}
    for number, each in enumerate(wanted):
        if each.invoice_id not in found:
            raise NotFound("There is no such invoice.", param=f"{FIELD}.invoice_id.{number}")
    return found


def _faults(number: int, each: Wanted, invoice: Invoice) -> list[Issue]:
    field = f"{FIELD}.allocation_amount.{number}"
    if invoice.status not in COLLECTABLE_INVOICE_STATUSES:
        said = f"The invoice is {invoice.status}: only those that are payment_due or not_paid are collected."
        return [Issue(f"{FIELD}.invoice_id.{number}", said)]
    if each.amount is None:
        return []
    if each.amount < 1:
        return [Issue(field, "Must be at least 1.")]
    if each.amount > invoice.amount_due:
        return [Issue(field, f"Must be at most what is due: {invoice.amount_due}.")]
    return []
