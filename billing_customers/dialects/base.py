"""The base of every view: it pins each DRF policy, so that no ``REST_FRAMEWORK`` setting of the host reaches in."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, Protocol

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

from billing_customers import exceptions, request_id
from billing_customers.actors import Actor
from billing_customers.dialects import requests_log
from billing_customers.dialects.authentication import KeyHasScope, KeyThrottle, key_of
from billing_customers.dialects.faults import Fault, Kind, fault_of
from billing_customers.dialects.idempotency import IdempotentRun
from billing_customers.dialects.parsers import declared_length
from billing_customers.dialects.retries import again_after_conflict
from billing_customers.models import ApiKey, BillingSite
from billing_customers.operations import locks

_UNREACHABLE_ID = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_VERSION = re.compile(r'\A"([0-9]{1,18})"\Z')

crash_log = logging.getLogger("billing_customers.crashes")


class Dialect(Protocol):
    """What distinguishes a contract from the others, as far as every view is concerned."""

    name: str
    idempotency_header: str
    max_idempotency_key: int
    replayed_header: str

    def answer_fault(self, fault: Fault) -> HttpResponse:
        """The dialect's JSON for a fault."""


class AlwaysJson(BaseContentNegotiation):
    """Whatever the caller accepts, it gets JSON: the clients of both contracts rely on it."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser | None:
        media_type = (request.content_type or "").split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class BillingViewSet(ViewSetMixin, APIView):
    """Parse, one operation or query, render; this class does what surrounds that.

    ``dialect`` answers faults, ``action_scopes`` names the actions that need another scope than their method's, and
    ``secret_actions`` those whose answers hold a secret: under an idempotency key these are stored sealed.
    """

    dialect: ClassVar[Dialect]
    action_scopes: ClassVar[dict[str, str]] = {}
    secret_actions: ClassVar[frozenset[str]] = frozenset()

    permission_classes = [KeyHasScope]
    throttle_classes = [KeyThrottle]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJson
    versioning_class = None
    # Not part of the host's own schema: these contracts have documents of their own.
    schema = None
    http_method_names = ["get", "post", "delete", "head"]

    at: datetime
    # The customer that an answer is about, so that a stored answer can be found when the customer is erased.
    customer_pk: int | None = None
    # Set by ``prepare`` once it has done what must be gone on with, such as a charge: until then an idempotency key is
    # not given back, whatever goes wrong.
    awaits_outcome: bool = False

    @classmethod
    def as_view(cls, actions: Any = None, **initkwargs: Any) -> Any:
        # With the host's ATOMIC_REQUESTS an idempotency key could not be claimed in a transaction of its own.
        return transaction.non_atomic_requests(using=locks.database())(super().as_view(actions, **initkwargs))

    @property
    def site(self) -> BillingSite:
        """The tenant, by the key alone."""
        return self.api_key.site

    @property
    def api_key(self) -> ApiKey:
        return key_of(self.request)

    @property
    def body(self) -> dict[str, Any]:
        """The parsed body, empty when there is none."""
        data: dict[str, Any] = self.request.data or {}  # type: ignore[assignment]
        return data

    @property
    def actor(self) -> Actor:
        return Actor("api", str(self.api_key))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.at, self.args, self.kwargs = timezone.now(), args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        with request_id.of_request(request.headers.get(request_id.HEADER)) as identity:
            response = self.respond(self.request, kwargs)
            response.headers[request_id.HEADER] = identity
            requests_log.write(request, response, self.dialect.name, at=self.at)
        return response

    def respond(self, request: Request, kwargs: dict[str, Any]) -> HttpResponse:
        """The answer of the action, or the dialect's JSON for whatever went wrong."""
        try:
            self.initial(request, **kwargs)
            self.refuse_unreachable_ids(kwargs)
            declared_length(request.META)
            return self.run(request, kwargs)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets the dialect's JSON
            return self.answer_error(error)

    def run(self, request: Request, kwargs: dict[str, Any]) -> HttpResponse:
        """Call the action, once for each idempotency key, and again when its transaction lost against another."""
        method = (request.method or "").lower()
        action: Callable[..., HttpResponse] = self.http_method_not_allowed
        # By this list alone: a method is any word, and "SITE" or "DISPATCH" is an attribute of a view.
        if method in self.http_method_names:
            action = getattr(self, method, action)
        if method == "post":
            # Also where nothing is read from it: what cannot be read is refused everywhere.
            _ = self.body
        idempotent = IdempotentRun.of(self, request, kwargs)
        if idempotent is not None:
            return idempotent.answer(lambda: action(request, **kwargs))
        self.prepare(request, request_key=None)
        return again_after_conflict(lambda: action(request, **kwargs))

    def prepare(self, request: Request, *, request_key: str | None) -> None:
        """What must be done once, before the action and outside its transaction: calls of a gateway.

        The action may be repeated after a lost race, and with an idempotency key it runs in the transaction that stores
        its answer; this does neither. ``request_key`` is the same for every repetition of the request with that key.
        """

    def abandon(self) -> None:
        """Undo what :meth:`prepare` did: the action came to nothing. Called outside its transaction."""

    def answer_error(self, error: Exception) -> HttpResponse:
        """The dialect's JSON for ``error``; a crash is logged with its traceback, and told without it."""
        try:
            self.abandon()
        except Exception:  # noqa: BLE001 - the caller is to learn what went wrong first
            crash_log.exception("not abandoned request_id=%s", request_id.current())
        fault = fault_of(error)
        if fault.kind is Kind.INTERNAL:
            crash_log.error("crash request_id=%s", request_id.current(), exc_info=error)
        if fault.kind is Kind.METHOD:
            fault.headers["Allow"] = ", ".join(self.allowed_methods)
        return self.dialect.answer_fault(fault)

    def expected_version(self) -> int | None:
        """The version of ``If-Match``; ``None`` without one and for ``*``. Raises :class:`MalformedInput`."""
        text = self.request.headers.get("If-Match", "").strip()
        if text in {"", "*"}:
            return None
        match = _VERSION.match(text)
        if match is None:
            raise exceptions.MalformedInput('If-Match must be * or a version in quotes, such as "1517505731000".')
        return int(match[1])

    def refuse_unreachable_ids(self, kwargs: dict[str, Any]) -> None:
        """An id in the path that no row can have is the id of a missing row."""
        for value in kwargs.values():
            if isinstance(value, str) and (len(value) > 150 or _UNREACHABLE_ID.search(value)):
                raise exceptions.NotFound("There is no such resource.")

    def unknown_route(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Whatever no other route of the dialect matches."""
        raise exceptions.NotFound("There is no such resource.")
