"""Connections that stay open between two requests to the same receiver."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections import deque
from collections.abc import Hashable

IDLE_SECONDS = 30.0
MAX_IDLE = 128


class Pool:
    """Idle connections by origin, the last used first. May be shared by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: deque[tuple[float, Hashable, socket.socket]] = deque()

    def take(self, origin: Hashable) -> socket.socket | None:
        """A connection to ``origin`` that is still open, as far as can be told."""
        while (sock := self._pop(origin)) is not None:
            if _is_quiet(sock):
                return sock
            sock.close()
        return None

    def give(self, origin: Hashable, sock: socket.socket) -> None:
        """Keep ``sock`` for the next request; what lay here too long, or is too much, is closed."""
        now = time.monotonic()
        with self._lock:
            self._idle.append((now, origin, sock))
            old = []
            while len(self._idle) > MAX_IDLE or self._idle[0][0] < now - IDLE_SECONDS:
                old.append(self._idle.popleft()[2])
        for each in old:
            each.close()

    def close(self) -> None:
        """Close all idle connections."""
        with self._lock:
            idle, self._idle = self._idle, deque()
        for _, _, sock in idle:
            sock.close()

    def _pop(self, origin: Hashable) -> socket.socket | None:
        oldest = time.monotonic() - IDLE_SECONDS
        with self._lock:
            for position in range(len(self._idle) - 1, -1, -1):
                since, of, sock = self._idle[position]
                if of == origin and since >= oldest:
                    del self._idle[position]
                    return sock
        return None


def _is_quiet(sock: socket.socket) -> bool:
    """Whether there is nothing to read: else it was closed, or says what nobody asked for, such as 408."""
    if not hasattr(select, "poll"):
        return not select.select([sock], [], [], 0)[0]
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return not poll.poll(0)
