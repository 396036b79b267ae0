"""The parameters of "Record an excess payment for a customer", by their names in the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing_customers.dialects.chargebee.filters import timestamp
from billing_customers.dialects.chargebee.inputs.params import Param, integer, part, read_params, text

TRANSACTION = {
    "id": Param("public_id", text),
    "amount": Param("amount", integer),
    "currency_code": Param("currency_code", text),
    "date": Param("date", timestamp),
    "payment_method": Param("payment_method", text),
    "reference_number": Param("reference_number", text),
}
COMMENT = {"comment": Param("comment", text)}


def read_excess_payment(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of the payment; what is not is ``None``. Raises :class:`InvalidInput`."""
    payment = part(given, "transaction", example="amount") or {}
    said = read_params(TRANSACTION, payment, within="transaction") | read_params(COMMENT, given)
    return {param.attribute: None for param in (TRANSACTION | COMMENT).values()} | said
