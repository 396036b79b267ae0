"""The parameters of merges, by their names in the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing_customers.dialects.chargebee.inputs.params import Param, read_params, text
from billing_customers.exceptions import InvalidInput, Issue

MERGE = {
    "from_customer_id": Param("from_id", text, max_length=50),
    "to_customer_id": Param("to_id", text, max_length=50),
}
OF_CUSTOMER = {"customer_id": Param("customer_id", text, max_length=50)}


def read_merge(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of "Merge customers", both required. Raises :class:`InvalidInput`."""
    said = read_params(MERGE, given)
    missing = [Issue(name, "Is required.") for name, param in MERGE.items() if not said.get(param.attribute)]
    if missing:
        raise InvalidInput(missing)
    return said
