from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from billing_customers.events import egress
from billing_customers.events.delivery import Courier
from billing_customers.events.transport import Transport
from billing_customers.models import BillingSite, WebhookEndpoint
from tests.events.hostile_urls import NAMES
from tests.events.sending import Clock, Receiver, courier_of, make_endpoint


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def receiver(clock: Clock) -> Receiver:
    return Receiver(clock)


@pytest.fixture
def courier(receiver: Receiver) -> Courier:
    return courier_of(receiver)


@pytest.fixture
def endpoint(site: BillingSite) -> WebhookEndpoint:
    return make_endpoint(site)


@pytest.fixture(autouse=True)
def _unread_urls() -> Iterator[None]:
    """No verdict about a URL outlives its test."""
    egress._read.cache_clear()
    yield
    egress._read.cache_clear()


@pytest.fixture
def transport() -> Iterator[Transport]:
    """A transport whose every request is over after a second."""
    with Transport(connect=0.8, read=0.9, total=1.0) as transport:
        yield transport


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What names resolve to; nothing here asks a real resolver."""
    table = dict(NAMES)
    real = socket.getaddrinfo

    def resolve(host: bytes | str, port: int, *args: Any, type: int = 0, **named: Any) -> Any:  # noqa: A002
        name = host.decode() if isinstance(host, bytes) else host
        answers = table.get(name, [name])
        return [found for answer in answers for found in real(answer, port, type=type, flags=socket.AI_NUMERICHOST)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return table


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every address that a socket of this process is connected to."""
    tried: list[Any] = []
    real = socket.socket.connect

    def connect(sock: socket.socket, address: Any) -> None:
        tried.append(address)
        real(sock, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried
