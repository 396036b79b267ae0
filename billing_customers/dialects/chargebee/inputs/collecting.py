"""The parameters of "Collect payment for customer", by their names in the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.views.decorators.debug import sensitive_variables

from billing_customers.dialects.chargebee.inputs import payment
from billing_customers.dialects.chargebee.inputs.params import Param, boolean, integer, read_params, text
from billing_customers.dialects.chargebee.inputs.rows import read_rows
from billing_customers.exceptions import InvalidInput, Issue
from billing_customers.operations.collecting import Collection
from billing_customers.operations.collection_plan import FIELD, Wanted

COLLECTION = {
    "amount": Param("amount", integer),
    "payment_source_id": Param("payment_source_id", text, max_length=40),
    "replace_primary_payment_source": Param("replaces_primary", boolean),
    "retain_payment_source": Param("retains", boolean),
}
ALLOCATION = {
    "invoice_id": Param("invoice_id", text, max_length=50),
    "allocation_amount": Param("amount", integer),
}


@sensitive_variables()
def read_collection(given: Mapping[str, Any]) -> Collection:
    """What is to be collected, and from what. Raises :class:`InvalidInput`."""
    said = read_params(COLLECTION, given)
    source = payment.read_source(given)
    if source is not None and said.get("payment_source_id"):
        raise InvalidInput([Issue(source.within, "Cannot be given together with payment_source_id.")])
    return Collection(
        invoices=_allocations(given),
        amount=said.get("amount"),
        payment_source_id=said.get("payment_source_id"),
        given=source,
        retains=bool(said.get("retains")),
        replaces_primary=bool(said.get("replaces_primary")),
    )


def _allocations(given: Mapping[str, Any]) -> tuple[Wanted, ...]:
    rows = read_rows(ALLOCATION, given.get(FIELD), within=FIELD)
    missing = [
        Issue(f"{FIELD}.invoice_id.{index}", "Is required.") for index, row in rows.items() if not row.get("invoice_id")
    ]
    if missing:
        raise InvalidInput(missing)
    return tuple(Wanted(row["invoice_id"], row.get("amount"), place=index) for index, row in rows.items())
