"""A connection to an address that was checked: the guard sits where the socket is opened, so that DNS cannot turn round
between the check and the use.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from typing import Any

from billing_customers.events.egress import ForbiddenAddress, Target, is_public

# Family and socket address, as getaddrinfo gives them.
Address = tuple[socket.AddressFamily, Any]


def dial(target: Target, *, until: float) -> socket.socket:
    """Connect to the host of ``target`` by TCP, before ``until`` on the monotonic clock (seconds).

    Unless private addresses are allowed, the name must have public addresses only (one forbidden among them is an
    attack, or will be), and so must be the peer that was reached. Each address gets its share of the time.
    Raises :class:`~billing_customers.events.egress.ForbiddenAddress`, and ``OSError`` (``TimeoutError``) for the rest.
    """
    addresses = _resolve(target.host, target.port, until=until)
    if not target.allow_private and not all(is_public(address[0]) for _, address in addresses):
        raise ForbiddenAddress("The host has an address that is not one of the public internet.")
    failure = OSError("the host has no address")
    for position, (family, address) in enumerate(addresses):
        try:
            sock = _open(family, address, seconds=_left(until) / (len(addresses) - position))
        except OSError as error:
            failure = error
            continue
        if target.allow_private or has_public_peer(sock):
            return sock
        sock.close()
        raise ForbiddenAddress("The connection led to an address that is not one of the public internet.")
    raise failure


def _resolve(host: str, port: int, *, until: float) -> list[Address]:
    """All addresses of ``host``. A resolver cannot be interrupted, so it works in a thread that may be left behind.

    Such a thread ends when the C library gives up, after some 30 seconds.
    """
    answers: queue.SimpleQueue[list[Address] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            # As bytes, so that Python does not apply its own idea of IDNA.
            found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
        except OSError as error:
            answers.put(error)
        else:
            answers.put([(family, address) for family, _, _, _, address in found])

    threading.Thread(target=ask, name="billing-customers-resolver", daemon=True).start()
    try:
        answer = answers.get(timeout=_left(until))
    except queue.Empty:
        raise TimeoutError("The name was not resolved in time.") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def _open(family: socket.AddressFamily, address: Any, *, seconds: float) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(seconds)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


def has_public_peer(sock: socket.socket) -> bool:
    """Whether ``sock`` is connected to an address of the public internet."""
    try:
        return is_public(sock.getpeername()[0])
    except OSError:
        return False


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("The time to connect is over.")
    return left
