"""No input whatever gives a 5xx, an answer that is not the dialect's JSON, or a row where the answer was no."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from billing_customers.models import BillingSite
from billing_customers.operations.customers import create_customer
from tests.dialects.clock import START
from tests.dialects.wire import CHARGEBEE, CHING
from tests.security import fuzzer


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Without thousands of lines, each with a path of 20,000 brackets."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def clients(key: str, site: BillingSite) -> dict[str, Client]:
    create_customer(site=site, public_id=fuzzer.EXISTING, attributes={"name": "Tal"}, at=START)
    return {wire.name: wire.client(key) for wire in (CHING, CHARGEBEE)}


def test_no_endpoint_ever_breaks(clients: dict[str, Client]) -> None:
    fuzzer.run(clients, examples=3_000)


def test_the_same_requests_break_a_stock_view(clients: dict[str, Client], settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.security.stock"
    attacker = fuzzer.Attacker(7)
    routes = [route for route in fuzzer.ROUTES if route.pattern.endswith("/customers")]

    statuses: set[int] = set()
    for _ in range(1_000):
        statuses.add(fuzzer.send(clients["ching"], attacker.request(routes)).status_code)
        if {201, 500} <= statuses:
            break

    assert {201, 400, 500} <= statuses


@pytest.mark.parametrize(
    ("guard", "disarmed", "route"),
    [
        ("dialects.strict_json._refuse_depth", lambda text, limits: None, "v1/customers"),
        ("dialects.chargebee.filters.MAX_SECONDS", 10**20, "v2/customers"),
        # There 1e19 is read back as an integer that JSON answers cannot hold.
        pytest.param("operations.rules._check_number", lambda value: None, "v1/customers", marks=pytest.mark.postgres),
    ],
)
def test_the_fuzzer_finds_a_guard_that_is_missing(
    clients: dict[str, Client], monkeypatch: pytest.MonkeyPatch, guard: str, disarmed: Any, route: str
) -> None:
    monkeypatch.setattr(f"billing_customers.{guard}", disarmed)

    with pytest.raises(AssertionError):
        fuzzer.run(clients, examples=2_000, only=route)
