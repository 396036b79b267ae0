"""Deadlines and idle connections, without a network."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from billing_customers.events.watchdog import Watchdog

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "billing-customers-watchdog"]


def ended(watchdog: Watchdog) -> bool:
    """Wait up to five seconds for the watchdog's thread to end."""
    until = time.monotonic() + 5
    while watchdog._thread is not None and time.monotonic() < until:
        time.sleep(0.01)
    return watchdog._thread is None


def test_deadline_wakes_whoever_waits_for_the_socket(pair: Pair) -> None:
    begun = time.monotonic()

    with Watchdog(0.2).watch() as watch:
        watch.hold(pair[0])
        received = pair[0].recv(1)

    assert (received, watch.is_over) == (b"", True)
    assert 0.2 <= time.monotonic() - begun < 2


def test_socket_that_was_let_go_is_left_alone(pair: Pair) -> None:
    with Watchdog(0.05).watch() as watch:
        watch.hold(pair[0])
        watch.let_go()
        time.sleep(0.2)

    pair[1].sendall(b"a")
    assert (pair[0].recv(1), watch.is_over) == (b"a", True)


def test_socket_whose_watch_ended_in_time_is_left_alone(pair: Pair) -> None:
    watchdog = Watchdog(0.05)
    with watchdog.watch() as watch:
        watch.hold(pair[0])

    assert ended(watchdog)
    pair[1].sendall(b"a")
    assert (pair[0].recv(1), watch.is_over) == (b"a", False)


def test_socket_that_comes_after_the_deadline_is_refused(pair: Pair) -> None:
    with Watchdog(0.01).watch() as watch:
        time.sleep(0.2)

        with pytest.raises(TimeoutError):
            watch.hold(pair[0])


def test_many_watches_have_one_thread_and_then_none() -> None:
    before, watchdog = len(threads()), Watchdog(0.2)

    watches = [watchdog.watch() for _ in range(100)]

    assert len(threads()) - before == 1
    assert ended(watchdog)
    assert all(watch.is_over for watch in watches)


def test_watch_that_begins_while_the_thread_sleeps_ends_in_time(pair: Pair) -> None:
    watchdog = Watchdog(0.3)
    with watchdog.watch():
        time.sleep(0.15)
    begun = time.monotonic()

    with watchdog.watch() as watch:
        watch.hold(pair[0])
        pair[0].recv(1)

    assert 0.3 <= time.monotonic() - begun < 2
