"""Everything that can go wrong in a request, named once; each dialect has a table from these names to its wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.db import DatabaseError, DataError, InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions as drf

from billing_customers import exceptions as domain


class Kind(StrEnum):
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    MEDIA_TYPE = "media_type"
    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    SCOPE = "scope"
    NOT_FOUND = "not_found"
    METHOD = "method"
    DUPLICATE_ID = "duplicate_id"
    DUPLICATE_EMAIL = "duplicate_email"
    LIMIT = "limit"
    STATE = "state"
    NOT_ENABLED = "not_enabled"
    SUBSCRIBED = "subscribed"
    BALANCE = "balance"
    DECLINED = "declined"
    NO_SOURCE = "no_source"
    VERSION = "version"
    KEY_REUSED = "key_reused"
    KEY_IN_USE = "key_in_use"
    CONFLICT = "conflict"
    RATE = "rate"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Fault:
    """What a dialect needs to answer. ``headers`` are sent along; ``issues`` are there for INVALID, ``reason`` for
    DECLINED: the gateway's word for it.
    """

    kind: Kind
    message: str = ""
    param: str = ""
    issues: tuple[domain.Issue, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    reason: str = ""


class InsufficientScope(Exception):
    """The key lacks ``scope``."""

    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.scope = scope


_DOMAIN: dict[type[domain.BillingError], Kind] = {
    domain.MalformedInput: Kind.MALFORMED,
    domain.InputTooLarge: Kind.TOO_LARGE,
    domain.InvalidInput: Kind.INVALID,
    domain.NotFound: Kind.NOT_FOUND,
    domain.DuplicateId: Kind.DUPLICATE_ID,
    domain.DuplicateEmail: Kind.DUPLICATE_EMAIL,
    domain.LimitReached: Kind.LIMIT,
    domain.InvalidState: Kind.STATE,
    domain.NotEnabled: Kind.NOT_ENABLED,
    domain.ActiveSubscription: Kind.SUBSCRIBED,
    domain.InsufficientBalance: Kind.BALANCE,
    domain.PaymentFailed: Kind.DECLINED,
    domain.PaymentSourceMissing: Kind.NO_SOURCE,
    domain.VersionMismatch: Kind.VERSION,
    domain.KeyReused: Kind.KEY_REUSED,
    domain.KeyInUse: Kind.KEY_IN_USE,
    # A rule of the host, raised by a receiver.
    domain.BillingError: Kind.STATE,
}

_WEB: tuple[tuple[type[Exception], Kind, str], ...] = (
    (drf.NotAuthenticated, Kind.UNAUTHENTICATED, "No access"),
    (drf.AuthenticationFailed, Kind.UNAUTHENTICATED, "No access"),
    (drf.MethodNotAllowed, Kind.METHOD, "The method is not allowed here."),
    (drf.PermissionDenied, Kind.SCOPE, "This is not allowed."),
    (drf.UnsupportedMediaType, Kind.MEDIA_TYPE, "The content type is not one that is read here."),
    (drf.ParseError, Kind.MALFORMED, "The request body cannot be read."),
    (Http404, Kind.NOT_FOUND, "There is no such resource."),
    (PermissionDenied, Kind.SCOPE, "This is not allowed."),
    (RequestDataTooBig, Kind.TOO_LARGE, "The request body is too large."),
    (TooManyFieldsSent, Kind.TOO_LARGE, "The request has too many fields."),
    (SuspiciousOperation, Kind.MALFORMED, "The request cannot be read."),
    (UnreadablePostError, Kind.MALFORMED, "The request body did not arrive whole."),
)

# By SQLSTATE on PostgreSQL, by number on MariaDB, by text on SQLite: lock timeout, deadlock, serialization failure.
_CONFLICT_STATES = {"40P01", "40001", "55P03"}
_CONFLICT_NUMBERS = {(1205,), (1213,)}
_UNSTORABLE_STATES = {"22P05", "22021", "22P02", "22003", "22001", "22008"}


def is_conflict(error: BaseException) -> bool:
    """Whether the transaction lost against another one, so that it may be tried again."""
    if not isinstance(error, DatabaseError):
        return False
    cause = error.__cause__
    if getattr(cause, "sqlstate", None) in _CONFLICT_STATES:
        return True
    if cause is not None and cause.args[:1] in _CONFLICT_NUMBERS:
        return True
    return "database is locked" in str(error)


def fault_of(error: Exception) -> Fault:
    """Name what ``error`` is for a caller. Anything unknown is INTERNAL, and says nothing of itself."""
    if isinstance(error, domain.BillingError):
        return _domain_fault(error)
    if isinstance(error, InsufficientScope):
        return Fault(Kind.SCOPE, f"The API key lacks the scope '{error.scope}'.")
    if isinstance(error, drf.Throttled):
        wait = max(1, int(getattr(error, "wait", None) or 1))
        return Fault(Kind.RATE, "Too many requests.", headers={"Retry-After": str(wait)})
    if isinstance(error, (DatabaseError, InterfaceError)):
        return _database_fault(error)
    for known, kind, message in _WEB:
        if isinstance(error, known):
            return Fault(kind, message)
    return Fault(Kind.INTERNAL, "Something went wrong on our side.")


def _domain_fault(error: domain.BillingError) -> Fault:
    kind = next(_DOMAIN[cls] for cls in type(error).__mro__ if cls in _DOMAIN)
    issues = error.issues if isinstance(error, domain.InvalidInput) else ()
    headers = {}
    if kind is Kind.KEY_IN_USE:
        headers["Retry-After"] = "1"
    if isinstance(error, domain.VersionMismatch) and error.current is not None:
        headers["ETag"] = f'"{error.current}"'
    reason = error.reason if isinstance(error, domain.PaymentFailed) else ""
    return Fault(kind, error.message, error.param, issues, headers, reason)


def _database_fault(error: Exception) -> Fault:
    if is_conflict(error):
        return Fault(Kind.CONFLICT, "Another request works on this; try again.", headers={"Retry-After": "1"})
    if isinstance(error, DataError) or getattr(error.__cause__, "sqlstate", None) in _UNSTORABLE_STATES:
        return Fault(Kind.MALFORMED, "A value cannot be stored.")
    if isinstance(error, (OperationalError, InterfaceError)):
        return Fault(Kind.UNAVAILABLE, "The database cannot be reached now.", headers={"Retry-After": "5"})
    return Fault(Kind.INTERNAL, "Something went wrong on our side.")
