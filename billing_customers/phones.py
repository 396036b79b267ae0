"""Telephone numbers: what a person wrote, and the one spelling (E.164) by which two of them can be compared."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from phonenumbers import CountryCodeSource, NumberParseException, PhoneNumber, PhoneNumberFormat

MAX_TEXT_LENGTH = 50
"""The longest telephone text of both contracts. Longer text is refused unread: parsing it takes long."""

_DIALLED = re.compile(r"\+*[0-9]+")
_SEPARATORS = {"Cf", "Pd", "Pe", "Ps", "Zs"}  # Cf: right-to-left text carries invisible direction marks
_MORE_SEPARATORS = "./\u2212"  # U+2212 is the minus sign, which Unicode does not count as a dash
_PLUS_SIGNS = "+\uff0b"
_INTERNATIONAL = {CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN, CountryCodeSource.FROM_NUMBER_WITH_IDD}


def to_e164(text: str, region: str) -> str | None:
    """Give ``text`` as E.164, or ``None`` when it cannot be relied on as one number.

    A number with a country code (``+972…``, or after the dialling prefix of the region, ``00972…``) only has to be
    *possible*: CHING's own sample ``+972501234567`` is not *valid* in present metadata. A local one has to be valid in
    the numbering plan of the region, or possible and written with the trunk prefix 0.

    Digits of any script count as digits, and direction marks are skipped. Letters make the text unusable, and so do
    extensions: E.164 cannot carry one, and without it two desks behind one switchboard would be the same customer.

    :param text: at most 50 characters, else ``None``.
    :param region: ISO 3166-1 alpha-2 code of the country that local numbers belong to.
    """
    dialled = _dialled(text)
    number = _parse(dialled, region)
    return _format(number) if number and _is_reliable(number, dialled, region) else None


def search_key(text: str, region: str) -> str | None:
    """Give the E.164 that a search for ``text`` should compare with, or ``None``.

    As :func:`to_e164`, but a lost ``+`` is forgiven too (an unescaped one in a query string arrives as a blank) when
    what remains has the country code of the region, or is a valid number of another country.
    """
    exact = to_e164(text, region)
    if exact is not None:
        return exact
    number = _parse(f"+{_dialled(text)}", region)
    if number is None or not phonenumbers.is_possible_number(number):
        return None
    is_domestic = number.country_code == phonenumbers.country_code_for_region(region.upper())
    return _format(number) if is_domestic or phonenumbers.is_valid_number(number) else None


def _dialled(text: str) -> str:
    """Reduce ``text`` to an optional plus and ASCII digits; empty when it holds anything else than one number."""
    if len(text) > MAX_TEXT_LENGTH:
        return ""
    dialled = "".join(_dialled_character(char) for char in text.strip().removeprefix("tel:"))
    return dialled if _DIALLED.fullmatch(dialled) else ""


def _dialled_character(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if char in _PLUS_SIGNS:
        return "+"
    return "" if char in _MORE_SEPARATORS or unicodedata.category(char) in _SEPARATORS else char


def _parse(dialled: str, region: str) -> PhoneNumber | None:
    if not dialled:
        return None
    try:
        # Without the raw input the parser does not say where it took the country code from.
        return phonenumbers.parse(dialled, region.upper(), keep_raw_input=True)
    except NumberParseException:
        return None


def _is_reliable(number: PhoneNumber, dialled: str, region: str) -> bool:
    if not phonenumbers.is_possible_number(number):
        return False
    if number.country_code_source in _INTERNATIONAL or phonenumbers.is_valid_number(number):
        return True
    return dialled.startswith("0") and phonenumbers.ndd_prefix_for_region(region.upper(), False) == "0"


def _format(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
