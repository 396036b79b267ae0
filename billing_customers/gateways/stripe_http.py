"""How the official library of Stripe reaches it: bounded in time, by checked addresses, and with no card in its logs.

The library writes what it posts into its debug log, so it is given placeholders for secrets; they are filled in here,
behind it. As for webhooks, the environment's proxies are not used.
"""

from __future__ import annotations

import functools
import http.client
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote_plus

import requests
import stripe
from django.views.decorators.debug import sensitive_variables
from requests.models import PreparedRequest
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from billing_customers.events.egress import ForbiddenAddress, target_of
from billing_customers.events.guarding import Exchange, GuardedAdapter, exchange
from billing_customers.events.sealing import Secret
from billing_customers.events.watchdog import Watch, Watchdog

CONNECT_SECONDS = 5.0
READ_SECONDS = 40.0
# Of a whole request. A payment that was begun may be looked for two minutes later.
TOTAL_SECONDS = 60.0
MAX_BODY = 8 * 1024 * 1024

Answer = tuple[str, int, Mapping[str, str]]

_filling: ContextVar[Mapping[str, Secret]] = ContextVar("billing_customers_stripe_secrets")


@contextmanager
def placeholders(secret: Mapping[str, Secret]) -> Iterator[dict[str, str]]:
    """Words that stand for these secrets, by their names, in what is posted meanwhile."""
    words = {name: f"secret{secrets.token_hex(12)}" for name in secret}
    token = _filling.set({words[name]: value for name, value in secret.items()})
    try:
        yield words
    finally:
        _filling.reset(token)


class BoundedClient(stripe.HTTPClient):
    """The library's HTTP client over our guarded connections. ``total`` bounds a whole request (seconds)."""

    name = "billing_customers"

    def __init__(
        self,
        *,
        allow_private: bool = False,
        connect: float = CONNECT_SECONDS,
        read: float = READ_SECONDS,
        total: float = TOTAL_SECONDS,
    ) -> None:
        super().__init__()
        self._allow_private = allow_private
        self._timeout = (connect, read)
        self._adapter = GuardedAdapter()
        self._watchdog = Watchdog(total)

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> Answer:
        """Send one request; return body, status and headers. Raises ``stripe.APIConnectionError``."""
        answer = self._answer(method, url, headers or {}, post_data)
        if isinstance(answer, str):
            # Outside of any handler and of the frames that held the body: a chain of exceptions would show it.
            raise stripe.APIConnectionError(f"Stripe cannot be reached: {answer}.")  # type: ignore[no-untyped-call]
        return answer

    def close(self) -> None:
        """Close the idle connections."""
        self._adapter.close()

    @sensitive_variables()
    def _answer(self, method: str, url: str, headers: Mapping[str, str], post_data: Any) -> Answer | str:
        """The answer, or in a word why there is none."""
        request = _prepared(method, url, headers, post_data)
        try:
            target = target_of(url, allow_http=self._allow_private, allow_private=self._allow_private)
            with self._watchdog.watch() as watch:
                for _ in range(2):
                    now = Exchange(target, watch, min(time.monotonic() + self._timeout[0], watch.until))
                    token = exchange.set(now)
                    try:
                        return self._talk(request, watch)
                    except requests.ConnectionError:
                        # It was closed while it lay idle. What is sent again has the same idempotency key.
                        if now.is_fresh or watch.is_over:
                            raise
                    finally:
                        exchange.reset(token)
        except ForbiddenAddress:
            return "forbidden address"
        except (OSError, HTTPError, http.client.HTTPException) as error:
            return type(error).__name__
        return "no connection"

    @sensitive_variables()
    def _talk(self, request: PreparedRequest, watch: Watch) -> Answer | str:
        response = self._adapter.send(request, stream=True, timeout=self._timeout, verify=True, proxies={})
        body = bytearray()
        try:
            while piece := response.raw.read1(MAX_BODY, decode_content=False):
                body += piece
                if len(body) > MAX_BODY:
                    return "the answer is too large"
        finally:
            response.raw.close()
        if watch.is_over:
            return "timeout"
        return body.decode("utf-8", "replace"), response.status_code, response.headers


def client_of(*, allow_private: bool) -> BoundedClient:
    """The client of this process, whose connections all accounts share."""
    return _client_of(os.getpid(), allow_private)


@functools.cache
def _client_of(process: int, allow_private: bool) -> BoundedClient:  # noqa: ARG001
    # By process: a fork must not write into its parent's connections.
    return BoundedClient(allow_private=allow_private)


@sensitive_variables()
def _prepared(method: str, url: str, headers: Mapping[str, str], post_data: Any) -> PreparedRequest:
    """The request as it is: preparing it would ask netrc and cookies."""
    body = "" if post_data is None else str(post_data)
    for word, secret in _filling.get({}).items():
        body = body.replace(word, quote_plus(secret.reveal()))
    request = PreparedRequest()
    request.method, request.url, request.body, request.hooks = method.upper(), url, body.encode() or None, {}
    request.headers = CaseInsensitiveDict(headers)
    request.headers["Accept-Encoding"] = "identity"
    if request.body is not None or request.method == "POST":
        request.headers["Content-Length"] = str(len(request.body or b""))
    return request
