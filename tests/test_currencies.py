"""Currencies: active ISO 4217 codes and their minor units."""

import pytest

from billing_customers import currencies
from billing_customers.currencies import exponent, is_currency

ISO_4217 = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "USD EUR ILS GBP INR CAD AED CHF HUF TWD MGA MRU IDR SLE VED XCG XAD ZWG BYN MXV",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}


@pytest.mark.parametrize(
    ("code", "places"),
    [(code, places) for places, codes in ISO_4217.items() for code in codes.split()],
)
def test_an_active_currency_has_its_iso_exponent(code, places):
    assert is_currency(code)
    assert exponent(code) == places


def test_all_165_active_codes_are_known_once():
    listed = [code for codes in currencies._CODES_BY_EXPONENT.values() for code in codes.split()]

    assert len(listed) == len(set(listed)) == 165
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in listed)


@pytest.mark.parametrize("code", ["BGN", "HRK", "ZWL", "ANG", "SLL", "CUC", "VEF", "BYR", "DEM", "MRO", "STD", "LTL"])
def test_a_withdrawn_currency_is_not_active(code):
    assert not is_currency(code)


@pytest.mark.parametrize("code", ["XAU", "XAG", "XPT", "XPD", "XDR", "XSU", "XUA", "XBA", "XTS", "XXX"])
def test_a_code_without_a_minor_unit_is_not_a_currency_to_bill_in(code):
    assert not is_currency(code)


@pytest.mark.parametrize("code", ["", "usd", "Usd", "USD ", "US", "USDT", "BTC", "840", "\uff35\uff33\uff24", "\0"])
def test_anything_else_is_refused_with_the_value_and_the_rule(code):
    assert not is_currency(code)
    with pytest.raises(ValueError, match="is not an active ISO 4217 currency code") as refused:
        exponent(code)
    assert repr(code) in str(refused.value)
