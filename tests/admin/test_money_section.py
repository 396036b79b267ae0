"""The money of a customer on its page: exact, bounded, and for those who may see it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from billing_customers.choices import PaymentRole, SubscriptionStatus
from billing_customers.models import BillingSite, Customer
from billing_customers.operations.credits import add_promotional_credits, deduct_promotional_credits
from billing_customers.operations.customers import create_customer
from billing_customers.operations.deletion import delete_customer
from billing_customers.operations.documents import create_subscription
from billing_customers.operations.payments import record_excess_payment
from tests.admin.conftest import StaffClient
from tests.admin.money_pages import page_of, tables
from tests.admin.test_lists import queries_of
from tests.fixtures import NOW
from tests.operations.collecting import a_source, an_invoice, collect
from tests.operations.paying import attach

HEADINGS = [
    "Balances",
    "Payment sources",
    "Latest invoices",
    "Latest subscriptions",
    "Latest transactions",
    "Latest ledger entries",
]


def give(site: BillingSite, amount: int, currency: str = "USD") -> None:
    add_promotional_credits(
        site=site, customer_public_id="dana", amount=amount, description="Sorry", currency_code=currency, at=NOW
    )


def give_everything(site: BillingSite, number: int) -> None:
    """A row of each kind."""
    give(site, 100 + number)
    attach(site, "dana", f"tok_success_{number}")
    an_invoice(site, public_id=f"inv{number}", customer="dana")
    create_subscription(
        site=site, customer_public_id="dana", status=SubscriptionStatus.ACTIVE, public_id=f"sub{number}", at=NOW
    )
    record_excess_payment(
        site=site,
        customer_public_id="dana",
        amount=100,
        date=NOW,
        payment_method="cash",
        public_id=f"t{number}",
        at=NOW,
    )


def test_balances_are_shown_by_currency_and_kind(root: Client, site: BillingSite, dana: Customer) -> None:
    give(site, 123_456)
    give(site, 1095, "KWD")
    deduct_promotional_credits(site=site, customer_public_id="dana", amount=1, description="Oh", at=NOW)

    assert tables(root, dana)["Balances"] == [
        ["KWD", "1.095 KWD", "0.000 KWD", "0.000 KWD", "0.000 KWD"],
        ["USD", "1,234.55 USD", "0.00 USD", "0.00 USD", "0.00 USD"],
    ]


def test_sources_are_shown_with_their_roles_the_primary_one_first(
    root: Client, site: BillingSite, dana: Customer
) -> None:
    attach(site, "dana", "tok_success_1", PaymentRole.PRIMARY, last4="1111")
    attach(site, "dana", "tok_success_2", PaymentRole.BACKUP, last4="2222")
    attach(site, "dana", "tok_success_3", last4="3333")

    rows = tables(root, dana)["Payment sources"]

    assert [re.sub(r" pm_[\w-]+", "", " | ".join(row)) for row in rows] == [
        "Visa •••• 1111 | 10/2030 | primary | valid | Detach…",
        "Visa •••• 2222 | 10/2030 | backup | valid | Make primary… Detach…",
        "Visa •••• 3333 | 10/2030 | - | valid | Make primary… Detach…",
    ]


def test_documents_and_payments_are_shown(root: Client, site: BillingSite, dana: Customer) -> None:
    a_source(site, public_id="dana")
    an_invoice(site, 109_500, customer="dana", public_id="paid")
    an_invoice(site, 2000, customer="dana", public_id="due", currency="JPY")
    payment = collect(site, "paid", customer="dana")

    shown = tables(root, dana)

    assert [row[:4] for row in shown["Latest invoices"]] == [
        ["due", "payment due", "2,000 JPY", "2,000 JPY"],
        ["paid", "paid", "1,095.00 USD", "0.00 USD"],
    ]
    assert [row[-1] for row in shown["Latest invoices"]] == ["Collect…", ""]
    assert [row[:4] for row in shown["Latest transactions"]] == [
        [payment.public_id, "payment card", "success", "1,095.00 USD"]
    ]


def test_ledger_entries_are_shown_newest_first(root: Client, site: BillingSite, dana: Customer) -> None:
    give(site, 1000)
    deduct_promotional_credits(site=site, customer_public_id="dana", amount=250, description="Oh", at=NOW)

    rows = [row[1:4] for row in tables(root, dana)["Latest ledger entries"]]

    assert rows == [
        ["promotional credits", "-2.50 USD", "7.50 USD"],
        ["promotional credits", "10.00 USD", "10.00 USD"],
    ]


def test_customer_without_money_is_told_so(root: Client, dana: Customer) -> None:
    html = root.get(page_of(dana)).content.decode()

    assert list(tables(root, dana)) == HEADINGS
    assert all(rows == [] for rows in tables(root, dana).values())
    assert "There is no invoice." in html
    assert "None is attached." in html


def test_money_of_another_customer_is_not_shown(root: Client, site: BillingSite, dana: Customer) -> None:
    other = create_customer(site=site, public_id="other", attributes={}, at=NOW)
    give_everything(site, 1)

    assert all(rows == [] for rows in tables(root, other).values())


def test_page_costs_the_same_with_one_row_and_with_thirty(root: Client, site: BillingSite, dana: Customer) -> None:
    give_everything(site, 0)
    few = queries_of(root, page_of(dana))
    for number in range(1, 30):
        give_everything(site, number)

    many = queries_of(root, page_of(dana))

    assert len(many) == len(few) <= 20
    assert [sql for sql in many if re.search(r"COUNT\(|SUM\(", sql)] == []
    assert [len(rows) for rows in tables(root, dana).values()] == [1, 10, 5, 5, 5, 5]


@pytest.mark.parametrize(
    ("permissions", "headings"),
    [
        ((), []),
        (("view_ledgerentry",), ["Balances", "Latest ledger entries"]),
        (("credit_customer",), ["Balances"]),
        (("collect_customer",), ["Latest invoices"]),
        (("delete_paymentsource",), ["Payment sources"]),
        (("view_invoice", "view_transaction"), ["Latest invoices", "Latest transactions"]),
    ],
)
def test_tables_are_shown_to_those_who_may_see_them(
    permissions: tuple[str, ...], headings: list[str], staff: StaffClient, dana: Customer
) -> None:
    assert list(tables(staff("view_customer", *permissions), dana)) == headings


def test_view_only_staff_is_offered_no_deed(staff: StaffClient, site: BillingSite, dana: Customer) -> None:
    give_everything(site, 0)
    names = ("ledgerentry", "paymentsource", "invoice", "transaction", "subscription")

    client = staff("view_customer", *(f"view_{name}" for name in names))

    assert list(tables(client, dana)) == HEADINGS
    assert not re.search(r"/(credit|collect/\d+|primary|detach)/", client.get(page_of(dana)).content.decode())


def test_tombstone_shows_its_money_and_offers_no_deed(root: Client, site: BillingSite, dana: Customer) -> None:
    give(site, 1000)
    an_invoice(site, customer="dana")
    delete_customer(site=site, public_id="dana", at=NOW)

    shown = tables(root, dana)

    assert shown["Balances"][0][:2] == ["USD", "10.00 USD"]
    assert not re.search(r"/(credit|collect/\d+)/", root.get(page_of(dana)).content.decode())
