"""A transaction that lost against another one is tried again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from billing_customers.dialects.faults import is_conflict

ATTEMPTS = 3

T = TypeVar("T")


def again_after_conflict(action: Callable[[], T]) -> T:
    """What ``action`` returns, tried up to three times while the database says that it lost.

    ``action`` must be atomic as a whole. Raises whatever its last try raises.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return action()
        except Exception as error:
            if not is_conflict(error):
                raise
    return action()
