"""Currencies: the active codes of ISO 4217, and how many decimal places their minor unit has."""

from __future__ import annotations

# Funds codes (CLF, MXV …) are in; metals, bond units, XDR, XTS and XXX are not, for they have no minor unit.
_CODES_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY
        COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
        INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR
        MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
        STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_EXPONENTS = {code: exponent for exponent, codes in _CODES_BY_EXPONENT.items() for code in codes.split()}


def is_currency(code: str) -> bool:
    """Say whether ``code`` is an active ISO 4217 code, in upper case, of a currency that has a minor unit."""
    return code in _EXPONENTS


def exponent(code: str) -> int:
    """Give the number of decimal places of a currency: 2 for USD (100 cents), 0 for JPY, 3 for KWD.

    Money is kept in minor units everywhere; this is what turns them into an amount to show.

    :raises ValueError: ``code`` is not an active currency.
    """
    try:
        return _EXPONENTS[code]
    except KeyError:
        raise ValueError(f"{code!r} is not an active ISO 4217 currency code.") from None
