"""The parameters of account hierarchies, by their names in the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing_customers.choices import HierarchyPart
from billing_customers.dialects.chargebee.inputs.params import Param, boolean, part, read_params, text
from billing_customers.exceptions import InvalidInput, Issue
from billing_customers.operations.access import ACCESS_RULES, AccessSettings

MEMBERS = {name: Param(name, text, max_length=50) for name in ("parent_id", "payment_owner_id", "invoice_owner_id")}
DEFAULTS = {"use_default_hierarchy_settings": Param("uses_default", boolean)}
# By side: the switches are booleans, the rest are words.
ACCESS = {
    side: {name: Param(name, boolean if name.startswith("send_") else text) for name in rules}
    for side, rules in ACCESS_RULES.items()
}
_PARTS = ", ".join(HierarchyPart.values)


def read_link(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of "Link a customer". Raises :class:`InvalidInput`."""
    said = read_params(MEMBERS, given)
    if said.get("parent_id") is None:
        raise InvalidInput([Issue("parent_id", "Is required.")])
    return {**said, "access": read_access(given)}


def read_access(given: Mapping[str, Any]) -> AccessSettings:
    """The access settings: the site's unless the customer is to have its own. Raises :class:`InvalidInput`."""
    uses_default = read_params(DEFAULTS, given).get("uses_default")
    sides = {
        side: read_params(table, part(given, side, example=next(iter(table))) or {}, within=side)
        for side, table in ACCESS.items()
    }
    return AccessSettings(uses_default=uses_default is not False, **sides)


def read_part(query: Mapping[str, Any]) -> HierarchyPart:
    """``hierarchy_operation_type``, the whole hierarchy without one. Raises :class:`InvalidInput`."""
    given = query.get("hierarchy_operation_type")
    if given is None or given == "":
        return HierarchyPart.COMPLETE
    if given not in HierarchyPart.values:
        raise InvalidInput([Issue("hierarchy_operation_type", f"Must be one of {_PARTS}.")])
    return HierarchyPart(given)
