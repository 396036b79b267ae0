"""Chargebee: ``invoice_allocations`` by columns, ``invoice_allocations[invoice_id][0]``; columns may be sparse, and
indexes may have gaps.
"""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite, TestGatewayCharge
from tests.clients import ChargebeeClient
from tests.dialects.clock import Clock
from tests.dialects.expected import chargebee_refusal, wrong_value
from tests.dialects.payments import a_payer, an_invoice
from tests.operations import acts
from tests.operations.money import nothing_stored

INVOICE, PART = "invoice_allocations[invoice_id]", "invoice_allocations[allocation_amount]"
COLUMNS = "Takes columns, such as invoice_allocations[invoice_id][0]."
INDEX = "Takes an index, such as invoice_allocations[{}][0]."


@pytest.fixture(autouse=True)
def payer(clock: Clock, site: BillingSite, chargebee: ChargebeeClient) -> None:
    """The customer ``c1`` with a card and the invoices ``inv`` over 1095 and ``inv2`` over 500."""
    a_payer(site, chargebee)
    an_invoice(site, 500, "inv2")


def post(cb: ChargebeeClient, params: Any) -> Any:
    return cb.post("/customers/c1/collect_payment", params)


def links(response: Any) -> list[tuple[str, int]]:
    found = response.json()["transaction"]["linked_invoices"]
    return [(each["invoice_id"], each["applied_amount"]) for each in found]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({f"{INVOICE}[0]": "inv"}, [("inv", 1095)]),
        ({f"{INVOICE}[0]": "inv", f"{INVOICE}[1]": "inv2"}, [("inv", 1095), ("inv2", 500)]),
        # The order is that of the indexes, whichever way they were sent.
        ({f"{INVOICE}[1]": "inv", f"{INVOICE}[0]": "inv2"}, [("inv2", 500), ("inv", 1095)]),
        # A sparse column.
        ({f"{INVOICE}[0]": "inv", f"{INVOICE}[1]": "inv2", f"{PART}[1]": "10"}, [("inv", 1095), ("inv2", 10)]),
        ({f"{INVOICE}[0]": "inv", f"{INVOICE}[1]": "inv2", f"{PART}[0]": "10"}, [("inv", 10), ("inv2", 500)]),
        # Gaps, and an index that does not begin at 0.
        ({f"{INVOICE}[3]": "inv", f"{INVOICE}[7]": "inv2", f"{PART}[7]": "10"}, [("inv", 1095), ("inv2", 10)]),
        ({f"{INVOICE}[999]": "inv"}, [("inv", 1095)]),
        # Columns that are none of the contract's.
        ({f"{INVOICE}[0]": "inv", "invoice_allocations[note][5]": "x"}, [("inv", 1095)]),
    ],
)
def test_columns_are_rows(chargebee: ChargebeeClient, params: Any, expected: Any) -> None:
    assert links(post(chargebee, params)) == expected


@pytest.mark.parametrize(
    ("params", "named", "said"),
    [
        ({}, f"{INVOICE}[0]", "Is required: the invoice to collect for."),
        ({"invoice_allocations": ""}, f"{INVOICE}[0]", "Is required: the invoice to collect for."),
        ({"amount": "5"}, f"{INVOICE}[0]", "Is required: the invoice to collect for."),
        ({f"{PART}[0]": "5"}, f"{INVOICE}[0]", "Is required."),
        ({f"{INVOICE}[0]": "inv", f"{PART}[4]": "5"}, f"{INVOICE}[4]", "Is required."),
        ({f"{INVOICE}[0]": "inv", f"{INVOICE}[2]": ""}, f"{INVOICE}[2]", "Is required."),
        ({f"{INVOICE}[0]": "x" * 51}, f"{INVOICE}[0]", "Must have at most 50 characters."),
        ({f"{INVOICE}[0]": "inv", f"{INVOICE}[5]": "inv"}, f"{INVOICE}[5]", "Each invoice can be given once."),
        ({f"{INVOICE}[2]": "inv", f"{PART}[2]": "x"}, f"{PART}[2]", "Must be an integer."),
        ({f"{INVOICE}[2]": "inv", f"{PART}[2]": "1096"}, f"{PART}[2]", "Must be at most what is due: 1095."),
        ({"invoice_allocations": "inv"}, "invoice_allocations", COLUMNS),
        ({"invoice_allocations[0][invoice_id]": "inv"}, "invoice_allocations", COLUMNS),
        ({INVOICE: "inv"}, INVOICE, INDEX.format("invoice_id")),
        ({f"{INVOICE}[0]": "inv", PART: "5"}, PART, INDEX.format("allocation_amount")),
        ({f"{INVOICE}[first]": "inv"}, INVOICE, INDEX.format("invoice_id")),
    ],
)
def test_what_is_no_row_is_refused_by_name(
    chargebee: ChargebeeClient, params: dict[str, str], named: str, said: str
) -> None:
    with nothing_stored():
        response = post(chargebee, params)

    assert response.status_code == 400
    assert response.json() == wrong_value(named, said)


@pytest.mark.parametrize(
    "params",
    [
        [(f"{INVOICE}[0]", "inv"), (f"{INVOICE}[0]", "inv2")],
        [(f"{INVOICE}[1000]", "inv")],
    ],
)
def test_index_that_cannot_be_is_refused(chargebee: ChargebeeClient, params: Any) -> None:
    with nothing_stored():
        response = post(chargebee, params)

    assert (response.status_code, response.json()["api_error_code"]) == (400, "invalid_request")


def test_more_invoices_than_one_payment_takes_are_refused(chargebee: ChargebeeClient) -> None:
    with nothing_stored():
        response = post(chargebee, {f"{INVOICE}[{number}]": f"inv{number}" for number in range(101)})

    said = "At most 100 invoices can be collected at once."
    assert response.json() == wrong_value("invoice_allocations", said)


@pytest.mark.parametrize("invoice", ["missing", "theirs", "foreign"])
def test_invoice_of_another_customer_or_site_is_as_missing(
    site: BillingSite, other_site: BillingSite, chargebee: ChargebeeClient, invoice: str
) -> None:
    acts.create(site, "c2")
    acts.create(other_site, "c1")
    an_invoice(site, public_id="theirs", customer_public_id="c2")
    an_invoice(other_site, public_id="foreign")

    with nothing_stored():
        response = post(chargebee, {f"{INVOICE}[0]": "inv", f"{INVOICE}[4]": invoice})

    assert response.status_code == 404
    assert response.json() == chargebee_refusal(
        404, "resource_not_found", "Sorry, we couldn't find that resource", f"{INVOICE}[4]"
    )
    assert TestGatewayCharge.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        '{"invoice_allocations": {"invoice_id": ["inv2", "inv"], "allocation_amount": [null, 10]}}',
        '{"invoice_allocations": {"invoice_id": ["inv2", "inv"], "allocation_amount": [null, "10"]}}',
        '{"invoice_allocations": [{"invoice_id": "inv2"}, {"invoice_id": "inv", "allocation_amount": 10}]}',
    ],
)
def test_json_has_columns_or_rows(chargebee: ChargebeeClient, body: str) -> None:
    response = post_json(chargebee, body)

    assert links(response) == [("inv2", 500), ("inv", 10)]


@pytest.mark.parametrize(
    ("body", "named", "said"),
    [
        ('{"invoice_allocations": [1]}', "invoice_allocations", COLUMNS),
        ('{"invoice_allocations": ["inv"]}', "invoice_allocations", COLUMNS),
        ('{"invoice_allocations": 7}', "invoice_allocations", COLUMNS),
        ('{"invoice_allocations": {"invoice_id": "inv"}}', INVOICE, INDEX.format("invoice_id")),
        ('{"invoice_allocations": [{"allocation_amount": 5}]}', f"{INVOICE}[0]", "Is required."),
        ('{"invoice_allocations": [{"invoice_id": 5}]}', f"{INVOICE}[0]", "Must be a single string."),
        ('{"invoice_allocations": [{"invoice_id": null}]}', f"{INVOICE}[0]", "Is required."),
        ('{"invoice_allocations": null}', f"{INVOICE}[0]", "Is required: the invoice to collect for."),
    ],
)
def test_json_that_is_no_row_is_refused_by_name(chargebee: ChargebeeClient, body: str, named: str, said: str) -> None:
    with nothing_stored():
        response = post_json(chargebee, body)

    assert response.json() == wrong_value(named, said)


def post_json(cb: ChargebeeClient, body: str) -> Any:
    return cb.http.post("/api/v2/customers/c1/collect_payment", body, content_type="application/json")
