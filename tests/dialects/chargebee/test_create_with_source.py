"""Chargebee "Create a customer", with what it pays with (chargebee-wire 3.1, 3.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from billing_customers.gateways.base import Capability
from billing_customers.gateways.test import TestGateway
from billing_customers.models import Customer, IdempotencyRecord, Job, PaymentSource
from tests.clients import ChargebeeClient
from tests.dialects.clock import Clock
from tests.dialects.expected import chargebee_customer, chargebee_refusal, wrong_value
from tests.dialects.sources import CARD, DECLINED, METHOD, NUMBER, card_of, last_source, method_of, paying_customer

pytestmark = pytest.mark.usefixtures("clock")

BANK_ACCOUNT = {
    "bank_account[account_number]": "000222222227",
    "bank_account[routing_number]": "110000000",
    "bank_account[bank_name]": "US Bank",
    "bank_account[account_holder_type]": "individual",
    "bank_account[account_type]": "savings",
    "bank_account[first_name]": "Shay",
    "bank_account[last_name]": "Liam",
}
KEY = {"chargebee-idempotency-key": "order-1"}


def counts() -> tuple[int, int]:
    return Customer.objects.count(), PaymentSource.objects.count()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The customers for whom the gateway was asked to store something."""
    asked: list[str] = []
    store = TestGateway.store

    def noted(self: TestGateway, given: Any, holder: Any) -> Any:
        asked.append(holder.email)
        return store(self, given, holder)

    monkeypatch.setattr(TestGateway, "store", noted)
    return asked


def test_sample_with_card_details(chargebee: ChargebeeClient) -> None:
    said = {"first_name": "John", "last_name": "Doe", "email": "john@test.com"}

    response = chargebee.post("/customers", {"id": "c1", **said, **CARD})

    source = last_source()
    assert response.json() == {"customer": paying_customer(source, **said), "card": card_of(source)}
    assert chargebee.get("/customers/c1").json() == response.json()
    assert chargebee.get("/customers").json() == {"list": [response.json()]}


def test_sample_with_a_bank_account_has_neither_card_nor_card_status(chargebee: ChargebeeClient) -> None:
    response = chargebee.post("/customers", {"id": "c1", "allow_direct_debit": "true", **BANK_ACCOUNT})

    source = last_source()
    customer = chargebee_customer(
        "c1",
        allow_direct_debit=True,
        payment_method=method_of(source, type="direct_debit", status="pending_verification"),
        primary_payment_source_id=source.public_id,
    )
    del customer["card_status"]
    assert response.json() == {"customer": customer}
    assert (source.last4, source.bank_name, source.account_type, source.first_name) == (
        "2227",
        "US Bank",
        "savings",
        "Shay",
    )


@pytest.mark.parametrize("named", [METHOD, {"payment_method[reference_id]": "cus_I58QViSiwuelqF"}])
def test_sample_with_a_reference_is_a_card_unless_it_says_otherwise(
    chargebee: ChargebeeClient, named: dict[str, str]
) -> None:
    response = chargebee.post("/customers", {"id": "c1", **named})

    source = last_source()
    assert source.reference_id == "cus_I58QViSiwuelqF"
    assert response.json()["customer"] == paying_customer(source)
    assert response.json()["card"]["last4"] == "1111"


def test_token_of_the_gateway_is_taken_where_it_takes_tokens(chargebee: ChargebeeClient) -> None:
    response = chargebee.post("/customers", {"payment_method[type]": "card", "payment_method[tmp_token]": "tok_x"})

    assert response.json()["customer"]["payment_method"]["reference_id"] == last_source().reference_id


def test_other_method_than_a_card_has_no_card(chargebee: ChargebeeClient) -> None:
    named = {"payment_method[type]": "paypal_express_checkout", "payment_method[reference_id]": "B-1"}

    response = chargebee.post("/customers", {"id": "c1", **named})

    assert set(response.json()) == {"customer"}
    assert response.json()["customer"]["payment_method"] == method_of(last_source(), type="paypal_express_checkout")
    assert "card_status" not in response.json()["customer"]


def test_account_can_be_named(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {**CARD})
    account = last_source().gateway_account.public_id

    response = chargebee.post("/customers", {**CARD, "card[gateway_account_id]": account})

    assert response.json()["card"]["gateway_account_id"] == account


def test_billing_address_of_the_card_is_shown_with_it(chargebee: ChargebeeClient) -> None:
    address = {
        "billing_addr1": "PO Box 9999",
        "billing_city": "Walnut",
        "billing_state_code": "CA",
        "billing_zip": "91789",
        "billing_country": "US",
    }

    card = chargebee.post("/customers", {**CARD, **{f"card[{name}]": each for name, each in address.items()}}).json()[
        "card"
    ]

    assert {name: each for name, each in card.items() if name.startswith("billing_")} == {
        **address,
        "billing_state": "California",
    }


def test_json_body_says_the_same(chargebee: ChargebeeClient) -> None:
    body = {"id": "c1", "card": {"number": NUMBER, "expiry_month": 10, "expiry_year": 2022}}

    response = chargebee.http.post("/api/v2/customers", json.dumps(body), content_type="application/json")

    assert response.json()["card"]["masked_number"] == "************1881"


@pytest.mark.parametrize(
    ("params", "named", "message"),
    [
        ({"card[number]": NUMBER, "card[expiry_month]": "10"}, "card[expiry_year]", "Is required."),
        ({"card[cvv]": "999"}, "card[number]", "Is required."),
        ({**CARD, "card[expiry_month]": "13"}, "card[expiry_month]", "Must be from 1 to 12."),
        ({**CARD, "card[expiry_month]": "ten"}, "card[expiry_month]", "Must be an integer."),
        ({**CARD, "card[number]": "1" * 1501}, "card[number]", "Must have at most 1500 characters."),
        ({"card": NUMBER}, "card", "Takes parts, such as card[number]."),
        ({"card[0]": NUMBER}, "card[number]", "Is required."),
        (
            {"bank_account[bank_name]": "US Bank"},
            "bank_account[account_number]",
            "Is required, unless there is an iban.",
        ),
        (
            {"payment_method[type]": "card"},
            "payment_method[reference_id]",
            "Is required, unless there is a tmp_token.",
        ),
        (
            {**METHOD, "payment_method[tmp_token]": NUMBER},
            "payment_method[tmp_token]",
            "Cannot be given together with a reference_id.",
        ),
        ({**CARD, **METHOD}, "payment_method", "Cannot be given together with card."),
        ({**CARD, **BANK_ACCOUNT}, "bank_account", "Cannot be given together with card."),
    ],
)
def test_refused_parameter_is_named_and_nothing_is_echoed(
    chargebee: ChargebeeClient, calls: list[str], params: dict[str, str], named: str, message: str
) -> None:
    response = chargebee.post("/customers", {"first_name": "John", **params})

    assert (response.status_code, response.json()) == (400, wrong_value(named, message))
    assert NUMBER not in response.content.decode()
    assert (counts(), calls) == ((0, 0), [])


@pytest.mark.parametrize(
    "body", [{"card": {NUMBER: 1}}, {"card": NUMBER}, {"card": [NUMBER]}, {"card": {"number": [NUMBER]}}]
)
def test_json_body_of_any_shape_is_not_echoed(chargebee: ChargebeeClient, body: dict[str, object]) -> None:
    response = chargebee.http.post("/api/v2/customers", json.dumps(body), content_type="application/json")

    assert (response.status_code, response.json()["api_error_code"]) == (400, "param_wrong_value")
    assert NUMBER not in response.content.decode()
    assert counts() == (0, 0)


@pytest.mark.parametrize("params", [{"token_id": "tok_1"}, {"payment_intent[id]": "pi_1"}, {"payment_intent": "pi_1"}])
def test_flow_that_begins_in_a_browser_is_not_pretended(
    chargebee: ChargebeeClient, calls: list[str], params: dict[str, str]
) -> None:
    response = chargebee.post("/customers", params)

    name = next(iter(params)).partition("[")[0]
    assert (response.status_code, response.json()["param"]) == (400, name)
    assert response.json()["api_error_code"] == "param_wrong_value"
    assert (counts(), calls) == ((0, 0), [])


def test_what_is_missing_for_a_payment_intent_is_told(chargebee: ChargebeeClient) -> None:
    response = chargebee.post("/customers", {"payment_intent[id]": "pi_1"})

    assert response.json()["error_msg"] == (
        "Comes of Chargebee.js, which has no part in this installation: no 3-D Secure flow can be completed here. "
        "Send payment_method[reference_id] instead."
    )


def test_token_that_no_gateway_takes_is_refused(chargebee: ChargebeeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TestGateway, "capabilities", frozenset({Capability.RAW_CARDS}))

    response = chargebee.post("/customers", {"payment_method[type]": "card", "payment_method[tmp_token]": "tok_x"})

    assert (response.status_code, response.json()) == (
        400,
        wrong_value("payment_method[tmp_token]", "No payment gateway is set up to take it."),
    )


def test_unknown_account_is_a_missing_resource(chargebee: ChargebeeClient) -> None:
    response = chargebee.post("/customers", {**CARD, "card[gateway_account_id]": "gw_none"})

    assert (response.status_code, response.json()) == (
        404,
        chargebee_refusal(
            404, "resource_not_found", "Sorry, we couldn't find that resource", "card[gateway_account_id]"
        ),
    )
    assert counts() == (0, 0)


@pytest.mark.parametrize("params", [{"card": ""}, {"card[number]": "", "card[cvv]": ""}, {"token_id": ""}])
def test_empty_one_is_as_absent(chargebee: ChargebeeClient, params: dict[str, str]) -> None:
    assert chargebee.post("/customers", {"id": "c1", **params}).json() == {"customer": chargebee_customer("c1")}


@pytest.mark.parametrize(
    ("number", "message", "cause", "named"),
    [
        ("4000000000000002", "The card was declined.", "card_declined", ""),
        ("4000000000000127", "The security code of the card is wrong.", "incorrect_cvc", "card[cvv]"),
        ("4012888888881882", "This is not the number of a card.", "incorrect_number", "card[number]"),
    ],
)
def test_declined_card_leaves_nothing(
    chargebee: ChargebeeClient, number: str, message: str, cause: str, named: str
) -> None:
    response = chargebee.post("/customers", {**CARD, "card[number]": number})

    assert (response.status_code, response.json()) == (
        400,
        chargebee_refusal(
            400,
            "payment_processing_failed",
            message,
            named,
            type="payment",
            error_cause_id=f"gateway.general.{cause}",
        ),
    )
    assert (counts(), Job.objects.count()) == ((0, 0), 0)


def test_gateway_is_told_of_the_customer_that_is_to_be(chargebee: ChargebeeClient, calls: list[str]) -> None:
    chargebee.post("/customers", {"email": "john@test.com", **CARD})

    assert calls == ["john@test.com"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"id": "taken"}, "duplicate_entry"),
        ({"email": "none"}, "param_wrong_value"),
        ({"id": "a/b"}, "param_wrong_value"),
    ],
)
def test_customer_that_cannot_be_made_costs_no_call(
    chargebee: ChargebeeClient, calls: list[str], params: dict[str, str], code: str
) -> None:
    chargebee.post("/customers", {"id": "taken"})

    response = chargebee.post("/customers", {**params, **CARD})

    assert (response.status_code, response.json()["api_error_code"]) == (400, code)
    assert (counts(), calls) == ((1, 0), [])


def test_card_that_is_stored_in_vain_is_discarded(chargebee: ChargebeeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing_customers.dialects.chargebee.viewsets.customers.check_new_customer", lambda **_: None)
    chargebee.post("/customers", {"id": "taken"})

    response = chargebee.post("/customers", {"id": "taken", **CARD})

    assert response.json()["api_error_code"] == "duplicate_entry"
    assert counts() == (1, 0)
    (job,) = Job.objects.filter(kind="payment_sources.detach")
    assert job.arguments["reference"].startswith("tok_success_")


def test_failure_to_discard_does_not_hide_what_went_wrong(
    chargebee: ChargebeeClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: Any) -> None:
        raise OSError

    monkeypatch.setattr("billing_customers.dialects.chargebee.viewsets.customers.check_new_customer", lambda **_: None)
    monkeypatch.setattr("billing_customers.dialects.preparing.discard_prepared", fail)
    chargebee.post("/customers", {"id": "taken"})

    response = chargebee.post("/customers", {"id": "taken", **CARD})

    assert response.json()["api_error_code"] == "duplicate_entry"
    assert any(message.startswith("not abandoned request_id=") for message in caplog.messages)


def test_repeated_request_stores_once(chargebee: ChargebeeClient, calls: list[str]) -> None:
    first = chargebee.post("/customers", {"id": "c1", **CARD}, **KEY)
    second = chargebee.post("/customers", {"id": "c1", **CARD}, **KEY)

    assert second.headers["chargebee-idempotency-replayed"] == "true"
    assert (second.json(), counts(), len(calls)) == (first.json(), (1, 1), 1)


def test_declined_card_is_replayed_as_declined(chargebee: ChargebeeClient, calls: list[str]) -> None:
    first = chargebee.post("/customers", {"id": "c1", **DECLINED}, **KEY)
    second = chargebee.post("/customers", {"id": "c1", **DECLINED}, **KEY)

    assert (second.status_code, second.json()) == (400, first.json())
    assert (counts(), len(calls)) == ((0, 0), 1)


def test_request_that_died_after_the_gateway_had_answered_stores_the_same_source(
    chargebee: ChargebeeClient, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    references: list[str] = []
    store = TestGateway.store

    def noted(self: TestGateway, given: Any, holder: Any) -> Any:
        stored = store(self, given, holder)
        references.append(stored.reference_id)
        if len(references) == 1:
            raise KeyboardInterrupt  # as if the process had been killed
        return stored

    monkeypatch.setattr(TestGateway, "store", noted)
    with pytest.raises(KeyboardInterrupt):
        chargebee.post("/customers", {"id": "c1", **CARD}, **KEY)
    clock.forward(minutes=2)

    response = chargebee.post("/customers", {"id": "c1", **CARD}, **KEY)

    assert response.status_code == 200
    assert references == [last_source().reference_id] * 2
    assert (counts(), IdempotencyRecord.objects.count()) == ((1, 1), 1)


def test_silent_gateway_can_be_asked_again_with_the_same_key(
    chargebee: ChargebeeClient, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    silent = {**CARD, "card[number]": "4000000000001000"}
    first = chargebee.post("/customers", {"id": "c1", **silent}, **KEY)
    monkeypatch.setattr("billing_customers.gateways.test.SILENT_CARD", "")
    clock.forward(minutes=2)

    second = chargebee.post("/customers", {"id": "c1", **silent}, **KEY)

    assert (first.status_code, first.json()["error_cause_id"]) == (400, "gateway.general.timeout")
    assert (second.status_code, counts()) == (200, (1, 1))
