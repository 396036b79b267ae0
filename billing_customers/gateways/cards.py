"""What a card's number says of itself."""

from __future__ import annotations

import re

from django.views.decorators.debug import sensitive_variables

# By the issuer's first digits, the first that fits; the names are Chargebee's.
_BRANDS = (
    ("american_express", re.compile(r"3[47]")),
    ("diners_club", re.compile(r"3(?:0[0-5]|095|[689])")),
    ("jcb", re.compile(r"35(?:2[89]|[3-8])")),
    ("mastercard", re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720")),
    ("discover", re.compile(r"6(?:011|4[4-9]|5)")),
    ("visa", re.compile(r"4")),
)
_NUMBER = re.compile(r"[0-9]{12,19}", re.ASCII)


@sensitive_variables()
def is_card_number(digits: str) -> bool:
    """Whether these are 12 to 19 digits with the right check digit, by Luhn's rule (ISO/IEC 7812)."""
    if not _NUMBER.fullmatch(digits):
        return False
    values = [int(digit) for digit in reversed(digits)]
    doubled = [2 * value - 9 * (value > 4) for value in values[1::2]]
    return (sum(values[::2]) + sum(doubled)) % 10 == 0


@sensitive_variables()
def brand_of(digits: str) -> str:
    """The brand, such as ``"visa"``; ``"other"`` for one that is not known here."""
    return next((brand for brand, pattern in _BRANDS if pattern.match(digits)), "other")
