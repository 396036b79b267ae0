"""Countries and states of an address: the codes that are accepted, and the one name of each state."""

from __future__ import annotations

import unicodedata

_ISO_3166 = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET
    FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU
    ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY
    MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM
    PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
    UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
# Not in ISO 3166-1, yet billed: Northern Ireland (for VAT) and Kosovo.
_COUNTRIES = frozenset(_ISO_3166.split()) | {"XI", "XK"}

_STATES = {
    "AE": """
        AJ Ajman|AZ Abu Dhabi|DU Dubai|FU Fujairah|RK Ras Al Khaimah|SH Sharjah|UQ Umm Al Quwain
    """,
    "CA": """
        AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|NS Nova Scotia|
        NT Northwest Territories|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec|SK Saskatchewan|YT Yukon
    """,
    "IN": """
        AN Andaman and Nicobar Islands|AP Andhra Pradesh|AR Arunachal Pradesh|AS Assam|BR Bihar|CG Chhattisgarh|
        CH Chandigarh|DH Dadra and Nagar Haveli and Daman and Diu|DL Delhi|GA Goa|GJ Gujarat|HP Himachal Pradesh|
        HR Haryana|JH Jharkhand|JK Jammu and Kashmir|KA Karnataka|KL Kerala|LA Ladakh|LD Lakshadweep|MH Maharashtra|
        ML Meghalaya|MN Manipur|MP Madhya Pradesh|MZ Mizoram|NL Nagaland|OD Odisha|PB Punjab|PY Puducherry|
        RJ Rajasthan|SK Sikkim|TN Tamil Nadu|TR Tripura|TS Telangana|UK Uttarakhand|UP Uttar Pradesh|WB West Bengal
    """,
    "US": """
        AK Alaska|AL Alabama|AR Arkansas|AZ Arizona|CA California|CO Colorado|CT Connecticut|DC District of Columbia|
        DE Delaware|FL Florida|GA Georgia|HI Hawaii|IA Iowa|ID Idaho|IL Illinois|IN Indiana|KS Kansas|KY Kentucky|
        LA Louisiana|MA Massachusetts|MD Maryland|ME Maine|MI Michigan|MN Minnesota|MO Missouri|MS Mississippi|
        MT Montana|NC North Carolina|ND North Dakota|NE Nebraska|NH New Hampshire|NJ New Jersey|NM New Mexico|
        NV Nevada|NY New York|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island|SC South Carolina|
        SD South Dakota|TN Tennessee|TX Texas|UT Utah|VA Virginia|VT Vermont|WA Washington|WI Wisconsin|
        WV West Virginia|WY Wyoming|
        AS American Samoa|GU Guam|MP Northern Mariana Islands|PR Puerto Rico|UM U.S. Minor Outlying Islands|
        VI U.S. Virgin Islands|
        AA Armed Forces Americas|AE Armed Forces Europe|AP Armed Forces Pacific
    """,
}

# Codes that ISO 3166-2 gave up: in 2023 for spellings, in 2020 when DD and DN became one territory.
_OLDER_CODES = {"IN": {"CT": "CG", "DD": "DH", "DN": "DH", "OR": "OD", "TG": "TS", "UT": "UK"}}

_OTHER_NAMES = {
    "IN": {
        "Dadra and Nagar Haveli": "DH",
        "Daman and Diu": "DH",
        "Orissa": "OD",
        "Pondicherry": "PY",
        "Uttaranchal": "UK",
    },
    "US": {"Virgin Islands": "VI", "United States Minor Outlying Islands": "UM", "Washington, D.C.": "DC"},
}


def _folded(name: str) -> str:
    """Reduce a name to what a person means: no case, accents or punctuation; ``&`` is "and"."""
    spaced = name.replace("&", " and ").replace("-", " ")
    decomposed = unicodedata.normalize("NFKD", spaced).casefold()
    return " ".join("".join(char for char in decomposed if char.isalnum() or char.isspace()).split())


def _names(table: str) -> dict[str, str]:
    return dict(entry.strip().split(" ", 1) for entry in table.split("|"))


def _codes(country: str) -> dict[str, str]:
    by_name = {name: code for code, name in _NAMES[country].items()} | _OTHER_NAMES.get(country, {})
    return {_folded(name): code for name, code in by_name.items()}


_NAMES = {country: _names(table) for country, table in _STATES.items()}
_CODES = {country: _codes(country) for country in _STATES}

COUNTRIES_WITH_STATES = frozenset(_STATES)
"""The countries (ISO 3166-1 alpha-2) whose states are known here by code and name."""


def is_country(code: str) -> bool:
    """Say whether ``code`` is an ISO 3166-1 alpha-2 code in upper case, or XI or XK."""
    return code in _COUNTRIES


def state_name(country: str, code: str) -> str | None:
    """Give the English name of a state, ``None`` when the country or the code is not known here.

    :param country: ISO 3166-1 alpha-2, in any case.
    :param code: the part of the ISO 3166-2 code after the country (``"CA"`` of US-CA), in any case; codes that were
        replaced are understood (``"OR"``, now ``"OD"``). US codes include the military ones of the postal service.
    """
    country, code = country.upper(), code.strip().upper()
    code = _OLDER_CODES.get(country, {}).get(code, code)
    return _NAMES.get(country, {}).get(code)


def state_code(country: str, name: str) -> str | None:
    """Give the present ISO 3166-2 code, without the country, of a state's name; ``None`` when it is not known here.

    :param country: ISO 3166-1 alpha-2, in any case.
    :param name: compared without case, accents and punctuation (``"Québec"``, ``"ras al-khaimah"``).
    """
    return _CODES.get(country.upper(), {}).get(_folded(name))
