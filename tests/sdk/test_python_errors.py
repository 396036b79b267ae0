"""chargebee for Python: which error it raises, and idempotency."""

from __future__ import annotations

from typing import Any

import pytest
from chargebee import APIError, InvalidRequestError
from chargebee.retry_config import RetryConfig

from billing_customers.models import BillingSite, Customer
from billing_customers.operations.api_keys import create_api_key
from tests.fixtures import NOW

KEY = "chargebee-idempotency-key"


def test_duplicate_id(client: Any) -> None:
    client.Customer.create({"id": "c", "first_name": "A"})

    with pytest.raises(InvalidRequestError) as caught:
        client.Customer.create({"id": "c", "first_name": "B"})

    error = caught.value
    assert (error.http_status_code, error.http_code, error.type) == (400, 400, "invalid_request")
    assert (error.api_error_code, error.param, error.error_code) == ("duplicate_entry", "id", "param_not_unique")
    assert str(error) == "id: The value c is already present."
    assert error.json_obj["error_msg"] == "The value c is already present."
    assert Customer.objects.get().first_name == "A"


def test_missing_customer(client: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        client.Customer.retrieve("nobody")

    assert (caught.value.http_status_code, caught.value.api_error_code) == (404, "resource_not_found")
    assert str(caught.value) == "Sorry, we couldn't find that resource"


def test_wrong_key(connect: Any) -> None:
    with pytest.raises(APIError) as caught:
        connect("ck_test_wrong").Customer.list()

    assert (caught.value.http_status_code, caught.value.api_error_code) == (401, "api_authentication_failed")
    assert not isinstance(caught.value, InvalidRequestError)


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"email": "nobody"}, "email"),
        ({"first_name": "x" * 151}, "first_name"),
        ({"auto_collection": "maybe"}, "auto_collection"),
        ({"net_term_days": "soon"}, "net_term_days"),
        ({"allow_direct_debit": "yes"}, "allow_direct_debit"),
        ({"meta_data": "no json"}, "meta_data"),
        ({"preferred_currency_code": "XXY"}, "preferred_currency_code"),
        ({"billing_address": {"country": "ZZ"}}, "billing_address[country]"),
    ],
)
def test_wrong_value(params: dict[str, Any], param: str, client: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        client.Customer.create(params)

    assert (caught.value.http_status_code, caught.value.api_error_code) == (400, "param_wrong_value")
    assert caught.value.param == param
    assert not Customer.objects.exists()


def test_card_is_refused_without_a_gateway_and_not_echoed(connect: Any, live_site: BillingSite) -> None:
    client = connect(create_api_key(site=live_site, scopes=["write"], at=NOW)[1])

    with pytest.raises(InvalidRequestError) as caught:
        client.Customer.create({"card": {"number": "4012888888881881", "expiry_month": 10, "expiry_year": 2030}})

    assert (caught.value.api_error_code, caught.value.param) == ("param_wrong_value", "card[number]")
    assert "4012888888881881" not in str(caught.value.json_obj)
    assert not Customer.objects.exists()


def test_operation_that_is_not_there(client: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        client.Coupon.list()

    assert (caught.value.http_status_code, caught.value.api_error_code) == (404, "resource_not_found")


def test_same_key_and_parameters_are_replayed(client: Any) -> None:
    first = client.Customer.create({"first_name": "A"}, {KEY: "k1"})

    second = client.Customer.create({"first_name": "A"}, {KEY: "k1"})

    assert (first.is_idempotency_replayed, second.is_idempotency_replayed) == (False, True)
    assert second.customer.raw_data == first.customer.raw_data
    assert Customer.objects.count() == 1


def test_same_key_with_other_parameters_is_refused(client: Any) -> None:
    client.Customer.create({"first_name": "A"}, {KEY: "k1"})

    with pytest.raises(InvalidRequestError) as caught:
        client.Customer.create({"first_name": "B"}, {KEY: "k1"})

    assert (caught.value.http_status_code, caught.value.api_error_code) == (422, "unable_to_process_request")
    assert Customer.objects.count() == 1


def test_library_that_retries_makes_one_customer(client: Any) -> None:
    client.update_retry_config(RetryConfig(enabled=True, max_retries=2))

    response = client.Customer.create({"first_name": "A"})

    assert response.is_idempotency_replayed is False
    assert Customer.objects.count() == 1
