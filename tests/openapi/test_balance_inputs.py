"""What is told of credits and payments is what is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from billing_customers.dialects.chargebee.inputs.credits import read_credits, read_credits_of
from billing_customers.dialects.chargebee.inputs.excess_payment import read_excess_payment
from billing_customers.exceptions import InvalidInput
from billing_customers.queries.conditions import OPERATORS, Attributes
from billing_customers.queries.ledger import CREDIT_ATTRIBUTES
from billing_customers.queries.transactions import TRANSACTION_ATTRIBUTES
from tests.openapi.reading import FORM, JSON, Contract

# No parameter takes it, whatever its type.
UNREADABLE = object()
OLDER = [f"chargebee_customercredit_{verb}_promotional_credits" for verb in ("add", "deduct", "set")]
NEWER = [f"chargebee_promotionalcredit_{verb}_credits" for verb in ("add", "deduct", "set")]
CREDIT = {"amount", "currency_code", "description", "credit_type", "reference"}
PAYMENT = "chargebee_transaction_record_excess_payment"


def is_read(reader: Callable[[dict[str, Any]], Any], body: dict[str, Any]) -> bool:
    try:
        reader(body)
    except InvalidInput as refusal:
        return any(issue.message.startswith("Must be") for issue in refusal.issues)
    return False


@pytest.mark.parametrize("operation_id", OLDER)
def test_parameters_of_credits_are_those_that_are_read(operation_id: str, contract: Contract) -> None:
    told = set(contract.body(operation_id, FORM)["properties"])

    assert told == {name for name in CREDIT if is_read(read_credits, {name: UNREADABLE})} == CREDIT
    assert contract.body(operation_id, FORM)["required"] == ["amount", "description"]


@pytest.mark.parametrize("operation_id", NEWER)
def test_the_newer_family_also_reads_the_customer(operation_id: str, contract: Contract) -> None:
    told = set(contract.body(operation_id, FORM)["properties"])

    assert told == {*CREDIT, "customer_id"}
    assert is_read(read_credits_of, {"customer_id": UNREADABLE})
    assert contract.body(operation_id, FORM)["required"] == ["customer_id", "amount", "description"]


@pytest.mark.parametrize(("place", "least"), [(0, 1), (1, 1), (2, 0)])
def test_least_amount_is_told(place: int, least: int, contract: Contract) -> None:
    amounts = [contract.body(ids[place], FORM)["properties"]["amount"] for ids in (OLDER, NEWER)]

    assert [(amount["minimum"], amount["maximum"]) for amount in amounts] == [(least, 10**15)] * 2


def test_parameters_of_a_payment_are_those_that_are_read(contract: Contract) -> None:
    told = contract.body(PAYMENT, JSON)["properties"]
    parts = set(told["transaction"]["properties"])

    assert set(told) == {"comment", "transaction"}
    assert parts == {"id", "amount", "currency_code", "date", "payment_method", "reference_number"}
    assert all(is_read(read_excess_payment, {"transaction": {part: UNREADABLE}}) for part in parts)
    assert is_read(read_excess_payment, {"comment": UNREADABLE})
    assert set(contract.body(PAYMENT, FORM)["required"]) == {
        "transaction[amount]",
        "transaction[date]",
        "transaction[payment_method]",
    }


@pytest.mark.parametrize(
    ("operation_id", "attributes", "others"),
    [
        ("chargebee_promotionalcredit_list", CREDIT_ATTRIBUTES, set()),
        ("chargebee_transaction_list", TRANSACTION_ATTRIBUTES, {"include_deleted"}),
    ],
)
def test_filters_are_those_that_are_read(
    operation_id: str, attributes: Attributes, others: set[str], contract: Contract
) -> None:
    filters = {
        f"{attribute}[{operator}]" for attribute, (kind, _) in attributes.items() for operator in OPERATORS[kind]
    }

    paging = {"limit", "offset", "sort_by[asc]", "sort_by[desc]"}
    assert set(contract.query(operation_id)) == filters | paging | others
