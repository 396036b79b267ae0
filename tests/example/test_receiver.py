"""The demo's receiver: what is changed over one contract arrives, signed, in the shape of both."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from billing_customers.events.sealing import Secret
from billing_customers.events.signing import standard_headers
from example_project import receiver
from tests.example.processes import KEY, Example, Server

ARRIVES_WITHIN = 30
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Example(tmp_path_factory.mktemp("receiver")).demo_server() as server:
        yield server


def arrived(server: Server, until: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    """What the page shows, once ``until`` holds for it."""
    deadline = time.monotonic() + ARRIVES_WITHIN
    while True:
        with urllib.request.urlopen(f"{server.url}/receiver/latest.json", timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)["arrived"]
        if until(found) or time.monotonic() > deadline:
            return found
        time.sleep(0.2)


def test_a_change_over_ching_arrives_signed_in_both_shapes(server: Server) -> None:
    key = KEY.search(server.said)
    assert key is not None
    body = json.dumps({"name": "Tal Levi"}).encode()
    headers = {"Authorization": f"Bearer {key.group()}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.url}/ching/v1/customers", body, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        customer = json.load(answer)["data"]

    found = arrived(server, lambda shown: len(shown) >= 2)

    by_dialect = {each["dialect"]: each for each in found}
    assert [by_dialect[name]["fault"] for name in ("ching", "chargebee")] == ["", ""]
    assert by_dialect["ching"]["body"]["data"] == customer
    assert by_dialect["chargebee"]["body"]["content"]["customer"]["id"] == customer["id"]
    assert by_dialect["chargebee"]["type"] == "customer_created"


def test_the_page_is_there(server: Server) -> None:
    with urllib.request.urlopen(f"{server.url}/receiver/", timeout=10) as answer:
        assert b"Webhook receiver" in answer.read()


@pytest.fixture
def page(settings: Any) -> Iterator[Client]:
    settings.ROOT_URLCONF = "example_project.urls"
    receiver.trust("ching", SECRET)
    yield Client()
    receiver.forget()


def post(page: Client, body: bytes, headers: dict[str, str]) -> int:
    return page.post("/receiver/ching", body, content_type="application/json", headers=headers).status_code


def signed(body: bytes, *, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    when = datetime.fromtimestamp(time.time() if at is None else at, tz=UTC)
    return dict(standard_headers([Secret(secret)], message_id="evt_1", at=when, body=body))


def test_a_signed_event_is_taken(page: Client) -> None:
    assert post(page, b'{"type": "ping"}', signed(b'{"type": "ping"}')) == 204


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"type": "gone"}', signed(b'{"type": "ping"}')),
        (b'{"type": "ping"}', signed(b'{"type": "ping"}', secret="whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")),
        (b'{"type": "ping"}', signed(b'{"type": "ping"}', at=1_700_000_000)),
        (b'{"type": "ping"}', {}),
        (b'{"type": "ping"}', {**signed(b'{"type": "ping"}'), "webhook-signature": "v1,\u05e9"}),
    ],
    ids=["another body", "another secret", "old", "unsigned", "not ASCII"],
)
def test_what_is_not_signed_well_is_refused_and_shown_as_such(
    page: Client, body: bytes, headers: dict[str, str]
) -> None:
    assert post(page, body, headers) == 401
    assert page.get("/receiver/latest.json").json()["arrived"][0]["fault"] != ""


@pytest.mark.parametrize("body", [b"nonsense", b"[]", b"null", b'"text"', b"[" * 20_000, b"\xff"])
def test_what_is_no_json_object_is_refused(page: Client, body: bytes) -> None:
    assert post(page, body, signed(body)) == 400
