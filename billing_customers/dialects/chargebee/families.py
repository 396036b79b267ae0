"""Account hierarchies as Chargebee shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing_customers.models.access import SIDES
from billing_customers.queries.surroundings import Surroundings

Row = Mapping[str, Any]

_IDS = {f"{end}_id": f"{end}__public_id" for end in ("parent", "root", "payment_owner", "invoice_owner")}


def relationship(customer: Row, around: Surroundings) -> dict[str, Any]:
    """What a customer shows of its place in a hierarchy: nothing outside of one.

    At the top, where nobody has access to it, that is who it is. Contract: the samples of "Link a customer".
    """
    above = around.relationship
    if above is not None:
        return {
            "relationship": {name: above[column] for name, column in _IDS.items()},
            "use_default_hierarchy_settings": above["uses_default_access"],
            **{side: above[side] for side in SIDES},
        }
    if customer["child_count"]:
        owner = customer["public_id"]
        return {"relationship": {"root_id": owner, "payment_owner_id": owner, "invoice_owner_id": owner}}
    return {}


def node(row: Row) -> dict[str, Any]:
    """A node of a hierarchy; ``parent_id`` is left out at the top. Contract: the samples of "Get hierarchy"."""
    shown = {"object": "hierarchy", **row}
    if row["parent_id"] is None:
        del shown["parent_id"]
    return shown


def detailed(row: Row) -> dict[str, Any]:
    """The same in a list of details, which also tells whether there are children."""
    return {**node(row), "has_children": bool(row["children_ids"])}
