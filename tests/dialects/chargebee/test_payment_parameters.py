"""Chargebee "Create a customer" where no gateway takes a payment method: none is accepted and none is echoed."""

from __future__ import annotations

import logging

import pytest

from billing_customers.models import BillingSite, Customer, IdempotencyRecord
from billing_customers.operations.api_keys import create_api_key
from tests.clients import ChargebeeClient
from tests.dialects.clock import START
from tests.dialects.expected import wrong_value
from tests.dialects.sources import CARD, METHOD, NUMBER

pytestmark = pytest.mark.usefixtures("clock")

NO_GATEWAY = "No payment gateway is set up to take it."


@pytest.fixture
def chargebee(live_site: BillingSite) -> ChargebeeClient:
    """A client of a site without a gateway."""
    return ChargebeeClient(create_api_key(site=live_site, scopes=["write"], at=START)[1])


@pytest.mark.parametrize(
    ("params", "named"),
    [
        (CARD, "card[number]"),
        ({"bank_account[account_number]": NUMBER}, "bank_account[account_number]"),
        ({"bank_account[iban]": NUMBER}, "bank_account[account_number]"),
        ({"payment_method[tmp_token]": NUMBER}, "payment_method[tmp_token]"),
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


@pytest.mark.parametrize(
    "params",
    [
        {"token_id": NUMBER},
        {"payment_intent[id]": NUMBER},
        {"card": NUMBER},
        {**METHOD, "payment_method[reference_id]": NUMBER},
    ],
)
def test_what_no_gateway_could_take_is_not_echoed_either(chargebee: ChargebeeClient, params: dict[str, str]) -> None:
    response = chargebee.post("/customers", params)

    assert (response.status_code, response.json()["api_error_code"]) == (400, "param_wrong_value")
    assert NUMBER not in response.content.decode()
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("path", ["/customers/c1", "/customers/c1/update_billing_info"])
def test_where_it_is_no_parameter_it_is_ignored_and_not_kept(chargebee: ChargebeeClient, path: str) -> None:
    made = chargebee.post("/customers", {"id": "c1"})

    response = chargebee.post(path, {"card[number]": NUMBER})

    assert response.json() == made.json()
    assert NUMBER not in str(Customer.objects.values().get())
