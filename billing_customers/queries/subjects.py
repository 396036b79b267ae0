"""What events are about, besides a customer: rows with what is shown of their surroundings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db.models import Model

from billing_customers.choices import TransactionStatus
from billing_customers.models import BillingSite, Invoice, PaymentSource, Subscription, Transaction
from billing_customers.queries.customers import Row
from billing_customers.queries.documents import linked_payments
from billing_customers.queries.transactions import linked_invoices

# The money came.
_MADE = (TransactionStatus.SUCCESS, TransactionStatus.NEEDS_ATTENTION)

S = TypeVar("S", bound=Model)


def row_of(subject: Model, site: BillingSite) -> dict[str, Any]:
    """What renderers read of a row that an event is about. What had to be looked for is kept with ``subject``."""
    match subject:
        case PaymentSource():
            return {**vars(subject), "gateway_account__public_id": subject.gateway_account.public_id}
        case Transaction():
            source, account = subject.payment_source, subject.gateway_account
            return {
                "links": _once(subject, "links", _links, site),
                **_with_owner(subject),
                "payment_source__public_id": None if source is None else source.public_id,
                "gateway_account__public_id": None if account is None else account.public_id,
            }
        case Invoice():
            subscription = subject.subscription
            return {
                "payments": _once(subject, "payments", _payments, site),
                **_with_owner(subject),
                "subscription__public_id": None if subscription is None else subscription.public_id,
            }
        case Subscription():
            return _with_owner(subject)
        case _:
            return dict(vars(subject))


def _with_owner(subject: Invoice | Subscription | Transaction) -> dict[str, Any]:
    owner = subject.customer
    return {**vars(subject), "customer__public_id": owner.public_id, "customer__deleted_at": owner.deleted_at}


def _once(subject: S, name: str, read: Callable[[S, BillingSite], Sequence[Row]], site: BillingSite) -> Sequence[Row]:
    """What ``read`` finds. Two events are often about one row as it is now, and the answer to the caller is too."""
    state = vars(subject)
    version, known = state.get(f"_known_{name}", (None, ()))
    if version != state["resource_version"]:
        known = read(subject, site)
        state[f"_known_{name}"] = state["resource_version"], known
    return list(known)


def _links(payment: Transaction, site: BillingSite) -> Sequence[Row]:
    # Of a payment that is not used for anything there are none.
    is_used = payment.status in _MADE and payment.amount_unused < payment.amount
    return linked_invoices(site, [{"id": payment.pk}]).get(payment.pk, ()) if is_used else ()


def _payments(invoice: Invoice, site: BillingSite) -> Sequence[Row]:
    return linked_payments(site, [{"id": invoice.pk}]).get(invoice.pk, ()) if invoice.amount_paid else ()
