"""A clock that stands still, so that whole bodies can be compared: times and versions are known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

# 1_517_505_731 seconds: the time in the samples of the Chargebee page.
START = datetime(2018, 2, 1, 17, 22, 11, tzinfo=UTC)


class Clock:
    """What ``django.utils.timezone.now`` says."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **time: float) -> None:
        """Let time pass; ``time`` is that of :class:`timedelta`."""
        self.at += timedelta(**time)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("django.utils.timezone.now", clock)
    return clock
