"""The rows that a payment is made of, by statements that are compiled once: building each anew would take most of a
payment's time.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, Q, Subquery

from billing_customers.inserts import Insert
from billing_customers.models import (
    Allocation,
    BillingSite,
    Customer,
    GatewayAccount,
    Invoice,
    PaymentSource,
    Subscription,
    Transaction,
)
from billing_customers.operations import locks
from billing_customers.queries.owners import paid_for_by, payment_owner
from billing_customers.statements import Statement

M = TypeVar("M", bound=Model)


def _columns(model: type[Model]) -> list[str]:
    # Model._meta is public in all but name.
    return [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001


_INVOICE, _TRANSACTION, _SOURCE = _columns(Invoice), _columns(Transaction), _columns(PaymentSource)
_ACCOUNT = _columns(GatewayAccount)
_NEW_TRANSACTION = [column for column in _TRANSACTION if column != "id"]
_INSERT = Insert(Transaction, _NEW_TRANSACTION)
_HOLD = Insert(
    Allocation,
    ("site_id", "transaction_id", "credit_note_id", "invoice_id", "position", "amount", "is_open", "applied_at"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """What of a payment is for an invoice: primary keys, and the id of the invoice's subscription."""

    pk: int
    invoice: int
    amount: int
    owner: int
    subscription: int | None
    subscription_id: str | None


def lock_wanted_invoices(
    site: BillingSite, customer: Customer, public_ids: Sequence[str]
) -> list[tuple[Invoice, int | None]]:
    """Those of the invoices that are the customer's own or its to pay, locked in the order of their keys, each with the
    primary key of the customer that has taken on its payments, if another has.
    """
    rows = _wanted(len(public_ids)).rows(site.pk, customer.pk, *public_ids, using=locks.database())
    return [(_made(Invoice, _INVOICE, values), owner) for *values, owner in rows]


def lock_invoices(site: BillingSite, pks: Sequence[int]) -> dict[int, Invoice]:
    """The invoices, locked in the order of their keys, by them."""
    rows = _invoices(len(pks)).rows(site.pk, *pks, using=locks.database()) if pks else []
    invoices = [_made(Invoice, _INVOICE, values) for values in rows]
    return {invoice.pk: invoice for invoice in invoices}


def lock_transaction(site: BillingSite, pk: int) -> Transaction:
    """The transaction, locked."""
    (values,) = _transaction().rows(site.pk, pk, using=locks.database())
    return _made(Transaction, _TRANSACTION, values)


def attached_sources(site: BillingSite, customer: Customer, public_ids: Sequence[str]) -> dict[str, PaymentSource]:
    """Those of the sources that the customer has, with their accounts, by id."""
    found: dict[str, PaymentSource] = {}
    if not public_ids:
        return found
    for values in _sources(len(public_ids)).rows(site.pk, customer.pk, *public_ids, using=locks.database()):
        source = _made(PaymentSource, _SOURCE, values[: len(_SOURCE)])
        source.gateway_account = _made(GatewayAccount, _ACCOUNT, values[len(_SOURCE) :])
        source.gateway_account.site = site
        found[source.public_id] = source
    return found


def parts_of(site: BillingSite, payment: Transaction) -> list[Part]:
    """What the payment is for, in the caller's order."""
    return [Part(*values) for values in _parts().rows(site.pk, payment.pk, using=locks.database())]


def insert_attempt(attempt: Transaction) -> None:
    """Write the row. Raises ``IntegrityError`` when there is one for its request."""
    attempt.pk = _INSERT.row(locks.database(), [getattr(attempt, column) for column in _NEW_TRANSACTION])
    attempt._state.adding, attempt._state.db = False, locks.database()  # noqa: SLF001 - public in all but name


def hold(attempt: Transaction, parts: Iterable[tuple[Invoice, int]]) -> None:
    """Keep other payments away from the invoices. Raises ``IntegrityError`` when one is under way."""
    held = [
        (attempt.site_id, attempt.pk, None, invoice.pk, place, amount, True, None)
        for place, (invoice, amount) in enumerate(parts)
    ]
    _HOLD.rows(locks.database(), held)


@functools.cache
def _wanted(count: int) -> Statement:
    def build(site: int, customer: int, *public_ids: str) -> Any:
        paid_for = paid_for_by(site, customer)
        mine = Invoice.objects.for_site(site).filter(Q(customer_id=customer) | Q(customer_id__in=paid_for))
        found = mine.filter(public_id__in=public_ids, deleted_at=None).select_for_update().order_by("pk")
        return found.annotate(owner=Subquery(payment_owner(site, "customer_id"))).values_list(*_INVOICE, "owner")

    return Statement(Invoice, build, int, int, *(str for _ in range(count)))


@functools.cache
def _invoices(count: int) -> Statement:
    def build(site: int, *pks: int) -> Any:
        rows = Invoice.objects.for_site(site).filter(pk__in=pks).select_for_update()
        return rows.order_by("pk").values_list(*_INVOICE)

    return Statement(Invoice, build, int, *(int for _ in range(count)))


@functools.cache
def _transaction() -> Statement:
    def build(site: int, pk: int) -> Any:
        return Transaction.objects.for_site(site).filter(pk=pk).select_for_update().values_list(*_TRANSACTION)

    return Statement(Transaction, build, int, int)


@functools.cache
def _sources(count: int) -> Statement:
    def build(site: int, customer: int, *public_ids: str) -> Any:
        mine = PaymentSource.objects.for_site(site).attached().filter(customer_id=customer, public_id__in=public_ids)
        return mine.values_list(*_SOURCE, *(f"gateway_account__{column}" for column in _ACCOUNT))

    return Statement(PaymentSource, build, int, int, *(str for _ in range(count)))


@functools.cache
def _parts() -> Statement:
    def build(site: int, payment: int) -> Any:
        mine = Allocation.objects.for_site(site).filter(transaction_id=payment).order_by("position", "id")
        invoice = ("customer_id", "subscription_id", "subscription__public_id")
        return mine.values_list("pk", "invoice_id", "amount", *(f"invoice__{column}" for column in invoice))

    return Statement(Allocation, build, int, int)


def _made(model: type[M], columns: Sequence[str], values: Sequence[Any]) -> M:
    return model.from_db(locks.database(), columns, values)


def with_subscription(invoice: Invoice, part: Part) -> Invoice:
    """``invoice``, with as much of its subscription as is shown."""
    if part.subscription_id is not None and invoice.subscription_id == part.subscription:
        invoice.subscription = Subscription(pk=part.subscription, public_id=part.subscription_id)
    return invoice
