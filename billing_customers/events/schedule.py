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
    if is_silent:
        delay = min(delay, MAX_PROBE_DELAY)
    delay *= uniform(1 - JITTER, 1 + JITTER)
    if retry_after is not None:
        delay = max(delay, min(retry_after, 2 * delay, MAX_RETRY_AFTER))
    return delay


def probe_delay(probes: int, *, uniform: Randomness = random.uniform) -> timedelta:
    """How long to wait before the next probe of an endpoint, after ``probes`` that failed."""
    # 2 to the power of 10 is beyond the maximum; of 10,000 it would not fit.
    delay: timedelta = min(MAX_PROBE_DELAY, FIRST_PROBE_DELAY * 2 ** min(probes, 10))
    return delay * uniform(1 - JITTER, 1 + JITTER)
