"""The rate limit counts calls of a key, and nothing that a caller says of itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from billing_customers.models import BillingSite, Customer
from billing_customers.operations.api_keys import create_api_key
from tests.dialects.clock import START, Clock
from tests.dialects.wire import CHARGEBEE, CHING, Wire

SPOOFED = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP")


@pytest.fixture
def limited(settings: Any) -> None:
    settings.BILLING_CUSTOMERS = {"THROTTLE_RATE": "5/min"}


def statuses(wire: Wire, key: str, times: int, **headers: str) -> list[int]:
    http = wire.client(key)
    return [http.get(f"{wire.prefix}/customers", headers=headers).status_code for _ in range(times)]


def test_there_is_no_limit_unless_one_is_set(wire: Wire, key: str, clock: Clock) -> None:
    assert statuses(wire, key, 50) == [200] * 50


@pytest.mark.usefixtures("limited")
def test_five_calls_in_a_minute_are_five(wire: Wire, key: str, clock: Clock) -> None:
    assert statuses(wire, key, 7) == [200] * 5 + [429] * 2


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize("header", SPOOFED)
def test_another_address_in_each_call_changes_nothing(wire: Wire, key: str, clock: Clock, header: str) -> None:
    http = wire.client(key)

    answers = [
        http.get(
            f"{wire.prefix}/customers", headers={header: f"198.51.100.{number}"}, REMOTE_ADDR=f"192.0.2.{number}"
        ).status_code
        for number in range(8)
    ]

    assert answers == [200] * 5 + [429] * 3


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize(("passed", "left"), [(0, 49), (10.5, 39), (48.9, 1)])
def test_the_wait_is_told_in_whole_seconds(wire: Wire, key: str, clock: Clock, passed: float, left: int) -> None:
    statuses(wire, key, 5)
    clock.forward(seconds=passed)

    response = wire.client(key).get(f"{wire.prefix}/customers")

    # START is 11 seconds into its minute.
    assert response.status_code == 429
    assert response.headers["Retry-After"] == str(left)
    assert wire.is_refusal(response)


@pytest.mark.usefixtures("limited")
def test_after_the_wait_calls_are_taken_again(wire: Wire, key: str, clock: Clock) -> None:
    statuses(wire, key, 6)
    clock.forward(seconds=49)

    assert statuses(wire, key, 6) == [200] * 5 + [429]


@pytest.mark.usefixtures("limited")
def test_both_dialects_draw_on_one_count(key: str, clock: Clock) -> None:
    assert statuses(CHING, key, 3) + statuses(CHARGEBEE, key, 3) == [200] * 5 + [429]


@pytest.mark.usefixtures("limited")
def test_another_key_has_a_count_of_its_own(wire: Wire, key: str, site: BillingSite, clock: Clock) -> None:
    statuses(wire, key, 6)
    another = create_api_key(site=site, at=START)[1]

    assert statuses(wire, another, 1) == [200]


@pytest.mark.usefixtures("limited")
def test_a_refused_call_has_no_effect(wire: Wire, key: str, clock: Clock) -> None:
    statuses(wire, key, 5)

    response = wire.create(wire.client(key))

    assert response.status_code == 429
    assert Customer.objects.count() == 0


@pytest.mark.usefixtures("limited")
def test_calls_without_a_key_use_up_nothing(wire: Wire, key: str, clock: Clock) -> None:
    anonymous = [Client().get(f"{wire.prefix}/customers").status_code for _ in range(9)]

    assert anonymous == [401] * 9
    assert statuses(wire, key, 5) == [200] * 5
