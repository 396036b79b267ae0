"""Every route of both dialects, read from the URL resolver: a route that is added is tested without being told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.urls import URLPattern, URLResolver, get_resolver

from billing_customers.dialects.base import BillingViewSet
from tests.dialects.wire import CHARGEBEE, CHING, Wire

METHODS = ("GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS")
WRITES = frozenset({"POST", "DELETE", "PUT", "PATCH", "OPTIONS"})

_WIRES = {"ching": CHING, "chargebee": CHARGEBEE}

# A valid body for each action that takes one. A new action needs a line here.
_BODIES: dict[tuple[str, str], dict[str, str]] = {
    ("ching", "create"): {"name": "Dana", "url": "https://receiver.example.com/"},
    ("ching", "update"): {"name": "Dana"},
    ("ching", "upsert"): {"identifyBy": "email", "email": "victim@example.com", "name": "Dana"},
    **{(wire, action): {} for wire in ("ching", "chargebee") for action in ("rotate_secret", "ping")},
    ("chargebee", "create"): {"first_name": "Dana", "name": "Dana", "url": "https://receiver.example.com/"},
    ("chargebee", "update_billing_info"): {"vat_number": "1"},
    ("chargebee", "change_billing_date"): {"billing_date": "3"},
    ("chargebee", "add"): {"contact[email]": "dana@example.com"},
    ("chargebee", "update"): {"first_name": "Dana", "contact[id]": "jane", "contact[label]": "x"},
    ("chargebee", "delete_contact"): {"contact[id]": "jane"},
    ("chargebee", "delete_endpoint"): {},
}
# The number of the webhook that stands for the resource with this id.
_NUMBERS = {"victim": "1"}


@dataclass(frozen=True)
class Route:
    """A place under a mount, such as ``/ching/v1/customers/<str:public_id>``; ``actions`` by lower-case method."""

    wire: Wire
    pattern: str
    actions: tuple[tuple[str, str], ...]

    @property
    def is_unknown(self) -> bool:
        """Whether this is the one that answers for every path without a route."""
        return "unknown_route" in dict(self.actions).values()

    @property
    def names_a_resource(self) -> bool:
        return "<" in self.pattern

    @property
    def allowed(self) -> frozenset[str]:
        methods = {method.upper() for method, _ in self.actions}
        return frozenset(methods | ({"HEAD"} if "GET" in methods else set()))

    def path(self, public_id: str) -> str:
        if self.is_unknown:
            return self.pattern + "nope"
        # CHING's webhooks are numbered; every other resource can have this id.
        known = {"<str:number>": _NUMBERS.get(public_id, "999")}
        return re.sub(r"<[^>]+>", lambda match: known.get(match[0], quote(public_id, safe="")), self.pattern)

    def body(self, method: str) -> str:
        action = dict(self.actions).get(method.lower())
        if method != "POST" or action in {None, "unknown_route"}:
            return ""
        fields = _BODIES[self.wire.name, str(action)]
        return json.dumps(fields) if self.wire is CHING else urlencode(fields)

    def __str__(self) -> str:
        return self.pattern or "/"


def walk() -> list[Route]:
    """All routes whose view is one of this package."""
    return list(_below(get_resolver().url_patterns, "/"))


def _below(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[Route]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from _below(each.url_patterns, prefix + str(each.pattern))
            continue
        view = getattr(each.callback, "cls", None)
        if isinstance(view, type) and issubclass(view, BillingViewSet):
            text = str(each.pattern)
            actions = tuple(sorted(each.callback.actions.items()))  # type: ignore[attr-defined]
            yield Route(_WIRES[view.dialect.name], prefix + ("" if text.startswith("^") else text), actions)
