"""Proves the books of a site: what was booked, what is shown and what documents say are one and the same.

A fixed number of statements over whole tables. Each rule is judged within one statement, so that it sees one moment and
may be asked while others write. Nothing is locked and nothing is written.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.db import connections

from billing_customers.models import BillingSite
from billing_customers.models.ledger import MAX_AMOUNT
from billing_customers.operations import locks
from billing_customers.operations.books import STATEMENTS

# Of each statement. Whoever finds as many has more to look at than this.
MAX_FOUND = 1000

RULES = {
    "balance_sum": "A balance is the sum of its entries.",
    "entry_chain": "An entry goes on from the balance that the one before it left.",
    "balance_bounds": "A balance is neither negative nor more than 10^15.",
    "balance_mark": "A customer with balances is marked as one, or they would not be shown.",
    "reference_once": "A reference is booked once for each balance.",
    "reversal": "A reversal is the opposite of the entry that it reverses.",
    "unbilled_charges": "The balance of unbilled charges is the sum of those that are open.",
    "refundable_credits": "What credit notes have left was booked as refundable credits.",
    "excess_payments": "What payments have left was booked as excess payments.",
    "payment_amount": "A successful payment is what was used of it, and the rest is unused.",
    "payment_allocated": "No more of a payment is allocated than there is.",
    "credit_note": "What is allocated of a credit note is the sum of its allocations.",
    "invoice_paid": "What is paid of an invoice is the sum of what payments gave it.",
    "invoice_credited": "What credit notes gave an invoice is among its credits.",
    "one_open_payment": "An invoice has at most one payment that is under way.",
    "payment_holds": "A payment holds its invoices exactly as long as it is under way.",
    "role": "A source with a role is an attached one of the customer.",
    "site": "What belongs to a customer is of the customer's site.",
    "allocation": "An allocation is of one site and one currency with its invoice and what is used for it.",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule (a key of ``RULES``) that is broken, and where.

    ``customer`` is the customer's id, ``subject`` names what is wrong: a balance, or the id of an entry or a document.
    ``expected`` and ``found`` are amounts in minor units, or counts.
    """

    rule: str
    customer: str
    currency: str
    subject: str
    expected: int
    found: int

    def __str__(self) -> str:
        where = " ".join(part for part in (self.customer, self.currency, self.subject) if part)
        return f"{self.rule}: {where}: {self.found} instead of {self.expected}. {RULES[self.rule]}"

    def as_json(self) -> dict[str, Any]:
        """The same, as JSON values."""
        return {**asdict(self), "means": RULES[self.rule]}


def verify_books(*, site: BillingSite) -> list[Violation]:
    """What is wrong with the books of ``site``, at most ``MAX_FOUND`` of each statement; nothing when they add up."""
    found: list[Violation] = []
    with connections[locks.database()].cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement, {"site": site.pk, "limit": MAX_FOUND, "most": MAX_AMOUNT})
            found += [_violation(row) for row in cursor.fetchall()]
    return found


def _violation(row: tuple[Any, ...]) -> Violation:
    rule, customer, currency, subject, expected, is_found = row
    return Violation(rule, customer or "", currency or "", subject or "", int(expected), int(is_found))
