"""Amounts are exact, whatever the currency and however large."""

from __future__ import annotations

from decimal import Decimal

import pytest

from billing_customers.admin.amounts import amount, amount_text, minor_units


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (109_500, "USD", "1,095.00 USD"),
        (-5, "USD", "-0.05 USD"),
        (0, "ILS", "0.00 ILS"),
        (1095, "JPY", "1,095 JPY"),
        (1095, "KWD", "1.095 KWD"),
        (-10_950, "CLF", "-1.0950 CLF"),
        (10**15 - 1, "USD", "9,999,999,999,999.99 USD"),
        (9_007_199_254_740_993, "USD", "90,071,992,547,409.93 USD"),
    ],
)
def test_amount_is_shown_with_all_its_places(minor: int, currency: str, text: str) -> None:
    assert amount_text(minor, currency) == text


def test_amount_in_a_currency_of_the_past_is_shown_as_it_is_counted() -> None:
    assert amount_text(1095, "DEM").startswith("1,095 DEM (")


def test_cell_runs_from_left_to_right() -> None:
    assert amount(1, "USD") == '<bdi dir="ltr" class="bc-amount">0.01 USD</bdi>'


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("12.50", "USD", 1250),
        ("0.29", "USD", 29),
        ("1.1e2", "USD", 11_000),
        ("1095", "JPY", 1095),
        ("1.095", "KWD", 1095),
        ("12.500000", "USD", 1250),
        ("90071992547409.93", "USD", 9_007_199_254_740_993),
        ("-0.01", "USD", -1),
    ],
)
def test_what_is_typed_is_counted_exactly(typed: str, currency: str, minor: int) -> None:
    assert minor_units(Decimal(typed), currency) == minor


@pytest.mark.parametrize(("typed", "currency"), [("0.005", "USD"), ("1.5", "JPY"), ("-1.0001", "KWD")])
def test_more_places_than_the_currency_has_are_refused_and_not_rounded(typed: str, currency: str) -> None:
    with pytest.raises(ValueError, match=currency):
        minor_units(Decimal(typed), currency)
