"""Chargebee's error object. Every answer that is no success has ``message`` and ``api_error_code``, or its SDKs
break.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.faults import Fault, Kind

INVALID_REQUEST = "invalid_request"
OPERATION_FAILED = "operation_failed"
PAYMENT = "payment"

# One table: what it is, the status, api_error_code, type (none where the contract has none).
TABLE: dict[Kind, tuple[int, str, str | None]] = {
    Kind.MALFORMED: (400, "invalid_request", INVALID_REQUEST),
    Kind.TOO_LARGE: (400, "invalid_request", INVALID_REQUEST),
    Kind.MEDIA_TYPE: (400, "invalid_request", INVALID_REQUEST),
    Kind.INVALID: (400, "param_wrong_value", INVALID_REQUEST),
    Kind.UNAUTHENTICATED: (401, "api_authentication_failed", None),
    Kind.SCOPE: (403, "api_authorization_failed", None),
    Kind.NOT_FOUND: (404, "resource_not_found", INVALID_REQUEST),
    Kind.METHOD: (405, "http_method_not_supported", INVALID_REQUEST),
    Kind.DUPLICATE_ID: (400, "duplicate_entry", INVALID_REQUEST),
    Kind.DUPLICATE_EMAIL: (400, "duplicate_entry", INVALID_REQUEST),
    Kind.LIMIT: (400, "resource_limit_exceeded", INVALID_REQUEST),
    Kind.STATE: (409, "invalid_state_for_request", INVALID_REQUEST),
    Kind.NOT_ENABLED: (400, "configuration_incompatible", INVALID_REQUEST),
    Kind.SUBSCRIBED: (409, "invalid_state_for_request", INVALID_REQUEST),
    Kind.BALANCE: (400, "invalid_request", INVALID_REQUEST),
    Kind.DECLINED: (400, "payment_processing_failed", PAYMENT),
    Kind.NO_SOURCE: (400, "payment_method_not_present", PAYMENT),
    Kind.VERSION: (409, "invalid_state_for_request", INVALID_REQUEST),
    Kind.KEY_REUSED: (422, "unable_to_process_request", INVALID_REQUEST),
    Kind.KEY_IN_USE: (429, "lock_timeout", OPERATION_FAILED),
    Kind.CONFLICT: (429, "lock_timeout", OPERATION_FAILED),
    Kind.RATE: (429, "api_request_limit_exceeded", OPERATION_FAILED),
    Kind.UNAVAILABLE: (503, "db_connection_failure", OPERATION_FAILED),
    Kind.INTERNAL: (500, "internal_error", OPERATION_FAILED),
}

# The older error codes that some clients still read, where they differ from api_error_code.
LEGACY_CODES = {"duplicate_entry": "param_not_unique"}

NOT_FOUND_MESSAGE = "Sorry, we couldn't find that resource"

WIRE_NAMES = {
    "events": "enabled_events",
    "is_primary": "primary_url",
    "metadata": "meta_data",
    "overlap": "overlap_hours",
    "response_schema": "chargebee_response_schema_type",
    "sends_card": "send_card_resource",
    "tax_id": "vat_number",
}


class Chargebee:
    """The dialect, as every view sees it."""

    name = "chargebee"
    idempotency_header = "chargebee-idempotency-key"
    max_idempotency_key = 100
    replayed_header = "chargebee-idempotency-replayed"

    def answer_fault(self, fault: Fault) -> HttpResponse:
        status, code, kind = TABLE[fault.kind]
        message = NOT_FOUND_MESSAGE if fault.kind is Kind.NOT_FOUND else fault.message
        param = wire_name(fault.param)
        error: dict[str, Any] = {"message": f"{param}: {message}" if param else message}
        if kind:
            error["type"] = kind
        error["api_error_code"] = code
        if param:
            error["param"] = param
        if fault.reason:
            error["error_cause_id"] = f"gateway.general.{fault.reason}"
        error["error_code"] = LEGACY_CODES.get(code, code)
        error["error_msg"] = message
        if param:
            error["error_param"] = param
        error["http_status_code"] = status
        headers = dict(fault.headers)
        if fault.kind is Kind.UNAUTHENTICATED:
            headers["WWW-Authenticate"] = "Basic"
        return json_answer(error, status=status, headers=headers)


def wire_name(field: str) -> str:
    """``billing_address.zip`` as the wire writes it: ``billing_address[zip]``."""
    first, *rest = field.split(".")
    if first == "custom_fields" and rest:
        return rest[0]
    return WIRE_NAMES.get(first, first) + "".join(f"[{part}]" for part in rest)
