"""Whatever a receiver does, a request is over in time and within memory; and a good receiver is served quickly."""

from __future__ import annotations

import threading
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

import billing_customers.events.watchdog as watchdog_module
from billing_customers.events.transport import Reply, Transport
from tests.events import receivers
from tests.events.receivers import OK, Receiver, answering, answering_once, dripping, pouring, receiving

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
# Of the total, which is a second for the transport of the tests.
GRACE = 0.5


def post(transport: Transport, receiver: Receiver, headers: dict[str, str] | None = None) -> Reply:
    return transport.post(receiver.url, b'{"a":1}', headers or {}, allow_http=True, allow_private=True)


def verdict(reply: Reply) -> tuple[int | None, str]:
    return reply.status, reply.error


def test_request_is_what_was_asked_for(transport: Transport) -> None:
    with receiving(answering(OK)) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/in/1?token=a%2Fb"
        headers = {"webhook-id": "evt_1", "User-Agent": "us", "X-Empty": ""}
        transport.post(url, b'{"a":1}', headers, allow_http=True, allow_private=True)

    assert receiver.requests == [
        b"POST /in/1?token=a%2Fb HTTP/1.1\r\n"
        + f"Host: 127.0.0.1:{receiver.port}\r\n".encode()
        + b"webhook-id: evt_1\r\nUser-Agent: us\r\nX-Empty: \r\nContent-Length: 7\r\nAccept-Encoding: identity\r\n\r\n"
        + b'{"a":1}'
    ]


def test_reply_tells_what_came(transport: Transport) -> None:
    answer = b"HTTP/1.1 503 No\r\nRetry-After: 120\r\nContent-Length: 4\r\n\r\nbusy"
    with receiving(answering(answer)) as receiver:
        reply = post(transport, receiver)

    assert reply == Reply(503, "", "", reply.duration_ms, "busy", "120")
    assert 0 <= reply.duration_ms < 1000


def test_text_is_a_kib_of_what_can_be_shown(transport: Transport) -> None:
    body = "a\0b\x1b[31m\r\n\u202ec\u0085é".encode() + b"\xff" + b"x" * 2000
    with receiving(answering(b"HTTP/1.1 500 No\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))) as receiver:
        text = post(transport, receiver).text

    assert text.startswith("a b [31m   c é\ufffdxxx")
    assert 1000 < len(text.encode()) <= 1024


def test_connection_is_kept(transport: Transport) -> None:
    with receiving(answering(OK)) as receiver:
        replies = [post(transport, receiver) for _ in range(5)]

    assert [verdict(reply) for reply in replies] == [(200, "")] * 5
    assert receiver.accepted == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        OK + b"HTTP/1.1 500 Not asked for\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"a" * 100_000,
    ],
)
def test_connection_is_not_kept_when_it_may_hold_more(answer: bytes, transport: Transport) -> None:
    with receiving(answering(answer)) as receiver:
        replies = [post(transport, receiver) for _ in range(2)]

    assert [verdict(reply) for reply in replies] == [(200, "")] * 2
    assert receiver.accepted == 2


def test_answer_that_came_while_the_connection_lay_idle_is_nobodys(transport: Transport) -> None:
    has_spoken = threading.Event()

    def behave(sock: Any, over: threading.Event) -> None:
        receivers.read_request(sock)
        sock.sendall(OK)
        time.sleep(0.05)
        sock.sendall(b"HTTP/1.1 408 Too late\r\nContent-Length: 0\r\n\r\n")
        has_spoken.set()
        over.wait(receivers.PATIENCE)

    with receiving(behave) as receiver:
        post(transport, receiver)
        has_spoken.wait(5)
        reply = post(transport, receiver)

    assert verdict(reply) == (200, "")
    assert receiver.accepted == 2


def test_kept_connection_that_dies_unanswered_is_tried_once_more(transport: Transport) -> None:
    def behave(sock: Any, over: threading.Event) -> None:
        receivers.read_request(sock)
        sock.sendall(OK)
        receivers.read_request(sock)

    with receiving(behave) as receiver:
        replies = [post(transport, receiver) for _ in range(2)]

    assert [verdict(reply) for reply in replies] == [(200, "")] * 2
    assert (receiver.accepted, len(receiver.requests)) == (2, 3)


def test_fresh_connection_that_dies_unanswered_is_not_tried_again(transport: Transport) -> None:
    with receiving(answering_once(b"")) as receiver:
        reply = post(transport, receiver)

    assert verdict(reply) == (None, "connection")
    assert (receiver.accepted, len(receiver.requests)) == (1, 1)


def test_kept_connection_that_began_to_answer_is_not_tried_again(transport: Transport) -> None:
    def behave(sock: Any, over: threading.Event) -> None:
        receivers.read_request(sock)
        sock.sendall(OK)
        receivers.read_request(sock)
        sock.sendall(b"HTTP")

    with receiving(behave) as receiver:
        replies = [post(transport, receiver) for _ in range(2)]

    assert [verdict(reply) for reply in replies] == [(200, ""), (None, "connection")]
    assert (receiver.accepted, len(receiver.requests)) == (1, 2)


@pytest.mark.parametrize(
    ("behave", "expected"),
    [
        pytest.param(receivers.silent, (None, "timeout"), id="never answers"),
        pytest.param(receivers.deaf, (None, "timeout"), id="never reads"),
        pytest.param(dripping(HEAD, b"a"), (200, "timeout"), id="drips the body"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nX-A: ", b"a"), (None, "timeout"), id="drips the headers"),
        pytest.param(dripping(b"HTT", b""), (None, "timeout"), id="stops in the status"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"a"), (200, "timeout"), id="drips without a length"),
        pytest.param(
            dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
            (200, "timeout"),
            id="drips chunks",
        ),
        pytest.param(
            dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n", every=0.3), (None, "timeout"), id="drips interim answers"
        ),
        pytest.param(pouring(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 65536), (200, ""), id="pours a body"),
        pytest.param(
            pouring(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", b"a" * 65536), (200, ""), id="sends a GiB"
        ),
        pytest.param(
            pouring(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40000000\r\n", b"a" * 65536),
            (200, ""),
            id="sends a chunk of a GiB",
        ),
        pytest.param(
            pouring(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", b"a" * 65536),
            (200, "protocol"),
            id="sends a chunk of size -1",
        ),
        pytest.param(
            pouring(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-A: b\r\n" * 8000),
            (200, "timeout"),
            id="pours trailers",
        ),
        pytest.param(pouring(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 8000), (None, "too_large"), id="pours headers"),
        pytest.param(pouring(b"HTTP/1.1 200 OK\r\nX-A: ", b"a" * 65536), (None, "too_large"), id="pours one header"),
        pytest.param(
            pouring(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), (None, "protocol"), id="pours interim answers"
        ),
        pytest.param(
            pouring(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", b"\x1f\x8b" * 32768),
            (200, ""),
            id="sends a gzip bomb",
        ),
        pytest.param(pouring(b"", b"\x16\x03\x01garbage" * 1000), (None, "protocol"), id="sends garbage"),
        pytest.param(dripping(b"SSH-2.0-OpenSSH_9.6\r\n", b""), (None, "protocol"), id="speaks another protocol"),
        pytest.param(answering_once(b"HTTP/2 200\r\n\r\n"), (None, "protocol"), id="speaks HTTP/2"),
        pytest.param(answering_once(b"HTTP/1.1 2000 OK\r\n\r\n"), (None, "protocol"), id="has a bad status"),
        pytest.param(answering_once(b"HTTP/1.1 200"), (None, "connection"), id="closes in the headers"),
        pytest.param(answering_once(HEAD + b"a" * 100), (200, "connection"), id="closes in the body"),
        pytest.param(answering_once(b""), (None, "connection"), id="closes without an answer"),
        pytest.param(receivers.resetting, (None, "connection"), id="resets"),
        pytest.param(receivers.resetting_in_the_body, (200, "connection"), id="resets in the body"),
    ],
)
def test_receiver_that(behave: Any, expected: tuple[int | None, str], transport: Transport) -> None:
    tracemalloc.start()
    begun = time.monotonic()
    with receiving(behave) as receiver:
        reply = post(transport, receiver)
    passed, (_, peak) = time.monotonic() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert verdict(reply) == expected
    assert passed < 1.0 + GRACE
    assert peak < 1024 * 1024
    assert len(reply.text.encode()) <= 1024


@pytest.mark.parametrize("start", [HEAD, b"HTTP/1.1 200 OK\r\nX-A: "], ids=["body", "headers"])
def test_without_its_watchdog_a_dripping_receiver_is_not_cut(
    start: bytes, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog_module.Watch, "expire", lambda _: None)
    begun = time.monotonic()

    with receiving(dripping(start, b"a", seconds=2.0)) as receiver:
        post(transport, receiver)

    assert time.monotonic() - begun > 1.0 + GRACE


def test_read_timeout_ends_a_silence_before_the_deadline() -> None:
    with Transport(read=0.2, total=5.0) as transport, receiving(receivers.silent) as receiver:
        begun = time.monotonic()
        reply = post(transport, receiver)

    assert verdict(reply) == (None, "timeout")
    assert time.monotonic() - begun < 2.0


def test_text_that_came_before_the_deadline_is_kept(transport: Transport) -> None:
    with receiving(dripping(HEAD + b"Starting ", b".")) as receiver:
        reply = post(transport, receiver)

    assert (reply.status, reply.error, reply.text[:10]) == (200, "timeout", "Starting .")


def test_receiver_that_answers_and_closes_before_it_has_read_everything_is_heard(transport: Transport) -> None:
    answer = b"HTTP/1.1 413 Too large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig"

    def behave(sock: Any, over: threading.Event) -> None:
        sock.recv(10)
        sock.sendall(answer)
        over.wait(0.3)

    with receiving(behave) as receiver:
        reply = transport.post(receiver.url, b"a" * 65536, {}, allow_http=True, allow_private=True)

    assert (*verdict(reply), reply.text) == (413, "", "big")


def test_nobody_listening_is_a_failed_connection(transport: Transport) -> None:
    with receiving(answering(OK)) as receiver:
        pass

    reply = post(transport, receiver)

    assert (*verdict(reply), reply.detail) == (None, "connection", "The connection failed: Connection refused")


def test_next_address_is_tried(transport: Transport, names: dict[str, list[str]], connects: list[Any]) -> None:
    with receiving(answering(OK)) as receiver:
        names["two.example.com"] = ["127.0.0.2", "127.0.0.1"]
        url = f"http://two.example.com:{receiver.port}/"
        reply = transport.post(url, b"", {}, allow_http=True, allow_private=True)

    assert verdict(reply) == (200, "")
    assert connects == [("127.0.0.2", receiver.port), ("127.0.0.1", receiver.port)]


def test_unknown_name_is_a_failed_connection(transport: Transport, names: Any) -> None:
    reply = transport.post("https://gone.example.com/", b"", {}, allow_http=False, allow_private=False)

    assert verdict(reply) == (None, "connection")


def test_slow_resolver_is_not_waited_for(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    is_over = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: is_over.wait(5) and [])
    begun = time.monotonic()

    reply = transport.post("https://slow.example.com/", b"", {}, allow_http=False, allow_private=False)

    is_over.set()
    assert verdict(reply) == (None, "timeout")
    assert time.monotonic() - begun < 1.0 + GRACE


def test_environment_and_netrc_are_not_asked(
    transport: Transport, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password hunter2\n", "utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    with receiving(answering(OK)) as proxy, receiving(answering(OK)) as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        reply = post(transport, receiver)

    assert verdict(reply) == (200, "")
    assert proxy.accepted == 0
    assert b"uthorization" not in receiver.requests[0]


@pytest.mark.parametrize("expires", ["", "; max-age=" + "9" * 400])
def test_cookies_are_not_read(transport: Transport, expires: str) -> None:
    answer = f"HTTP/1.1 200 OK\r\nSet-Cookie: a=b{expires}\r\nContent-Length: 0\r\n\r\n".encode()
    with receiving(answering(answer)) as receiver:
        post(transport, receiver)
        post(transport, receiver)

    # What is odd in one would be a warning, and warnings are errors here.
    assert len(receiver.requests) == 2
    assert b"ookie" not in receiver.requests[1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "a\r\nX-Injected: 1"),
        ("X-A", "a\n b"),
        ("X-A", "a\0"),
        ("X-A", "a\t"),
        ("X-A", "é"),
        ("X-A\r\nX-B", "a"),
        ("X A", "a"),
        ("X-A:", "a"),
        ("", "a"),
        ("é", "a"),
        ("Host", "127.0.0.1"),
        ("content-length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "close"),
        ("Expect", "100-continue"),
        ("Upgrade", "h2c"),
    ],
)
def test_header_that_would_frame_another_request_is_refused(name: str, value: str, transport: Transport) -> None:
    with receiving(answering(OK)) as receiver, pytest.raises(ValueError, match="header"):
        post(transport, receiver, {name: value})

    assert receiver.accepted == 0


def test_threads_share_a_transport(transport: Transport) -> None:
    replies: list[Reply] = []
    with receiving(answering(OK)) as receiver:
        threads = [
            threading.Thread(target=lambda: replies.extend(post(transport, receiver) for _ in range(25)))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)

    assert [verdict(reply) for reply in replies] == [(200, "")] * 200
    assert len(receiver.requests) == 200
    assert receiver.accepted <= 8


def test_closed_transport_has_closed_its_connections_and_still_works(transport: Transport) -> None:
    with receiving(answering(OK)) as receiver:
        post(transport, receiver)
        transport.close()
        reply = post(transport, receiver)

    assert verdict(reply) == (200, "")
    assert receiver.accepted == 2
