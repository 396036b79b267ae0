"""What can go wrong in the domain. Nothing here knows of HTTP: each dialect maps these to its own wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong with one input.

    ``field`` is a canonical attribute name (``"email"``, ``"billing_address.zip"``), outermost part first;
    empty when the input as a whole is meant. ``message`` is a sentence with the rule.
    """

    field: str
    message: str


class BillingError(Exception):
    """Base of every domain error.

    ``code`` is stable and machine readable, ``message`` is a sentence for a person, ``param`` the canonical name of the
    attribute that is to blame, if one is.
    """

    code = "error"

    def __init__(self, message: str, *, param: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.param = param


class MalformedInput(BillingError):
    """The input cannot be read at all: bad JSON, bad form encoding, NUL, too deep."""

    code = "malformed_input"


class InputTooLarge(BillingError):
    """The input is larger than what is read: bytes, fields or nodes."""

    code = "input_too_large"


class InvalidInput(BillingError):
    """One or more values break a rule. Nothing was stored."""

    code = "invalid_input"

    def __init__(self, issues: Sequence[Issue]) -> None:
        first = issues[0]
        super().__init__(first.message, param=first.field)
        self.issues = tuple(issues)


class NotFound(BillingError):
    """No such row in this site. A foreign id and a missing id raise exactly the same."""

    code = "not_found"


class DuplicateId(BillingError):
    """A live customer (or an alias of one) has this id already."""

    code = "duplicate_id"


class DuplicateEmail(BillingError):
    """The site forbids two live customers with one e-mail address."""

    code = "duplicate_email"


class LimitReached(BillingError):
    """A documented limit would be exceeded, such as the number of contacts."""

    code = "limit_reached"


class InvalidState(BillingError):
    """The operation is not allowed in the present state of the customer."""

    code = "invalid_state"


class NotEnabled(BillingError):
    """The operation has to be enabled first, by whoever runs the installation."""

    code = "not_enabled"


class ActiveSubscription(InvalidState):
    """The customer has a subscription that is active, trialing or past due: ours or the host's."""

    code = "active_subscription"


class InsufficientBalance(BillingError):
    """The balance is lower than what is to be taken from it. Nothing was taken."""

    code = "insufficient_balance"


class PaymentFailed(BillingError):
    """The gateway did not take the payment, or the card. Nothing was charged.

    ``reason`` is the adapter's word for it, such as ``"card_declined"``; ``transaction_id`` names the attempt, if one
    was written.
    """

    code = "payment_failed"

    def __init__(self, message: str, *, reason: str, param: str = "", transaction_id: str = "") -> None:
        super().__init__(message, param=param)
        self.reason = reason
        self.transaction_id = transaction_id


class PaymentUncertain(PaymentFailed):
    """The gateway did not say what became of the payment. It is asked again, and nothing is charged twice meanwhile."""

    code = "payment_uncertain"


class PaymentSourceMissing(BillingError):
    """A payment is to be collected, and there is nothing to collect it from."""

    code = "payment_source_missing"


class VersionMismatch(BillingError):
    """The caller's version is not the current one.

    ``current`` is the present ``resource_version``, ``None`` when there is no such resource.
    """

    code = "version_mismatch"

    def __init__(self, message: str, *, current: int | None) -> None:
        super().__init__(message)
        self.current = current


class KeyReused(BillingError):
    """The idempotency key came before, with another request."""

    code = "idempotency_key_reused"


class KeyInUse(BillingError):
    """The first request with this idempotency key is still running."""

    code = "idempotency_key_in_use"


class HardDeleteForbidden(Exception):
    """A customer's row is never removed: documents keep referring to it. Deletion leaves a tombstone."""
