"""Failures: which an operation can have, and what answers them."""

from __future__ import annotations

from http import HTTPStatus

from billing_customers.dialects.faults import Kind
from billing_customers.openapi.headers import CHALLENGE, RETRY_AFTER, references
from billing_customers.openapi.operation import DialectText, Operation
from billing_customers.openapi.schemas import Schema
from billing_customers.request_id import HEADER as REQUEST_ID

ALWAYS = frozenset(
    {Kind.MALFORMED, Kind.INVALID, Kind.UNAUTHENTICATED, Kind.SCOPE, Kind.RATE, Kind.UNAVAILABLE, Kind.INTERNAL}
)
OF_A_BODY = frozenset({Kind.TOO_LARGE, Kind.MEDIA_TYPE})
OF_AN_IDEMPOTENCY_KEY = frozenset({Kind.KEY_REUSED, Kind.KEY_IN_USE})
# RFC 9110 renamed these; which name Python has depends on its version.
_PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}
_TRY_AGAIN = {HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


def faults_of(operation: Operation, method: str, *, names_resource: bool) -> frozenset[Kind]:
    """What can go wrong with an operation; ``names_resource`` tells that its path has an id."""
    found = ALWAYS | operation.faults
    if names_resource:
        found |= {Kind.NOT_FOUND}
    if operation.versioned:
        found |= {Kind.VERSION}
    if method != "get":
        found |= {Kind.CONFLICT}
    if method == "post":
        found |= OF_A_BODY | OF_AN_IDEMPOTENCY_KEY
    return found


def failures_of(text: DialectText, faults: frozenset[Kind]) -> dict[str, Schema]:
    """References to the responses that tell of ``faults``, by status."""
    statuses = sorted({text.statuses[kind][0] for kind in faults})
    return {str(status): {"$ref": f"#/components/responses/{_name(text, status)}"} for status in statuses}


def failure_responses(text: DialectText) -> dict[str, Schema]:
    """A response component for each status of the dialect."""
    return {
        _name(text, status): _response(text, status) for status in sorted({each for each, _ in text.statuses.values()})
    }


def _name(text: DialectText, status: int) -> str:
    return f"{text.label}{status}"


def _response(text: DialectText, status: int) -> Schema:
    codes = dict.fromkeys(code for each, code in text.statuses.values() if each == status)
    headers = [REQUEST_ID]
    if status == HTTPStatus.UNAUTHORIZED:
        headers.append(CHALLENGE)
    if status in _TRY_AGAIN:
        headers.append(RETRY_AFTER)
    return {
        "description": f"{_PHRASES.get(status) or HTTPStatus(status).phrase}: {', '.join(codes)}.",
        "headers": references(headers),
        "content": {"application/json": {"schema": text.error}},
    }
