"""Calls on account hierarchies and merges, as the document describes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from billing_customers.models import CustomerMerge
from billing_customers.work.jobs import run_due
from tests.clients import ChargebeeClient

Call = Callable[[ChargebeeClient], Any]

OWN = {"use_default_hierarchy_settings": "false", "child_account_access[portal_download_invoices]": "no"}


def pair(cb: ChargebeeClient) -> list[Any]:
    """``parent`` and ``child``, not linked yet."""
    return [cb.post("/customers", {"id": name}) for name in ("parent", "child")]


def link(cb: ChargebeeClient, **said: str) -> Any:
    return cb.post("/customers/child/relationships", {"parent_id": "parent", **said})


def made(act: Call) -> Call:
    """``act`` on the two, not linked."""
    return lambda cb: (pair(cb), act(cb))[-1]


def linked(act: Call) -> Call:
    """``act`` on the two, linked."""
    return made(lambda cb: (link(cb), act(cb))[-1])


FAMILY_CALLS: list[tuple[str, int, Call]] = [
    ("hierarchy_relationships", 200, made(link)),
    ("hierarchy_relationships", 200, made(lambda cb: link(cb, **OWN))),
    ("hierarchy_relationships", 400, made(lambda cb: link(cb, payment_owner_id="x" * 51, parent_id=""))),
    ("hierarchy_relationships", 404, made(lambda cb: link(cb, payment_owner_id="nobody"))),
    ("hierarchy_relationships", 409, linked(link)),
    ("hierarchy_delete_relationship", 200, linked(lambda cb: cb.post("/customers/child/delete_relationship"))),
    ("hierarchy_delete_relationship", 409, made(lambda cb: cb.post("/customers/child/delete_relationship"))),
    (
        "hierarchy_update_hierarchy_settings",
        200,
        linked(lambda cb: cb.post("/customers/child/update_hierarchy_settings", OWN)),
    ),
    (
        "hierarchy_update_hierarchy_settings",
        409,
        made(lambda cb: cb.post("/customers/child/update_hierarchy_settings", OWN)),
    ),
    ("hierarchy_hierarchy", 200, linked(lambda cb: cb.get("/customers/child/hierarchy"))),
    ("hierarchy_hierarchy", 404, lambda cb: cb.get("/customers/nobody/hierarchy")),
    ("hierarchy_ask_for_hierarchy", 200, linked(lambda cb: cb.post("/customers/child/hierarchy"))),
    ("hierarchy_hierarchy_detail", 200, linked(lambda cb: cb.get("/customers/child/hierarchy_detail", {"limit": "1"}))),
    ("hierarchy_hierarchy_detail", 400, linked(lambda cb: cb.get("/customers/child/hierarchy_detail", {"limit": "0"}))),
    ("customer_retrieve", 200, linked(lambda cb: cb.get("/customers/parent"))),
    ("customer_retrieve", 200, linked(lambda cb: cb.get("/customers/child"))),
]


def merged(act: Call) -> Call:
    """``act`` on the two, once ``child`` was merged into ``parent``."""

    def call(cb: ChargebeeClient) -> Any:
        pair(cb)
        cb.post("/customers/merge", MERGE)
        while run_due(clock=timezone.now):
            pass
        return act(cb)

    return call


def merge_id() -> str:
    return CustomerMerge.objects.get().public_id


MERGE = {"from_customer_id": "child", "to_customer_id": "parent"}
MERGE_CALLS: list[tuple[str, int, Call]] = [
    ("merge_merge", 200, made(lambda cb: cb.post("/customers/merge", MERGE))),
    ("merge_merge", 400, made(lambda cb: cb.post("/customers/merge", {**MERGE, "to_customer_id": "child"}))),
    ("merge_merge", 404, made(lambda cb: cb.post("/customers/merge", {**MERGE, "to_customer_id": "nobody"}))),
    ("merge_merge", 409, linked(lambda cb: cb.post("/customers/merge", MERGE))),
    ("merge_list", 200, merged(lambda cb: cb.get("/customer_merges", {"customer_id": "parent"}))),
    ("merge_list", 400, merged(lambda cb: cb.get("/customer_merges", {"limit": "0"}))),
    ("merge_retrieve", 200, merged(lambda cb: cb.get(f"/customer_merges/{merge_id()}"))),
    ("merge_retrieve", 404, lambda cb: cb.get("/customer_merges/nope")),
    ("merge_undo", 200, merged(lambda cb: cb.post(f"/customer_merges/{merge_id()}/undo"))),
    (
        "merge_undo",
        409,
        made(lambda cb: (cb.post("/customers/merge", MERGE), cb.post(f"/customer_merges/{merge_id()}/undo"))[-1]),
    ),
]
