"""The way to Stripe: bounded in time and size, to checked addresses, with no secret in a log."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import stripe

from billing_customers.events.sealing import Secret
from billing_customers.gateways import stripe_http
from billing_customers.gateways.base import Refused
from billing_customers.gateways.stripe_http import BoundedClient, client_of, placeholders
from tests.gateways.conformance import CVV, card, holder
from tests.gateways.stripe_server import LocalStripe
from tests.gateways.stripe_side import REFUSED, gateway_at

DRIP = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000


@pytest.fixture
def client() -> Iterator[BoundedClient]:
    client = BoundedClient(allow_private=True, connect=0.5, read=0.5, total=1.0)
    yield client
    client.close()


@contextmanager
def serving(answer: bytes, pause: float = 0.0) -> Iterator[str]:
    """A server that takes one connection and sends ``answer``: at once, or a byte in each ``pause`` (seconds)."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        over = threading.Event()

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                step = 1 if pause else max(1, len(answer))
                for start in range(0, len(answer), step):
                    try:
                        connection.sendall(answer[start : start + step])
                    except OSError:
                        return
                    if over.wait(pause):
                        return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        over.set()
        thread.join(5)


def test_an_answer_that_drips_is_cut_off(client: BoundedClient) -> None:
    """Each byte comes in time; the whole does not."""
    begun = time.monotonic()

    with serving(DRIP, pause=0.05) as url, pytest.raises(stripe.APIConnectionError):
        client.request("get", url + "/v1/x", {})

    assert time.monotonic() - begun < 5


def test_headers_that_drip_are_cut_off(client: BoundedClient) -> None:
    answer = b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100

    with serving(answer, pause=0.05) as url, pytest.raises(stripe.APIConnectionError):
        client.request("get", url + "/v1/x", {})


def test_an_answer_that_is_too_large_is_cut_off(client: BoundedClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe_http, "MAX_BODY", 999)

    with serving(DRIP) as url, pytest.raises(stripe.APIConnectionError) as caught:
        client.request("get", url + "/v1/x", {})

    assert str(caught.value) == "Stripe cannot be reached: the answer is too large."


def test_an_answer_is_given_whole(client: BoundedClient) -> None:
    with serving(DRIP) as url:
        body, status, headers = client.request("get", url + "/v1/x", {})

    assert (body, status, headers["content-length"]) == ("x" * 1000, 200, "1000")


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n"]
)
def test_half_an_answer_is_none(client: BoundedClient, answer: bytes) -> None:
    with serving(answer) as url, pytest.raises(stripe.APIConnectionError) as caught:
        client.request("post", url + "/v1/x", {}, "a=b")

    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/v1/x", "https://127.0.0.1:9/v1/x", "https://localhost/v1/x", "http://api.stripe.com/x"]
)
def test_an_account_of_stripe_itself_leads_to_public_addresses_alone(url: str) -> None:
    client = BoundedClient()

    with pytest.raises(stripe.APIConnectionError) as caught:
        client.request("get", url, {})

    assert str(caught.value) == "Stripe cannot be reached: forbidden address."
    client.close()


def test_a_closed_port_is_told(client: BoundedClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

    with pytest.raises(stripe.APIConnectionError) as caught:
        client.request("get", f"http://127.0.0.1:{port}/v1/x", {})

    assert str(caught.value) == "Stripe cannot be reached: ConnectionError."


def test_accounts_share_connections() -> None:
    assert client_of(allow_private=True) is client_of(allow_private=True)
    assert client_of(allow_private=True) is not client_of(allow_private=False)


def test_placeholders_are_words_without_the_secret() -> None:
    with placeholders({"number": Secret("4242424242424242"), "cvc": Secret("737")}) as words:
        assert sorted(words) == ["cvc", "number"]
        assert all(word.isalnum() for word in words.values())
        assert len(set(words.values())) == 2


def test_placeholders_are_filled_in_no_longer_than_they_last(client: BoundedClient) -> None:
    with placeholders({"number": Secret("4242424242424242")}) as words:
        pass

    with echoing() as (url, received):
        client.request("post", url + "/v1/x", {}, f"card[number]={words['number']}")

    assert b"4242424242424242" not in received[0]


def test_placeholders_are_filled_in_on_the_wire(client: BoundedClient) -> None:
    with echoing() as (url, received), placeholders({"number": Secret("42&=42")}) as words:
        client.request("post", url + "/v1/x", {"X-One": "1"}, f"card[number]={words['number']}&a=b")

    head, _, body = received[0].partition(b"\r\n\r\n")
    assert body == b"card[number]=42%26%3D42&a=b"
    assert f"Content-Length: {len(body)}".encode() in head
    assert b"X-One: 1" in head


@contextmanager
def echoing() -> Iterator[tuple[str, list[bytes]]]:
    """A server that keeps the one request that it gets."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.settimeout(2)
                request = b""
                while b"a=b" not in request and b"number]=secret" not in request:
                    request += connection.recv(65536)
                received.append(request)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", received
        thread.join(5)


def test_the_librarys_own_log_shows_no_card(
    local_stripe: LocalStripe,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """It writes what it posts, at the level debug: to its logger, and to the console if told so."""
    monkeypatch.setattr(stripe, "log", "debug")
    caplog.set_level(logging.DEBUG)
    gateway = gateway_at(local_stripe.url, raw_cards=True)

    gateway.store(card("5555555555554444"), holder())
    with pytest.raises(Refused):
        gateway.store(card(REFUSED), holder("request-2"))

    written = caplog.text + "".join(capfd.readouterr())
    assert "Post details" in written
    assert [text for text in ("5555555555554444", REFUSED, f"={CVV}") if text in written] == []
