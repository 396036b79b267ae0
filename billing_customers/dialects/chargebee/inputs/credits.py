"""The parameters of promotional credits, by their names in the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing_customers.dialects.chargebee.inputs.params import Param, integer, read_params, text
from billing_customers.exceptions import InvalidInput, Issue

CREDIT = {
    "amount": Param("amount", integer),
    "currency_code": Param("currency_code", text),
    "description": Param("description", text),
    "credit_type": Param("credit_type", text),
    "reference": Param("reference", text),
}
CUSTOMER = {"customer_id": Param("customer_id", text)}


def read_credits(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of credits; what is not is ``None``. Raises :class:`InvalidInput`."""
    return dict.fromkeys(CREDIT) | read_params(CREDIT, given)


def read_credits_of(given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The customer's id, and the same. Raises :class:`InvalidInput`."""
    customer_id = read_params(CUSTOMER, given).get("customer_id")
    if customer_id is None:
        raise InvalidInput([Issue("customer_id", "Is required.")])
    return customer_id, read_credits(given)
