"""Calls on moves between sites, as the document describes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from billing_customers.models import BillingSite
from tests.clients import ChargebeeClient
from tests.operations import moving

Call = Callable[[ChargebeeClient], Any]

ASKED = {"from_site": moving.SOURCE, "id_at_from_site": "zed"}
LATEST = {"from_site": moving.SOURCE, "entity_type": "customer", "entity_id": "zed"}


def move(cb: ChargebeeClient, **said: str) -> Any:
    """Ask for the customer ``zed``, who can be moved here."""
    moving.a_source(BillingSite.objects.get(slug="acme-test"))
    return cb.post("/customers/move", {**ASKED, **said})


def moved(cb: ChargebeeClient) -> Any:
    move(cb)
    moving.run_all()
    return cb.get("/resource_migrations/retrieve_latest", LATEST)


MOVE_CALLS: list[tuple[str, int, Call]] = [
    ("resourcemigration_move", 200, move),
    ("resourcemigration_move", 400, lambda cb: move(cb, from_site="")),
    ("resourcemigration_move", 400, lambda cb: cb.post("/customers/move", ASKED)),
    ("resourcemigration_move", 404, lambda cb: move(cb, id_at_from_site="nobody")),
    ("resourcemigration_retrieve_latest", 200, moved),
    ("resourcemigration_retrieve_latest", 400, lambda cb: cb.get("/resource_migrations/retrieve_latest")),
    ("resourcemigration_retrieve_latest", 404, lambda cb: cb.get("/resource_migrations/retrieve_latest", LATEST)),
]
