"""Chargebee "Create a customer": no gateway takes a payment method, so none is accepted and none is echoed."""

from __future__ import annotations

import json
import logging

import pytest

from billing_customers.models import Customer, IdempotencyRecord
from tests.clients import ChargebeeClient
from tests.dialects.expected import chargebee_customer, wrong_value

pytestmark = pytest.mark.usefixtures("clock")

NO_GATEWAY = "No payment gateway is set up to take it."
NUMBER = "4012888888881881"


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"card[number]": NUMBER, "card[cvv]": "999", "card[expiry_month]": "10"}, "card[number]"),
        ({"bank_account[account_number]": NUMBER}, "bank_account[account_number]"),
        ({"payment_method[type]": "card", "payment_method[reference_id]": NUMBER}, "payment_method[type]"),
        ({"payment_method[tmp_token]": NUMBER}, "payment_method[tmp_token]"),
        ({"payment_intent[id]": NUMBER}, "payment_intent[id]"),
        ({"token_id": NUMBER}, "token_id"),
        ({"card": NUMBER}, "card"),
        ({"card[0]": NUMBER}, "card"),
    ],
)
def test_it_is_refused_by_name_and_never_echoed(
    chargebee: ChargebeeClient, caplog: pytest.LogCaptureFixture, params: dict[str, str], named: str
) -> None:
    caplog.set_level(logging.DEBUG)

    response = chargebee.post(
        "/customers", {"first_name": "John", **params}, **{"chargebee-idempotency-key": "order-1"}
    )

    assert response.status_code == 400
    assert response.json() == wrong_value(named, NO_GATEWAY)
    assert NUMBER not in response.content.decode() + caplog.text
    assert (Customer.objects.count(), IdempotencyRecord.objects.count()) == (0, 0)


@pytest.mark.parametrize("body", [{"card": {NUMBER: 1}}, {"card": NUMBER}, {"card": [NUMBER]}, {"token_id": [NUMBER]}])
def test_a_json_body_of_any_shape_is_not_echoed_either(chargebee: ChargebeeClient, body: dict[str, object]) -> None:
    response = chargebee.http.post("/api/v2/customers", json.dumps(body), content_type="application/json")

    assert response.status_code == 400
    assert response.json() == wrong_value(next(iter(body)), NO_GATEWAY)
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("params", [{"card": ""}, {"token_id": ""}])
def test_an_empty_one_is_as_absent(chargebee: ChargebeeClient, params: dict[str, str]) -> None:
    assert chargebee.post("/customers", {"id": "c1", **params}).json() == {"customer": chargebee_customer("c1")}


@pytest.mark.parametrize("path", ["/customers/c1", "/customers/c1/update_billing_info"])
def test_where_it_is_no_parameter_it_is_ignored_and_not_kept(chargebee: ChargebeeClient, path: str) -> None:
    made = chargebee.post("/customers", {"id": "c1"})

    response = chargebee.post(path, {"card[number]": NUMBER})

    assert response.json() == made.json()
    assert NUMBER not in str(Customer.objects.values().get())
