"""Each amount that a caller may send is a whole number of minor units, from 1 (or 0) to 10^15, and nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from billing_customers.models import Balance, BillingSite, LedgerEntry, Transaction
from tests.clients import ChargebeeClient
from tests.dialects.clock import START
from tests.dialects.expected import wrong_value
from tests.operations import acts
from tests.operations.money import credit, nothing_stored

pytestmark = pytest.mark.usefixtures("clock")

MOST = 10**15
RANGE = "Must be from {least} to 1000000000000000."
INTEGER = "Must be an integer."
# What a form holds, and what is said of it.
REFUSED = [
    (str(-(2**63) - 1), RANGE),
    ("-1", RANGE),
    (str(MOST + 1), RANGE),
    (str(2**63 - 1), RANGE),
    (str(2**63), RANGE),
    (str(10**400), INTEGER),
    ("1.0", INTEGER),
    ("1.5", INTEGER),
    ("true", INTEGER),
    ("1e3", INTEGER),
    ("١٢", INTEGER),
    ("+5", INTEGER),
    (" 5 ", INTEGER),
    ("00", INTEGER),
    ("0x10", INTEGER),
    ("1_000", INTEGER),
    ("5\n", INTEGER),
    ("NaN", INTEGER),
    ("Infinity", INTEGER),
]
JSON_REFUSED = [
    ("-1", RANGE),
    (str(MOST + 1), RANGE),
    (str(2**63 - 1), RANGE),
    *((text, INTEGER) for text in ("1.0", "1.5", "true", '"1e3"', '"١٢"', '"+5"', '" 5 "', "[5]", "[]", "{}", "-0.0")),
]
TOO_LARGE = [str(2**63), str(-(2**63) - 1), str(10**400), "1e400", "NaN"]


@dataclass(frozen=True)
class Place:
    """Where an amount may be sent, with what else a good request has; ``least`` is the least that is taken."""

    path: str
    params: dict[str, Any]
    param: str = "amount"
    least: int = 1

    def form(self, amount: str) -> dict[str, Any]:
        return {**self.params, self.param: amount}

    def json(self, amount: str) -> str:
        """The amount as it is written here, which ``json.dumps`` would not write."""
        body: dict[str, Any] = {}
        for name, value in self.form("HERE").items():
            outer, _, inner = name.rstrip("]").partition("[")
            body[outer] = {**body.get(outer, {}), inner: value} if inner else value
        return json.dumps(body).replace('"HERE"', amount)

    def __str__(self) -> str:
        return self.path


CREDIT = {"description": "x", "customer_id": "acme"}
PAYMENT = {"transaction[date]": 1600968152, "transaction[payment_method]": "cash"}
PLACES = [
    Place("/customers/acme/add_promotional_credits", CREDIT),
    Place("/customers/acme/deduct_promotional_credits", CREDIT),
    Place("/customers/acme/set_promotional_credits", CREDIT, least=0),
    Place("/promotional_credits/add", CREDIT),
    Place("/promotional_credits/deduct", CREDIT),
    Place("/promotional_credits/set", CREDIT, least=0),
    Place("/customers/acme/record_excess_payment", PAYMENT, "transaction[amount]"),
]
ADDING, RECORDING = PLACES[3], PLACES[-1]
in_each_place = pytest.mark.parametrize("place", PLACES, ids=str)


@pytest.fixture
def acme(site: BillingSite) -> None:
    acts.create(site, "acme", at=START)
    credit(site, 1000, at=START)


@in_each_place
@pytest.mark.parametrize(("text", "message"), REFUSED, ids=lambda value: repr(value)[:25])
def test_form_is_refused_and_nothing_stored(
    chargebee: ChargebeeClient, acme: None, place: Place, text: str, message: str
) -> None:
    with nothing_stored():
        response = chargebee.post(place.path, place.form(text))

    assert response.status_code == 400
    assert response.json() == wrong_value(place.param, message.format(least=place.least))


@in_each_place
@pytest.mark.parametrize(("text", "message"), JSON_REFUSED, ids=lambda value: repr(value)[:25])
def test_json_is_refused_and_nothing_stored(
    chargebee: ChargebeeClient, acme: None, place: Place, text: str, message: str
) -> None:
    with nothing_stored():
        response = post_json(chargebee, place, text)

    assert response.status_code == 400
    assert response.json() == wrong_value(place.param, message.format(least=place.least))


@in_each_place
@pytest.mark.parametrize("text", TOO_LARGE, ids=lambda text: text[:9])
def test_json_that_not_every_program_can_read_is_refused(
    chargebee: ChargebeeClient, acme: None, place: Place, text: str
) -> None:
    with nothing_stored():
        response = post_json(chargebee, place, text)

    assert (response.status_code, response.json()["api_error_code"]) == (400, "invalid_request")


@in_each_place
def test_amount_given_twice_is_refused(chargebee: ChargebeeClient, acme: None, place: Place) -> None:
    with nothing_stored():
        response = chargebee.post(place.path, [*place.form("5").items(), (place.param, "6")])

    assert response.status_code == 400


@in_each_place
def test_least_is_taken_and_what_is_below_it_is_not(chargebee: ChargebeeClient, acme: None, place: Place) -> None:
    answers = [chargebee.post(place.path, place.form(str(amount))) for amount in (place.least - 1, place.least)]

    assert [answer.status_code for answer in answers] == [400, 200]


@pytest.mark.parametrize("text", ["1", str(MOST)])
def test_payment_of_either_end_is_taken(chargebee: ChargebeeClient, acme: None, text: str) -> None:
    response = chargebee.post(RECORDING.path, RECORDING.form(text))

    assert response.json()["transaction"]["amount"] == int(text)
    assert Transaction.objects.get().amount == Balance.objects.get().excess_payments == int(text)


@pytest.mark.parametrize("text", ["1", str(MOST - 1000)])
def test_credits_of_either_end_are_added(chargebee: ChargebeeClient, acme: None, text: str) -> None:
    response = chargebee.post(ADDING.path, ADDING.form(text))

    assert response.json()["promotional_credit"]["closing_balance"] == 1000 + int(text)
    assert LedgerEntry.objects.latest("pk").delta == int(text)


def post_json(chargebee: ChargebeeClient, place: Place, amount: str) -> Any:
    return chargebee.http.post(f"/api/v2{place.path}", place.json(amount), content_type="application/json")
