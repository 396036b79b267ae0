"""chargebee for Python: make, fetch and change a customer."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from chargebee import Chargebee
from chargebee.version import VERSION

from billing_customers.models import Customer


def test_library_is_the_one_that_these_tests_know() -> None:
    assert VERSION == "3.29.0"


def test_create_with_every_kind_of_parameter(client: Any) -> None:
    customer = client.Customer.create(
        {
            "id": "acme-1",
            "first_name": "Zoë",
            "email": "zoe@example.com",
            "allow_direct_debit": True,
            "auto_collection": "off",
            "net_term_days": 30,
            "consolidated_invoicing": False,
            "preferred_currency_code": "EUR",
            "vat_number": "DE136695976",
            "created_from_ip": "203.0.113.9",
            "cf_Tier": "gold & silver",
            "billing_address": {"line1": "1 Main St", "city": "Walnut", "state_code": "CA", "country": "US"},
        }
    ).customer

    assert (customer.id, customer.first_name, customer.email) == ("acme-1", "Zoë", "zoe@example.com")
    assert (customer.allow_direct_debit, customer.consolidated_invoicing) == (True, False)
    assert (customer.auto_collection, customer.net_term_days) == ("off", 30)
    assert (customer.preferred_currency_code, customer.vat_number) == ("EUR", "DE136695976")
    assert customer.raw_data["cf_Tier"] == "gold & silver"
    assert customer.billing_address.state == "California"
    assert customer.billing_address.object == "billing_address"


def test_create_without_parameters(client: Any) -> None:
    response = client.Customer.create()

    assert response.customer.object == "customer"
    assert (response.card, response.is_idempotency_replayed) == (None, False)


def test_metadata_given_as_a_dict_comes_back(client: Any) -> None:
    metadata = {"plan": "gold", "n": 1, "nested": {"b": [1, True, None]}, "quote": 'it\'s "so"'}

    customer = client.Customer.create({"meta_data": metadata}).customer

    assert customer.meta_data == metadata


def test_metadata_given_as_json_keeps_its_keys(client: Any) -> None:
    customer = client.Customer.create({"meta_data": json.dumps({"PlanName": "Gold"})}).customer

    assert customer.meta_data == {"PlanName": "Gold"}


@pytest.mark.parametrize("given", [[{"cat": 7}, {"cat": 8}], [{"cat": 7}]])
def test_exemption_details_given_as_a_list_come_back(given: list[Any], client: Any) -> None:
    customer = client.Customer.create({"exemption_details": given}).customer

    assert customer.exemption_details == given


def test_exemption_details_given_as_json_come_back(client: Any) -> None:
    customer = client.Customer.create({"exemption_details": json.dumps([{"cat": 7}])}).customer

    assert customer.exemption_details == [{"cat": 7}]


def test_none_leaves_a_new_attribute_unset(client: Any) -> None:
    customer = client.Customer.create({"first_name": "A", "last_name": None, "meta_data": None}).customer

    assert (customer.first_name, customer.last_name, customer.meta_data) == ("A", None, None)


def test_retrieve(client: Any) -> None:
    client.Customer.create({"id": "a b", "first_name": "A"})

    customer = client.Customer.retrieve("a b").customer

    assert (customer.id, customer.first_name, customer.deleted) == ("a b", "A", False)


def test_attributes_that_the_library_does_not_know_are_readable(client: Any) -> None:
    client.Customer.create({"id": "c", "cf_color": "red"})

    customer = client.Customer.retrieve("c").customer

    assert customer.cf_color == "red"


def test_parameters_that_the_contract_does_not_know_are_ignored(client: Any) -> None:
    customer = client.Customer.create({"id": "c", "favourite": "red", "deleted": True}).customer

    assert "favourite" not in customer.raw_data
    assert customer.deleted is False


def test_update_changes_what_is_given(client: Any) -> None:
    client.Customer.create({"id": "c", "first_name": "A", "last_name": "B", "net_term_days": 5})

    customer = client.Customer.update("c", {"first_name": "Z", "fraud_flag": client.Customer.FraudFlag.SAFE}).customer

    assert (customer.first_name, customer.last_name, customer.net_term_days) == ("Z", "B", 5)
    assert customer.fraud_flag == "safe"


def test_update_with_none_clears(client: Any) -> None:
    client.Customer.create(
        {"id": "c", "first_name": "A", "email": "a@example.com", "meta_data": {"a": 1}, "cf_color": "red"}
    )

    customer = client.Customer.update("c", {"email": None, "meta_data": None, "cf_color": None}).customer

    assert customer.first_name == "A"
    assert not {"email", "meta_data", "cf_color"} & set(customer.raw_data)


def test_update_without_parameters_changes_nothing(client: Any) -> None:
    before = client.Customer.create({"id": "c", "first_name": "A"}).customer

    after = client.Customer.update("c").customer

    assert after.raw_data == before.raw_data


def test_update_with_an_empty_dict_empties_the_metadata(client: Any) -> None:
    client.Customer.create({"id": "c", "meta_data": {"a": 1}})

    customer = client.Customer.update("c", {"meta_data": {}}).customer

    assert customer.meta_data == {}


def test_billing_info_is_replaced_whole(client: Any) -> None:
    client.Customer.create(
        {"id": "c", "first_name": "A", "vat_number": "X1", "billing_address": {"line1": "1", "zip": "9"}}
    )

    customer = client.Customer.update_billing_info("c", {"billing_address": {"line1": "2"}}).customer

    assert customer.first_name == "A"
    assert customer.billing_address.raw_data == {
        "line1": "2",
        "validation_status": "not_validated",
        "object": "billing_address",
    }
    assert customer.vat_number is None


def test_billing_info_with_only_a_tax_number_drops_the_address(client: Any) -> None:
    client.Customer.create({"id": "c", "billing_address": {"line1": "1"}})

    customer = client.Customer.update_billing_info("c", {"vat_number": "X2"}).customer

    assert (customer.vat_number, customer.billing_address) == ("X2", None)


def test_none_in_billing_info_is_as_good_as_nothing(client: Any) -> None:
    client.Customer.create({"id": "c"})

    customer = client.Customer.update_billing_info(
        "c", {"vat_number": None, "billing_address": {"line1": "1", "zip": None}}
    ).customer

    assert (customer.vat_number, customer.billing_address.zip) == (None, None)


def test_change_billing_date(client: Any) -> None:
    client.Customer.create({"id": "c"})

    customer = client.Customer.change_billing_date(
        "c", {"billing_date": 15, "billing_date_mode": "manually_set", "billing_day_of_week": "sunday"}
    ).customer

    assert (customer.billing_date, customer.billing_date_mode, customer.billing_day_of_week) == (
        15,
        "manually_set",
        "sunday",
    )


def test_async_client_works_too(port: int, key: str, connect: Any) -> None:
    client = Chargebee(
        api_key=key, site="127", chargebee_domain=f"0.0.1:{port}", protocol="http", use_async_client=True
    )

    response = asyncio.run(client.Customer.create({"first_name": "A"}))

    assert response.customer.first_name == "A"
    assert Customer.objects.get().public_id == response.customer.id
