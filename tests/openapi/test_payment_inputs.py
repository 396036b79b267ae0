"""A parameter of a payment source is told if and only if the operation reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from billing_customers.dialects.chargebee.inputs import payment as tables
from billing_customers.exceptions import InvalidInput
from tests.openapi.reading import FORM, JSON, Contract

# No parameter takes it, whatever its type.
UNREADABLE = object()

Reader = Callable[[dict[str, Any]], Any]
PARTS = {
    "card": tables.CARD,
    "bank_account": tables.BANK_ACCOUNT,
    "payment_method": tables.PAYMENT_METHOD,
}
PLAIN = {*tables.PERMANENT_TOKEN, *tables.TEMPORARY_TOKEN}
READERS: dict[str, Reader] = {
    "customer_create": tables.read_source,
    "customer_update_payment_method": tables.read_payment_method,
    "paymentsource_create_card": tables.read_card,
    "paymentsource_create_bank_account": tables.read_bank_account,
}
TOKEN_READERS: dict[str, Reader] = {
    "paymentsource_create_using_permanent_token": tables.read_permanent_token,
    "paymentsource_create_using_temp_token": tables.read_temporary_token,
}


def is_read(reader: Reader, body: dict[str, Any], name: str) -> bool:
    """Whether the reader looks at the parameter ``name`` of ``body``, which cannot be read."""
    with pytest.raises(InvalidInput) as caught:
        reader(body)
    return any(issue.field == name and issue.message.startswith("Must be") for issue in caught.value.issues)


@pytest.mark.parametrize("operation", READERS)
@pytest.mark.parametrize("part", PARTS)
def test_parts_are_those_that_are_read(operation: str, part: str, contract: Contract) -> None:
    told = contract.body(f"chargebee_{operation}", JSON)["properties"].get(part, {"properties": {}})["properties"]

    read = {
        name
        for name in PARTS[part]
        if set(told) and is_read(READERS[operation], {part: {name: UNREADABLE}}, f"{part}.{name}")
    }
    assert set(told) == read


@pytest.mark.parametrize("operation", TOKEN_READERS)
def test_plain_parameters_are_those_that_are_read(operation: str, contract: Contract) -> None:
    told = {*contract.body(f"chargebee_{operation}", FORM)["properties"]} - {*tables.OWNER}

    minimal = {"tmp_token": "x"} if "tmp_token" in told else {"reference_id": "x"}
    read = {name for name in told if is_read(TOKEN_READERS[operation], {**minimal, name: UNREADABLE}, name)}
    assert told == read


@pytest.mark.parametrize(
    ("operation", "required"),
    [
        ("customer_update_payment_method", ["payment_method[type]"]),
        ("customer_assign_payment_role", ["payment_source_id", "role"]),
        (
            "paymentsource_create_card",
            ["customer_id", "card[number]", "card[expiry_month]", "card[expiry_year]"],
        ),
        ("paymentsource_create_bank_account", ["customer_id"]),
        ("paymentsource_create_using_permanent_token", ["customer_id", "type", "reference_id"]),
        ("paymentsource_create_using_temp_token", ["customer_id", "type", "tmp_token"]),
    ],
)
def test_what_is_required_is_told(operation: str, required: list[str], contract: Contract) -> None:
    assert contract.body(f"chargebee_{operation}", FORM)["required"] == required


def test_limits_are_those_of_the_contract(contract: Contract) -> None:
    form = contract.body("chargebee_customer_create", FORM)["properties"]

    assert (form["card[number]"]["maxLength"], form["card[cvv]"]["maxLength"]) == (1500, 520)
    assert (form["bank_account[iban]"]["minLength"], form["bank_account[iban]"]["maxLength"]) == (10, 50)
    assert (form["card[expiry_month]"]["minimum"], form["card[expiry_month]"]["maximum"]) == (1, 12)
    assert form["payment_method[tmp_token]"]["maxLength"] == 65_000
