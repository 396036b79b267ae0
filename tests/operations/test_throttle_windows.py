"""Calls that are timed into an older window than the last one do not start the count anew."""

from __future__ import annotations

from datetime import timedelta

from billing_customers.conf import Rate
from billing_customers.models import BillingSite
from billing_customers.operations.api_keys import create_api_key, take_call
from tests.fixtures import NOW

TWO_A_MINUTE = Rate(calls=2, seconds=60)


def test_alternating_windows_share_the_newer_count(site: BillingSite) -> None:
    key, _ = create_api_key(site=site, at=NOW)
    times = [NOW + timedelta(seconds=60 * (number % 2) - 1) for number in range(20)]

    waits = [take_call(key, TWO_A_MINUTE, at=at) for at in times]

    # One in the older window, then two in the newer one, whatever the clocks of the others say.
    assert [wait is None for wait in waits] == [True, True, True, *[False] * 17]


def test_next_window_starts_a_new_count(site: BillingSite) -> None:
    key, _ = create_api_key(site=site, at=NOW)
    for _ in range(3):
        take_call(key, TWO_A_MINUTE, at=NOW)

    assert take_call(key, TWO_A_MINUTE, at=NOW + timedelta(seconds=60)) is None
