"""A receiver of webhooks in a process of its own: ``python -m tests.benchmarks.sinks SECONDS``."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass(frozen=True, slots=True)
class Seen:
    """How many requests came since one last asked, and when the first and the last did (seconds of one clock)."""

    count: int
    first: float
    last: float

    @property
    def per_second(self) -> float:
        return (self.count - 1) / (self.last - self.first)


@dataclass(frozen=True, slots=True)
class Sink:
    """``url`` takes webhooks and answers 200 after a while."""

    url: str

    def seen(self) -> Seen:
        """What came; it begins to count anew."""
        return self._ask("seen")

    def peek(self) -> Seen:
        """What came so far."""
        return self._ask("peek")

    def _ask(self, what: str) -> Seen:
        with urllib.request.urlopen(self.url.replace("/hook", f"/{what}"), timeout=10) as answer:
            return Seen(**json.load(answer))


@contextmanager
def running_sink(*, seconds: float = 0.0) -> Iterator[Sink]:
    """A sink that answers each request after ``seconds``, for as long as the block lasts."""
    command = [sys.executable, "-m", "tests.benchmarks.sinks", str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Sink(f"http://127.0.0.1:{int(process.stdout.readline())}/hook")
        finally:
            process.terminate()


class _Connection(asyncio.Protocol):
    """One sender, which keeps its connection open."""

    def __init__(self, arrivals: list[float], seconds: float) -> None:
        self._arrivals, self._seconds = arrivals, seconds
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._held, 0, end)
            size = end + 4 + (int(length[1]) if length else 0)
            if len(self._held) < size:
                return
            request, self._held = self._held[:size], self._held[size:]
            self._answer(request)

    def _answer(self, request: bytes) -> None:
        if request.startswith(b"GET"):
            self._transport.write(self._account())
            if request.startswith(b"GET /seen"):
                self._arrivals.clear()
            return
        self._arrivals.append(time.monotonic())
        if self._seconds:
            asyncio.get_running_loop().call_later(self._seconds, self._transport.write, _OK)
        else:
            self._transport.write(_OK)

    def _account(self) -> bytes:
        times = self._arrivals or [0.0]
        body = json.dumps({"count": len(self._arrivals), "first": times[0], "last": times[-1]}).encode()
        return b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def _serve(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(partial(_Connection, [], seconds), "127.0.0.1", 0, backlog=128)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
