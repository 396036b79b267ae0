from __future__ import annotations

from datetime import timedelta

import pytest

from billing_customers.events.schedule import MAX_ATTEMPTS, probe_delay, retry_delay
from tests.events.sending import no_jitter


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(1, 5), (2, 300), (3, 1800), (4, 7200), (5, 18000), (6, 36000), (7, 50400), (8, 72000), (9, 86400), (50, 86400)],
)
def test_each_failure_has_its_delay_in_seconds(failures: int, seconds: int) -> None:
    assert retry_delay(failures, is_silent=False, uniform=no_jitter) == timedelta(seconds=seconds)


def test_ten_attempts_take_75_hours_and_35_minutes() -> None:
    delays = [retry_delay(number, is_silent=False, uniform=no_jitter) for number in range(1, MAX_ATTEMPTS)]

    assert sum(delays, timedelta(0)) == timedelta(hours=75, minutes=35, seconds=5)


def test_an_endpoint_that_takes_nothing_is_asked_every_hour() -> None:
    assert retry_delay(9, is_silent=True, uniform=no_jitter) == timedelta(hours=1)


@pytest.mark.parametrize(("drawn", "seconds"), [(0.8, 240), (1.2, 360)])
def test_the_delay_is_jittered_by_a_fifth(drawn: float, seconds: int) -> None:
    asked = []

    def uniform(low: float, high: float) -> float:
        asked.append((low, high))
        return drawn

    assert retry_delay(2, is_silent=False, uniform=uniform) == timedelta(seconds=seconds)
    assert asked == [(0.8, 1.2)]


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (timedelta(seconds=1), timedelta(minutes=5)),
        (timedelta(minutes=7), timedelta(minutes=7)),
        (timedelta(days=9), timedelta(minutes=10)),
    ],
    ids=["less than the delay", "more than the delay", "more than twice the delay"],
)
def test_a_receiver_can_ask_for_up_to_twice_the_delay(asked: timedelta, given: timedelta) -> None:
    assert retry_delay(2, retry_after=asked, is_silent=False, uniform=no_jitter) == given


@pytest.mark.parametrize(("probes", "seconds"), [(0, 5), (1, 10), (5, 160), (9, 2560), (10, 3600), (10_000, 3600)])
def test_probes_double_up_to_an_hour(probes: int, seconds: int) -> None:
    assert probe_delay(probes, uniform=no_jitter) == timedelta(seconds=seconds)
