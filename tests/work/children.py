"""Workers in processes of their own, on the database of the test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from django.db import connection

from tests.shell.sources import CHECKOUT
from tests.work.crowds import LOCAL

PATIENCE = 60  # seconds, for what should take a few

Child = subprocess.Popen[str]


def database_url() -> str:
    """Where the test's own database is, for ``DATABASE_URL``."""
    said = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{said['NAME']}"
    scheme = {"postgresql": "postgres", "mysql": "mysql"}[connection.vendor]
    password = f":{quote(said['PASSWORD'], safe='')}" if said["PASSWORD"] else ""
    port = f":{said['PORT']}" if said["PORT"] else ""
    return f"{scheme}://{quote(said['USER'], safe='')}{password}@{said['HOST'] or '127.0.0.1'}{port}/{said['NAME']}"


def environment(settings_module: str, variables: Mapping[str, str], **setting: Any) -> dict[str, str]:
    """For a child whose ``BILLING_CUSTOMERS`` has ``setting``, and lets webhooks go to this machine."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))}
    return {
        **inherited,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": settings_module,
        "PYTHONPATH": str(CHECKOUT),
        "PYTHONUNBUFFERED": "1",
        "TEST_BILLING_CUSTOMERS": json.dumps({**LOCAL, **setting}),
        **variables,
    }


@contextmanager
def child(
    *command: str,
    settings_module: str = "tests.work.child_settings",
    variables: Mapping[str, str] = MappingProxyType({}),
    **setting: Any,
) -> Iterator[Child]:
    """``python -m command …`` for as long as the block lasts; then it is killed, with what it has started.

    ``variables`` are for its environment, ``setting`` for its ``BILLING_CUSTOMERS``.
    """
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=CHECKOUT,
        env=environment(settings_module, variables, **setting),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            # The group is the child's own, and gone when the child and its children are.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def ended(process: Child, number: signal.Signals | None = None) -> tuple[int, str]:
    """Send the signal, if one is given, and wait; the exit status and what the child said."""
    if number is not None:
        process.send_signal(number)
    said, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, said


def eventually(is_so: Callable[[], bool], process: Child | None = None) -> None:
    """Wait until it is so; fail after a minute, or when the child has ended."""
    until = time.monotonic() + PATIENCE
    while not is_so():
        if process is not None and process.poll() is not None:
            raise AssertionError(f"The child has ended:\n{process.communicate()[0]}")
        assert time.monotonic() < until, "It never came to be."
        time.sleep(0.02)
