"""Every answer says the id by which it is found in the log; a caller may choose it, but not write into the log."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client

from tests.dialects.clock import Clock
from tests.dialects.wire import Wire
from tests.security.routes import METHODS, walk

FRESH = re.compile(r"\Areq_[0-9a-f]{24}\Z")
LOG = "billing_customers.requests"


def crashing(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Another middleware of the host, that fails."""

    def middleware(request: HttpRequest) -> HttpResponse:
        raise RuntimeError("a secret of the host")

    return middleware


def refusing(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Another middleware of the host, that answers HTML with the status that the path ends in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return HttpResponse("<h1>No</h1>", status=int(request.path[-3:]))

    return middleware


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What this package logged. Django's own loggers write the path, which is the host's to decide."""
    return [record.getMessage() for record in caplog.records if record.name.startswith("billing_customers")]


def test_every_route_with_every_method_says_one(key: str) -> None:
    answers = [
        route.wire.client(key).generic(method, route.path("nobody"), "", content_type=route.wire.content_type)
        for route in walk()
        for method in METHODS
    ]

    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert all(FRESH.match(identity) for identity in ids)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("given", ["a" * 8, "a" * 64, "order-1.retry_2", "550e8400-e29b-41d4-a716-446655440000"])
def test_a_well_formed_one_of_the_caller_is_kept(
    wire: Wire, key: str, caplog: pytest.LogCaptureFixture, given: str
) -> None:
    caplog.set_level(logging.INFO, logger=LOG)

    response = wire.client(key).get(f"{wire.prefix}/customers", headers={"x-request-id": given})

    assert response.headers["X-Request-Id"] == given
    assert said(caplog)[-1].endswith(f"request_id={given}")


@pytest.mark.parametrize(
    "given",
    [
        "",
        "short",
        "a" * 65,
        "a" * 5_000,
        "with blank",
        "new\nline-ERROR-forged",
        "cr\r\nSet-Cookie: a=b",
        "nul\0nul-nul",
        "%0aforged-line",
        "<script>alert(1)</script>",
        "\u05d0" * 10,
        "abcdefgh\n",
        "\u2028forged-line",
    ],
)
def test_any_other_is_replaced_and_not_logged(
    wire: Wire, key: str, caplog: pytest.LogCaptureFixture, given: str
) -> None:
    caplog.set_level(logging.DEBUG)

    response = wire.client(key).get(f"{wire.prefix}/customers", headers={"x-request-id": given})

    assert FRESH.match(response.headers["X-Request-Id"])
    assert "forged" not in caplog.text
    assert "Set-Cookie" not in caplog.text


@pytest.mark.parametrize("path", ["/customers/a%0aforged", "/a%0d%0aforged", "/customers/%1b[31mforged"])
@pytest.mark.parametrize("method", ["GET", "FORGED\nERROR"])
def test_a_path_and_a_method_write_no_line_of_the_log(
    wire: Wire, key: str, caplog: pytest.LogCaptureFixture, path: str, method: str
) -> None:
    caplog.set_level(logging.INFO, logger=LOG)

    wire.client(key).generic(method, wire.prefix + path)

    lines = said(caplog)
    assert len(lines) == 1
    assert lines[0].isprintable()
    assert "forged" not in lines[0].lower()


def test_nothing_that_was_sent_is_logged(wire: Wire, key: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="billing_customers")
    canary = "canary@example.com"

    wire.create(wire.client(key), f'{{"name":"x","email":"{canary}","cf_x":"{canary}"}}')
    wire.create(wire.client(key), f"email={canary}&first_name[x]={canary}")
    wire.client(key).get(f"{wire.prefix}/customers?email[is]={canary}")
    wire.client(key).get(f"{wire.prefix}/customers/{canary}")

    lines = "\n".join(said(caplog))
    assert canary not in lines
    assert key not in caplog.text


def test_a_host_that_is_not_allowed_is_refused_in_json(wire: Wire, key: str) -> None:
    response = wire.client(key).get(f"{wire.prefix}/customers", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert wire.is_refusal(response)
    assert FRESH.match(response.headers["X-Request-Id"])
    assert b"evil" not in response.content


@pytest.mark.parametrize("path", ["/customers", "/customers/c1", "/nope"])
def test_a_crash_of_another_middleware_is_told_in_json(
    wire: Wire, key: str, settings: Any, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.security.test_request_ids.crashing"]
    caplog.set_level(logging.INFO, logger=LOG)

    response = wire.client(key).get(wire.prefix + path, headers={"x-request-id": "order-1.retry"})

    assert response.status_code == 500
    assert wire.is_refusal(response)
    assert response.headers["X-Request-Id"] == "order-1.retry"
    assert b"secret" not in response.content
    line = next(record for record in caplog.records if record.name == LOG)
    assert line.getMessage().endswith("request_id=order-1.retry")
    assert line.levelno == logging.ERROR


@pytest.mark.parametrize(
    ("host_status", "ching", "chargebee"),
    [(status, status, status) for status in (400, 401, 403, 404, 405, 429, 500, 503)]
    + [(413, 413, 400), (415, 415, 400), (418, 400, 400), (502, 500, 500)],
)
def test_an_error_page_of_the_host_becomes_json(
    wire: Wire, settings: Any, host_status: int, ching: int, chargebee: int
) -> None:
    settings.MIDDLEWARE = [settings.MIDDLEWARE[0], "tests.security.test_request_ids.refusing"]

    response = Client().get(f"{wire.prefix}/customers/{host_status}")

    assert response.status_code == {"ching": ching, "chargebee": chargebee}[wire.name]
    assert wire.is_refusal(response)
    assert b"<h1>" not in response.content


@pytest.mark.parametrize("path", ["/404", "/admin404", "/api/v1/404"])
def test_an_error_page_elsewhere_is_left_alone(settings: Any, path: str) -> None:
    settings.MIDDLEWARE = [settings.MIDDLEWARE[0], "tests.security.test_request_ids.refusing"]

    response = Client().get(path)

    assert (response.status_code, response.content) == (404, b"<h1>No</h1>")
    assert "X-Request-Id" not in response.headers


def test_each_log_record_of_a_request_can_carry_its_id(wire: Wire, key: str, clock: Clock) -> None:
    seen: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.request_id)  # type: ignore[attr-defined]

    handler = Handler()
    logging.getLogger(LOG).addHandler(handler)
    logging.getLogger(LOG).setLevel(logging.INFO)
    try:
        response = wire.client(key).get(f"{wire.prefix}/customers")
    finally:
        logging.getLogger(LOG).removeHandler(handler)
        logging.getLogger(LOG).setLevel(logging.NOTSET)

    assert seen == [response.headers["X-Request-Id"]]
