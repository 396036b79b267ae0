from __future__ import annotations

from collections.abc import Iterator

import pytest

from billing_customers.work import engines, handlers
from billing_customers.work.handlers import Handler
from tests.concurrency.conftest import APPS
from tests.events.sending import Clock

__all__ = ["APPS"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> dict[str, Handler]:
    """No handler but those that the test registers."""
    registered: dict[str, Handler] = {}
    monkeypatch.setattr(handlers, "_handlers", registered)
    return registered


@pytest.fixture(autouse=True)
def _reachable() -> Iterator[None]:
    """What a test found unreachable is tried again by the next."""
    engines._Reach.quiet_until = 0.0
    yield
    engines._Reach.quiet_until = 0.0
