"""What a number says of itself."""

from __future__ import annotations

import pytest

from billing_customers.gateways.cards import brand_of, is_card_number


@pytest.mark.parametrize(
    ("digits", "is_one"),
    [
        ("4242424242424242", True),
        ("378282246310005", True),
        ("30569309025904", True),
        ("6304000000000000", True),
        ("000000000000", True),
        ("4242424242424241", False),
        ("2424242424242424", False),
        ("42424242424", False),
        ("00000000000000000000", False),
        ("424242424242424\u0662", False),
        ("4242424242424242\n", False),
        ("", False),
    ],
)
def test_a_number_has_its_check_digit(digits: str, is_one: bool) -> None:
    assert is_card_number(digits) is is_one


@pytest.mark.parametrize(
    ("digits", "brand"),
    [
        ("2220", "other"),
        ("2221", "mastercard"),
        ("2720", "mastercard"),
        ("2721", "other"),
        ("50", "other"),
        ("51", "mastercard"),
        ("55", "mastercard"),
        ("56", "other"),
        ("300", "diners_club"),
        ("305", "diners_club"),
        ("306", "other"),
        ("3095", "diners_club"),
        ("36", "diners_club"),
        ("38", "diners_club"),
        ("34", "american_express"),
        ("37", "american_express"),
        ("3527", "other"),
        ("3528", "jcb"),
        ("3589", "jcb"),
        ("3590", "other"),
        ("6011", "discover"),
        ("643", "other"),
        ("644", "discover"),
        ("65", "discover"),
        ("62", "other"),
        ("4", "visa"),
        ("", "other"),
    ],
)
def test_a_brand_is_known_by_its_first_digits(digits: str, brand: str) -> None:
    assert brand_of(digits) == brand
