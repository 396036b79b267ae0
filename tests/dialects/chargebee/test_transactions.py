"""Chargebee "List transactions", "Retrieve a transaction" and "List transactions for a customer"."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from billing_customers.models import BillingSite, Customer, Transaction
from billing_customers.operations.documents import create_invoice
from tests.clients import ChargebeeClient, followed
from tests.dialects.clock import START
from tests.dialects.expected import NO_SUCH_RESOURCE, SECONDS, VERSION, wrong_value
from tests.operations import acts
from tests.operations.money import a_source, an_attempt, pay

LIST = "/transactions"
STATUSES = "Must be one of in_progress, success, voided, failure, timeout, needs_attention, late_failure."


def later(seconds: int) -> Any:
    return START + timedelta(seconds=seconds, microseconds=300)


@pytest.fixture
def made(site: BillingSite) -> None:
    """t1 to t4, each written down a second after the one before and dated a day before it; apex has t3."""
    for public_id in ("acme", "apex"):
        acts.create(site, public_id, at=START)
    for number, (owner, method) in enumerate(
        (("acme", "cash"), ("acme", "check"), ("apex", "cash"), ("acme", "bank_transfer")), 1
    ):
        pay(
            site,
            100 * number,
            owner,
            at=later(number),
            date=START - timedelta(days=number),
            payment_method=method,
            public_id=f"t{number}",
            reference_number="" if number == 1 else f"ref {number}",
        )


@pytest.fixture
def charged(site: BillingSite, made: None) -> Customer:
    """acme's t5, of a card by a gateway, failed; its t6 is under way."""
    acme = Customer.objects.get(public_id="acme")
    source = a_source(acme, "pm_1")
    for number, status in ((5, "failure"), (6, "in_progress")):
        invoice = create_invoice(site=site, customer_public_id="acme", total=500, at=later(number))
        an_attempt(acme, invoice, status=status, is_open=True if number == 6 else None, public_id=f"t{number}")
    Transaction.objects.filter(public_id="t5").update(
        payment_source=source,
        gateway_account=source.gateway_account,
        gateway="chargebee",
        id_at_gateway="ch_1",
        masked_card_number="************1111",
        error_code="card_declined",
        error_text="The card was declined.",
    )
    return acme


def ids(chargebee: ChargebeeClient, params: dict[str, str] | None = None, path: str = LIST) -> list[str]:
    answer = chargebee.get(path, params)
    assert answer.status_code == 200, answer.content
    return [each["transaction"]["id"] for each in answer.json()["list"]]


def shown(public_id: str, **said: Any) -> dict[str, Any]:
    number = int(public_id[1:])
    transaction = {
        "id": public_id,
        "object": "transaction",
        "customer_id": "acme",
        "type": "payment",
        "status": "success",
        "payment_method": "cash",
        "gateway": "not_applicable",
        "amount": 100 * number,
        "amount_unused": 100 * number,
        "currency_code": "USD",
        "base_currency_code": "USD",
        "exchange_rate": 1,
        "date": SECONDS - 86400 * number,
        "deleted": False,
        "linked_invoices": [],
        "linked_refunds": [],
        "updated_at": SECONDS + number,
        "resource_version": VERSION + 1000 * number,
    }
    return {**transaction, **said}


def test_payment_by_hand_is_shown_whole(chargebee: ChargebeeClient, made: None) -> None:
    assert chargebee.get("/transactions/t1").json() == {"transaction": shown("t1")}
    assert chargebee.get("/transactions/t2").json() == {
        "transaction": shown("t2", payment_method="check", reference_number="ref 2")
    }


def test_payment_by_a_gateway_is_shown_whole(chargebee: ChargebeeClient, charged: Customer) -> None:
    attempt = chargebee.get("/transactions/t5").json()["transaction"]

    names = ("status", "payment_method", "gateway", "gateway_account_id", "payment_source_id", "id_at_gateway")
    assert {name: attempt[name] for name in names} == {
        "status": "failure",
        "payment_method": "card",
        "gateway": "chargebee",
        "gateway_account_id": "gw_none",
        "payment_source_id": "pm_1",
        "id_at_gateway": "ch_1",
    }
    assert (attempt["masked_card_number"], attempt["error_code"]) == ("************1111", "card_declined")
    assert (attempt["error_text"], attempt["linked_invoices"]) == ("The card was declined.", [])


def test_invoices_that_were_paid_are_linked(chargebee: ChargebeeClient, made: None, site: BillingSite) -> None:
    for number in (1, 2):
        said: Any = {"customer_public_id": "acme", "total": 70, "public_id": f"inv_{number}", "at": later(60)}
        create_invoice(site=site, apply_credits=True, **said)

    link = {"applied_at": SECONDS + 60, "invoice_date": SECONDS + 60, "invoice_total": 70, "invoice_status": "paid"}
    expected = shown(
        "t1",
        amount_unused=0,
        updated_at=SECONDS + 60,
        resource_version=VERSION + 60_001,
        linked_invoices=[
            {"invoice_id": "inv_1", "applied_amount": 70, **link},
            {"invoice_id": "inv_2", "applied_amount": 30, **link},
        ],
    )
    assert chargebee.get("/transactions/t1").json() == {"transaction": expected}
    assert {"transaction": expected} in chargebee.get(LIST).json()["list"]
    assert {"transaction": expected} in chargebee.get("/customers/acme/transactions").json()["list"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, "4321"),
        ({"sort_by[asc]": "date"}, "4321"),
        ({"sort_by[desc]": "date"}, "1234"),
        ({"sort_by[asc]": "updated_at"}, "1234"),
        ({"sort_by[desc]": "updated_at"}, "4321"),
        ({"id[is]": "t2"}, "2"),
        ({"id[in]": '["t1","t4"]'}, "41"),
        ({"id[starts_with]": "t"}, "4321"),
        ({"customer_id[is]": "apex"}, "3"),
        ({"customer_id[is_not]": "apex"}, "421"),
        ({"customer_id[in]": "['apex']"}, "3"),
        ({"type[is]": "payment"}, "4321"),
        ({"type[in]": "[refund,authorization]"}, ""),
        ({"status[is]": "success"}, "4321"),
        ({"status[is_not]": "success"}, ""),
        ({"payment_method[is]": "cash"}, "31"),
        ({"payment_method[not_in]": "[cash,check]"}, "4"),
        ({"payment_method[is]": "pix"}, ""),
        ({"gateway[is]": "not_applicable"}, "4321"),
        ({"gateway_account_id[is]": "gw_none"}, ""),
        ({"payment_source_id[is]": "pm_1"}, ""),
        ({"payment_source_id[is_not]": "pm_1"}, "4321"),
        ({"id_at_gateway[is_present]": "true"}, ""),
        ({"id_at_gateway[is_present]": "false"}, "4321"),
        ({"reference_number[is]": "ref 3"}, "3"),
        ({"reference_number[is_not]": "ref 3"}, "421"),
        ({"reference_number[starts_with]": "ref"}, "432"),
        ({"reference_number[is_present]": "true"}, "432"),
        ({"reference_number[is_present]": "false"}, "1"),
        ({"amount[is]": "300"}, "3"),
        ({"amount[is_not]": "300"}, "421"),
        ({"amount[lt]": "300"}, "21"),
        ({"amount[lte]": "300"}, "321"),
        ({"amount[gt]": "300"}, "4"),
        ({"amount[gte]": "300"}, "43"),
        ({"amount[between]": "[200,300]"}, "32"),
        ({"amount[between]": "['200', '300']"}, "32"),
        ({"amount[gt]": "9223372036854775807"}, ""),
        ({"amount[gt]": "-9223372036854775807"}, "4321"),
        ({"date[after]": str(SECONDS - 86400 * 2)}, "1"),
        ({"date[before]": str(SECONDS - 86400 * 2)}, "43"),
        ({"date[on]": str(SECONDS - 86400 * 2)}, "2"),
        ({"date[between]": f"[{SECONDS - 86400 * 3},{SECONDS - 86400 * 2}]"}, "32"),
        ({"updated_at[after]": str(SECONDS + 3)}, "4"),
        ({"customer_id[is]": "acme", "amount[gt]": "100", "sort_by[desc]": "date"}, "24"),
        ({"comment[is]": "x", "amount": "5"}, "4321"),
    ],
)
def test_filter(chargebee: ChargebeeClient, made: None, params: dict[str, str], expected: str) -> None:
    assert "".join(each[1:] for each in ids(chargebee, params)) == expected


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"status[is]": "failure"}, ["t5"]),
        ({"status[in]": "[failure,in_progress]"}, ["t5", "t6"]),
        ({"payment_method[is]": "card"}, ["t5", "t6"]),
        ({"gateway[is]": "chargebee"}, ["t5"]),
        ({"gateway_account_id[is]": "gw_none"}, ["t5"]),
        ({"payment_source_id[in]": "[pm_1,pm_2]"}, ["t5"]),
        ({"id_at_gateway[is]": "ch_1"}, ["t5"]),
        ({"id_at_gateway[is_present]": "true"}, ["t5"]),
    ],
)
def test_filter_of_charges(
    chargebee: ChargebeeClient, charged: Customer, params: dict[str, str], expected: list[str]
) -> None:
    assert sorted(ids(chargebee, params)) == expected


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "status[is]",
            "paid",
            STATUSES,
        ),
        ("type[is]", "x", "Must be one of authorization, payment, refund, payment_reversal."),
        ("payment_method[is]", "shells", "Must be a value that the contract names."),
        ("amount[is]", "1.5", "Must be an integer."),
        ("amount[gt]", "9223372036854775808", "Must fit in 64 bits."),
        ("amount[between]", "[1]", "Must be a list of two numbers."),
        ("amount[in]", "[1]", "Supported operators: is, is_not, lt, lte, gt, gte, between."),
        ("date[after]", "-1", "Must be a timestamp in seconds (UTC)."),
        ("sort_by[asc]", "amount", "Must be date or updated_at."),
        ("include_deleted", "perhaps", "Must be true or false."),
        ("limit", "0", "Must be an integer from 1 to 100."),
        ("offset", "x", "Must be the next_offset of the same list."),
    ],
)
def test_bad_parameter_is_refused(
    chargebee: ChargebeeClient, site: BillingSite, name: str, value: str, message: str
) -> None:
    response = chargebee.get(LIST, {name: value})

    assert (response.status_code, response.json()) == (400, wrong_value(name, message))


@pytest.mark.parametrize(
    ("path", "params", "expected"),
    [
        (LIST, {}, "4321"),
        (LIST, {"sort_by[desc]": "updated_at", "payment_method[is]": "cash"}, "31"),
        ("/customers/acme/transactions", {}, "124"),
    ],
)
def test_pages_hold_each_once(
    chargebee: ChargebeeClient, made: None, path: str, params: dict[str, str], expected: str
) -> None:
    pages = followed(chargebee, path, {**params, "limit": 1})

    assert "".join(page[0]["transaction"]["id"][1:] for page in pages) == expected


def test_page_goes_on_among_transactions_of_one_date(chargebee: ChargebeeClient, site: BillingSite) -> None:
    acts.create(site, "acme", at=START)
    for number in range(5):
        pay(site, 5, at=START, public_id=f"t{number}")

    pages = followed(chargebee, LIST, {"limit": 2})

    assert [[each["transaction"]["id"] for each in page] for page in pages] == [["t0", "t1"], ["t2", "t3"], ["t4"]]


@pytest.mark.parametrize("foreign", [LIST, "/customers/apex/transactions"])
def test_offset_of_another_list_is_refused(chargebee: ChargebeeClient, made: None, foreign: str) -> None:
    offset = chargebee.get("/customers/acme/transactions", {"limit": 1}).json()["next_offset"]

    response = chargebee.get(foreign, {"offset": offset})

    assert response.json() == wrong_value("offset", "Must be the next_offset of the same list.")


def test_transactions_of_a_customer_are_its_own(chargebee: ChargebeeClient, made: None, site: BillingSite) -> None:
    acts.rename(site, "acme", "acme-2")

    assert ids(chargebee, path="/customers/acme-2/transactions") == ["t1", "t2", "t4"]
    assert ids(chargebee, path="/customers/acme/transactions") == ["t1", "t2", "t4"]
    assert ids(chargebee, {"customer_id[is]": "acme-2"}) == ["t4", "t2", "t1"]


def test_transactions_of_deleted_customers_are_hidden(
    chargebee: ChargebeeClient, made: None, site: BillingSite
) -> None:
    acts.delete(site, "apex")
    acts.create(site, "apex")

    assert ids(chargebee) == ["t4", "t2", "t1"]
    assert ids(chargebee, path="/customers/apex/transactions") == []
    assert chargebee.get("/transactions/t3").json() == NO_SUCH_RESOURCE
    everything = chargebee.get(LIST, {"include_deleted": "true"}).json()["list"]
    assert [(each["transaction"]["id"], each["transaction"]["deleted"]) for each in everything] == [
        ("t4", False),
        ("t3", True),
        ("t2", False),
        ("t1", False),
    ]


@pytest.mark.parametrize("path", ["/transactions/{}", "/customers/{}/transactions"])
def test_foreign_ones_are_as_missing_as_none(
    chargebee: ChargebeeClient, made: None, other_site: BillingSite, path: str
) -> None:
    acts.create(other_site, "theirs")
    pay(other_site, 5, "theirs", public_id="theirs")

    foreign, missing = (chargebee.get(path.format(public_id)) for public_id in ("theirs", "nothing"))

    assert (foreign.status_code, foreign.content) == (404, missing.content)
    assert foreign.json() == NO_SUCH_RESOURCE
