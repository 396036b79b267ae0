"""No more calls than the rate allows, however many come at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from billing_customers.conf import Rate
from billing_customers.models import ApiKey, BillingSite
from billing_customers.operations.api_keys import create_api_key, take_call
from tests.clients import ChargebeeClient, ChingClient
from tests.concurrency.crowd import SIZE, crowd, statuses, values
from tests.fixtures import NOW

FIVE = {"THROTTLE_RATE": "5/min"}


@pytest.fixture
def standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The window never ends during the test."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture(autouse=True)
def five_a_minute(settings: Any) -> None:
    settings.BILLING_CUSTOMERS = FIVE


def twice(call: Any) -> Any:
    """64 calls by 32 threads."""
    return lambda number: [call(number), call(number)]


def test_five_of_64_requests_are_allowed(key: str, standing_clock: None) -> None:
    answers = [answer for pair in values(crowd(twice(lambda _: ChingClient(key).get("/customers")))) for answer in pair]

    codes = [answer.status_code for answer in answers]
    assert (codes.count(200), codes.count(429)) == (5, 2 * SIZE - 5)
    assert {answer.headers["Retry-After"] for answer in answers if answer.status_code == 429} == {"60"}


def test_dialects_and_addresses_share_the_count(key: str, standing_clock: None) -> None:
    def call(number: int) -> Any:
        client = ChingClient(key) if number % 2 else ChargebeeClient(key)
        return client.http.get(
            client.prefix + "/customers",
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
            REMOTE_ADDR=f"198.51.100.{number}",
        )

    outcomes = crowd(call)

    assert statuses(outcomes) == {200: 5, 429: SIZE - 5}


def test_each_key_has_its_own_count(site: BillingSite, standing_clock: None) -> None:
    keys = [create_api_key(site=site, at=NOW)[1] for _ in range(2)]

    outcomes = crowd(lambda number: ChingClient(keys[number % 2]).get("/customers"))

    assert [statuses(outcomes[start::2]) for start in (0, 1)] == [{200: 5, 429: SIZE // 2 - 5}] * 2


def test_refused_write_has_no_effect(key: str, site: BillingSite, standing_clock: None) -> None:
    crowd(lambda number: ChingClient(key).post("/customers", {"name": f"Name {number}"}))

    assert site.customers.count() == 5


def test_new_window_starts_once(site: BillingSite) -> None:
    key, _ = create_api_key(site=site, at=NOW)
    ApiKey.objects.update(throttle_calls=5, throttle_window=1)

    outcomes = crowd(lambda _: take_call(key, Rate(calls=5, seconds=60), at=NOW))

    waits = values(outcomes)
    assert (waits.count(None), waits.count(60)) == (5, SIZE - 5)
    assert ApiKey.objects.get().throttle_calls == 5
