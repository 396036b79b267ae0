"""Which endpoint gets the next free thread."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable

# Seconds for which an endpoint is left alone after an error of our own.
REST_SECONDS = 10.0


class Turns:
    """Shares threads among endpoints (primary keys): each has one before any has two, and who waited longest is next.

    For one thread only. ``clock`` gives monotonic seconds.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._serving: Counter[int] = Counter()
        self._begun: dict[int, int] = {}
        self._count = 0
        self._resting: dict[int, float] = {}
        self._refusals: Counter[int] = Counter()

    def give(self, due: Iterable[int], *, free: int, most: int, may_grow: bool) -> list[int]:
        """The endpoints of ``due`` that ``free`` threads begin to serve now, one entry for each thread.

        An endpoint has at most ``most`` threads, and at most four times those that it had; without ``may_grow`` one.
        """
        limits = {pk: self._limit(pk, most, may_grow) for pk in due if not self._rests(pk)}
        given: list[int] = []
        while len(given) < free:
            hungry = [pk for pk, limit in limits.items() if self._serving[pk] < limit]
            if not hungry:
                break
            pk = min(hungry, key=lambda each: (self._serving[each], self._begun.get(each, 0)))
            self._serving[pk] += 1
            self._count += 1
            self._begun[pk] = self._count
            given.append(pk)
        return given

    def unserved(self, due: Iterable[int]) -> list[int]:
        """Those of ``due`` that no thread serves, though one might."""
        return [pk for pk in due if not self._serving[pk] and not self._rests(pk)]

    def end(self, pk: int, *, did_something: bool) -> None:
        """A thread has stopped to serve the endpoint."""
        self._serving[pk] -= 1
        if did_something:
            del self._refusals[pk]
        elif not self._serving[pk]:
            self._refusals[pk] += 1

    def rest(self, pk: int) -> None:
        """Leave the endpoint alone for a while."""
        self._resting[pk] = self._clock() + REST_SECONDS

    def refusals(self, pk: int) -> int:
        """How often in a row there was nothing to do at the endpoint after all, or others were doing it."""
        return self._refusals[pk]

    def _limit(self, pk: int, most: int, may_grow: bool) -> int:
        return min(most, max(1, 4 * self._serving[pk])) if may_grow else 1

    def _rests(self, pk: int) -> bool:
        until = self._resting.get(pk)
        if until is None or until > self._clock():
            return until is not None
        del self._resting[pk]
        return False
