"""One POST to a receiver that nobody trusts: guarded, bounded in time and memory, and quick when the receiver is."""

from __future__ import annotations

import http.client
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import urllib3.exceptions
from requests.models import PreparedRequest
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

from billing_customers.events.egress import ForbiddenAddress, Target, target_of
from billing_customers.events.guarding import Exchange, GuardedAdapter, exchange
from billing_customers.events.watchdog import Watch, Watchdog

MAX_BODY = 64 * 1024
KEPT = 1024

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")
# What frames the request is ours to say.
_OUR_HEADERS = frozenset({"accept-encoding", "connection", "content-length", "expect", "host", "te", "trailer"})
_OUR_HEADERS |= {"transfer-encoding", "upgrade"}
_NO_ANSWER = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)
# The first that fits counts; without a detail, what the error says of itself.
_ERRORS: tuple[tuple[tuple[type[BaseException], ...], str, str], ...] = (
    ((ForbiddenAddress,), "forbidden_address", ""),
    ((TimeoutError, urllib3.exceptions.TimeoutError), "timeout", "There was no whole answer in time."),
    ((http.client.LineTooLong,), "too_large", "The headers of the answer are too large."),
    ((*_NO_ANSWER, http.client.IncompleteRead), "connection", ""),
    ((ssl.SSLError,), "tls", ""),
    ((http.client.BadStatusLine, ValueError), "protocol", "The answer is not HTTP/1.1."),
    ((http.client.HTTPException,), "too_large", "The answer has too many headers."),
)
# Control characters, and those that reorder or hide the text around them.
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a request. ``error`` is empty when a whole answer came, whatever its status.

    Else it is ``forbidden_address``, ``timeout``, ``connection``, ``tls``, ``protocol`` or ``too_large``, and
    ``detail`` a sentence; a ``status`` next to it is that of an answer which did not end. ``text`` is the first KiB
    of the answer with blanks for control characters, ``retry_after`` that header as it came.
    """

    status: int | None
    error: str
    detail: str
    duration_ms: int
    text: str
    retry_after: str | None


class Transport:
    """Sends requests over connections that it keeps open. One for each process; its threads may share it.

    ``connect`` bounds name resolution, TCP and TLS together, ``read`` the wait for the next bytes, ``total`` the whole
    request (seconds). ``tls`` replaces the default context, which trusts the authorities of certifi. No proxies, no
    redirects, no cookies, no netrc.
    """

    def __init__(
        self, *, connect: float = 5.0, read: float = 15.0, total: float = 20.0, tls: ssl.SSLContext | None = None
    ) -> None:
        self._connect_seconds = connect
        self._read_seconds = read
        self._watchdog = Watchdog(total)
        self._adapter = GuardedAdapter(tls)

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, allow_http: bool, allow_private: bool
    ) -> Reply:
        """Send ``body`` to ``url``, if a webhook may go there, and return what became of it.

        Nothing that the network or the receiver does raises. Raises ``ValueError`` for a header that cannot be sent:
        a name that is no token, a value with anything but visible ASCII and blanks, or one that frames the request.
        """
        request = _request(url, body, headers)
        begun = time.monotonic()
        answer = _Answer()
        try:
            target = target_of(url, allow_http=allow_http, allow_private=allow_private)
            with self._watchdog.watch() as watch:
                self._exchange(request, target, watch, answer)
        except (ForbiddenAddress, OSError, HTTPError, http.client.HTTPException, ValueError, OverflowError) as fault:
            answer.fault = fault
        error, detail = _verdict(TimeoutError() if answer.is_late else answer.fault)
        retry_after = None if answer.retry_after is None else _shown(answer.retry_after[:64])
        return Reply(answer.status, error, detail, _milliseconds_since(begun), _text(bytes(answer.start)), retry_after)

    def close(self) -> None:
        """Close the idle connections. The transport can still be used."""
        self._adapter.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _exchange(self, request: PreparedRequest, target: Target, watch: Watch, answer: _Answer) -> None:
        """Send the request on a connection that lay idle, or else on a new one."""
        for _ in range(2):
            until = min(time.monotonic() + self._connect_seconds, watch.until)
            now = Exchange(target, watch, until)
            token = exchange.set(now)
            try:
                self._talk(request, answer)
            except (OSError, HTTPError, http.client.HTTPException) as fault:
                # It was closed while it lay idle. If the request was read after all, its id tells that it came before.
                if now.is_fresh or watch.is_over or not _is_no_answer(fault):
                    raise
            else:
                return
            finally:
                answer.is_late = watch.is_over
                exchange.reset(token)

    def _talk(self, request: PreparedRequest, answer: _Answer) -> None:
        timeout = (self._connect_seconds, self._read_seconds)
        raw: HTTPResponse = self._adapter.send(request, stream=True, timeout=timeout, verify=True, proxies={}).raw
        answer.status = raw.status
        answer.retry_after = raw.headers.get("retry-after")
        room = MAX_BODY
        try:
            # urllib3 takes the connection back with the last byte.
            while room > 0 and (piece := raw.read1(room, decode_content=False)):
                answer.start += piece[: KEPT - len(answer.start)]
                room -= len(piece)
        finally:
            # Without an effect where it has.
            raw.close()


@dataclass(slots=True)
class _Answer:
    """An answer as far as it came."""

    status: int | None = None
    retry_after: str | None = None
    start: bytearray = field(default_factory=bytearray)
    fault: Exception | None = None
    is_late: bool = False


def _request(url: str, body: bytes, headers: Mapping[str, str]) -> PreparedRequest:
    """The request as it is: preparing it would ask netrc and cookies, and spell the URL its own way."""
    _check_headers(headers)
    request = PreparedRequest()
    request.method, request.url, request.body, request.hooks = "POST", url, body, {}
    request.headers = CaseInsensitiveDict(headers)
    request.headers["Content-Length"] = str(len(body))
    request.headers["Accept-Encoding"] = "identity"
    return request


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OUR_HEADERS:
            raise ValueError(f"{name!r} is not the name of a header that can be set.")
        if not _HEADER_VALUE.fullmatch(value):
            raise ValueError(f"The header {name} has more than visible ASCII and blanks.")


def _roots(fault: BaseException) -> Iterator[BaseException]:
    """The error and what is behind it: requests wraps what urllib3 wraps, each in its own way."""
    seen: set[int] = set()
    waiting: list[Any] = [fault]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [getattr(each, "reason", None), *each.args, each.__cause__, each.__context__]


def _is_no_answer(fault: Exception) -> bool:
    """Whether the connection was closed before the first byte of an answer."""
    return any(isinstance(each, _NO_ANSWER) for each in _roots(fault))


def _verdict(fault: Exception | None) -> tuple[str, str]:
    """The ``error`` and ``detail`` of a reply. No detail repeats what the receiver sent, or tells its address."""
    if fault is None:
        return "", ""
    roots = list(_roots(fault))
    for kinds, error, detail in _ERRORS:
        cause = next((each for each in roots if isinstance(each, kinds)), None)
        if cause is not None:
            return error, (detail or _reason(cause))[:200]
    cause = next((each for each in roots if getattr(each, "strerror", None)), fault)
    return "connection", _reason(cause)[:200]


def _reason(cause: BaseException) -> str:
    if isinstance(cause, ForbiddenAddress):
        return str(cause)
    reason = getattr(cause, "verify_message", "") or getattr(cause, "strerror", None) or "it was closed"
    return f"The connection failed: {reason}"


def _text(start: bytes) -> str:
    """The beginning of a body as text of at most a KiB, whatever it was."""
    return _shown(start.decode("utf-8", "replace")).encode()[:KEPT].decode("utf-8", "ignore")


def _shown(text: str) -> str:
    return _UNSHOWN.sub(" ", text)


def _milliseconds_since(begun: float) -> int:
    return int((time.monotonic() - begun) * 1000)
