"""No request reaches an address that is not public, whatever the URL, the resolver or the receiver do."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_customers.events import dialing, egress
from billing_customers.events.egress import ForbiddenAddress, Target, fault_of_url, is_public
from billing_customers.events.transport import Transport
from tests.events.hostile_urls import HOSTILE, LEGITIMATE, LOOPBACK_NUMBERS, REACHES_LISTENER
from tests.events.receivers import OK, Receiver, answering, receiving


@pytest.fixture
def listener() -> Iterator[Receiver]:
    with receiving(answering(OK)) as receiver:
        yield receiver


def post(transport: Transport, url: str, *, allow_private: bool = False) -> Any:
    return transport.post(url, b"{}", {}, allow_http=True, allow_private=allow_private)


def target(host: str, port: int, *, allow_private: bool) -> Target:
    return Target(tls=False, host=host, port=port, authority=f"{host}:{port}", path="/", allow_private=allow_private)


def test_corpus_is_large_and_without_repetition() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE) >= 150


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_url_is_never_connected_to(
    url: str, listener: Receiver, transport: Transport, names: Any, connects: list[Any]
) -> None:
    reply = post(transport, url.replace("{port}", str(listener.port)))

    assert (reply.status, reply.error) == (None, "forbidden_address")
    assert (listener.accepted, connects) == (0, [])


@pytest.mark.parametrize("url", REACHES_LISTENER)
def test_guard_is_what_keeps_them_from_the_listener(
    url: str, listener: Receiver, transport: Transport, names: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (egress, dialing):
        monkeypatch.setattr(module, "is_public", lambda _: True)

    reply = post(transport, url.replace("{port}", str(listener.port)))

    assert (reply.status, listener.accepted) == (200, 1)


@pytest.mark.parametrize("number", LOOPBACK_NUMBERS)
def test_number_that_was_read_without_fault_would_lead_to_the_listener(
    number: str, listener: Receiver, names: Any
) -> None:
    dialing.dial(target(number, listener.port, allow_private=True), until=time.monotonic() + 5).close()

    with pytest.raises(ForbiddenAddress):
        dialing.dial(target(number, listener.port, allow_private=False), until=time.monotonic() + 5)


@pytest.mark.parametrize("url", LEGITIMATE)
def test_legitimate_url_has_no_fault(url: str) -> None:
    assert fault_of_url(url, allow_http=True, allow_private=False) is None


def test_https_is_required_by_default() -> None:
    fault = fault_of_url("http://public.example.com/", allow_http=False, allow_private=False)

    assert fault == "The URL must begin with https://."


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/",
        "https://receiver:22/",
        "https://127.0.0.1:6379/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "https://a.internal/",
    ],
)
def test_private_networks_can_be_allowed(url: str) -> None:
    assert fault_of_url(url, allow_http=False, allow_private=True) is None


@pytest.mark.parametrize(
    "url", ["https://0x7f.1/", "https://a@localhost/", "https://localhost/#a", "https://localhost\\", "https://a%2e/"]
)
def test_spelling_is_judged_where_private_networks_are_allowed(url: str) -> None:
    assert fault_of_url(url, allow_http=False, allow_private=True) is not None


def test_fault_does_not_repeat_the_url() -> None:
    fault = fault_of_url("https://user:hunter2@public.example.com/", allow_http=False, allow_private=False)

    assert fault == "The URL cannot carry a user name or password."


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2003::1",
        "2606:4700:4700::1111",
        "3ffd::1",
    ],
)
def test_address_beside_a_special_range_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["", "localhost", "127.1", "1.1.1.1 ", "01.1.1.1", "fe80::1%lo", "/run/x.sock"])
def test_what_is_no_plain_address_is_not_public(address: str) -> None:
    assert not is_public(address)


# Hypothesis draws from the special ranges as often as from everything else.
@given(st.ip_addresses())
def test_nothing_that_python_knows_as_special_is_public(address: IPv4Address | IPv6Address) -> None:
    assert address.is_global or not is_public(str(address))


def test_rebinding_between_two_requests_is_refused(
    listener: Receiver, transport: Transport, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Any] = []

    def refuse(sock: socket.socket, address: Any) -> None:
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    url = f"http://public.example.com:{listener.port}/"
    first = post(transport, url)
    names["public.example.com"] = ["127.0.0.1"]

    second = post(transport, url)

    assert (first.error, second.error) == ("connection", "forbidden_address")
    assert tried == [("93.184.216.34", listener.port)]


def test_name_is_resolved_once_for_a_connection(
    listener: Receiver, transport: Transport, monkeypatch: pytest.MonkeyPatch, connects: list[Any]
) -> None:
    asked: list[Any] = []
    answers = iter(["93.184.216.34", "127.0.0.1"])

    def resolve(host: bytes, port: int, **named: Any) -> Any:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(dialing, "_open", lambda _, address, **__: pytest.fail(f"connected to {address}"))

    with pytest.raises(pytest.fail.Exception, match=r"93\.184\.216\.34"):
        post(transport, f"http://public.example.com:{listener.port}/")

    assert asked == [b"public.example.com"]


def test_peer_that_is_not_the_address_asked_for_is_refused_before_a_byte_is_sent(
    listener: Receiver, transport: Transport, names: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", lambda sock, _: real(sock, ("127.0.0.1", listener.port)))

    reply = post(transport, f"http://public.example.com:{listener.port}/")

    assert (reply.error, listener.requests) == ("forbidden_address", [])


def test_connection_made_where_private_is_allowed_is_not_used_where_it_is_not(
    listener: Receiver, transport: Transport, names: Any
) -> None:
    url = f"http://rebound.example.com:{listener.port}/"

    replies = [post(transport, url, allow_private=True), post(transport, url)]

    assert [reply.error for reply in replies] == ["", "forbidden_address"]
    assert len(listener.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(status: int, listener: Receiver, transport: Transport) -> None:
    answer = f"HTTP/1.1 {status} Moved\r\nLocation: {listener.url}\r\nContent-Length: 0\r\n\r\n"
    with receiving(answering(answer.encode())) as redirecting:
        reply = post(transport, redirecting.url, allow_private=True)

    assert (reply.status, reply.error, listener.accepted) == (status, "", 0)


def test_reason_does_not_tell_the_address_behind_a_name(transport: Transport, names: Any) -> None:
    reply = post(transport, "http://private.example.com/")

    assert reply.detail == "The host has an address that is not one of the public internet."
