"""What staff do with the money of a customer: by operations, after a question, each with a permission of its own."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client

from billing_customers.choices import PaymentRole
from billing_customers.gateways.test import TestGateway
from billing_customers.models import BillingSite, Customer, Invoice, LedgerEntry, PaymentSource, Transaction
from billing_customers.operations.customers import create_customer
from billing_customers.operations.deletion import delete_customer
from tests.admin.conftest import StaffClient
from tests.admin.money_pages import (
    book,
    collect,
    collect_url,
    credit_url,
    errors_of,
    page_of,
    source_url,
    tables,
    told,
)
from tests.admin.test_access import everything
from tests.factories import RelationshipFactory
from tests.fixtures import NOW
from tests.operations.collecting import ANSWER_IS_LOST, DECLINED, PENDING, a_source, an_invoice, charges, of_invoice
from tests.operations.paying import attach, roles

DEEDS = {
    "credit": "credit_customer",
    "collect": "collect_customer",
    "primary": "change_paymentsource",
    "detach": "delete_paymentsource",
}
VIEWS = ("view_customer", "view_paymentsource", "view_invoice", "view_ledgerentry", "change_customer")


@pytest.fixture
def card(site: BillingSite, dana: Customer) -> PaymentSource:
    """Dana's primary source."""
    return a_source(site, public_id="dana")


@pytest.fixture
def invoice(site: BillingSite, dana: Customer) -> Invoice:
    """10.00 USD of Dana's, payment due."""
    return an_invoice(site, customer="dana")


def do(client: Client, deed: str, card: PaymentSource, invoice: Invoice) -> Any:
    if deed == "credit":
        return book(client, invoice.customer)
    if deed == "collect":
        return collect(client, invoice, card)
    return client.post(source_url(card, deed), {"confirmed": "x"})


def entries() -> list[tuple[Any, ...]]:
    columns = ("bucket", "currency", "delta", "balance_after", "description", "caller_reference", "source", "done_by")
    return list(LedgerEntry.objects.order_by("pk").values_list(*columns))


def test_credit_is_added_and_then_deducted(root: Client, dana: Customer) -> None:
    me = str(root.session["_auth_user_id"])

    answer = book(root, dana, reference="ticket 7")
    assert (answer.status_code, answer["Location"]) == (302, f"{page_of(dana)}#money")
    assert told(root, dana) == ["Booked: 12.50 USD. The promotional credits are 12.50 USD now."]
    book(root, dana, deed="deduct", amount="2.25", description="Too much")

    assert told(root, dana) == ["Booked: -2.25 USD. The promotional credits are 10.25 USD now."]
    assert entries() == [
        ("promotional_credits", "USD", 1250, 1250, "Sorry", "ticket 7", "admin_console", me),
        ("promotional_credits", "USD", -225, 1025, "Too much", "", "admin_console", me),
    ]
    assert tables(root, dana)["Balances"][0][:2] == ["USD", "10.25 USD"]
    assert LogEntry.objects.count() == 2


def test_credit_is_counted_in_the_minor_units_of_its_currency(root: Client, dana: Customer) -> None:
    book(root, dana, amount="1.095", currency_code="kwd")
    book(root, dana, amount="1095", currency_code="JPY")

    assert [entry[1:3] for entry in entries()] == [("KWD", 1095), ("JPY", 1095)]


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"amount": "0.005"}, {"amount": ["Has more decimal places than USD: 2."]}),
        ({"amount": "0"}, {"amount": ["Must be more than nothing."]}),
        ({"amount": "-1"}, {"amount": ["Must be more than nothing."]}),
        ({"amount": "10000000000000.01"}, {"amount": ["Must be at most 10,000,000,000,000.00 USD."]}),
        ({"currency_code": "ABC"}, {"currency_code": ["ABC is not an active ISO 4217 code."]}),
        ({"deed": "deduct"}, {"amount": ["No more can be deducted than there is: 0.00 USD."]}),
        ({"expected_version": "1"}, {"__all__": ["The customer has changed since."]}),
    ],
    ids=str,
)
def test_credit_that_is_refused_stores_nothing(
    typed: dict[str, str], errors: dict[str, list[str]], root: Client, dana: Customer
) -> None:
    before = everything()

    answer = book(root, dana, **typed)

    assert errors_of(answer) == errors
    assert everything() == before


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        *(("amount", text) for text in ("NaN", "Infinity", "1e999999999", "1e-999999999", "", "x", "\0")),
        ("description", ""),
        ("description", "x" * 251),
        ("deed", "set"),
        ("credit_type", "gold"),
        ("expected_version", "x"),
    ],
)
def test_what_cannot_be_read_stores_nothing(field: str, typed: str, root: Client, dana: Customer) -> None:
    before = everything()

    answer = book(root, dana, **{field: typed})

    assert list(errors_of(answer)) == [field]
    assert everything() == before


def test_form_that_is_sent_twice_is_booked_once(root: Client, dana: Customer) -> None:
    version = str(dana.resource_version)
    book(root, dana, expected_version=version)

    answer = book(root, dana, expected_version=version)

    assert list(errors_of(answer)) == ["__all__"]
    assert len(entries()) == 1


def test_question_books_nothing(root: Client, dana: Customer, card: PaymentSource, invoice: Invoice) -> None:
    urls = [credit_url(dana), collect_url(invoice), source_url(card, "detach"), source_url(card, "primary")]
    before = everything()

    answers = [root.get(url) for url in urls] + [root.post(url) for url in urls]

    assert [answer.status_code for answer in answers] == [200] * 8
    assert everything() == before


def test_source_is_made_primary(root: Client, site: BillingSite, card: PaymentSource, dana: Customer) -> None:
    other = attach(site, "dana", "tok_success_2", last4="2222")

    answer = root.post(source_url(other, "primary"), {"confirmed": "x"})

    assert answer["Location"] == f"{page_of(dana)}#money"
    assert roles("dana") == (other.public_id, None)
    assert told(root, dana) == ["Visa •••• 2222 is the primary payment source now."]


def test_what_is_primary_is_not_made_primary_again(root: Client, card: PaymentSource) -> None:
    before = everything()

    answer = root.post(source_url(card, "primary"), {"confirmed": "x"})

    assert answer.context["question"].error.startswith("The payment source is the primary one")
    assert everything() == before


def test_source_is_detached_and_the_backup_takes_its_place(
    root: Client, site: BillingSite, card: PaymentSource, dana: Customer
) -> None:
    backup = attach(site, "dana", "tok_success_2", PaymentRole.BACKUP)

    root.post(source_url(card, "detach"), {"confirmed": "x"})

    card.refresh_from_db()
    assert card.deleted_at is not None
    assert roles("dana") == (backup.public_id, None)
    assert told(root, dana) == ["Visa •••• 1881 was detached."]


def test_invoice_is_collected_with_the_primary_source(
    root: Client, card: PaymentSource, invoice: Invoice, dana: Customer
) -> None:
    html = root.get(collect_url(invoice)).content.decode()
    assert "10.00 USD are due for the invoice inv, and are charged at once to dana." in html
    assert "Visa •••• 1881 (primary, valid)" in html

    answer = collect(root, invoice, card)

    assert answer["Location"] == f"{page_of(dana)}#money"
    assert of_invoice() == ("paid", 1000, 0, 0)
    assert charges() == [(1000, "succeeded")]
    assert told(root, dana) == ["10.00 USD were collected."]
    assert Transaction.objects.get().payment_source == card


def test_collected_invoice_is_not_collected_again(root: Client, card: PaymentSource, invoice: Invoice) -> None:
    collect(root, invoice, card)
    before = everything()

    answer = collect(root, invoice, card)

    assert errors_of(answer) == {"amount": ["Something else is due meanwhile: 0.00 USD. Begin anew."]}
    assert everything() == before


def test_declined_payment_is_told_and_pays_nothing(root: Client, site: BillingSite, invoice: Invoice) -> None:
    card = a_source(site, DECLINED, public_id="dana")

    answer = collect(root, invoice, card)

    assert list(errors_of(answer)) == ["__all__"]
    assert of_invoice() == ("payment_due", 0, 0, 1000)
    assert Transaction.objects.get().status == "failure"


@pytest.mark.parametrize(("number", "status"), [(PENDING, "in_progress"), (ANSWER_IS_LOST, "timeout")])
def test_payment_that_is_not_settled_is_under_way(
    number: str, status: str, root: Client, site: BillingSite, invoice: Invoice, dana: Customer
) -> None:
    card = a_source(site, number, public_id="dana")

    answer = collect(root, invoice, card)

    assert answer.status_code == 302
    assert Transaction.objects.get().status == status
    (message,) = told(root, dana)
    assert message
    assert list(errors_of(collect(root, invoice, card))) == ["__all__"]
    assert Transaction.objects.count() == 1


def test_without_a_source_nothing_can_be_collected(root: Client, invoice: Invoice) -> None:
    before = everything()

    answer = root.post(collect_url(invoice), {"confirmed": "x", "amount": "1000"})

    assert "There is no payment source to collect from." in answer.content.decode()
    assert list(errors_of(answer)) == ["payment_source_id"]
    assert everything() == before


def test_payment_owner_is_charged(root: Client, site: BillingSite, invoice: Invoice, dana: Customer) -> None:
    parent = create_customer(site=site, public_id="parent", attributes={}, at=NOW)
    RelationshipFactory(child=dana, parent=parent)
    card = a_source(site, public_id="parent")

    assert "charged at once to parent." in root.get(collect_url(invoice)).content.decode()
    collect(root, invoice, card)

    assert of_invoice() == ("paid", 1000, 0, 0)
    assert Transaction.objects.get().customer == parent


@pytest.mark.django_db(transaction=True)
def test_gateway_is_called_outside_every_transaction(
    root: Client, card: PaymentSource, invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    seen, charge = [], TestGateway.charge

    def watched(self: TestGateway, request: Any) -> Any:
        seen.append(connection.in_atomic_block)
        return charge(self, request)

    monkeypatch.setattr(TestGateway, "charge", watched)

    collect(root, invoice, card)

    assert seen == [False]
    assert of_invoice() == ("paid", 1000, 0, 0)


@pytest.mark.parametrize("deed", DEEDS)
def test_deed_needs_its_own_permission(deed: str, staff: StaffClient, card: PaymentSource, invoice: Invoice) -> None:
    others = [permission for name, permission in DEEDS.items() if name != deed]
    client = staff(*VIEWS, *others)
    before = everything()

    answers = [do(client, deed, card, invoice), Client().post(credit_url(invoice.customer))]

    assert [answer.status_code for answer in answers] == [403, 302]
    assert everything() == before


@pytest.mark.parametrize("deed", DEEDS)
def test_deed_needs_the_sight_of_customers_too(
    deed: str, staff: StaffClient, card: PaymentSource, invoice: Invoice
) -> None:
    client = staff(DEEDS[deed])
    before = everything()

    assert do(client, deed, card, invoice).status_code == 403
    assert everything() == before


@pytest.mark.parametrize("deed", DEEDS)
def test_deed_is_done_with_its_permission(
    deed: str, staff: StaffClient, site: BillingSite, card: PaymentSource, invoice: Invoice
) -> None:
    source = attach(site, "dana", "tok_success_2") if deed == "primary" else card

    answer = do(staff("view_customer", DEEDS[deed]), deed, source, invoice)

    assert answer.status_code == 302
    assert LogEntry.objects.count() == 1


def test_what_is_another_customer_s_is_refused(
    root: Client, site: BillingSite, card: PaymentSource, invoice: Invoice
) -> None:
    other = create_customer(site=site, public_id="other", attributes={}, at=NOW)
    theirs = a_source(site, public_id="other")
    before = everything()

    refused = [
        root.post(source_url(card, "primary", other), {"confirmed": "x"}),
        root.post(source_url(card, "detach", other), {"confirmed": "x"}),
        collect(root, invoice, theirs, customer=other),
    ]

    assert [answer.status_code for answer in refused] == [404, 404, 404]
    assert list(errors_of(collect(root, invoice, theirs))) == ["payment_source_id"]
    assert everything() == before


@pytest.mark.parametrize("deed", DEEDS)
def test_nothing_is_done_with_a_tombstone(
    deed: str, staff: StaffClient, site: BillingSite, card: PaymentSource, invoice: Invoice
) -> None:
    delete_customer(site=site, public_id="dana", at=NOW)
    client = staff("view_customer", DEEDS[deed])
    before = everything()

    assert do(client, deed, card, invoice).status_code == 403
    assert everything() == before


@pytest.mark.parametrize("path", ["9" * 40 + "/credit/", "1/collect/" + "9" * 40 + "/", "x/credit/"])
def test_no_path_is_a_crash(path: str, root: Client, dana: Customer) -> None:
    assert root.get(f"/admin/billing_customers/customer/{path}").status_code in {302, 403, 404}
