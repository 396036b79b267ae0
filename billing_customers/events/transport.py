"""One POST to a receiver that nobody trusts: guarded, bounded in time and memory, and quick when the receiver is."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import Self

import certifi

from billing_customers.events.answers import KEPT, Answer, BadAnswer, HeadTooLarge, NoAnswer
from billing_customers.events.dialing import dial
from billing_customers.events.egress import ForbiddenAddress, Target, target_of
from billing_customers.events.pool import Pool
from billing_customers.events.watchdog import Watch, Watchdog

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")
# What frames the request is ours to say.
_OUR_HEADERS = frozenset({"accept-encoding", "connection", "content-length", "expect", "host", "te", "trailer"})
_OUR_HEADERS |= {"transfer-encoding", "upgrade"}
# The first that fits counts.
_ERRORS: dict[type[Exception], str] = {
    ForbiddenAddress: "forbidden_address",
    TimeoutError: "timeout",
    ssl.SSLError: "tls",
    HeadTooLarge: "too_large",
    BadAnswer: "protocol",
    OSError: "connection",
}
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
        self._given_tls = tls
        self._watchdog = Watchdog(total)
        self._pool = Pool()

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, allow_http: bool, allow_private: bool
    ) -> Reply:
        """Send ``body`` to ``url``, if a webhook may go there, and return what became of it.

        Nothing that the network or the receiver does raises. Raises ``ValueError`` for a header that cannot be sent:
        a name that is no token, a value with anything but visible ASCII and blanks, or one that frames the request.
        """
        lines = _header_lines(headers)
        begun = time.monotonic()
        try:
            target = target_of(url, allow_http=allow_http, allow_private=allow_private)
            head = (
                f"POST {target.path} HTTP/1.1\r\nHost: {target.authority}\r\nContent-Length: {len(body)}\r\n{lines}\r\n"
            )
            with self._watchdog.watch() as watch:
                answer = self._exchange(target, head.encode("ascii") + body, watch)
        except (ForbiddenAddress, OSError) as fault:
            return Reply(None, *_verdict(fault), _milliseconds_since(begun), "", None)
        error, detail = _verdict(TimeoutError() if watch.is_over else answer.fault)
        retry_after = None if answer.retry_after is None else _shown(answer.retry_after[:64])
        return Reply(answer.status, error, detail, _milliseconds_since(begun), _text(answer.start), retry_after)

    def close(self) -> None:
        """Close the idle connections. The transport can still be used."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._given_tls or ssl.create_default_context(cafile=certifi.where())

    def _exchange(self, target: Target, request: bytes, watch: Watch) -> Answer:
        """Send the request on a connection that lay idle, or else on a new one."""
        idle = self._pool.take(target.origin)
        if idle is not None:
            answer = self._talk(idle, target, request, watch)
            # It was closed while it lay idle. If the request was read after all, its id tells that it came before.
            if not isinstance(answer.fault, NoAnswer) or watch.is_over:
                return answer
        return self._talk(self._connected(target, watch), target, request, watch)

    def _connected(self, target: Target, watch: Watch) -> socket.socket:
        until = min(time.monotonic() + self._connect_seconds, watch.until)
        sock = dial(target, until=until)
        try:
            if target.tls:
                sock.settimeout(max(until - time.monotonic(), 0.001))
                sock = self._tls.wrap_socket(sock, server_hostname=target.host, do_handshake_on_connect=False)
                watch.hold(sock)
                sock.do_handshake()
            sock.settimeout(self._read_seconds)
        except BaseException:
            watch.let_go()
            sock.close()
            raise
        return sock

    def _talk(self, sock: socket.socket, target: Target, request: bytes, watch: Watch) -> Answer:
        """One request and its answer; what went wrong on the way is the answer's ``fault``."""
        answer = Answer(sock.recv)
        try:
            watch.hold(sock)
            # A receiver may answer and close before it has read everything; whether it did shows in reading.
            with contextlib.suppress(ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
                sock.sendall(request)
            answer.read()
        except (BadAnswer, HeadTooLarge, OSError) as fault:
            answer.fault = fault
        finally:
            watch.let_go()
            if answer.is_reusable and not watch.is_over:
                self._pool.give(target.origin, sock)
            else:
                sock.close()
        return answer


def _header_lines(headers: Mapping[str, str]) -> str:
    lines = ["Accept-Encoding: identity\r\n"]
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OUR_HEADERS:
            raise ValueError(f"{name!r} is not the name of a header that can be set.")
        if not _HEADER_VALUE.fullmatch(value):
            raise ValueError(f"The header {name} has more than visible ASCII and blanks.")
        lines.append(f"{name}: {value}\r\n")
    return "".join(lines)


def _verdict(fault: Exception | None) -> tuple[str, str]:
    """The ``error`` and ``detail`` of a reply. No detail repeats what the receiver sent, or tells its address."""
    if fault is None:
        return "", ""
    error = next(name for kind, name in _ERRORS.items() if isinstance(fault, kind))
    if isinstance(fault, TimeoutError):
        return error, "There was no whole answer in time."
    if isinstance(fault, OSError):
        reason = getattr(fault, "verify_message", "") or fault.strerror or str(fault) or "no reason is known"
        return error, f"The connection failed: {reason}"[:200]
    return error, str(fault)


def _text(start: bytes) -> str:
    """The beginning of a body as text of at most a KiB, whatever it was."""
    return _shown(start.decode("utf-8", "replace")).encode()[:KEPT].decode("utf-8", "ignore")


def _shown(text: str) -> str:
    return _UNSHOWN.sub(" ", text)


def _milliseconds_since(begun: float) -> int:
    return int((time.monotonic() - begun) * 1000)
