"""Headers, of requests and of answers."""

from __future__ import annotations

from billing_customers.dialects.base import Dialect
from billing_customers.openapi.schemas import INTEGER, STRING, Schema
from billing_customers.request_id import HEADER as REQUEST_ID

ETAG = "ETag"
RETRY_AFTER = "Retry-After"
CHALLENGE = "WWW-Authenticate"

_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": 'Do it only if the customer is of this version, such as "1517505731000" with its quotes, or *.',
    "schema": {"type": "string"},
}


def answer_headers(dialects: list[Dialect]) -> dict[str, Schema]:
    """The header components of answers."""
    headers = {
        REQUEST_ID: _header("Names this request in the logs; the one that the request sent, if it could be used."),
        ETAG: _header("The version of the customer in quotes, for If-Match."),
        CHALLENGE: _header("How to authenticate."),
        RETRY_AFTER: _header("Seconds to wait before the next attempt.", INTEGER),
    }
    for dialect in dialects:
        headers[dialect.replayed_header] = _header("true when the answer was stored under the same idempotency key.")
    return headers


def references(names: list[str]) -> dict[str, Schema]:
    """References to header components."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def request_headers(dialect: Dialect, *, repeatable: bool, versioned: bool) -> list[Schema]:
    """The header parameters of an operation; ``repeatable`` ones take an idempotency key."""
    found = [_idempotency_key(dialect)] if repeatable else []
    return [*found, _IF_MATCH] if versioned else found


def _idempotency_key(dialect: Dialect) -> Schema:
    return {
        "name": dialect.idempotency_header,
        "in": "header",
        "description": "The same key with the same request answers the same again and does nothing twice.",
        "schema": {"type": "string", "minLength": 1, "maxLength": dialect.max_idempotency_key},
    }


def _header(description: str, schema: Schema = STRING) -> Schema:
    return {"description": description, "schema": schema}
