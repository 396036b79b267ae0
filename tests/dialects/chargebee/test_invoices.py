"""Chargebee "List invoices", "Retrieve an invoice" and "List invoices for a customer"."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from billing_customers.models import BillingSite, Invoice
from tests.clients import ChargebeeClient, followed
from tests.dialects.clock import START
from tests.dialects.expected import NO_SUCH_RESOURCE, SECONDS, wrong_value
from tests.dialects.payments import a_subscription, an_invoice, collect, invoice, last_payment, paid_invoice
from tests.dialects.sources import with_card
from tests.operations import acts
from tests.operations.collecting import a_source
from tests.operations.money import book

pytestmark = pytest.mark.usefixtures("clock")

LIST = "/invoices"
STATUSES = "Must be one of paid, posted, payment_due, not_paid, voided, pending."


@pytest.fixture
def made(site: BillingSite) -> None:
    """i1 to i4, over 100 to 400, each a day older and changed a second later than the one before; c2 has i3, and i2 is
    of a subscription.
    """
    for public_id in ("c1", "c2"):
        acts.create(site, public_id, at=START)
    a_subscription(site)
    for number in range(1, 5):
        an_invoice(
            site,
            100 * number,
            f"i{number}",
            customer_public_id="c2" if number == 3 else "c1",
            subscription_id="sub" if number == 2 else None,
            status="not_paid" if number == 4 else None,
            at=START - timedelta(days=number),
        )
        # With a part of a second, so that what is shown as equal is compared as equal.
        changed = START + timedelta(seconds=number, microseconds=300)
        Invoice.objects.filter(public_id=f"i{number}").update(updated_at=changed)


def ids(chargebee: ChargebeeClient, params: dict[str, str] | None = None, path: str = LIST) -> str:
    answer = chargebee.get(path, params)
    assert answer.status_code == 200, answer.content
    return "".join(each["invoice"]["id"][1:] for each in answer.json()["list"])


def test_invoice_that_is_due(site: BillingSite, chargebee: ChargebeeClient) -> None:
    acts.create(site, "c1", at=START)
    a_subscription(site)
    an_invoice(site, subscription_id="sub", due_at=START + timedelta(days=1))

    response = chargebee.get("/invoices/inv")

    shown = invoice(subscription_id="sub", recurring=True, due_date=SECONDS + 86400)
    assert response.json() == {"invoice": shown}
    assert chargebee.get(LIST).json() == {"list": [{"invoice": shown}]}
    assert chargebee.get("/customers/c1/invoices").json() == {"list": [{"invoice": shown}]}


def test_invoice_that_is_paid(site: BillingSite, chargebee: ChargebeeClient) -> None:
    with_card(chargebee)
    an_invoice(site)
    collect(chargebee)

    assert chargebee.get("/invoices/inv").json() == {"invoice": paid_invoice(last_payment())}


def test_invoice_with_credits(site: BillingSite, chargebee: ChargebeeClient) -> None:
    book(site, acts.create(site, "c1", at=START), 300, at=START)
    an_invoice(site, apply_credits=True)

    shown = chargebee.get("/invoices/inv").json()["invoice"]

    names = ("credits_applied", "amount_paid", "amount_due", "linked_payments", "status")
    assert [shown[name] for name in names] == [300, 0, 795, [], "payment_due"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, "4321"),
        ({"sort_by[asc]": "date"}, "4321"),
        ({"sort_by[desc]": "date"}, "1234"),
        ({"sort_by[asc]": "updated_at"}, "1234"),
        ({"sort_by[desc]": "updated_at"}, "4321"),
        ({"id[is]": "i2"}, "2"),
        ({"id[is_not]": "i2"}, "431"),
        ({"id[in]": '["i1","i4"]'}, "41"),
        ({"id[not_in]": '["i1","i4"]'}, "32"),
        ({"id[starts_with]": "i"}, "4321"),
        ({"customer_id[is]": "c2"}, "3"),
        ({"customer_id[is_not]": "c2"}, "421"),
        ({"subscription_id[is]": "sub"}, "2"),
        ({"subscription_id[in]": '["sub"]'}, "2"),
        ({"status[is]": "not_paid"}, "4"),
        ({"status[is_not]": "not_paid"}, "321"),
        ({"status[in]": '["payment_due"]'}, "321"),
        ({"status[not_in]": '["payment_due"]'}, "4"),
        ({"total[is]": "200"}, "2"),
        ({"total[gt]": "200"}, "43"),
        ({"total[lte]": "200"}, "21"),
        ({"total[between]": "[200,300]"}, "32"),
        ({"amount_due[gte]": "300"}, "43"),
        ({"amount_due[lt]": "200"}, "1"),
        ({"date[before]": str(SECONDS - 2 * 86400)}, "43"),
        ({"date[after]": str(SECONDS - 2 * 86400)}, "1"),
        ({"date[on]": str(SECONDS - 86400)}, "1"),
        ({"updated_at[after]": str(SECONDS + 2)}, "43"),
        ({"updated_at[between]": f"[{SECONDS + 1},{SECONDS + 2}]"}, "21"),
        ({"customer_id[is]": "c1", "status[is]": "payment_due", "sort_by[desc]": "date"}, "12"),
        ({"unknown[is]": "x"}, "4321"),
    ],
)
def test_list_is_filtered_and_sorted(
    chargebee: ChargebeeClient, made: None, params: dict[str, str], expected: str
) -> None:
    assert ids(chargebee, params) == expected


@pytest.mark.parametrize(
    ("params", "named", "said"),
    [
        ({"status[is]": "due"}, "status[is]", STATUSES),
        ({"total[is]": "1.5"}, "total[is]", "Must be an integer."),
        ({"total[in]": "[1]"}, "total[in]", "Supported operators: is, is_not, lt, lte, gt, gte, between."),
        ({"date[on]": "x"}, "date[on]", "Must be an integer."),
        ({"sort_by[asc]": "total"}, "sort_by[asc]", "Must be date or updated_at."),
        ({"limit": "101"}, "limit", "Must be an integer from 1 to 100."),
        ({"offset": "x"}, "offset", "Must be the next_offset of the same list."),
    ],
)
def test_filter_that_cannot_be_is_refused(
    chargebee: ChargebeeClient, made: None, params: dict[str, str], named: str, said: str
) -> None:
    assert chargebee.get(LIST, params).json() == wrong_value(named, said)


@pytest.mark.parametrize("path", [LIST, "/customers/c1/invoices"])
@pytest.mark.parametrize("limit", ["1", "2", "3"])
def test_pages_give_each_invoice_once(chargebee: ChargebeeClient, made: None, path: str, limit: str) -> None:
    whole = ids(chargebee, path=path)

    pages = followed(chargebee, path, {"limit": limit})

    assert "".join(each["invoice"]["id"][1:] for page in pages for each in page) == whole


def test_offset_is_of_one_list(chargebee: ChargebeeClient, made: None) -> None:
    offset = chargebee.get(LIST, {"limit": "1"}).json()["next_offset"]

    refused: list[tuple[str, Any]] = [
        ("/customers/c1/invoices", {}),
        (LIST, {"sort_by[asc]": "updated_at"}),
        (LIST, {"status[is]": "paid"}),
        ("/transactions", {}),
    ]
    for path, params in refused:
        assert chargebee.get(path, {**params, "offset": offset}).status_code == 400


def test_invoices_of_a_customer(chargebee: ChargebeeClient, made: None) -> None:
    found = [ids(chargebee, path=f"/customers/{customer}/invoices") for customer in ("c1", "c2")]

    assert found == ["421", "3"]


def test_invoices_of_a_deleted_customer_are_hidden(site: BillingSite, chargebee: ChargebeeClient, made: None) -> None:
    acts.delete(site, "c2", at=START)

    assert ids(chargebee) == "421"
    assert chargebee.get("/invoices/i3").json() == NO_SUCH_RESOURCE
    assert chargebee.get("/customers/c2/invoices").status_code == 404


def test_deleted_invoices_are_listed_when_they_are_asked_for(
    site: BillingSite, chargebee: ChargebeeClient, made: None
) -> None:
    acts.delete(site, "c2", at=START)

    found = chargebee.get(LIST, {"include_deleted": "true"}).json()["list"]

    assert [(each["invoice"]["id"], each["invoice"]["deleted"]) for each in found] == [
        ("i4", False),
        ("i3", True),
        ("i2", False),
        ("i1", False),
    ]


@pytest.mark.parametrize("path", ["/invoices/missing", "/customers/missing/invoices", "/invoices/a%00b"])
def test_what_is_missing(chargebee: ChargebeeClient, made: None, path: str) -> None:
    response = chargebee.get(path)

    assert (response.status_code, response.json()) == (404, NO_SUCH_RESOURCE)


def test_failed_payments_are_not_linked(site: BillingSite, chargebee: ChargebeeClient, made: None) -> None:
    a_source(site, "4000000000000341", "c1")
    collect(chargebee, "i1")

    assert chargebee.get("/invoices/i1").json()["invoice"]["linked_payments"] == []


@pytest.mark.parametrize("path", ["/invoices", "/invoices/i1", "/customers/c1/invoices"])
def test_nothing_is_written_here(chargebee: ChargebeeClient, made: None, path: str) -> None:
    response = chargebee.post(path, {"total": "5"})

    assert (response.status_code, response.json()["api_error_code"]) == (405, "http_method_not_supported")
