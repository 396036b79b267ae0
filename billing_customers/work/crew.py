"""Threads that carry out what they are handed, each with a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Generic, Self, TypeVar

from django.db import connections

Done = TypeVar("Done")

# An idle thread gives its connection back after so many seconds.
IDLE_SECONDS = 30.0


class Crew(Generic[Done]):
    """At most ``size`` threads, started when they are needed. A context manager; its end waits for their tasks.

    ``report`` is called with what a task returned, in the task's thread, once that thread is free. Tasks do not raise.
    """

    def __init__(self, size: int, report: Callable[[Done], None]) -> None:
        self.size = size
        self._report = report
        self._tasks: SimpleQueue[Callable[[], Done] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._busy = 0

    @property
    def busy(self) -> int:
        """How many tasks have been handed out and not ended."""
        return self._busy

    @property
    def free(self) -> int:
        """How many more can be begun at once."""
        return self.size - self._busy

    def hand(self, task: Callable[[], Done]) -> None:
        """Let a thread carry out ``task``. To be called by one thread only, and when one is free."""
        with self._lock:
            self._busy += 1
            if self._busy > len(self._threads):
                name = f"billing-worker-{len(self._threads) + 1}"
                thread = threading.Thread(target=self._work, name=name)
                self._threads.append(thread)
                thread.start()
        self._tasks.put(task)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        try:
            while (task := self._next()) is not None:
                done = task()
                with self._lock:
                    self._busy -= 1
                self._report(done)
        finally:
            connections.close_all()

    def _next(self) -> Callable[[], Done] | None:
        while True:
            try:
                return self._tasks.get(timeout=IDLE_SECONDS)
            except Empty:
                connections.close_all()
