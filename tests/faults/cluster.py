"""A PostgreSQL of the test's own, all of whose processes may be killed at once."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.conftest import require

PATIENCE = 30  # seconds


class Cluster:
    """A context manager; inside, the server runs. Its one user is ``postgres``, with no password."""

    def __init__(self) -> None:
        self._programs = _programs()
        # PostgreSQL refuses to run as root.
        self._user: Any = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        self._process: subprocess.Popen[Any] | None = None
        self.port = _free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start the server and wait until it answers; after a kill it recovers first."""
        data, log = self._folder / "data", self._folder / "log"
        where = ["-D", str(data), "-k", str(self._folder), "-p", str(self.port), "-c", "listen_addresses=127.0.0.1"]
        command = [str(self._programs / "postgres"), *where]
        with log.open("ab") as output:
            process = self._process = subprocess.Popen(command, stdout=output, stderr=output, **self._user)
        until = time.monotonic() + PATIENCE
        while not self._answers():
            if time.monotonic() > until or process.poll() is not None:
                raise AssertionError(f"PostgreSQL does not start: {log.read_text()[-2000:]}")
            time.sleep(0.02)

    def kill(self) -> None:
        """End the server and all its processes in the middle of what they do. Nothing is flushed or told."""
        assert self._process is not None
        # Stopped, it starts no further process while those that it has are counted.
        os.kill(self._process.pid, signal.SIGSTOP)
        for pid in [*_children(self._process.pid), self._process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(PATIENCE)
        self._process = None

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the query gives, on a connection of its own."""
        psycopg = _driver()
        with psycopg.connect(self.url) as connection:
            return connection.execute(query).fetchall()

    def __enter__(self) -> Self:
        # A socket's path has at most 107 characters, and its folder must be one that another user may enter.
        self._folder = Path(tempfile.mkdtemp(prefix="bc-", dir="/tmp"))
        try:
            if self._user:
                shutil.chown(self._folder, **self._user)
            options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]
            command = [self._programs / "initdb", "--pgdata", self._folder / "data", *options]
            subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE, **self._user)
            self.start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._remove()

    def _remove(self) -> None:
        if self._process is not None:
            self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        psycopg = _driver()
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def _driver() -> Any:
    """psycopg, late: these tests are collected, then left out, where another database's driver is all there is."""
    return import_module("psycopg")


def _programs() -> Path:
    """The folder with the programs of the newest PostgreSQL here."""
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    folder = Path(found).parent if found else folders[-1] if folders else None
    require(folder is not None and (folder / "initdb").exists(), "PostgreSQL's initdb")
    assert folder is not None
    return folder


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
