"""A receiver of webhooks in a process of its own: quick, keeps connections open, and does as it is told.

``with Sink() as sink`` in a test or a benchmark; ``sink.url`` is where webhooks go.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from tests.shell.sources import CHECKOUT

STARTS_WITHIN = 20

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEADER = re.compile(rb"\r\n([^:\r\n]+): *([^\r\n]*)")


@dataclass(frozen=True)
class Received:
    """One request: its headers by their names in lower case, its body, and what it was answered."""

    headers: dict[str, str]
    body: str
    status: int

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def data(self) -> Any:
        return json.loads(self.body)


class Sink:
    """The receiver, from outside. Without ``keeps`` it counts requests and forgets them."""

    def __init__(self, *, delay: float = 0.0, keeps: bool = True) -> None:
        command = [sys.executable, "-m", "tests.work.sink", str(delay), str(int(keeps))]
        self._process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}/hook"

    def behave(self, *, status: int = 200, delay: float = 0.0, times: int | None = None, only: str = "") -> None:
        """Answer so from now on, or ``times`` times and then as before; ``only`` where this text is in the body.

        ``delay`` is in seconds; the status 0 closes the connection instead.
        """
        self._ask("/behave", {"status": status, "delay": delay, "times": times, "only": only})

    def received(self) -> list[Received]:
        """All requests so far, in the order they came in."""
        return [Received(**each) for each in self._ask("/received", None)]

    def arrived(self) -> list[Received]:
        """Those that were answered with 2xx."""
        return [each for each in self.received() if 200 <= each.status < 300]

    def count(self) -> int:
        """How many requests came in."""
        return int(self._ask("/count", None))

    def close(self) -> None:
        """Be gone. Can be repeated."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _ask(self, path: str, said: Any) -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", json.dumps(said).encode(), method="PUT")
        with urllib.request.urlopen(request, timeout=STARTS_WITHIN) as answer:
            return json.load(answer)


@dataclass
class _Rule:
    status: int = 200
    delay: float = 0.0
    times: int | None = None
    only: str = ""

    def fits(self, body: bytes) -> bool:
        if self.times == 0 or self.only.encode() not in body:
            return False
        if self.times is not None:
            self.times -= 1
        return True


class _Memory:
    """What all connections share."""

    def __init__(self, delay: float, *, keeps: bool) -> None:
        self.keeps = keeps
        self.rules = [_Rule(delay=delay)]
        self.kept: list[tuple[bytes, bytes, int]] = []
        self.count = 0

    def take(self, head: bytes, body: bytes) -> _Rule:
        rule = next(each for each in reversed(self.rules) if each.fits(body))
        self.count += 1
        if self.keeps:
            self.kept.append((head, body, rule.status))
        return rule

    def asked(self, path: bytes, body: bytes) -> Any:
        if path == b"/behave":
            said = json.loads(body)
            # What holds for ever and for all replaces what was said before.
            if said["times"] is None and not said["only"]:
                self.rules.clear()
            self.rules.append(_Rule(**said))
            return None
        if path == b"/count":
            return self.count
        return [
            {"headers": _headers(head), "body": body.decode(), "status": status} for head, body, status in self.kept
        ]


class _Connection(asyncio.Protocol):
    def __init__(self, memory: _Memory) -> None:
        self._memory = memory
        self._held = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, end, rest = self._held.partition(b"\r\n\r\n")
        match = _LENGTH.search(head)
        length = int(match[1]) if match else 0
        if not end or len(rest) < length:
            return
        body, self._held = rest[:length], rest[length:]
        if head.startswith(b"PUT "):
            self._answer(200, json.dumps(self._memory.asked(head.split(b" ")[1], body)).encode())
            return
        rule = self._memory.take(head, body)
        if rule.delay:
            asyncio.get_running_loop().call_later(rule.delay, self._answer, rule.status, b"ok")
        else:
            self._answer(rule.status, b"ok")

    def _answer(self, status: int, body: bytes) -> None:
        if status == 0:
            self._transport.abort()
            return
        self._transport.write(b"HTTP/1.1 %d Said\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))


def _headers(head: bytes) -> dict[str, str]:
    return {name.decode().lower(): value.decode() for name, value in _HEADER.findall(head)}


async def _serve(delay: float, *, keeps: bool) -> None:
    memory = _Memory(delay, keeps=keeps)
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(memory), "127.0.0.1", 0, backlog=512)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


def _main(arguments: Sequence[str]) -> None:
    asyncio.run(_serve(float(arguments[0]), keeps=arguments[1] == "1"))


if __name__ == "__main__":
    _main(sys.argv[1:])
