"""The parameters of moves, by their names in the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing_customers.dialects.chargebee.inputs.params import Param, read_params, text
from billing_customers.exceptions import InvalidInput, Issue
from billing_customers.queries.moves import CUSTOMER

MOVE = {
    "from_site": Param("from_site", text, max_length=50),
    "id_at_from_site": Param("public_id", text, max_length=100),
}
LATEST = {
    "from_site": Param("from_site", text, max_length=50),
    "entity_type": Param("entity_type", text),
    "entity_id": Param("entity_id", text, max_length=100),
}


def read_move(body: Mapping[str, Any]) -> dict[str, str]:
    """The arguments of "Move a customer". Raises :class:`InvalidInput`."""
    return _required(MOVE, body)


def read_latest(query: Mapping[str, Any]) -> dict[str, str]:
    """The arguments of "Retrieve the latest migration". Raises :class:`InvalidInput`."""
    said = _required(LATEST, query)
    if said["entity_type"] != CUSTOMER:
        raise InvalidInput([Issue("entity_type", f"Must be {CUSTOMER}.")])
    return said


def _required(table: Mapping[str, Param], given: Mapping[str, Any]) -> dict[str, str]:
    said = read_params(table, given)
    missing = [Issue(name, "Is required.") for name, param in table.items() if said.get(param.attribute) is None]
    if missing:
        raise InvalidInput(missing)
    return said
