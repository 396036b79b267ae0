"""Who sees a customer and gets its mail, and what would become of it, as the document describes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.clients import ChargebeeClient
from tests.openapi.families import linked, pair

Call = Callable[[ChargebeeClient], Any]

CONTACT = {"contact[email]": "books@example.com", "contact[enabled]": "true", "contact[send_billing_email]": "true"}


def asked(**question: str) -> Call:
    return lambda cb: cb.get("/customers/child/impact", question)


def rich(act: Call) -> Call:
    """``act`` on a child with a contact and credits."""

    def run(cb: ChargebeeClient) -> Any:
        cb.post("/customers/child/add_contact", CONTACT)
        cb.post("/customers/child/add_promotional_credits", {"amount": "1000", "description": "x"})
        return act(cb)

    return linked(run)


OUTLOOK_CALLS: list[tuple[str, int, Call]] = [
    ("outlook_access", 200, lambda cb: (pair(cb), cb.get("/customers/child/access"))[-1]),
    ("outlook_access", 200, linked(lambda cb: cb.get("/customers/child/access"))),
    ("outlook_access", 404, lambda cb: cb.get("/customers/nobody/access")),
    ("outlook_recipients", 200, rich(lambda cb: cb.get("/customers/child/recipients"))),
    ("outlook_recipients", 404, lambda cb: cb.get("/customers/nobody/recipients")),
    *(("outlook_impact", 200, rich(asked(operation=name))) for name in ("delete", "erase", "unlink", "move")),
    ("outlook_impact", 200, rich(asked(operation="merge", to_customer_id="parent"))),
    ("outlook_impact", 200, lambda cb: (pair(cb), asked(operation="link", parent_id="parent")(cb))[-1]),
    ("outlook_impact", 400, linked(asked(operation="destroy"))),
    ("outlook_impact", 404, asked(operation="delete")),
]
