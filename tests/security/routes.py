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
    **{("chargebee", action): {} for action in ("delete_customer", "clear_personal_data")},
    ("chargebee", "add"): {"contact[email]": "dana@example.com"},
    ("chargebee", "update"): {"first_name": "Dana", "contact[id]": "jane", "contact[label]": "x"},
    ("chargebee", "delete_contact"): {"contact[id]": "jane"},
    ("chargebee", "delete_endpoint"): {},
    ("ching", "attach_test_card"): {"customer": "victim"},
    ("chargebee", "update_payment_method"): {"payment_method[type]": "card", "payment_method[reference_id]": "cus_1"},
    ("chargebee", "assign_payment_role"): {"payment_source_id": "spare", "role": "backup"},
    ("chargebee", "create_card"): {
        "customer_id": "victim",
        "card[number]": "4012888888881881",
        "card[expiry_month]": "10",
        "card[expiry_year]": "2030",
    },
    ("chargebee", "create_bank_account"): {"customer_id": "victim", "bank_account[account_number]": "000222222227"},
    ("chargebee", "create_using_permanent_token"): {"customer_id": "victim", "type": "card", "reference_id": "cus_1"},
    ("chargebee", "create_using_temp_token"): {"customer_id": "victim", "type": "card", "tmp_token": "tok_once"},
    **{("chargebee", action): {} for action in ("delete_source", "delete_local", "delete_card")},
    ("chargebee", "merge"): {"from_customer_id": "victim", "to_customer_id": "elder"},
    ("chargebee", "undo"): {},
    ("chargebee", "relationships"): {"parent_id": "elder"},
    **{("chargebee", action): {} for action in ("delete_relationship", "ask_for_hierarchy")},
    # Without an allowance, which these sites do not have.
    ("chargebee", "move"): {"from_site": "globex-test", "id_at_from_site": "victim"},
    ("chargebee", "update_hierarchy_settings"): {"child_account_access[send_invoice_emails]": "false"},
    ("chargebee", "collect_payment"): {"invoice_allocations[invoice_id][0]": "victim"},
    ("chargebee", "record_excess_payment"): {
        "transaction[amount]": "5",
        "transaction[date]": "1517505731",
        "transaction[payment_method]": "cash",
    },
    **{
        ("chargebee", f"{verb}_promotional_credits"): {"amount": "5", "description": "x"}
        for verb in ("add", "deduct", "set")
    },
    **{
        ("chargebee", f"{verb}_credits"): {"customer_id": "victim", "amount": amount, "description": "x"}
        for verb, amount in (("add", "5"), ("deduct", "5"), ("set", "7"))
    },
}
# A valid query for each action that needs one.
_QUERIES: dict[tuple[str, str], dict[str, str]] = {("chargebee", "impact"): {"operation": "delete"}}
# Actions whose body names the customer, not their path: with the value that stands for its id.
_OWNERS = ("customer", "customer_id", "from_customer_id")
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
        """Whether its path does, or its body."""
        bodies = [_BODIES.get((self.wire.name, action), {}) for _, action in self.actions]
        return "<" in self.pattern or any(owner in body for body in bodies for owner in _OWNERS)

    @property
    def allowed(self) -> frozenset[str]:
        methods = {method.upper() for method, _ in self.actions}
        return frozenset(methods | ({"HEAD"} if "GET" in methods else set()))

    def path(self, public_id: str) -> str:
        if self.is_unknown:
            return self.pattern + "nope"
        # CHING's webhooks are numbered; every other resource can have this id.
        known = {"<str:number>": _NUMBERS.get(public_id, "999")}
        found = re.sub(r"<[^>]+>", lambda match: known.get(match[0], quote(public_id, safe="")), self.pattern)
        query = _QUERIES.get((self.wire.name, dict(self.actions).get("get", "")))
        return f"{found}?{urlencode(query)}" if query else found

    def body(self, method: str, public_id: str = "victim") -> str:
        action = dict(self.actions).get(method.lower())
        if method != "POST" or action in {None, "unknown_route"}:
            return ""
        fields = dict(_BODIES[self.wire.name, str(action)])
        fields |= {owner: public_id for owner in _OWNERS if owner in fields}
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
