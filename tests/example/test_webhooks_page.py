"""The quick start of docs/webhooks.md, step by step as a reader takes it, against the demo."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import IO, Any

import pytest

from tests import pages
from tests.conftest import answers, require
from tests.example.processes import KEY, Example
from tests.shell.sources import CHECKOUT

WITHIN = 30
SNIPPETS = {each.mark: each.text for each in pages.snippets(CHECKOUT / "docs" / "webhooks.md")}

pytestmark = pytest.mark.sdk


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def typed(mark: str, environment: dict[str, str], **ports: int) -> Any:
    """The ``data`` of the answer to the commands of a snippet, at other ports."""
    command = ["sh", "-euc", at_ports(mark, **ports)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=WITHIN, check=True)
    return json.loads(done.stdout)["data"]


def at_ports(mark: str, *, demo: int, receiver: int) -> str:
    return SNIPPETS[mark].replace("8000", str(demo)).replace("9000", str(receiver))


@contextmanager
def receiver(text: str, folder: Path, environment: dict[str, str], port: int) -> Iterator[IO[str]]:
    """The receiver of the page, once it listens; what it prints."""
    (folder / "receiver.py").write_text(text)
    command = [sys.executable, "receiver.py"]
    pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, cwd=folder, env=environment, **pipes) as process:
        alarm = Timer(WITHIN, process.kill)
        alarm.start()
        try:
            while process.poll() is None and not answers("127.0.0.1", port):
                time.sleep(0.1)
            assert process.stdout is not None
            yield process.stdout
        finally:
            alarm.cancel()
            process.kill()


def test_reader_of_the_quick_start_gets_an_event(tmp_path: Path) -> None:
    require(shutil.which("curl") is not None, "curl")
    with Example(tmp_path).demo_server() as server:
        [key] = set(KEY.findall(server.said))
        ports = {"demo": int(server.url.rpartition(":")[2]), "receiver": free_port()}
        environment = {**os.environ, "KEY": key, "NO_PROXY": "127.0.0.1"}
        secret = typed("endpoint", environment, **ports)["secret"]
        text = at_ports("receiver", **ports)
        with receiver(text, tmp_path, {**environment, "SECRET": secret}, ports["receiver"]) as printed:
            customer = typed("change", environment, **ports)
            line = printed.readline()

    assert line == f"customer.created {customer['id']}\n"
