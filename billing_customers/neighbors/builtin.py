"""Our own documents, as neighbours. Whatever writes them locks their customer first, so nothing else is locked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from billing_customers.neighbors.base import Operation, Receivable
from billing_customers.neighbors.family import HierarchyTie, SharedMoneyTie
from billing_customers.neighbors.owned import OwnedNeighbor
from billing_customers.personal import blanks

if TYPE_CHECKING:
    from billing_customers.models import BillingSite, Customer


class InvoiceNeighbor(OwnedNeighbor):
    """Invoices are what payments are for."""

    def receivables(self, site: BillingSite, customer: Customer) -> Sequence[Receivable]:
        due = self._rows(customer).filter(status__in=("payment_due", "not_paid"), deleted_at=None).order_by("pk")
        return [Receivable(each.public_id, each.amount_due, each.currency) for each in due]


SUBSCRIPTIONS = OwnedNeighbor(
    "billing_customers.Subscription",
    kind="subscription",
    label="subscriptions",
    status_field="status",
    message="The customer has a subscription that is active, trialing or past due.",
)
BUILT_IN = (
    SUBSCRIPTIONS,
    InvoiceNeighbor(
        "billing_customers.Invoice",
        kind="invoice",
        label="invoices",
        status_field="status",
        # An invoice is history: none keeps a customer.
        blocks=(),
    ),
    OwnedNeighbor(
        "billing_customers.CreditNote",
        kind="credit_note",
        label="credit notes",
        status_field="status",
    ),
    OwnedNeighbor(
        "billing_customers.UnbilledCharge",
        kind="unbilled_charge",
        label="unbilled charges",
        blocks=(),
        pii=tuple(blanks("UnbilledCharge")),
    ),
    OwnedNeighbor(
        "billing_customers.Transaction",
        kind="transaction",
        label="transactions",
        status_field="status",
        # Its money must have somebody to belong to, whatever comes of it.
        live=("in_progress", "timeout"),
        blocks=(Operation.DELETE, Operation.MERGE, Operation.ERASE),
        message="A payment of the customer is under way.",
        fix="Wait until the gateway has answered.",
        pii=tuple(blanks("Transaction")),
    ),
    HierarchyTie(),
    SharedMoneyTie(),
)
