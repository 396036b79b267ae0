"""Whatever an operation raises, each dialect answers with the status and the code of its own table."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions as drf

from billing_customers import exceptions as domain
from billing_customers.dialects.faults import InsufficientScope, Kind, fault_of
from billing_customers.exceptions import KeyInUse, KeyReused
from tests.clients import ChargebeeClient, ChingClient
from tests.dialects.expected import chargebee_refusal, ching_refusal
from tests.dialects.wire import CHARGEBEE, CHING


def database_error(state: object, kind: type[DatabaseError] = OperationalError) -> DatabaseError:
    """An error of the database with the SQLSTATE that psycopg gives it, or the number that MySQL's driver does."""
    cause = Exception(state)
    if isinstance(state, str):
        cause.sqlstate = state  # type: ignore[attr-defined]
    error = kind("SELECT secret FROM billing_customers_customer")
    error.__cause__ = cause
    return error


# CHING's status and code; Chargebee's status, code and type ("" for none); Retry-After.
ANSWERS: dict[Kind, tuple[int, str, int, str, str, str | None]] = {
    Kind.MALFORMED: (400, "INVALID_FIELD", 400, "invalid_request", "invalid_request", None),
    Kind.TOO_LARGE: (413, "REQUEST_TOO_LARGE", 400, "invalid_request", "invalid_request", None),
    Kind.MEDIA_TYPE: (415, "UNSUPPORTED_MEDIA_TYPE", 400, "invalid_request", "invalid_request", None),
    Kind.SCOPE: (403, "INSUFFICIENT_SCOPE", 403, "api_authorization_failed", "", None),
    Kind.DUPLICATE_ID: (409, "ID_EXISTS", 400, "duplicate_entry", "invalid_request", None),
    Kind.DUPLICATE_EMAIL: (409, "EMAIL_EXISTS", 400, "duplicate_entry", "invalid_request", None),
    Kind.LIMIT: (409, "LIMIT_REACHED", 400, "resource_limit_exceeded", "invalid_request", None),
    Kind.STATE: (409, "INVALID_STATE", 409, "invalid_state_for_request", "invalid_request", None),
    Kind.NOT_ENABLED: (403, "NOT_ENABLED", 400, "configuration_incompatible", "invalid_request", None),
    Kind.SUBSCRIBED: (
        409,
        "CUSTOMER_HAS_ACTIVE_SUBSCRIPTION",
        409,
        "invalid_state_for_request",
        "invalid_request",
        None,
    ),
    Kind.BALANCE: (402, "INSUFFICIENT_BALANCE", 400, "invalid_request", "invalid_request", None),
    Kind.DECLINED: (402, "CHARGE_FAILED", 400, "payment_processing_failed", "payment", None),
    Kind.NO_SOURCE: (402, "NO_PAYMENT_METHOD", 400, "payment_method_not_present", "payment", None),
    Kind.VERSION: (412, "VERSION_MISMATCH", 409, "invalid_state_for_request", "invalid_request", None),
    Kind.KEY_REUSED: (422, "IDEMPOTENCY_KEY_REUSED", 422, "unable_to_process_request", "invalid_request", None),
    Kind.KEY_IN_USE: (409, "IDEMPOTENCY_KEY_IN_USE", 429, "lock_timeout", "operation_failed", "1"),
    Kind.CONFLICT: (409, "CONFLICT_RETRY", 429, "lock_timeout", "operation_failed", "1"),
    Kind.RATE: (429, "RATE_LIMITED", 429, "api_request_limit_exceeded", "operation_failed", "8"),
    Kind.UNAVAILABLE: (503, "TEMPORARILY_UNAVAILABLE", 503, "db_connection_failure", "operation_failed", "5"),
    Kind.INTERNAL: (500, "INTERNAL_ERROR", 500, "internal_error", "operation_failed", None),
}

SAID = "It cannot be."
NOT_ALLOWED = "This is not allowed."
CONFLICT = "Another request works on this; try again."
UNSTORABLE = "A value cannot be stored."
UNREACHABLE = "The database cannot be reached now."
CRASHED = "Something went wrong on our side."

# Text of the framework's own errors never reaches a caller.
RAISED: list[tuple[Exception, Kind, str]] = [
    (domain.MalformedInput(SAID), Kind.MALFORMED, SAID),
    (domain.InputTooLarge(SAID), Kind.TOO_LARGE, SAID),
    (domain.DuplicateId(SAID), Kind.DUPLICATE_ID, SAID),
    (domain.DuplicateEmail(SAID), Kind.DUPLICATE_EMAIL, SAID),
    (domain.LimitReached(SAID), Kind.LIMIT, SAID),
    (domain.InvalidState(SAID), Kind.STATE, SAID),
    (domain.NotEnabled(SAID), Kind.NOT_ENABLED, SAID),
    (domain.ActiveSubscription(SAID), Kind.SUBSCRIBED, SAID),
    (domain.InsufficientBalance(SAID), Kind.BALANCE, SAID),
    (domain.PaymentFailed(SAID, reason=""), Kind.DECLINED, SAID),
    (domain.PaymentUncertain(SAID, reason=""), Kind.DECLINED, SAID),
    (domain.PaymentSourceMissing(SAID), Kind.NO_SOURCE, SAID),
    (domain.VersionMismatch(SAID, current=7), Kind.VERSION, SAID),
    (KeyReused(SAID), Kind.KEY_REUSED, SAID),
    (KeyInUse(SAID), Kind.KEY_IN_USE, SAID),
    (InsufficientScope("pii:clear"), Kind.SCOPE, "The API key lacks the scope 'pii:clear'."),
    (drf.PermissionDenied("secret"), Kind.SCOPE, NOT_ALLOWED),
    (PermissionDenied("secret"), Kind.SCOPE, NOT_ALLOWED),
    (drf.UnsupportedMediaType("secret"), Kind.MEDIA_TYPE, "The content type is not one that is read here."),
    (drf.ParseError("secret"), Kind.MALFORMED, "The request body cannot be read."),
    (RequestDataTooBig("secret"), Kind.TOO_LARGE, "The request body is too large."),
    (TooManyFieldsSent("secret"), Kind.TOO_LARGE, "The request has too many fields."),
    (SuspiciousOperation("secret"), Kind.MALFORMED, "The request cannot be read."),
    (UnreadablePostError("secret"), Kind.MALFORMED, "The request body did not arrive whole."),
    (drf.Throttled(wait=7.5), Kind.RATE, "Too many requests."),
    (database_error("40P01"), Kind.CONFLICT, CONFLICT),
    (database_error("40001"), Kind.CONFLICT, CONFLICT),
    (database_error("55P03"), Kind.CONFLICT, CONFLICT),
    (database_error(1205), Kind.CONFLICT, CONFLICT),
    (database_error(1213), Kind.CONFLICT, CONFLICT),
    (OperationalError("database is locked"), Kind.CONFLICT, CONFLICT),
    (DataError("secret"), Kind.MALFORMED, UNSTORABLE),
    (database_error("22P05", DatabaseError), Kind.MALFORMED, UNSTORABLE),
    (database_error("22021"), Kind.MALFORMED, UNSTORABLE),
    (OperationalError("secret"), Kind.UNAVAILABLE, UNREACHABLE),
    (InterfaceError("secret"), Kind.UNAVAILABLE, UNREACHABLE),
    (database_error("57P01"), Kind.UNAVAILABLE, UNREACHABLE),
    (RuntimeError("secret"), Kind.INTERNAL, CRASHED),
    (RecursionError("secret"), Kind.INTERNAL, CRASHED),
    (KeyError("secret"), Kind.INTERNAL, CRASHED),
    (IntegrityError("secret"), Kind.INTERNAL, CRASHED),
    (AssertionError("secret"), Kind.INTERNAL, CRASHED),
    (MemoryError("secret"), Kind.INTERNAL, CRASHED),
]
IDS = [f"{type(error).__name__}-{number}" for number, (error, _, _) in enumerate(RAISED)]

# How a caller gets to these is shown beside; what they say is not the operation's.
ELSEWHERE = {Kind.INVALID, Kind.NOT_FOUND, Kind.UNAUTHENTICATED, Kind.METHOD}


def failing_with(error: Exception) -> Any:
    def operation(**given: object) -> NoReturn:
        raise error

    return operation


@pytest.mark.parametrize(("error", "kind", "message"), RAISED, ids=IDS)
def test_ching_answers(
    ching: ChingClient, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: Kind, message: str
) -> None:
    monkeypatch.setattr(f"{CHING.views}.create_customer", failing_with(error))
    status, code, _, _, _, wait = ANSWERS[kind]

    response = ching.post("/customers", {"name": "Tal"})

    assert response.status_code == status
    assert response.json() == ching_refusal(status, code, message)
    assert response.headers.get("Retry-After") == wait


@pytest.mark.parametrize(("error", "kind", "message"), RAISED, ids=IDS)
def test_chargebee_answers(
    chargebee: ChargebeeClient, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: Kind, message: str
) -> None:
    monkeypatch.setattr(f"{CHARGEBEE.views}.create_customer", failing_with(error))
    _, _, status, code, error_type, wait = ANSWERS[kind]
    legacy_code = "param_not_unique" if code == "duplicate_entry" else code

    response = chargebee.post("/customers")

    expected = chargebee_refusal(status, code, message, type=error_type, error_code=legacy_code)
    assert response.status_code == status
    assert response.json() == {name: value for name, value in expected.items() if value != ""}
    assert response.headers.get("Retry-After") == wait


def test_the_table_is_complete() -> None:
    assert ANSWERS.keys() == {kind for _, kind, _ in RAISED} == set(Kind) - ELSEWHERE


def test_the_present_version_is_told_with_a_mismatch() -> None:
    assert fault_of(domain.VersionMismatch(SAID, current=7)).headers == {"ETag": '"7"'}


@pytest.mark.parametrize("error", [domain.PaymentFailed, domain.PaymentUncertain])
def test_gateways_word_is_told_as_the_cause(
    chargebee: ChargebeeClient, monkeypatch: pytest.MonkeyPatch, error: type[domain.PaymentFailed]
) -> None:
    raised = error(SAID, reason="card_declined", param="card.cvv")
    monkeypatch.setattr(f"{CHARGEBEE.views}.create_customer", failing_with(raised))

    assert chargebee.post("/customers").json() == chargebee_refusal(
        400,
        "payment_processing_failed",
        SAID,
        "card[cvv]",
        type="payment",
        error_cause_id="gateway.general.card_declined",
    )


@pytest.mark.parametrize("error", [Http404("secret"), domain.NotFound("There is no such resource.")])
def test_what_is_missing_is_not_found(ching: ChingClient, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(f"{CHING.views}.create_customer", failing_with(error))

    assert ching.post("/customers", {"name": "Tal"}).json() == ching_refusal(
        404, "NOT_FOUND", "There is no such resource."
    )
