"""Over TLS: the receiver is who its name says, or nothing is sent; and the deadline holds there too."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from billing_customers.events.transport import Reply, Transport
from tests.events import receivers
from tests.events.certificates import Authority
from tests.events.receivers import OK, Receiver, answering, dripping, receiving

HOST = "hooks.example.com"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def trusting(authority: Authority, names: dict[str, list[str]]) -> Iterator[Transport]:
    """A transport that trusts the authority, where the host leads to this machine."""
    names[HOST] = ["127.0.0.1"]
    with Transport(connect=0.8, read=0.9, total=1.0, tls=authority.trusted()) as transport:
        yield transport


def post(transport: Transport, receiver: Receiver, host: str = HOST) -> Reply:
    return transport.post(f"https://{host}:{receiver.port}/in", b"{}", {}, allow_http=False, allow_private=True)


def test_receiver_with_a_good_certificate_is_sent_to_and_its_connection_kept(
    authority: Authority, trusting: Transport
) -> None:
    with receiving(answering(OK), authority.serving(HOST)) as receiver:
        replies = [post(trusting, receiver) for _ in range(3)]

    assert [(reply.status, reply.error, reply.text) for reply in replies] == [(200, "", "ok")] * 3
    assert receiver.accepted == 1


def test_certificate_of_another_host_is_refused(authority: Authority, trusting: Transport) -> None:
    with receiving(answering(OK), authority.serving("other.example.com")) as receiver:
        reply = post(trusting, receiver)

    assert (reply.status, reply.error, receiver.requests) == (None, "tls", [])
    assert "Hostname mismatch" in reply.detail


def test_address_is_no_substitute_for_the_name(authority: Authority, trusting: Transport) -> None:
    with receiving(answering(OK), authority.serving(HOST)) as receiver:
        reply = post(trusting, receiver, "127.0.0.1")

    assert (reply.status, reply.error, receiver.requests) == (None, "tls", [])


def test_unknown_authority_is_refused_by_default(
    authority: Authority, transport: Transport, names: dict[str, list[str]]
) -> None:
    names[HOST] = ["127.0.0.1"]
    with receiving(answering(OK), authority.serving(HOST)) as receiver:
        reply = post(transport, receiver)

    assert (reply.status, reply.error, receiver.requests) == (None, "tls", [])


def test_receiver_without_tls_is_refused(trusting: Transport) -> None:
    def behave(sock: Any, over: Any) -> None:
        sock.recv(1024)
        sock.sendall(b"HTTP/1.1 400 Speak plainly\r\n\r\n")

    with receiving(behave) as receiver:
        reply = post(trusting, receiver)

    assert (reply.status, reply.error) == (None, "tls")


def test_old_protocol_is_refused(authority: Authority, trusting: Transport) -> None:
    serving = authority.serving(HOST)
    serving.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        serving.minimum_version = serving.maximum_version = ssl.TLSVersion.TLSv1_1
    with receiving(answering(OK), serving) as receiver:
        reply = post(trusting, receiver)

    assert (reply.status, reply.error, receiver.requests) == (None, "tls", [])


@pytest.mark.parametrize(
    "behave", [receivers.deaf, dripping(b"\x16\x03\x03\x40\x00", b"\x02")], ids=["silent", "drips"]
)
def test_handshake_that_does_not_end_is_cut(behave: Any, trusting: Transport) -> None:
    begun = time.monotonic()
    with receiving(behave) as receiver:
        reply = post(trusting, receiver)

    assert (reply.status, reply.error) == (None, "timeout")
    assert time.monotonic() - begun < 1.5


@pytest.mark.parametrize(
    ("start", "status"),
    [(b"HTTP/1.1 200 OK\r\nX-A: ", None), (b"HTTP/1.1 200 OK\r\n\r\n", 200)],
    ids=["headers", "body"],
)
def test_dripping_answer_is_cut(start: bytes, status: int | None, authority: Authority, trusting: Transport) -> None:
    begun = time.monotonic()
    with receiving(dripping(start, b"a"), authority.serving(HOST)) as receiver:
        reply = post(trusting, receiver)

    assert (reply.status, reply.error) == (status, "timeout")
    assert time.monotonic() - begun < 1.5
