"""A parameter is told if and only if the operation reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from billing_customers.dialects.chargebee.inputs import customers as tables
from billing_customers.exceptions import InvalidInput
from tests.openapi.reading import FORM, JSON, Contract

# No parameter takes it, whatever its type.
UNREADABLE = object()

Reader = Callable[[dict[str, Any]], Any]

PLAIN = {
    *tables.UPDATABLE,
    *tables.FRAUD_FLAG,
    *tables.TAX_REGISTRATION,
    *tables.CREATED_FROM_IP,
    *tables.BILLING_DATES,
    "id",
}
READERS: dict[str, Reader] = {
    "chargebee_customer_create": lambda body: tables.read_new(body)[1],
    "chargebee_customer_update": tables.read_changes,
    "chargebee_customer_update_billing_info": tables.read_billing_info,
    "chargebee_customer_change_billing_date": tables.read_billing_dates,
}


def reads(reader: Reader, body: dict[str, Any]) -> bool:
    """Whether the reader looks at the one parameter in ``body``, which cannot be read."""
    try:
        reader(body)
    except InvalidInput:
        return True
    return False


@pytest.mark.parametrize("operation_id", READERS)
def test_plain_parameters_are_those_that_are_read(operation_id: str, contract: Contract) -> None:
    read = {name for name in PLAIN if reads(READERS[operation_id], {name: UNREADABLE})}

    assert {name for name in contract.body(operation_id, FORM)["properties"] if "[" not in name} == read


@pytest.mark.parametrize("operation_id", READERS)
def test_address_is_told_where_it_is_read(operation_id: str, contract: Contract) -> None:
    read = {part for part in tables.ADDRESS if reads(READERS[operation_id], {"billing_address": {part: UNREADABLE}})}

    told = contract.body(operation_id, JSON)["properties"].get("billing_address", {"properties": {}})["properties"]

    assert set(told) == read


@pytest.mark.parametrize("operation_id", READERS)
def test_custom_fields_are_told_where_they_are_read(operation_id: str, contract: Contract) -> None:
    read = "custom_fields" in READERS[operation_id]({"cf_tier": "gold"})

    assert ("patternProperties" in contract.body(operation_id, FORM)) is read


@pytest.mark.parametrize("operation_id", ["chargebee_contact_add", "chargebee_contact_update"])
def test_parts_of_a_contact_are_those_that_are_read(operation_id: str, contract: Contract) -> None:
    read = {part for part in tables.CONTACT if reads(tables.read_contact, {"contact": {part: UNREADABLE}})}

    assert set(contract.body(operation_id, JSON)["properties"]["contact"]["properties"]) == read


@pytest.mark.parametrize(
    ("operation_id", "required"),
    [
        ("chargebee_contact_add", ["contact[email]"]),
        ("chargebee_contact_update", ["contact[id]"]),
        ("chargebee_contact_delete_contact", ["contact[id]"]),
    ],
)
def test_what_a_contact_needs_is_told(operation_id: str, required: list[str], contract: Contract) -> None:
    assert contract.body(operation_id, FORM)["required"] == required


@pytest.mark.parametrize("operation_id", READERS)
def test_json_and_form_take_the_same(operation_id: str, contract: Contract) -> None:
    nested = contract.body(operation_id, JSON)["properties"]
    flat = {
        f"{name}[{part}]" if "properties" in schema else name
        for name, schema in nested.items()
        for part in schema.get("properties", [""])
    }

    assert set(contract.body(operation_id, FORM)["properties"]) == flat


def test_lower_limit_of_the_contract_wins_over_that_of_the_product(contract: Contract) -> None:
    form = contract.body("chargebee_customer_create", FORM)["properties"]

    assert (form["email"]["maxLength"], form["vat_number"]["maxLength"], form["company"]["maxLength"]) == (70, 20, 250)


def test_flag_that_only_a_gateway_sets_is_not_offered(contract: Contract) -> None:
    flag = contract.body("chargebee_customer_update", JSON)["properties"]["fraud_flag"]

    assert flag["enum"] == ["safe", "fraudulent", None]
