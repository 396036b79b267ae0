"""What carries out deliveries and jobs. The tables are the truth; an engine only wakes somebody who reads them."""

from __future__ import annotations

from collections.abc import Iterable


def wake_deliveries(endpoints: Iterable[int]) -> None:
    """Tell the engine, after the commit, that these endpoints (primary keys) have something to send."""


def wake_jobs() -> None:
    """Tell the engine, after the commit, that a job is due."""
