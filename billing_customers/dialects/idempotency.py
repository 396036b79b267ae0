"""Idempotency keys on the wire: what is fingerprinted, what is kept, what is replayed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson
from django.db import transaction
from django.http import HttpResponse
from django.utils.crypto import salted_hmac
from rest_framework.request import Request

from billing_customers.dialects.faults import Kind, fault_of
from billing_customers.dialects.retries import again_after_conflict
from billing_customers.events import sealing
from billing_customers.exceptions import InvalidInput, InvalidState, Issue, PaymentUncertain
from billing_customers.models import IdempotencyRecord
from billing_customers.operations import idempotency, locks

if TYPE_CHECKING:
    from billing_customers.dialects.base import BillingViewSet

# Outcomes of the domain. A malformed request, a missing customer, a lost race or a crash left nothing behind and may be
# tried again.
KEPT_KINDS = frozenset(
    {
        Kind.DUPLICATE_ID,
        Kind.DUPLICATE_EMAIL,
        Kind.LIMIT,
        Kind.STATE,
        Kind.SUBSCRIBED,
        Kind.BALANCE,
        Kind.DECLINED,
        Kind.NO_SOURCE,
    }
)
KEPT_HEADERS = ("ETag",)

_SECRET_PARTS = frozenset({"number", "cvv", "account_number", "iban", "tmp_token", "gw_token"})
_VISIBLE_ASCII = re.compile(r"\A[\x21-\x7e]+\Z")


class IdempotentRun:
    """One POST that carries a key."""

    def __init__(self, view: BillingViewSet, request: Request, key: str, fingerprint: str) -> None:
        self.view = view
        self.request = request
        self.key = key
        self.fingerprint = fingerprint

    @classmethod
    def of(cls, view: BillingViewSet, request: Request, kwargs: dict[str, Any]) -> IdempotentRun | None:
        """The run for ``request``, or ``None`` when it is no POST or carries no key. Raises :class:`InvalidInput`."""
        dialect = view.dialect
        key = request.headers.get(dialect.idempotency_header)
        # Without an API key (on an unknown route) there is no site that could remember the answer.
        if key is None or request.method != "POST" or request.auth is None:
            return None
        if len(key) > dialect.max_idempotency_key or not _VISIBLE_ASCII.match(key):
            limit = dialect.max_idempotency_key
            raise InvalidInput([Issue(dialect.idempotency_header, f"Must be 1 to {limit} visible ASCII characters.")])
        return cls(view, request, key, _fingerprint(view, request, kwargs))

    def answer(self, action: Callable[[], HttpResponse]) -> HttpResponse:
        """The stored answer, marked as replayed, or that of ``action``, stored in the transaction of its effect."""
        claimed = idempotency.claim(
            site=self.view.site,
            dialect=self.view.dialect.name,
            key=self.key,
            fingerprint=self.fingerprint,
            at=self.view.at,
        )
        if isinstance(claimed, idempotency.StoredResponse):
            return self._replay(claimed)
        try:
            self.view.prepare(self.request, request_key=_request_key(claimed))
            return again_after_conflict(lambda: self._once(claimed, action))
        except Exception as error:  # noqa: BLE001 - answered like any other error, once it is clear whether it is kept
            return self._settle_error(claimed, error)

    def _once(self, claimed: IdempotencyRecord, action: Callable[[], HttpResponse]) -> HttpResponse:
        with transaction.atomic(using=locks.database()):
            response = action()
            idempotency.finish(claimed, self._stored(response), customer_pk=self.view.customer_pk)
        return response

    def _settle_error(self, claimed: IdempotencyRecord, error: Exception) -> HttpResponse:
        response = self.view.answer_error(error)
        if isinstance(error, PaymentUncertain) or self.view.awaits_outcome:
            # The claim ends with its lease; who repeats the request then learns what became of the payment.
            return response
        if fault_of(error).kind in KEPT_KINDS:
            idempotency.finish(claimed, self._stored(response), customer_pk=self.view.customer_pk)
        else:
            idempotency.release(claimed)
        return response

    def _replay(self, stored: idempotency.StoredResponse) -> HttpResponse:
        headers = {**stored.headers, self.view.dialect.replayed_header: "true"}
        body = self._opened(stored.body) if self._is_sealed else stored.body
        return HttpResponse(body, content_type="application/json", status=stored.status, headers=headers)

    def _stored(self, response: HttpResponse) -> idempotency.StoredResponse:
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        body = response.content.decode()
        stored = sealing.seal(body, purpose=self._purpose) if self._is_sealed else body
        return idempotency.StoredResponse(response.status_code, stored, headers)

    def _opened(self, body: str) -> str:
        try:
            return sealing.open_sealed(body, purpose=self._purpose).reveal()
        except sealing.Unsealable as error:
            raise InvalidState("The stored answer holds a secret and cannot be opened any more.") from error

    @property
    def _is_sealed(self) -> bool:
        return self.view.action in self.view.secret_actions

    @property
    def _purpose(self) -> str:
        return f"idempotency:{self.view.site.pk}:{self.view.dialect.name}:{self.key}"


def _request_key(claimed: IdempotencyRecord) -> str:
    """The same for every repetition of a request; a claim that was left behind may be taken over by another request."""
    return f"{claimed.pk}-{claimed.fingerprint[:24]}"


def _fingerprint(view: BillingViewSet, request: Request, kwargs: dict[str, Any]) -> str:
    """Of what was said, not how: the order of fields and the blanks between them do not count."""
    said = [
        request.method,
        view.action,
        kwargs,
        without_secrets(view.body),
        request.headers.get("If-Match", ""),
        view.actor.silences_webhooks,
        # A secret is told again to nobody but the key that it was told to.
        view.api_key.pk if view.action in view.secret_actions else None,
    ]
    canonical = orjson.dumps(said, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return salted_hmac("billing_customers.idempotency", canonical, algorithm="sha256").hexdigest()


def without_secrets(body: Any) -> Any:
    """``body`` without what may be kept in no form, be it a keyed digest: card and account numbers, one-time tokens."""
    if isinstance(body, dict):
        return {name: without_secrets(value) for name, value in body.items() if name not in _SECRET_PARTS}
    if isinstance(body, list):
        return [without_secrets(item) for item in body]
    return body
