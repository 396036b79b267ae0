"""The parameters of a question about an impact: an operation, and those of its own parameters that matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing_customers.dialects.chargebee.inputs.params import Param, boolean, read_params, text
from billing_customers.exceptions import InvalidInput, Issue

OPERATION = {"operation": Param("operation", text)}
# By operation: the names are those of the calls that carry them out.
TARGETS: dict[str, dict[str, Param]] = {
    "delete": {"delete_payment_method": Param("delete_payment_method", boolean)},
    "link": {name: Param(name, text, max_length=50) for name in ("parent_id", "payment_owner_id", "invoice_owner_id")},
    "merge": {"to_customer_id": Param("to_customer_id", text, max_length=50)},
}


def read_question(query: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of ``impact_of``. What the operation does not take is ignored. Raises :class:`InvalidInput`."""
    operation = read_params(OPERATION, query).get("operation")
    if operation is None:
        raise InvalidInput([Issue("operation", "Is required.")])
    said = read_params(TARGETS.get(operation, {}), query)
    if operation == "delete":
        # Deleting over this contract cancels the subscriptions first.
        said["cancels_subscriptions"] = True
    return {"operation": operation, **said}
