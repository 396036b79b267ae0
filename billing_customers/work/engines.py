"""What carries out deliveries and jobs. The tables are the truth; an engine only wakes somebody who reads them.

``BILLING_CUSTOMERS["WORK_ENGINE"]`` chooses: ``"worker"`` (the default), which looks for itself, ``"celery"`` or
``"tasks"``.
"""

from __future__ import annotations

import importlib
import logging
import time
from collections.abc import Iterable
from functools import partial
from importlib.util import find_spec
from typing import Protocol, cast

from django.conf import settings
from django.db import connections, transaction

from billing_customers.conf import NAME, billing_settings
from billing_customers.events.record import database

WORKER = "worker"
MODULES = {"celery": "billing_customers.work.celery", "tasks": "billing_customers.work.tasks"}

# Seconds for which nothing is sent after an engine could not be reached. The sweep makes up for it.
QUIET_SECONDS = 5.0

logger = logging.getLogger("billing_customers.engines")

_PENDING = "_billing_customers_wakes"


class Engine(Protocol):
    """Puts work in a queue. Either function raises when the queue cannot be reached, and soon."""

    def wake_endpoint(self, pk: int) -> None: ...

    def wake_jobs(self) -> None: ...


class _Wakes:
    """What one transaction has told its engine already; ``None`` stands for jobs."""

    def __init__(self) -> None:
        self.sent: set[int | None] = set()


class _Reach:
    """Whether the engine answered when it was last spoken to, for this process."""

    quiet_until = 0.0


def register_tasks() -> None:
    """Let Celery's workers know the tasks, by the setting alone. A wrong setting is left to the system checks."""
    raw = getattr(settings, NAME, None)
    if isinstance(raw, dict) and raw.get("WORK_ENGINE") == "celery" and find_spec("celery") is not None:
        importlib.import_module(MODULES["celery"])


def wake_deliveries(endpoints: Iterable[int]) -> None:
    """Tell the engine, after the commit, that these endpoints (primary keys) have something to send."""
    if billing_settings.work_engine == WORKER:
        return
    for endpoint in endpoints:
        _after_commit(endpoint)


def wake_jobs() -> None:
    """Tell the engine, after the commit, that a job is due."""
    if billing_settings.work_engine != WORKER:
        _after_commit(None)


def tell(endpoints: Iterable[int], *, has_jobs: bool) -> None:
    """Tell the engine at once. Raises what the engine raises when it cannot be reached."""
    engine = _engine()
    for endpoint in endpoints:
        engine.wake_endpoint(endpoint)
    if has_jobs:
        engine.wake_jobs()


def _after_commit(what: int | None) -> None:
    connection = connections[database()]
    # The first wake that runs takes it away from the connection, so each transaction has its own; one that was rolled
    # back leaves it unused.
    wakes = connection.__dict__.setdefault(_PENDING, _Wakes())
    transaction.on_commit(partial(_wake_once, wakes, what), using=database(), robust=True)


def _wake_once(wakes: _Wakes, what: int | None) -> None:
    connection = connections[database()]
    if connection.__dict__.get(_PENDING) is wakes:
        del connection.__dict__[_PENDING]
    if what in wakes.sent or time.monotonic() < _Reach.quiet_until:
        return
    wakes.sent.add(what)
    try:
        tell([] if what is None else [what], has_jobs=what is None)
    except Exception as error:  # noqa: BLE001 - the request has succeeded, whatever the broker does
        _Reach.quiet_until = time.monotonic() + QUIET_SECONDS
        logger.warning("the engine %s cannot be reached: %s", billing_settings.work_engine, type(error).__name__)


def _engine() -> Engine:
    return cast(Engine, importlib.import_module(MODULES[billing_settings.work_engine]))
