"""Events, as soon as they are listed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

PATIENCE = 60  # seconds, for what should be there at once


def shown(found: Callable[[], list[Any]]) -> list[Any]:
    """What ``found`` yields as soon as it yields any.

    An event is listed when no transaction that is older is open in any database of the server, and the tests that run
    beside this one have theirs.
    """
    end = time.monotonic() + PATIENCE
    while not (entries := found()) and time.monotonic() < end:
        time.sleep(0.05)
    return entries
