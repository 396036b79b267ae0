"""``requests`` with a guard: its adapter over urllib3 pools whose sockets are dialled, watched and bounded by us."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from requests.adapters import HTTPAdapter
from requests.models import PreparedRequest, Response
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from billing_customers.events.dialing import dial, has_public_peer
from billing_customers.events.egress import ForbiddenAddress, Target
from billing_customers.events.watchdog import Watch

MAX_IDLE = 128
MAX_INTERIM = 8


@dataclass(slots=True)
class Exchange:
    """The request that this thread sends now. ``is_fresh`` tells that a connection was opened for it."""

    target: Target
    watch: Watch
    connect_until: float
    is_fresh: bool = False


exchange: ContextVar[Exchange] = ContextVar("billing_customers_exchange")


class _Source(io.RawIOBase):
    """The bytes of a socket, until ``is_over``."""

    is_over = False

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        return 0 if self.is_over else self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Lines(io.BufferedReader):
    """Takes no line for whole that the end of the connection has cut short."""

    has_begun = False

    def readline(self, limit: int | None = -1) -> bytes:
        line = super().readline(limit)
        if not self.has_begun and line and not line.startswith(b"HTTP/1."[: len(line)]):
            raise http.client.BadStatusLine("The answer does not begin with HTTP/1.")
        is_cut = not line.endswith(b"\n") and (limit is None or limit < 0 or len(line) < limit)
        if is_cut and (line or self.has_begun):
            raise http.client.IncompleteRead(line)
        self.has_begun = True
        return line


class BoundedResponse(http.client.HTTPResponse):
    """Reads an answer as ``http.client`` does, less what a receiver could use to fill the memory or to pass a part of
    an answer, or another answer, for the whole one.
    """

    fp: Any
    has_leftover = False
    _interim = 0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._source = _Source(self.fp.detach())
        self.fp = _Lines(self._source)

    def begin(self) -> None:
        super().begin()
        # It knows 100 alone, and would take 103 Early Hints for the answer, and the answer for the next one's.
        while 100 <= self.status < 200 and self.status != http.client.SWITCHING_PROTOCOLS:
            self.headers = self.msg = None  # type: ignore[assignment]  # as before the first
            super().begin()
        has_two_lengths = self.chunked and self.headers.get("Content-Length") is not None
        if self.status == http.client.SWITCHING_PROTOCOLS or has_two_lengths:
            self.will_close = True

    def _read_status(self) -> tuple[str, int, str]:
        self._interim += 1
        if self._interim > MAX_INTERIM:
            raise http.client.BadStatusLine("The answer consists of interim answers.")
        found: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]  # not in its stubs
        return found

    def _read_next_chunk_size(self) -> int:
        size: int = super()._read_next_chunk_size()  # type: ignore[misc]  # not in its stubs
        if size < 0:
            # It would read until the memory is full.
            raise http.client.BadStatusLine("The answer has a chunk without a size.")
        return size

    def _close_conn(self) -> None:
        """The end of the answer. What came behind it is nobody's, and its connection must not be used again."""
        self._source.is_over = True
        self.has_leftover = bool(self.fp.peek(1))
        super()._close_conn()  # type: ignore[misc]  # not in its stubs


class _Guarded:
    """What both kinds of connection do differently."""

    sock: Any
    last_answer: BoundedResponse | None = None

    def response_class(self, *arguments: Any, **named: Any) -> BoundedResponse:
        self.last_answer = BoundedResponse(*arguments, **named)
        return self.last_answer

    @property
    def is_connected(self) -> bool:
        has_leftover = self.last_answer is not None and self.last_answer.has_leftover
        return super().is_connected and not has_leftover  # type: ignore[misc]

    def _new_conn(self) -> socket.socket:
        now = exchange.get()
        now.is_fresh = True
        self.last_answer = None
        sock = dial(now.target, until=now.connect_until)
        now.watch.hold(sock)
        sock.settimeout(max(now.connect_until - time.monotonic(), 0.001))
        return sock

    def request(self, *arguments: Any, **named: Any) -> None:
        if self.sock is not None:
            now = exchange.get()
            if not now.target.allow_private and not has_public_peer(self.sock):
                raise ForbiddenAddress("The connection leads to an address that is not one of the public internet.")
            now.watch.hold(self.sock)
        super().request(*arguments, **named)  # type: ignore[misc]


class GuardedHTTPConnection(_Guarded, HTTPConnection):  # type: ignore[misc]  # response_class is called, no more
    pass


class GuardedHTTPSConnection(_Guarded, HTTPSConnection):  # type: ignore[misc]
    pass


class GuardedHTTPPool(HTTPConnectionPool):
    ConnectionCls = GuardedHTTPConnection


class GuardedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = GuardedHTTPSConnection


class WatchedSocket(ssl.SSLSocket):
    """Is watched from its handshake on: wrapping takes the socket away from whoever held it before."""

    def do_handshake(self, block: bool = False) -> None:
        exchange.get().watch.hold(self)
        super().do_handshake(block)


class GuardedAdapter(HTTPAdapter):
    """Sends to public addresses over TLS that ``tls`` verifies; the environment has no say in it."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        # None of the installation's proxies or bundles: REQUESTS_CA_BUNDLE belongs to a session.
        self._tls = tls or ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
        self._tls.sslsocket_class = WatchedSocket
        super().__init__(pool_connections=MAX_IDLE, pool_maxsize=MAX_IDLE, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **named: Any) -> None:
        self.poolmanager = PoolManager(connections, maxsize=maxsize, block=block, ssl_context=self._tls)
        self.poolmanager.pool_classes_by_scheme = {"http": GuardedHTTPPool, "https": GuardedHTTPSPool}

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:
        """The answer and no more: cookies are not read, and no warning tells of what is odd in them."""
        response = Response()
        response.status_code, response.raw = resp.status, resp
        response.headers = CaseInsensitiveDict(resp.headers)
        return response

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leave the verifying to the context, which no bundle of the caller may widen."""
        conn.cert_reqs = "CERT_REQUIRED"
