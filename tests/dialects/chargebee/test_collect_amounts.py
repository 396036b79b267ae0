"""Chargebee "Collect payment for customer": ``amount`` and each ``allocation_amount`` are whole minor units from 1 to
10^15. Whatever else is sent is refused by name, and no gateway is asked.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from billing_customers.gateways.test import TestGateway
from billing_customers.models import BillingSite
from tests.clients import ChargebeeClient
from tests.dialects.clock import Clock
from tests.dialects.expected import wrong_value
from tests.dialects.payments import a_payer, allocations, an_invoice, collect, last_payment
from tests.operations.money import nothing_stored

MOST = 10**15
RANGE = "Must be from 1 to 1000000000000000."
INTEGER = "Must be an integer."
FORM = [
    (str(-(2**63) - 1), RANGE),
    ("-1", RANGE),
    ("0", RANGE),
    (str(MOST + 1), RANGE),
    (str(2**63 - 1), RANGE),
    (str(2**63), RANGE),
    (str(10**400), INTEGER),
    *((text, INTEGER) for text in ("1.0", "1.5", "true", "1e3", "١٢", "+5", " 5 ")),
    *((text, INTEGER) for text in ("00", "0x10", "1_000", "5\n", "NaN")),
]
JSON = [
    ("-1", RANGE),
    ("0", RANGE),
    (str(MOST + 1), RANGE),
    (str(2**63 - 1), RANGE),
    *((text, INTEGER) for text in ("1.0", "1.5", "true", '"1e3"', '"١٢"', '"+5"', '" 5 "', "[5]", "{}")),
]
TOO_LARGE = [str(2**63), str(-(2**63) - 1), str(10**400), "1e400", "NaN"]
AMOUNT, FIRST, SECOND = (
    "amount",
    "invoice_allocations[allocation_amount][0]",
    "invoice_allocations[allocation_amount][1]",
)
in_each_place = pytest.mark.parametrize("param", [AMOUNT, FIRST, SECOND])


@pytest.fixture
def payer(clock: Clock, site: BillingSite, chargebee: ChargebeeClient) -> None:
    """The customer ``c1`` with a card and the invoices ``inv`` and ``inv2``."""
    a_payer(site, chargebee)
    an_invoice(site, 500, "inv2")


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the test gateway was asked."""
    asked: list[str] = []
    for name in ("store", "charge", "look_up"):
        monkeypatch.setattr(TestGateway, name, lambda *_, name=name: asked.append(name))
    return asked


def json_body(param: str, text: str) -> str:
    """The body with the amount as it is written here, which ``json.dumps`` would not write."""
    body: dict[str, Any] = {"invoice_allocations": {"invoice_id": ["inv", "inv2"], "allocation_amount": [None, None]}}
    if param == AMOUNT:
        body["amount"] = "HERE"
    else:
        body["invoice_allocations"]["allocation_amount"][int(param[-2])] = "HERE"
    return json.dumps(body).replace('"HERE"', text)


@in_each_place
@pytest.mark.parametrize(("text", "message"), FORM, ids=lambda value: repr(value)[:25])
def test_form_is_refused_and_nothing_stored(
    chargebee: ChargebeeClient, payer: None, gateway: list[str], param: str, text: str, message: str
) -> None:
    with nothing_stored():
        response = chargebee.post("/customers/c1/collect_payment", {**allocations("inv", "inv2"), param: text})

    assert response.status_code == 400
    assert response.json() == wrong_value(param, message)
    assert gateway == []


@in_each_place
@pytest.mark.parametrize(("text", "message"), JSON, ids=lambda value: repr(value)[:25])
def test_json_is_refused_and_nothing_stored(
    chargebee: ChargebeeClient, payer: None, gateway: list[str], param: str, text: str, message: str
) -> None:
    with nothing_stored():
        response = post_json(chargebee, json_body(param, text))

    assert response.status_code == 400
    assert response.json() == wrong_value(param, message)
    assert gateway == []


@in_each_place
@pytest.mark.parametrize("text", TOO_LARGE, ids=lambda text: text[:9])
def test_json_that_not_every_program_can_read_is_refused(
    chargebee: ChargebeeClient, payer: None, gateway: list[str], param: str, text: str
) -> None:
    with nothing_stored():
        response = post_json(chargebee, json_body(param, text))

    assert (response.status_code, response.json()["api_error_code"], gateway) == (400, "invalid_request", [])


@in_each_place
def test_amount_given_twice_is_refused(chargebee: ChargebeeClient, payer: None, gateway: list[str], param: str) -> None:
    body = [*allocations("inv", "inv2").items(), (param, "5"), (param, "6")]

    with nothing_stored():
        response = chargebee.post("/customers/c1/collect_payment", body)

    assert (response.status_code, gateway) == (400, [])


@in_each_place
def test_empty_amount_is_as_absent(chargebee: ChargebeeClient, payer: None, param: str) -> None:
    body = {**allocations("inv", "inv2"), param: ""}

    answer = chargebee.post("/customers/c1/collect_payment", body).json()

    assert answer["transaction"]["amount"] == 1595


@in_each_place
def test_least_amount_is_taken(chargebee: ChargebeeClient, payer: None, param: str) -> None:
    body = {**allocations("inv", "inv2"), param: "1"}

    assert chargebee.post("/customers/c1/collect_payment", body).status_code == 200


def test_largest_amount_is_taken(chargebee: ChargebeeClient, payer: None) -> None:
    answer = collect(chargebee, amount=str(MOST)).json()

    assert answer["transaction"]["amount"] == last_payment().amount == MOST


def test_allocation_beyond_what_is_due_is_refused(chargebee: ChargebeeClient, payer: None, gateway: list[str]) -> None:
    with nothing_stored():
        response = collect(chargebee, "inv2", ("inv", "1096"))

    assert response.json() == wrong_value(SECOND, "Must be at most what is due: 1095.")
    assert gateway == []


def test_amount_below_the_allocations_is_refused(chargebee: ChargebeeClient, payer: None, gateway: list[str]) -> None:
    with nothing_stored():
        response = collect(chargebee, ("inv", "100"), ("inv2", "100"), amount="199")

    assert response.json() == wrong_value(AMOUNT, "Must be at least what is allocated: 200.")
    assert gateway == []


def post_json(chargebee: ChargebeeClient, body: str) -> Any:
    return chargebee.http.post("/api/v2/customers/c1/collect_payment", body, content_type="application/json")
