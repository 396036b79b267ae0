"""Merges, which the contract starts and never shows: these keys are ours, in its manner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing_customers.dialects.chargebee.money import seconds
from billing_customers.models.merge import CLEARED_REASON, MergeStatus


def customer_merge(row: Mapping[str, Any]) -> dict[str, Any]:
    """A merge: ``status`` is one of ``scheduled``, ``merged``, ``failed``, ``undo_scheduled`` and ``undone``.

    ``error`` is there where a merge has failed, or was not undone; ``moved`` counts the rows of each kind.
    """
    shown = {
        "object": "customer_merge",
        "id": row["public_id"],
        "from_customer_id": row["source__public_id"],
        "to_customer_id": row["target__public_id"],
        "status": row["status"],
        "moved": {name.replace(" ", "_"): count for name, count in row["moved"].items()},
        "created_at": seconds(row["created_at"]),
        "updated_at": seconds(row["updated_at"]),
    }
    if row["error"] or row["status"] == MergeStatus.FAILED:
        shown["error"] = row["error"] or CLEARED_REASON
    return shown | {name: seconds(row[name]) for name in ("merged_at", "undone_at") if row[name] is not None}
