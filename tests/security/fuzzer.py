"""Requests made of nasty atoms, for every route and parameter of both dialects, and what must hold of each answer.

Chance is seeded: a run that failed fails again, at the same request.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_from_bytes

from django.db.models import Count, Sum
from django.test import Client

from billing_customers.models import Contact, Customer
from tests import nasty
from tests.dialects.wire import CHARGEBEE, FORM, JSON
from tests.security.routes import Route, walk

EXISTING = "c1"

CHING_FIELDS = ("name", "email", "phone", "locale", "taxId", "metadata", "identifyBy", "id", "created", "__proto__")
CHARGEBEE_FIELDS = (
    *("id", "first_name", "last_name", "email", "phone", "company", "locale", "auto_collection", "net_term_days"),
    *("preferred_currency_code", "allow_direct_debit", "vat_number", "registered_for_gst", "taxability"),
    *("exemption_details", "customer_type", "entity_code", "meta_data", "offline_payment_method", "invoice_notes"),
    *("cf_a", "cf_", "fraud_flag", "billing_date", "billing_date_mode", "billing_month", "token_id", "card"),
)
PARTS = (
    *("billing_address[line1]", "billing_address[country]", "billing_address[state_code]", "billing_address[email]"),
    *("billing_address", "contact", "contact[id]", "contact[email]", "contact[enabled]", "contact[label]"),
    *("card[number]", "meta_data[a]", "exemption_details[0]", "cf_a[b]"),
)
QUERY_NAMES = (
    *("limit", "offset", "sort_by[asc]", "sort_by[desc]", "include_deleted", "id[is]", "id[in]", "id[starts_with]"),
    *("email[is]", "email[starts_with]", "phone[is]", "phone[is_not]", "company[is_present]", "taxability[not_in]"),
    *("created_at[on]", "created_at[between]", "updated_at[after]", "auto_close_invoices[is]"),
    *("relationship[parent_id][is]", "relationship[invoice_owner_id][starts_with]"),
)
HEADERS = ("idempotency-key", "chargebee-idempotency-key", "if-match", "x-request-id", "content-type", "accept", "host")

NUMBERS = ("0", "-1", "2147483648", "9" * 19, "1e400", "1e20", "\u0661", "253402214400", "253402214399", "-0", "1")
PLAUSIBLE = (
    "Tal",
    "t@x.co",
    "+972501234567",
    "US",
    "CA",
    "true",
    "on",
    "a" * 51,
    "created_at",
    "[1,2]",
    "['a', \"b\"]",
)
TEXTS = (*nasty.NASTY_TEXTS, *NUMBERS, *PLAUSIBLE)
# By sort, so that a few numbers are not lost among many literals.
FORM_VALUES = (
    NUMBERS,
    PLAUSIBLE,
    nasty.NASTY_TEXTS,
    (*nasty.NASTY_JSON_VALUES, *nasty.NASTY_LITERALS),
    tuple(f"[{text}]" for text in TEXTS),
)
JSON_VALUES = (
    nasty.NASTY_JSON_VALUES,
    (*NUMBERS, "true", "null", "[]", "{}"),
    ('{"k":[1e19]}', '{"k":-1e300}', '{"k":5e-324}', '{"a":{"b":[null,1.5]}}'),
    tuple(json.dumps(text) for text in TEXTS),
    tuple(json.dumps({text: [text]}, ensure_ascii=False) for text in TEXTS),
)
SHAPES = ('{{"name":{}}}', '{{"metadata":{{"k":{}}}}}', '{{"a":1,"a":{}}}', "[{}]", "{}", "\ufeff{}", " {} ")


@dataclass(frozen=True)
class Sent:
    """One request."""

    route: Route
    method: str
    path: str
    query: bytes
    body: bytes
    content_type: str
    headers: dict[str, str]

    def __str__(self) -> str:
        return f"{self.method} {self.path[:200]} ?{self.query[:300]!r} {self.body[:500]!r} {self.headers}"


class Attacker(random.Random):
    """Makes requests."""

    def request(self, routes: Sequence[Route]) -> Sent:
        route = self.choice(routes)
        method = self.choice([*sorted(route.allowed), "POST"])
        query = self._broken(self._pairs(QUERY_NAMES)) if self.random() < (0.2 if method == "POST" else 0.95) else b""
        body, content_type = self._body(route) if method == "POST" else (b"", JSON)
        return Sent(route, method, self._path(route), query, body, content_type, self._headers())

    def _body(self, route: Route) -> tuple[bytes, str]:
        if route.wire is CHARGEBEE and self.random() < 0.7:
            return self._broken(self._pairs((*CHARGEBEE_FIELDS, *PARTS))), FORM
        names = CHARGEBEE_FIELDS if route.wire is CHARGEBEE else CHING_FIELDS
        text = self._json_object(names) if self.random() < 0.7 else self._shape()
        return self._broken(_raw(text)), JSON

    def _json_object(self, names: Sequence[str]) -> str:
        fields = {"name": '"Tal"', "identifyBy": '"email"', "email": '"t@x.co"'}
        for _ in range(self.randrange(3)):
            name = self.choice(names) if self.random() < 0.9 else self.choice(TEXTS)
            fields[name] = self._value(JSON_VALUES)
        return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in fields.items()) + "}"

    def _shape(self) -> str:
        return self.choice(SHAPES).format(self._value(JSON_VALUES))

    def _pairs(self, names: Sequence[str]) -> bytes:
        fields = []
        for _ in range(self.randrange(1, 5)):
            name = self.choice(names) if self.random() < 0.8 else self.choice(nasty.NASTY_KEYS)
            value = self._value(FORM_VALUES)
            is_encoded = self.random() < 0.9
            fields.append(f"{_percent(name)}={_percent(value)}".encode() if is_encoded else _raw(f"{name}={value}"))
        return b"&".join(fields)

    def _value(self, sorts: Sequence[Sequence[str]]) -> str:
        return self.choice(self.choice(sorts))

    def _broken(self, body: bytes) -> bytes:
        if self.random() < 0.9:
            return body
        place = self.randrange(len(body) + 1)
        return body[:place] + self.choice(nasty.NASTY_BYTES) + body[place:]

    def _path(self, route: Route) -> str:
        target = _percent(self.choice((EXISTING, EXISTING, "nobody", self.choice(TEXTS))))
        return route.pattern + target if route.is_unknown else route.pattern.replace("<str:public_id>", target)

    def _headers(self) -> dict[str, str]:
        if self.random() < 0.7:
            return {}
        return {self.choice(HEADERS): _header_text(self.choice((*TEXTS, '"1"')))}


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _percent(text: str) -> str:
    return quote_from_bytes(_raw(text), safe="")


def _header_text(text: str) -> str:
    """As a server would hand it on: latin-1, without line ends."""
    return _raw(text).replace(b"\r", b"").replace(b"\n", b"")[:8_000].decode("latin-1")


def send(http: Client, sent: Sent) -> Any:
    headers = dict(sent.headers)
    content_type = headers.pop("content-type", sent.content_type)
    query = sent.query.decode("latin-1")
    return http.generic(
        sent.method, sent.path, sent.body, content_type=content_type, headers=headers, QUERY_STRING=query
    )


def stored() -> list[Any]:
    """Enough of all rows to see a change: a version never stands still."""
    customers = Customer.objects.aggregate(Count("pk"), Count("deleted_at"), Sum("resource_version"))
    return [customers, Contact.objects.count()]


def check(clients: dict[str, Client], sent: Sent) -> None:
    """Send it, and look at the answer and at what is stored."""
    wire = sent.route.wire
    before = stored()
    response = send(clients[wire.name], sent)
    assert response.status_code < 500, str(sent)
    assert response.headers["Content-Type"] == "application/json", str(sent)
    assert response.headers.get("X-Request-Id"), str(sent)
    if sent.method == "HEAD":
        return
    if response.status_code >= 400:
        assert wire.is_refusal(response), str(sent)
        assert stored() == before, str(sent)
    else:
        _check_that_it_can_be_read(clients, response.json(), sent)


def _check_that_it_can_be_read(clients: dict[str, Client], body: dict[str, Any], sent: Sent) -> None:
    """Whatever was taken can be shown, by both dialects, alone and in a list."""
    customer = body.get("data") or body.get("customer")
    if sent.method != "POST" or not isinstance(customer, dict):
        return
    path = _percent(str(customer["id"]))
    answers = [
        clients["ching"].get(f"/ching/v1/customers/{path}"),
        clients["chargebee"].get(f"/api/v2/customers/{path}"),
        clients["chargebee"].get("/api/v2/customers?sort_by[desc]=updated_at&limit=1"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200], str(sent)


# Read once, so that other views can be put behind the same paths.
ROUTES = walk()


def run(clients: dict[str, Client], *, examples: int, only: str = "") -> None:
    """Send ``examples`` requests to the routes that end in ``only``; raises AssertionError at the first fault."""
    attacker = Attacker(7)
    routes = [route for route in ROUTES if route.pattern.endswith(only)]
    for _ in range(examples):
        check(clients, attacker.request(routes))
