"""When a delivery is tried again, and when a failing endpoint is probed."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

# After the first, second … failure: in all 75 hours and 35 minutes, and ten attempts.
DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
MAX_ATTEMPTS = len(DELAYS) + 1
MAX_RETRY_AFTER = timedelta(hours=24)
# While nothing at all arrives at an endpoint, its events do not wait longer than its probes would.
MAX_PROBE_DELAY = timedelta(hours=1)
FIRST_PROBE_DELAY = timedelta(seconds=5)
# For so long whatever else waits is probed rather than what was probed in vain.
PROBED_FOR = timedelta(hours=24)
JITTER = 0.2

Randomness = Callable[[float, float], float]


def retry_delay(
    failures: int, *, retry_after: timedelta | None = None, is_silent: bool, uniform: Randomness = random.uniform
) -> timedelta:
    """How long to wait after failure number ``failures`` (from 1) of a delivery.

    ``retry_after`` is what the receiver asked for; it can at most double the delay. ``is_silent`` says that the
    endpoint has taken nothing since the delivery was first tried.
    """
    delay = DELAYS[min(failures, len(DELAYS)) - 1]
    delay = _within_an_hour(delay, uniform) if is_silent else delay * uniform(1 - JITTER, 1 + JITTER)
    if retry_after is not None:
        delay = max(delay, min(retry_after, 2 * delay, MAX_RETRY_AFTER))
    return delay


def is_cut_short(failures: int, *, is_silent: bool) -> bool:
    """Whether failure number ``failures`` of a delivery is followed by an attempt that comes ahead of its schedule."""
    return is_silent and DELAYS[min(failures, len(DELAYS)) - 1] > MAX_PROBE_DELAY


def probe_delay(
    probes: int, *, retry_after: timedelta | None = None, uniform: Randomness = random.uniform
) -> timedelta:
    """How long to wait before the next probe of an endpoint, after ``probes`` that failed.

    What the receiver asks for is granted up to an hour: a probe is one request.
    """
    # 2 to the power of 10 is beyond the maximum; of 10,000 it would not fit.
    delay = _within_an_hour(FIRST_PROBE_DELAY * 2 ** min(probes, 10), uniform)
    return delay if retry_after is None else min(max(delay, retry_after), MAX_PROBE_DELAY)


def _within_an_hour(delay: timedelta, uniform: Randomness) -> timedelta:
    """The delay, spread: even the longest is over in time for whoever waits for an endpoint that is back."""
    return min(MAX_PROBE_DELAY, min(MAX_PROBE_DELAY, delay) * uniform(1 - JITTER, 1 + JITTER))
