"""CHING's failures: ``{"success": false, "error": {status, code, message, issues?}}``."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.faults import Fault, Kind
from billing_customers.exceptions import Issue

# One table: what it is, the status, the code.
TABLE: dict[Kind, tuple[int, str]] = {
    Kind.MALFORMED: (400, "INVALID_FIELD"),
    Kind.TOO_LARGE: (413, "REQUEST_TOO_LARGE"),
    Kind.MEDIA_TYPE: (415, "UNSUPPORTED_MEDIA_TYPE"),
    Kind.INVALID: (400, "INVALID_FIELD"),
    Kind.UNAUTHENTICATED: (401, "NO_ACCESS"),
    Kind.SCOPE: (403, "INSUFFICIENT_SCOPE"),
    Kind.NOT_FOUND: (404, "NOT_FOUND"),
    Kind.METHOD: (405, "METHOD_NOT_ALLOWED"),
    Kind.DUPLICATE_ID: (409, "ID_EXISTS"),
    Kind.DUPLICATE_EMAIL: (409, "EMAIL_EXISTS"),
    Kind.LIMIT: (409, "LIMIT_REACHED"),
    Kind.STATE: (409, "INVALID_STATE"),
    Kind.NOT_ENABLED: (403, "NOT_ENABLED"),
    Kind.SUBSCRIBED: (409, "CUSTOMER_HAS_ACTIVE_SUBSCRIPTION"),
    Kind.BALANCE: (402, "INSUFFICIENT_BALANCE"),
    Kind.DECLINED: (402, "CHARGE_FAILED"),
    Kind.NO_SOURCE: (402, "NO_PAYMENT_METHOD"),
    Kind.VERSION: (412, "VERSION_MISMATCH"),
    Kind.KEY_REUSED: (422, "IDEMPOTENCY_KEY_REUSED"),
    Kind.KEY_IN_USE: (409, "IDEMPOTENCY_KEY_IN_USE"),
    Kind.CONFLICT: (409, "CONFLICT_RETRY"),
    Kind.RATE: (429, "RATE_LIMITED"),
    Kind.UNAVAILABLE: (503, "TEMPORARILY_UNAVAILABLE"),
    Kind.INTERNAL: (500, "INTERNAL_ERROR"),
}

# One text for whatever is missing, so that no two cases can be told apart.
NOT_FOUND_MESSAGE = "There is no such resource."

WIRE_NAMES = {"overlap": "overlap_hours", "tax_id": "taxId"}


class Ching:
    """The dialect, as every view sees it."""

    name = "ching"
    idempotency_header = "Idempotency-Key"
    max_idempotency_key = 255
    replayed_header = "Idempotent-Replayed"

    def answer_fault(self, fault: Fault) -> HttpResponse:
        status, code = TABLE[fault.kind]
        error: dict[str, Any] = {"status": status, "code": code, "message": fault.message}
        if fault.kind is Kind.NOT_FOUND:
            error["message"] = NOT_FOUND_MESSAGE
        if fault.kind is Kind.INVALID:
            error["message"] = "Field validation failed"
            error["issues"] = [_issue(issue) for issue in fault.issues]
        headers = dict(fault.headers)
        if fault.kind is Kind.UNAUTHENTICATED:
            headers["WWW-Authenticate"] = "Bearer"
        return json_answer({"success": False, "error": error}, status=status, headers=headers)


def _issue(issue: Issue) -> dict[str, Any]:
    path = issue.field.split(".") if issue.field else []
    return {"path": [WIRE_NAMES.get(part, part) for part in path], "message": issue.message}
