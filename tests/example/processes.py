"""The example project as a person starts it: in processes of its own, on a SQLite file of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO

from tests.shell.sources import CHECKOUT

STARTS_WITHIN = 60
KEY = re.compile(r"ck_test_[0-9A-Za-z]{88}")


@dataclass(frozen=True)
class Server:
    """A server that answers at ``url``; ``said`` is what it printed before."""

    url: str
    said: str
    process: subprocess.Popen[str]

    def stop(self, number: signal.Signals) -> tuple[int, str]:
        """Send the signal; return the exit status and what the process still said, on both channels."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=STARTS_WITHIN)
        return self.process.returncode, out + err


@dataclass(frozen=True)
class Example:
    """The example project with its data in ``folder``."""

    folder: Path
    debug: bool = True

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))}
        database = f"sqlite:///{self.folder / 'example.sqlite3'}"
        # Measured in this process only: no coverage of children, and no port from outside.
        return {
            **inherited,
            "DATABASE_URL": database,
            "DJANGO_DEBUG": str(int(self.debug)),
            "PORT": "",
            "PYTHONUNBUFFERED": "1",
        }

    @property
    def key_file(self) -> Path:
        return self.folder / "example.api-key"

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """``python example_project/manage.py …`` from the root of the checkout."""
        return self._run("example_project/manage.py", *arguments)

    def demo(self, *arguments: str) -> str:
        """What ``python -m example_project.demo --no-serve`` prints."""
        done = self._run("-m", "example_project.demo", "--no-serve", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def demo_server(self, *arguments: str) -> Iterator[Server]:
        """The demo, serving; on any free port unless a port is said."""
        command = ("-m", "example_project.demo", *(arguments or ("--port", "0")))
        with self._started(*command) as process:
            said = _read_until(process.stdout, "Serving until Ctrl-C.", process)
            yield Server(_url_in(said), said, process)

    @contextmanager
    def development_server(self) -> Iterator[Server]:
        """``manage.py runserver`` on any free port."""
        with self._started("example_project/manage.py", "runserver", "--noreload", "127.0.0.1:0") as process:
            said = _read_until(process.stdout, " development server at http", process)
            yield Server(_url_in(said), said, process)

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command],
            cwd=CHECKOUT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=STARTS_WITHIN * 2,
            check=False,
        )

    @contextmanager
    def _started(self, *command: str) -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen(
            [sys.executable, *command],
            cwd=CHECKOUT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()


def _read_until(stream: IO[str] | None, mark: str, process: subprocess.Popen[str]) -> str:
    assert stream is not None
    said = ""
    alarm = Timer(STARTS_WITHIN, process.kill)
    alarm.start()
    try:
        for line in stream:
            said += line
            if mark in line:
                return said
    finally:
        alarm.cancel()
    raise AssertionError(f"The server ended without '{mark}':\n{said}\n{process.communicate()[1]}")


def _url_in(said: str) -> str:
    match = re.search(r"http://127\.0\.0\.1:\d+", said)
    assert match is not None, said
    return match.group()
