"""Chargebee "Record an excess payment for a customer", and what of it a customer shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from billing_customers.conformance.cases import all_cases
from billing_customers.conformance.curl import read_curl
from billing_customers.models import BillingSite, LedgerEntry, Transaction
from tests.clients import ChargebeeClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import (
    NO_SUCH_RESOURCE,
    SECONDS,
    VERSION,
    chargebee_balances,
    chargebee_customer,
    chargebee_refusal,
    wrong_value,
)
from tests.operations import acts
from tests.operations.money import credit, nothing_stored, pay

PATH = "/customers/acme/record_excess_payment"
SAID = {"transaction[amount]": "500", "transaction[date]": "1600968152", "transaction[payment_method]": "check"}
[SAMPLE] = [case for case in all_cases() if case.name == "record_excess_payment"]


@pytest.fixture
def acme(site: BillingSite, clock: Clock) -> None:
    acts.create(site, "acme", at=START, first_name="John", last_name="Doe")


def customer(version: int = VERSION + 1, **balances: dict[str, int]) -> dict[str, Any]:
    shown = chargebee_balances(**balances)
    return chargebee_customer("acme", first_name="John", last_name="Doe", resource_version=version, **shown)


def transaction(public_id: str, **said: Any) -> dict[str, Any]:
    shown = {
        "id": public_id,
        "object": "transaction",
        "customer_id": "acme",
        "type": "payment",
        "status": "success",
        "payment_method": "check",
        "gateway": "not_applicable",
        "amount": 500,
        "amount_unused": 500,
        "currency_code": "USD",
        "base_currency_code": "USD",
        "exchange_rate": 1,
        "date": 1600968152,
        "deleted": False,
        "linked_invoices": [],
        "linked_refunds": [],
        "updated_at": SECONDS,
        "resource_version": VERSION,
    }
    return {**shown, **said}


def test_answer_has_the_keys_of_the_sample_and_no_other(chargebee: ChargebeeClient, site: BillingSite) -> None:
    """Contract: the sample request and response."""
    call = read_curl(SAMPLE)
    chargebee.post("/customers", SAMPLE.setup[0].params)

    answer = chargebee.post(call.path, call.body.replace(" ", "+")).json()

    sample = json.loads(json.dumps(SAMPLE.sample))
    sample["customer"]["balances"].remove("{..}")
    made_up = {"created_at", "updated_at", "resource_version", "id"}
    for part in ("customer", "transaction"):
        assert answer[part].keys() == sample[part].keys()
        for name in sample[part].keys() - made_up:
            assert answer[part][name] == sample[part][name]
    assert answer["customer"]["id"] == sample["customer"]["id"]


def test_payment_is_answered_with_its_customer(chargebee: ChargebeeClient, acme: None) -> None:
    said = {**SAID, "comment": "From John", "transaction[reference_number]": "12", "transaction[id]": "t 1"}

    response = chargebee.post(PATH, said)

    assert (response.status_code, response.json()) == (
        200,
        {"customer": customer(USD={"excess_payments": 500}), "transaction": transaction("t 1", reference_number="12")},
    )
    assert Transaction.objects.get().comment == "From John"


def test_another_currency_is_shown_below(chargebee: ChargebeeClient, acme: None) -> None:
    answer = chargebee.post(PATH, {**SAID, "transaction[currency_code]": "EUR", "transaction[id]": "t1"}).json()

    assert answer == {
        "customer": customer(EUR={"excess_payments": 500}),
        "transaction": transaction("t1", currency_code="EUR", base_currency_code="EUR"),
    }


def test_all_balances_are_shown_wherever_the_customer_is(
    chargebee: ChargebeeClient, acme: None, site: BillingSite
) -> None:
    pay(site, 500, at=START)
    credit(site, 70, at=START)
    credit(site, 9, currency_code="JPY", at=START)

    shown = customer(
        VERSION + 3,
        USD={"excess_payments": 500, "promotional_credits": 70},
        JPY={"promotional_credits": 9},
    )
    assert chargebee.get("/customers/acme").json() == {"customer": shown}
    assert chargebee.get("/customers").json() == {"list": [{"customer": shown}]}
    assert chargebee.post("/customers/acme").json() == {"customer": shown}


def test_top_is_that_of_the_preferred_currency(chargebee: ChargebeeClient, acme: None, site: BillingSite) -> None:
    credit(site, 70, at=START)
    credit(site, 9, currency_code="JPY", at=START)

    shown = chargebee.post("/customers/acme", {"preferred_currency_code": "JPY"}).json()["customer"]

    assert shown["promotional_credits"] == 9
    assert [(each["currency_code"], each["balance_currency_code"]) for each in shown["balances"]] == [
        ("JPY", "JPY"),
        ("JPY", "USD"),
    ]


def test_balances_that_are_used_up_stay_shown(chargebee: ChargebeeClient, acme: None, site: BillingSite) -> None:
    credit(site, 70, at=START)
    chargebee.post("/customers/acme/set_promotional_credits", {"amount": "0", "description": "x"})

    assert chargebee.get("/customers/acme").json()["customer"]["balances"] == chargebee_balances(USD={})["balances"]


@pytest.mark.parametrize(
    ("said", "param", "message"),
    [
        *(({name: None}, name, "Is required.") for name in SAID),
        *(({name: ""}, name, "Is required.") for name in SAID),
        (
            {"transaction[payment_method]": "card"},
            "transaction[payment_method]",
            "Must be one of cash, check, bank_transfer, other.",
        ),
        *(
            ({"transaction[date]": date}, "transaction[date]", "Must be a timestamp in seconds (UTC).")
            for date in ("-1", "253402214400", "1600968152000")
        ),
        *(
            ({"transaction[date]": date}, "transaction[date]", "Must be an integer.")
            for date in ("today", "1.5", "1e9")
        ),
        (
            {"transaction[currency_code]": "ZZZ"},
            "transaction[currency_code]",
            "Must be an ISO 4217 currency code, such as USD.",
        ),
        (
            {"transaction[reference_number]": "x" * 101},
            "transaction[reference_number]",
            "Must have at most 100 characters.",
        ),
        ({"comment": "x" * 301}, "comment", "Must have at most 300 characters."),
        ({"transaction[id]": "x" * 41}, "transaction[id]", "Must have at most 40 characters."),
        ({"transaction[id]": "a/b"}, "transaction[id]", "An id cannot contain / or control characters."),
    ],
)
def test_bad_parameter_is_refused(
    chargebee: ChargebeeClient, acme: None, said: dict[str, Any], param: str, message: str
) -> None:
    given = {name: value for name, value in {**SAID, **said}.items() if value is not None}

    with nothing_stored():
        response = chargebee.post(PATH, given)

    assert (response.status_code, response.json()) == (400, wrong_value(param, message))


def test_transaction_that_has_no_parts_is_refused(chargebee: ChargebeeClient, acme: None) -> None:
    with nothing_stored():
        response = chargebee.post(PATH, {"transaction": "500"})

    assert response.json() == wrong_value("transaction", "Takes parts, such as transaction[amount].")


def test_id_that_is_taken_is_refused(chargebee: ChargebeeClient, acme: None) -> None:
    chargebee.post(PATH, {**SAID, "transaction[id]": "t1"})

    with nothing_stored():
        response = chargebee.post(PATH, {**SAID, "transaction[id]": "t1"})

    assert (response.status_code, response.json()) == (
        400,
        {
            **wrong_value("transaction[id]", "The value t1 is already present."),
            "api_error_code": "duplicate_entry",
            "error_code": "param_not_unique",
        },
    )


def test_balance_beyond_its_limit_is_refused(chargebee: ChargebeeClient, acme: None) -> None:
    chargebee.post(PATH, SAID)

    with nothing_stored():
        response = chargebee.post(PATH, {**SAID, "transaction[amount]": str(10**15)})

    assert response.json() == wrong_value("transaction[amount]", "The balance would exceed 1000000000000000.")


def test_customer_that_is_not_there_is_not_found(
    chargebee: ChargebeeClient, acme: None, other_site: BillingSite
) -> None:
    acts.create(other_site, "theirs")

    with nothing_stored():
        answers = [
            chargebee.post(f"/customers/{public_id}/record_excess_payment", SAID) for public_id in ("theirs", "nobody")
        ]

    assert {answer.content for answer in answers} == {answers[0].content}
    assert (answers[0].status_code, answers[0].json()) == (404, NO_SUCH_RESOURCE)


def test_version_that_is_not_current_is_refused(chargebee: ChargebeeClient, acme: None) -> None:
    with nothing_stored():
        response = chargebee.post(PATH, SAID, **{"If-Match": '"1"'})

    assert response.json() == chargebee_refusal(409, "invalid_state_for_request", "The customer has changed since.")


def test_repetition_is_recorded_once(chargebee: ChargebeeClient, acme: None) -> None:
    key = {"chargebee-idempotency-key": "once"}
    first, second = (chargebee.post(PATH, SAID, **key) for _ in range(2))

    assert (second.status_code, second.content) == (200, first.content)
    assert (Transaction.objects.count(), LedgerEntry.objects.count()) == (1, 1)


def test_json_body_is_read_too(chargebee: ChargebeeClient, acme: None) -> None:
    body = '{"transaction":{"amount":500,"date":1600968152,"payment_method":"cash"}}'

    response = chargebee.http.post(f"/api/v2{PATH}", body, content_type="application/json")

    assert response.json()["transaction"]["payment_method"] == "cash"
