from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from billing_customers.work import engines, handlers
from billing_customers.work.handlers import Handler, RunningJob, handler
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


@pytest.fixture
def calls(kinds: dict[str, Handler]) -> list[dict[str, Any]]:
    """The arguments of jobs of the kind ``note``, in the order in which they were carried out."""
    made: list[dict[str, Any]] = []

    @handler("note")
    def note(running: RunningJob) -> dict[str, int]:
        made.append(dict(running.arguments))
        return {"calls": len(made)}

    return made


@pytest.fixture(autouse=True)
def _reachable() -> Iterator[None]:
    """What a test found unreachable is tried again by the next."""
    engines._Reach.quiet_until = 0.0
    yield
    engines._Reach.quiet_until = 0.0
