"""Threads are shared fairly among endpoints, and not given where they are of no use."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.work.turns import REST_SECONDS, Turns


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def turns(seconds: Seconds) -> Turns:
    return Turns(clock=seconds)


def give(turns: Turns, *due: int, free: int = 8, most: int = 5, may_grow: bool = True) -> list[int]:
    return turns.give(due, free=free, most=most, may_grow=may_grow)


def test_every_endpoint_has_one_thread_before_any_has_two(turns: Turns) -> None:
    give(turns, 1, free=1)

    assert give(turns, 1, 2, 3, free=3) == [2, 3, 1]


def test_who_was_served_longest_ago_is_next(turns: Turns) -> None:
    served: list[Any] = []
    for _ in range(4):
        (pk,) = give(turns, 1, 2, 3, free=1)
        turns.end(pk, did_something=True)
        served.append(pk)

    assert served == [1, 2, 3, 1]


def test_threads_of_an_endpoint_grow_while_it_has_more_to_send(turns: Turns) -> None:
    counts = [len(give(turns, 1, free=40, most=32)) for _ in range(4)]

    assert counts == [1, 3, 12, 16]


def test_endpoint_has_no_more_threads_than_requests_may_be_in_flight(turns: Turns) -> None:
    counts = [len(give(turns, 1)) for _ in range(4)]

    assert counts == [1, 3, 1, 0]


def test_endpoint_keeps_its_one_thread_where_more_would_be_of_no_use(turns: Turns) -> None:
    counts = [len(give(turns, 1, may_grow=False)) for _ in range(2)]

    assert counts == [1, 0]


def test_nothing_is_given_when_no_thread_is_free(turns: Turns) -> None:
    assert give(turns, 1, 2, free=0) == []
    assert turns.unserved([1, 2]) == [1, 2]


def test_unserved_are_those_without_a_thread(turns: Turns) -> None:
    give(turns, 1, 2, free=1)

    assert turns.unserved([1, 2]) == [2]


def test_endpoint_that_rests_is_left_alone_for_a_while(turns: Turns, seconds: Seconds) -> None:
    turns.rest(1)
    assert (give(turns, 1), turns.unserved([1])) == ([], [])

    seconds.now = REST_SECONDS
    assert give(turns, 1) == [1]


def test_refusals_are_counted_until_something_is_done(turns: Turns) -> None:
    counted = []
    for did_something in (False, False, True, False):
        give(turns, 1)
        turns.end(1, did_something=did_something)
        counted.append(turns.refusals(1))

    assert counted == [1, 2, 0, 1]


def test_thread_that_finds_nothing_beside_a_busy_one_is_not_refused(turns: Turns) -> None:
    give(turns, 1)
    give(turns, 1, most=2)
    turns.end(1, did_something=False)

    assert turns.refusals(1) == 0
