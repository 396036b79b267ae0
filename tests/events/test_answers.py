"""Answers are read the same however they are cut into pieces, and never further than they go."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_customers.events.answers import KEPT, MAX_BODY, Answer, BadAnswer, Ended, HeadTooLarge, NoAnswer

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


PARTS = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 100 C\r\n\r\n",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"\r\n",
    b"\n",
    b":",
    b"\0",
    b"3\r\nabc\r\n",
    b"0\r\n",
    b"-1\r\n",
    b"abc",
    b"\xff" * 9,
    b"a" * 40_000,
]


def in_pieces(data: bytes, size: int = 1 << 20) -> Callable[[int], bytes]:
    """What a socket gives that receives ``data`` in pieces of ``size``, and then the end."""
    pieces = iter([data[position : position + size] for position in range(0, len(data), size)])
    return lambda limit: next(pieces, b"")


def read(data: bytes, size: int = 1 << 20) -> Answer:
    answer = Answer(in_pieces(data, size))
    answer.read()
    return answer


WHOLE = [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello"),
    (b"HTTP/1.1 200 OK\ncontent-length:5\n\nhello", 200, b"hello"),
    (b"HTTP/1.1 200 \r\nCONTENT-LENGTH:   0  \r\n\r\n", 200, b""),
    (b"HTTP/1.1 204\r\n\r\n", 204, b""),
    (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", 304, b""),
    (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 410 Gone\r\nContent-Length: 1\r\n\r\na",
        410,
        b"a",
    ),
    (CHUNKED + b"5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\n\r\n", 200, b"hello world"),
    (CHUNKED + b"00A\r\n0123456789\r\n0\r\nX-Trailer: 1\r\n\r\n", 200, b"0123456789"),
    (CHUNKED + b"2\na\n\n0\n\n", 200, b"a\n"),
    (CHUNKED + b"0\r\n\r\n", 200, b""),
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 20])
@pytest.mark.parametrize(("data", "status", "start"), WHOLE)
def test_whole_answer_is_read_in_any_pieces(data: bytes, status: int, start: bytes, size: int) -> None:
    answer = read(data, size)

    assert (answer.status, answer.start, answer.is_reusable) == (status, start, True)


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 9\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, and more",
    ],
)
def test_answer_whose_end_is_not_plain_ends_its_connection(data: bytes) -> None:
    answer = read(data)

    assert (answer.status, answer.start, answer.is_reusable) == (200, b"hello", False)


@pytest.mark.parametrize(
    "data",
    [
        b"\x15\x03\x01\x00\x02\x02\x50",
        b"H",
        b"<html>",
        b"\r\nHTTP/1.1 200 OK\r\n\r\n",
        b"http/1.1 200 OK\r\n\r\n",
        b"HTTP/1.2 200 OK\r\n\r\n",
        b"HTTP/1.1 099 No\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 200OK\r\n\r\n",
        b"HTTP/1.1  200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n",
        CHUNKED + b"-1\r\n",
        CHUNKED + b"+5\r\nhello\r\n",
        CHUNKED + b"0x5\r\nhello\r\n",
        CHUNKED + b"5_0\r\nhello\r\n",
        CHUNKED + b"\r\n",
        CHUNKED + b"5\r\nhello world\r\n",
        CHUNKED + b"FFFFFFFFFFFFFFFF\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 8,
    ],
)
def test_what_is_not_http_is_refused(data: bytes) -> None:
    with pytest.raises((BadAnswer, Ended)) as refusal:
        read(data)

    assert refusal.type is (Ended if data == b"H" else BadAnswer)


@pytest.mark.parametrize("data", [data for data, _, _ in WHOLE])
def test_answer_that_ends_early_is_noticed_wherever_it_ends(data: bytes) -> None:
    for length in range(1, len(data)):
        answer = Answer(in_pieces(data[:length]))
        with pytest.raises(Ended):
            answer.read()

        assert not answer.is_reusable


def test_nothing_at_all_is_told_apart() -> None:
    with pytest.raises(NoAnswer):
        read(b"")


def test_reset_before_the_first_byte_is_no_answer() -> None:
    def reset(limit: int) -> bytes:
        raise ConnectionResetError

    with pytest.raises(NoAnswer):
        Answer(reset).read()


def test_headers_have_a_limit() -> None:
    with pytest.raises(HeadTooLarge):
        read(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 10_000, 4096)


@pytest.mark.parametrize(
    "start",
    [b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", CHUNKED + b"FFFFFFF\r\n"],
)
def test_no_more_than_64_kib_of_a_body_are_received(start: bytes) -> None:
    received = 0

    def pour(limit: int) -> bytes:
        nonlocal received
        piece = b"a" * limit if received else start
        received += len(piece)
        return piece

    answer = Answer(pour)
    answer.read()

    assert (answer.status, answer.start, answer.is_reusable) == (200, b"a" * KEPT, False)
    assert MAX_BODY <= received <= MAX_BODY + 32 * 1024


def test_retry_after_is_given_as_it_came() -> None:
    answer = read(b"HTTP/1.1 429 Slow down\r\nRetry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\nContent-Length: 0\r\n\r\n")

    assert answer.retry_after == "Wed, 21 Oct 2026 07:28:00 GMT"


@given(st.lists(st.sampled_from(PARTS), max_size=12), st.sampled_from([1000, 1 << 20]))
def test_no_bytes_raise_anything_else(parts: list[bytes], size: int) -> None:
    answer = Answer(in_pieces(b"".join(parts), size))

    with contextlib.suppress(BadAnswer, Ended, HeadTooLarge, NoAnswer):
        answer.read()

    assert len(answer.start) <= KEPT
