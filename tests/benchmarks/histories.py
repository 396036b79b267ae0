"""Years of a customer: its documents, payments and bookings by the thousand, made by PostgreSQL itself.

The books of what is made add up. The rows of all customers lie mixed in the tables, as they come in over the years, so
that no customer's primary keys follow one another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models

from billing_customers.models import (
    Allocation,
    Balance,
    BillingSite,
    Contact,
    CreditNote,
    Customer,
    GatewayAccount,
    Invoice,
    LedgerEntry,
    PaymentSource,
    Subscription,
    Transaction,
    UnbilledCharge,
)
from billing_customers.operations.contacts import MAX_CONTACTS
from tests.benchmarks.seeding import defaults, execute, settle

# In the order of their keys to one another.
MODELS = (PaymentSource, Contact, Subscription, Invoice, CreditNote, UnbilledCharge, Transaction)
SOURCES = 10
# Minor units: each invoice is paid by two payments, of which a little is left.
_INVOICED, _PAID, _LEFT, _CREDITED, _CHARGED = 1000, 505, 5, 300, 200

_TOUCHED = {
    "site_id": "%(site)s",
    "customer_id": "owner",
    "created_at": "timestamptz '2020-01-01 00:00Z' + place * interval '1 second'",
    "updated_at": "timestamptz '2020-01-01 00:00Z' + place * interval '1 second'",
    "resource_version": "1577836800000 + place * 1000",
}
_DOCUMENT = {**_TOUCHED, "currency": "'USD'"}
_COLUMNS: dict[type[models.Model], dict[str, str]] = {
    Subscription: {
        **_DOCUMENT,
        "public_id": "'sub_' || owner || '_' || n",
        "status": "CASE WHEN n %% 3 = 0 THEN 'active' ELSE 'cancelled' END",
    },
    Invoice: {
        **_DOCUMENT,
        "public_id": "'inv_' || owner || '_' || n",
        "status": "'paid'",
        "total": f"{_INVOICED}",
        "amount_paid": f"{_INVOICED}",
        "amount_due": "0",
        "date": _TOUCHED["created_at"],
    },
    CreditNote: {
        **_DOCUMENT,
        "public_id": "'cn_' || owner || '_' || n",
        "type": "'refundable'",
        "status": "'refund_due'",
        "total": f"{_CREDITED}",
        "amount_available": f"{_CREDITED}",
        "date": _TOUCHED["created_at"],
    },
    UnbilledCharge: {
        **_DOCUMENT,
        "public_id": "'uc_' || owner || '_' || n",
        "amount": f"{_CHARGED}",
        "date": _TOUCHED["created_at"],
    },
    Transaction: {
        **_DOCUMENT,
        "public_id": "'txn_' || owner || '_' || n",
        "type": "'payment'",
        "status": "'success'",
        "payment_method": "'card'",
        "amount": f"{_PAID}",
        "amount_unused": f"{_LEFT}",
        "date": _TOUCHED["created_at"],
    },
    PaymentSource: {
        **_TOUCHED,
        "public_id": "'pm_' || owner || '_' || n",
        "gateway_account_id": "%(account)s",
        "gateway": "'chargebee'",
        "type": "'card'",
        "reference_id": "'tok_' || owner || '_' || n",
        "last4": "'1111'",
    },
    Contact: {
        "site_id": "%(site)s",
        "customer_id": "owner",
        "public_id": "'contact_' || owner || '_' || n",
        "email": "'contact' || n || '@example.com'",
        "enabled": "true",
    },
}
# Spread over the table by how many each has, and each with a start of its own.
_MIXED = """
FROM (
    SELECT owner, n, row_number() OVER (ORDER BY (n - 1 + owner * 0.618 %% 1) / count, owner) AS place
    FROM unnest(%(owners)s::bigint[], %(counts)s::bigint[]) AS had (owner, count), generate_series(1, count) n
) mixed ORDER BY place
"""
# What documents have put into balances, and by which reference.
_BOOKED = (
    (Transaction, "excess_payments", "amount_unused", "'payment:'"),
    (CreditNote, "refundable_credits", "amount_available", "'credit_note:'"),
    (UnbilledCharge, "unbilled_charges", "amount", "'charge:'"),
)


def shares(rows: int) -> dict[type[models.Model], int]:
    """How many of each table make ``rows``, of which 60 % are payments and 30 % the invoices that they are for."""
    few = {PaymentSource: SOURCES, Contact: MAX_CONTACTS} if rows >= 1000 else {PaymentSource: 0, Contact: 0}
    many = {Invoice: rows * 3 // 10, CreditNote: rows // 20, UnbilledCharge: rows // 50, Transaction: rows * 6 // 10}
    return {**few, **many, Subscription: rows - sum(few.values()) - sum(many.values())}


def seed_histories(site: BillingSite, rows: Mapping[int, int]) -> None:
    """Give each customer, by its primary key, that many rows (a multiple of 10) in all. They must have none before."""
    account = GatewayAccount.objects.for_site(site).values_list("pk", flat=True).first()
    for model in MODELS:
        counts = [shares(count)[model] for count in rows.values()]
        columns = {**defaults(model), **_COLUMNS[model]}
        named = {"site": site.pk, "account": account, "owners": list(rows), "counts": counts}
        _insert(model, columns, _MIXED, named)
    _allocate(site)
    _book(site)
    execute(
        f"UPDATE {Customer._meta.db_table} owner SET has_balances = true, contact_count = counted.contacts FROM ("
        f"SELECT customer.id, count(contact.id) AS contacts FROM {Customer._meta.db_table} customer "
        f"LEFT JOIN {Contact._meta.db_table} contact ON contact.customer_id = customer.id GROUP BY customer.id"
        ") counted WHERE owner.id = counted.id AND owner.id = ANY(%(owners)s)",
        {"owners": list(rows)},
    )
    settle(*(model._meta.db_table for model in (*MODELS, Allocation, LedgerEntry, Balance, Customer)))


def _allocate(site: BillingSite) -> None:
    """The payments number 2n - 1 and 2n are for the invoice number n."""
    columns = {
        "site_id": "payment.site_id",
        "transaction_id": "payment.id",
        "invoice_id": "invoice.id",
        "position": "0",
        "amount": f"{_PAID - _LEFT}",
        "applied_at": "payment.created_at",
    }
    paid = "(split_part(payment.public_id, '_', 3)::bigint + 1) / 2"
    source = (
        f"FROM {Transaction._meta.db_table} payment JOIN {Invoice._meta.db_table} invoice "
        f"ON invoice.site_id = payment.site_id AND invoice.public_id = 'inv_' || payment.customer_id || '_' || {paid} "
        "WHERE payment.site_id = %(site)s ORDER BY payment.id"
    )
    _insert(Allocation, columns, source, {"site": site.pk})


def _book(site: BillingSite) -> None:
    """An entry for each document that has put something into a balance, and the balances."""
    for model, bucket, amount, kind in _BOOKED:
        columns = {
            **defaults(LedgerEntry),
            "site_id": "site_id",
            "customer_id": "customer_id",
            "public_id": f"'le_' || {kind} || id",
            "currency": "currency",
            "bucket": f"'{bucket}'",
            "delta": amount,
            "balance_after": f"sum({amount}) OVER (PARTITION BY customer_id ORDER BY id)",
            "reference": f"{kind} || public_id",
            "source": "'api'",
            "created_at": "created_at",
        }
        _insert(
            LedgerEntry, columns, f"FROM {model._meta.db_table} WHERE site_id = %(site)s ORDER BY id", {"site": site.pk}
        )
    columns = {
        **defaults(Balance),
        "site_id": "site_id",
        "customer_id": "customer_id",
        "currency": "currency",
        **{bucket: f"coalesce(sum(delta) FILTER (WHERE bucket = '{bucket}'), 0)::bigint" for _, bucket, *_ in _BOOKED},
    }
    booked = f"FROM {LedgerEntry._meta.db_table} WHERE site_id = %(site)s GROUP BY site_id, customer_id, currency"
    _insert(Balance, columns, booked, {"site": site.pk})


def _insert(model: type[models.Model], columns: Mapping[str, str], source: str, named: Mapping[str, Any]) -> None:
    execute(
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {', '.join(columns.values())} {source}",
        dict(named),
    )
