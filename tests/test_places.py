"""Countries and states: ISO 3166 as billing systems take it."""

import pytest

from billing_customers import places
from billing_customers.places import COUNTRIES_WITH_STATES, is_country, state_code, state_name

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALL_STATES = [(country, code, name) for country, table in places._NAMES.items() for code, name in table.items()]


def test_exactly_249_codes_of_iso_3166_and_two_more_are_countries():
    accepted = [first + second for first in LETTERS for second in LETTERS if is_country(first + second)]

    assert len(accepted) == 251


@pytest.mark.parametrize("code", ["IL", "US", "GB", "AE", "IN", "CA", "SS", "CW", "BQ", "SX", "ZW", "AD", "XI", "XK"])
def test_a_present_country_is_accepted(code):
    assert is_country(code)


@pytest.mark.parametrize(
    "code",
    ["", "X", "ZZ", "UK", "EL", "EU", "AN", "CS", "YU", "XX", "il", "Il", "ISR", "IL ", "376", "\0", "\uff29\uff2c"],
)
def test_anything_else_is_no_country(code):
    assert not is_country(code)


def test_the_states_of_four_countries_are_known():
    counts = {country: len(table) for country, table in places._NAMES.items()}

    assert counts == {"AE": 7, "CA": 13, "IN": 36, "US": 50 + 1 + 6 + 3}
    assert counts.keys() == COUNTRIES_WITH_STATES


@pytest.mark.parametrize(("country", "code", "name"), ALL_STATES)
def test_code_and_name_of_a_state_lead_to_each_other(country, code, name):
    assert state_name(country, code) == name
    assert state_code(country, name) == code


@pytest.mark.parametrize(
    ("country", "code", "name"),
    [
        ("US", "CA", "California"),
        ("US", "DC", "District of Columbia"),
        ("US", "AS", "American Samoa"),
        ("US", "GU", "Guam"),
        ("US", "MP", "Northern Mariana Islands"),
        ("US", "PR", "Puerto Rico"),
        ("US", "UM", "U.S. Minor Outlying Islands"),
        ("US", "VI", "U.S. Virgin Islands"),
        ("US", "AA", "Armed Forces Americas"),
        ("US", "AE", "Armed Forces Europe"),
        ("US", "AP", "Armed Forces Pacific"),
        ("CA", "QC", "Quebec"),
        ("CA", "NL", "Newfoundland and Labrador"),
        ("AE", "AZ", "Abu Dhabi"),
        ("AE", "UQ", "Umm Al Quwain"),
        ("IN", "DH", "Dadra and Nagar Haveli and Daman and Diu"),
        ("us", " ca ", "California"),
    ],
)
def test_a_code_has_one_name(country, code, name):
    assert state_name(country, code) == name


@pytest.mark.parametrize(
    ("older", "present", "name"),
    [
        ("OR", "OD", "Odisha"),
        ("CT", "CG", "Chhattisgarh"),
        ("UT", "UK", "Uttarakhand"),
        ("TG", "TS", "Telangana"),
        ("DN", "DH", "Dadra and Nagar Haveli and Daman and Diu"),
        ("DD", "DH", "Dadra and Nagar Haveli and Daman and Diu"),
    ],
)
def test_an_older_indian_code_is_understood_and_the_present_one_is_given(older, present, name):
    assert state_name("IN", older) == state_name("IN", present) == name
    assert state_code("IN", name) == present


@pytest.mark.parametrize(
    ("country", "name", "code"),
    [
        ("US", "  california ", "CA"),
        ("us", "NEW  YORK", "NY"),
        ("US", "Virgin Islands", "VI"),
        ("US", "Washington", "WA"),
        ("US", "Washington, D.C.", "DC"),
        ("CA", "Québec", "QC"),
        ("CA", "Que\u0301bec", "QC"),
        ("CA", "Newfoundland & Labrador", "NL"),
        ("IN", "Mahārāshtra", "MH"),
        ("IN", "Orissa", "OD"),
        ("IN", "Pondicherry", "PY"),
        ("IN", "Daman & Diu", "DH"),
        ("AE", "Ras al-Khaimah", "RK"),
    ],
)
def test_a_name_is_found_without_case_accents_and_punctuation(country, name, code):
    assert state_code(country, name) == code


@pytest.mark.parametrize(
    ("country", "code"), [("US", "ZZ"), ("US", ""), ("US", "OD"), ("IL", "CA"), ("", "CA"), ("\0", "\0")]
)
def test_an_unknown_code_has_no_name(country, code):
    assert state_name(country, code) is None


@pytest.mark.parametrize(
    ("country", "name"),
    [("US", "CA"), ("US", ""), ("US", "Ontario"), ("IL", "California"), ("", "Ohio"), ("US", "\ud800")],
)
def test_an_unknown_name_has_no_code(country, name):
    assert state_code(country, name) is None
