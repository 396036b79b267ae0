"""Receivers of webhooks on 127.0.0.1, good ones and those that try to hurt. Raw sockets: no server would send this."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PATIENCE = 20  # seconds, for a receiver that nobody cuts to end all the same

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)

# Serves one connection. Its second argument is set when the test is over.
Behaviour = Callable[[socket.socket, threading.Event], None]


class Receiver:
    """A listening socket, what was connected to it, and what it was sent."""

    def __init__(self, behave: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self._behave, self._tls = behave, tls
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self.accepted = 0
        self.requests: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop listening, and tell those who still serve to end."""
        self._over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.accepted += 1
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(PATIENCE)
        with contextlib.suppress(OSError):
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
            self._behave(_Listening(self, sock), self._over)  # type: ignore[arg-type]
        sock.close()


class _Listening:
    """A socket that notes the requests that are read from it."""

    def __init__(self, receiver: Receiver, sock: socket.socket) -> None:
        self._receiver, self._sock = receiver, sock

    def __getattr__(self, name: str) -> object:
        return getattr(self._sock, name)

    def note(self, request: bytes) -> None:
        self._receiver.requests.append(request)


@contextlib.contextmanager
def receiving(behave: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver for as long as the block lasts."""
    receiver = Receiver(behave, tls)
    try:
        yield receiver
    finally:
        receiver.close()


def read_request(sock: socket.socket) -> bytes:
    """One whole request; empty when the sender has ended."""
    held = b""
    while b"\r\n\r\n" not in held:
        piece = sock.recv(65536)
        if not piece:
            return b""
        held += piece
    head, _, body = held.partition(b"\r\n\r\n")
    match = _LENGTH.search(head)
    while match and len(body) < int(match[1]):
        body += sock.recv(65536)
    request = head + b"\r\n\r\n" + body
    getattr(sock, "note", lambda _: None)(request)
    return request


def answering(*answers: bytes) -> Behaviour:
    """Give these answers, one to each request of a connection, and then the last one again and again."""

    def behave(sock: socket.socket, over: threading.Event) -> None:
        served = 0
        while read_request(sock):
            sock.sendall(answers[min(served, len(answers) - 1)])
            served += 1

    return behave


def answering_once(answer: bytes) -> Behaviour:
    """Give this answer to the first request, and close."""

    def behave(sock: socket.socket, over: threading.Event) -> None:
        read_request(sock)
        sock.sendall(answer)

    return behave


def dripping(start: bytes, drop: bytes, *, every: float = 0.1, seconds: float = PATIENCE) -> Behaviour:
    """Send ``start`` at once, then a drop now and then."""

    def behave(sock: socket.socket, over: threading.Event) -> None:
        read_request(sock)
        sock.sendall(start)
        for _ in range(int(seconds / every)):
            if over.wait(every):
                return
            sock.sendall(drop)

    return behave


def pouring(start: bytes, piece: bytes) -> Behaviour:
    """Send ``start``, then ``piece`` without end and as fast as it is taken."""

    def behave(sock: socket.socket, over: threading.Event) -> None:
        read_request(sock)
        sock.sendall(start)
        while not over.is_set():
            sock.sendall(piece)

    return behave


def silent(sock: socket.socket, over: threading.Event) -> None:
    """Read the request and never answer."""
    read_request(sock)
    over.wait(PATIENCE)


def deaf(sock: socket.socket, over: threading.Event) -> None:
    """Never even read."""
    over.wait(PATIENCE)


def resetting(sock: socket.socket, over: threading.Event) -> None:
    """Reset the connection instead of an answer."""
    read_request(sock)
    reset(sock)


def resetting_in_the_body(sock: socket.socket, over: threading.Event) -> None:
    """Reset the connection once the receiver has had time to read half of the answer."""
    read_request(sock)
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nhalf")
    over.wait(0.1)
    reset(sock)


def reset(sock: socket.socket) -> None:
    """Let the close that follows be a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
