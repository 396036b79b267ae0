"""A deadline for a whole request. A socket's timeout is for each read, so a byte now and then would never meet it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Self


class Watch:
    """One request that is being watched; a context manager that ends the watch.

    ``until`` is the deadline on the monotonic clock (seconds); ``is_over`` says that it passed before the end.
    """

    __slots__ = ("_sock", "_watchdog", "is_over", "until")

    def __init__(self, watchdog: Watchdog, until: float) -> None:
        self._watchdog = watchdog
        self._sock: socket.socket | None = None
        self.until = until
        self.is_over = False

    def hold(self, sock: socket.socket) -> None:
        """From now on ``sock`` is what the deadline shuts down. Raises ``TimeoutError`` if it has passed."""
        with self._watchdog.lock:
            if self.is_over:
                raise TimeoutError
            self._sock = sock

    def let_go(self) -> None:
        """The socket is safe from now on. To be called before it is closed: its number may soon be another socket's."""
        with self._watchdog.lock:
            self._sock = None

    def expire(self) -> None:
        """Shut the socket down, which wakes the thread that waits for it. For the watchdog, which holds the lock."""
        self.is_over = True
        if self._sock is not None:
            with contextlib.suppress(OSError):
                # Not SSLSocket.shutdown: it would let the reader take what is left of the ciphertext for an answer.
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._watchdog.forget(self)


class Watchdog:
    """Ends requests after ``seconds``. One daemon thread for all of them, there only while something is watched.

    Every watch lasts equally long, so they end in the order in which they began, and one that begins while the thread
    sleeps never ends before the thread wakes: nothing has to be sorted, and the thread never has to be woken.
    """

    def __init__(self, seconds: float) -> None:
        self.lock = threading.Lock()
        self._seconds = seconds
        self._watches: dict[Watch, None] = {}
        self._thread: threading.Thread | None = None

    def watch(self) -> Watch:
        """Begin a watch; the deadline is ``seconds`` from now."""
        with self.lock:
            watch = Watch(self, time.monotonic() + self._seconds)
            self._watches[watch] = None
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="billing-customers-watchdog", daemon=True)
                self._thread.start()
        return watch

    def forget(self, watch: Watch) -> None:
        """End a watch."""
        with self.lock:
            self._watches.pop(watch, None)
            watch._sock = None  # noqa: SLF001 - the two are one

    def _run(self) -> None:
        while (pause := self._sweep()) is not None:
            time.sleep(pause)

    def _sweep(self) -> float | None:
        """Expire what is due; return the seconds until the next deadline, ``None`` when nothing is watched."""
        with self.lock:
            now = time.monotonic()
            while self._watches:
                first = next(iter(self._watches))
                if first.until > now:
                    return first.until - now
                del self._watches[first]
                first.expire()
            self._thread = None
            return None
