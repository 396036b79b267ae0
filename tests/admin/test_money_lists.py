"""The read-only pages of money: what they show, whose rows, at what cost, and what they never show."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from billing_customers.choices import SubscriptionStatus
from billing_customers.models import Allocation, BillingSite, Customer, GatewayAccount, LedgerEntry, Transaction
from billing_customers.operations.customers import create_customer
from billing_customers.operations.documents import create_subscription
from tests.admin.conftest import StaffClient
from tests.admin.forms import ADMIN
from tests.admin.test_access import money_of
from tests.admin.test_lists import queries_of
from tests.admin.test_money_section import give, give_everything
from tests.fixtures import NOW
from tests.operations.accounts import NARROW_IS_KNOWN, make
from tests.operations.collecting import a_source, an_invoice, collect

OF_CUSTOMERS = ("paymentsource", "transaction", "invoice", "subscription", "ledgerentry")


def text_of(client: Client, path: str) -> str:
    html = client.get(f"{ADMIN}/{path}").content.decode()
    return " ".join(re.sub(r"<[^>]*>", " ", html.partition('id="content"')[2]).split())


def found(client: Client, name: str, **params: Any) -> list[int]:
    answer = client.get(f"{ADMIN}/{name}/", params)
    assert answer.status_code == 200
    return [row.pk for row in answer.context["cl"].result_list]


@pytest.mark.parametrize("name", OF_CUSTOMERS)
def test_list_is_filtered_by_customer_and_by_id(
    name: str, root: Client, site: BillingSite, other_site: BillingSite, dana: Customer
) -> None:
    theirs = money_of(create_customer(site=other_site, public_id="globex", attributes={}, at=NOW))
    hers = money_of(dana)
    public_id = apps.get_model("billing_customers", name).objects.get(pk=hers[name]).public_id

    assert found(root, name) == [hers[name], theirs[name]]
    assert found(root, name, customer=dana.pk) == [hers[name]]
    assert hers[name] in found(root, name, q=f" {public_id} ")
    assert found(root, name, q=public_id[:-1]) == []


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("invoice", {"status": "payment_due"}),
        ("subscription", {"status": "canceled"}),
        ("transaction", {"status": "success"}),
        ("paymentsource", {"status": "valid"}),
        ("ledgerentry", {"bucket": "excess_payments"}),
    ],
)
def test_list_is_filtered_by_state(name: str, params: dict[str, str], root: Client, dana: Customer) -> None:
    pk = money_of(dana)[name]
    other = {"status": "voided"} if name in {"invoice", "transaction"} else {"status": "active"}
    other = {"bucket": "refundable_credits"} if name == "ledgerentry" else other
    other = {"status": "expired"} if name == "paymentsource" else other

    for customer in ({}, {"customer": dana.pk}):
        assert found(root, name, **params, **customer) == [pk]
        assert found(root, name, **other, **customer) == []


@pytest.mark.parametrize("query", ["", "?site=acme-test", "?customer={pk}"])
@pytest.mark.parametrize("name", OF_CUSTOMERS)
def test_list_costs_the_same_with_one_row_and_with_thirty(
    name: str, query: str, root: Client, site: BillingSite, dana: Customer
) -> None:
    path = f"{ADMIN}/{name}/{query.format(pk=dana.pk)}" if name != "ledgerentry" or "site" not in query else ""
    path = path or f"{ADMIN}/{name}/"
    give_everything(site, 0)
    few = queries_of(root, path)
    for number in range(1, 30):
        give_everything(site, number)

    many = queries_of(root, path)

    assert len(many) == len(few) <= 10
    assert [sql for sql in many if re.search(r"COUNT\(|DISTINCT", sql)] == []


def test_page_of_a_payment_shows_what_it_was_used_for(root: Client, site: BillingSite, dana: Customer) -> None:
    a_source(site, public_id="dana")
    for public_id, total in (("inv1", 109_500), ("inv2", 500)):
        an_invoice(site, total, customer="dana", public_id=public_id)
    payment = collect(site, "inv1", "inv2", customer="dana", amount=110_100)

    text = text_of(root, f"transaction/{payment.pk}/change/")

    assert "Amount: 1,101.00 USD" in text
    assert "Amount unused: 1.00 USD" in text
    assert re.search(r"inv1 1,095\.00 USD applied .* inv2 5\.00 USD applied", text)
    assert "************1881" in text


def test_page_of_a_payment_costs_the_same_with_one_invoice_and_with_thirty(
    root: Client, site: BillingSite, dana: Customer
) -> None:
    a_source(site, public_id="dana")
    for number in range(31):
        an_invoice(site, 100, customer="dana", public_id=f"inv{number}")
    one = collect(site, "inv30", customer="dana")
    thirty = collect(site, *(f"inv{number}" for number in range(30)), customer="dana")

    costs = [len(queries_of(root, f"{ADMIN}/transaction/{each.pk}/change/")) for each in (one, thirty)]

    assert Allocation.objects.filter(transaction=thirty).count() == 30
    assert costs[0] == costs[1] <= 8


def test_pages_show_amounts_in_their_currency(root: Client, site: BillingSite, dana: Customer) -> None:
    invoice = an_invoice(site, 1095, customer="dana", currency="KWD")
    give(site, 2000, "JPY")

    shown = text_of(root, f"invoice/{invoice.pk}/change/")
    entry = text_of(root, f"ledgerentry/{LedgerEntry.objects.get().pk}/change/")

    assert "Total: 1.095 KWD Amount paid: 0.000 KWD Credits applied: 0.000 KWD Amount due: 1.095 KWD" in shown
    assert "Amount: 2,000 JPY Balance after: 2,000 JPY" in entry


@pytest.mark.parametrize(("permissions", "is_shown"), [((), False), (("view_customer",), True)])
def test_holder_is_shown_to_those_who_may_see_customers(
    permissions: tuple[str, ...], is_shown: bool, staff: StaffClient, site: BillingSite, dana: Customer
) -> None:
    source = a_source(site, public_id="dana")
    type(source).objects.filter(pk=source.pk).update(first_name="Dana-Anna", billing_address={"city": "Haifa-West"})

    text = text_of(staff("view_paymentsource", *permissions), f"paymentsource/{source.pk}/change/")

    assert ["Dana-Anna" in text, "Haifa-West" in text] == [is_shown, is_shown]


def test_collecting_is_offered_on_the_page_of_an_invoice_that_is_due(
    root: Client, staff: StaffClient, site: BillingSite, dana: Customer
) -> None:
    due = an_invoice(site, customer="dana")
    paid = an_invoice(site, 0, customer="dana", public_id="nothing")
    viewer = staff("view_invoice", "view_customer")

    offered = [
        f"/customer/{dana.pk}/collect/{each.pk}/" in client.get(f"{ADMIN}/invoice/{each.pk}/change/").content.decode()
        for client, each in ((root, due), (root, paid), (viewer, due))
    ]

    assert offered == [True, False, False]


def test_credentials_of_a_gateway_are_neither_shown_nor_read(root: Client, site: BillingSite, settings: Any) -> None:
    settings.BILLING_CUSTOMERS = NARROW_IS_KNOWN
    account = make(site, name="Narrow one", options={"region": "il"})
    sealed = GatewayAccount.objects.get(pk=account.pk).sealed_credentials
    paths = (f"{ADMIN}/gatewayaccount/", f"{ADMIN}/gatewayaccount/{account.pk}/change/")

    pages = [root.get(path).content.decode() for path in paths]
    queries = [sql for path in paths for sql in queries_of(root, path)]

    assert ["Narrow one" in page for page in pages] == [True, True]
    assert [word for word in ("opensesame", sealed, "ada<") for page in pages if word in page] == []
    assert [sql for sql in queries if "sealed_credentials" in sql] == []


def test_payment_without_a_gateway_is_shown(root: Client, dana: Customer) -> None:
    pk = money_of(dana)["transaction"]

    text = text_of(root, f"transaction/{pk}/change/")

    assert Transaction.objects.get(pk=pk).gateway_account is None
    assert "It is for no invoice." in text


def test_subscription_is_shown_with_its_customer(root: Client, site: BillingSite, dana: Customer) -> None:
    subscription = create_subscription(
        site=site, customer_public_id="dana", status=SubscriptionStatus.ACTIVE, public_id="sub-1", at=NOW
    )

    text = text_of(root, f"subscription/{subscription.pk}/change/")

    assert "Id: sub-1 Status:" in text
    assert "Customer: dana Site: acme-test Currency: USD" in text
