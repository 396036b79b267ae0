"""Phone rule of both contracts: verbatim text in, one comparable E.164 out, or nothing."""

from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_customers.phonefield import validate_e164
from billing_customers.phones import MAX_TEXT_LENGTH, search_key, to_e164

IL_MOBILE = "+972549876543"
NASTY_ATOMS = "+|00|0|972|54|9876543|1|(|)|-| |/|.|\0|\ud800|٣|²|x5|tel:|#|;ext=5|\u202a|\u05be|\uff0b|\uff19|abc"
NASTY = st.lists(st.sampled_from(NASTY_ATOMS.split("|")), max_size=14).map("".join)


def test_the_sample_of_the_contract_is_possible_but_not_valid_and_is_accepted():
    assert not phonenumbers.is_valid_number(phonenumbers.parse("+972501234567"))

    assert to_e164("+972501234567", "IL") == "+972501234567"


@pytest.mark.parametrize(
    "text",
    [
        "+972549876543",
        "+972 54-987-6543",
        "+972 (0)54-987-6543",
        "+972-054-987-6543",
        "(+972) 54 987 6543",
        "++972549876543",
        "tel:+972-54-987-6543",
        "00972549876543",
        "00 972 54-987-6543",
        "00972054-987-6543",
        "012 972 54 987 6543",
        "972549876543",
        "054-987-6543",
        "054 987 6543",
        "054.987.6543",
        "054/9876543",
        "(054) 9876543",
        "0549876543",
        "549876543",
        " 054-987-6543\n",
    ],
)
def test_every_usual_spelling_of_a_number_gives_the_same_e164(text):
    assert to_e164(text, "IL") == IL_MOBILE


@pytest.mark.parametrize(
    "text",
    [
        "٠٥٤-٩٨٧-٦٥٤٣",
        "+٩٧٢٥٤٩٨٧٦٥٤٣",
        "۰۵۴۹۸۷۶۵۴۳",
        "\uff10\uff15\uff14\uff0d\uff19\uff18\uff17\uff0d\uff16\uff15\uff14\uff13",
        "\uff0b972549876543",
        "\u202a+972\u202c\u200e54\u200f9876543",
        "054\u05be9876543",
        "054\u20139876543",
        "054\u22129876543",
        "054\u00a0987\u00a06543",
    ],
    ids=["arabic", "arabic plus", "persian", "full-width", "full-width plus", "bidi", "maqaf", "dash", "minus", "nbsp"],
)
def test_digits_of_any_script_and_invisible_marks_are_understood(text):
    assert to_e164(text, "IL") == IL_MOBILE


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("050-123-4567", "IL", "+972501234567"),
        ("0501234567", "IL", "+972501234567"),
        ("501234567", "IL", None),
        ("972501234567", "IL", None),
        ("00972501234567", "IL", "+972501234567"),
        ("(541) 754-3010", "IL", None),
        ("(541) 754-3010", "US", "+15417543010"),
        ("1 541 754 3010", "US", "+15417543010"),
        ("0541 754 3010", "US", None),
        ("(555) 555-5555", "US", None),
        ("011 972 54-987-6543", "US", IL_MOBILE),
        ("011 972 50-123-4567", "US", "+972501234567"),
        ("011 972 54-987-6543", "IL", None),
        ("+1 541 754 3010", "IL", "+15417543010"),
        ("001 541 754 3010", "IL", "+15417543010"),
        ("03-123-4567", "IL", "+97231234567"),
        ("1-800-123-456", "IL", "+9721800123456"),
        ("06 698 12345", "IT", "+390669812345"),
        ("+39 06 698 12345", "IL", "+390669812345"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("8 912 345-67-89", "RU", "+79123456789"),
        ("012 345-67-89", "RU", None),
        ("+800 1234 5678", "IL", "+80012345678"),
    ],
)
def test_local_text_needs_validity_or_the_trunk_zero_and_international_text_only_possibility(text, region, expected):
    assert to_e164(text, region) == expected


def test_a_number_of_a_neighbour_in_the_same_numbering_plan_is_local_too():
    assert to_e164("(416) 967-1111", "US") == "+14169671111"


@pytest.mark.parametrize(
    "text",
    [
        *["", " ", "+", "0", "00", "0012", "abc", "100", "*2700", "02-1234", "054-987-65434321012"],
        *["+0549876543", "+999123456789", "+97254", "000972549876543", "054+9876543", "+" + "9" * 49],
        *["1-800-FLOWERS", "call 054-987-6543", "054-987-654a", "054²9876543", "054½"],
        *["054-9876543\0", "054\t9876543", "+972549876543\ud800", "054-9876543, 054-9876544"],
    ],
)
def test_text_that_is_not_one_whole_number_is_unusable(text):
    assert to_e164(text, "IL") is None
    assert search_key(text, "IL") is None


@pytest.mark.parametrize(
    "text", ["054-987-6543 ext 5", "+972549876543x5", "+972549876543;ext=5", "054-9876543#5", "tel:+972549876543;ext=5"]
)
def test_an_extension_makes_a_number_unusable_since_e164_cannot_carry_it(text):
    assert to_e164(text, "IL") is None


def test_text_of_fifty_characters_is_read():
    assert to_e164("0549876543".rjust(MAX_TEXT_LENGTH), "IL") == IL_MOBILE


def test_text_of_fifty_one_characters_is_refused_unread(monkeypatch):
    monkeypatch.setattr(phonenumbers, "parse", lambda *_args, **_options: pytest.fail("parsed"))

    assert to_e164("0549876543".rjust(MAX_TEXT_LENGTH + 1), "IL") is None


@pytest.mark.parametrize("atom", ["0", "+", "(", "- ", "x5"])
def test_hostile_text_of_any_length_is_refused_unread(monkeypatch, atom):
    monkeypatch.setattr(phonenumbers, "parse", lambda *_args, **_options: pytest.fail("parsed"))

    assert to_e164(atom * 65_536, "IL") is None


@pytest.mark.parametrize("region", ["il", "IL"])
def test_the_region_may_be_in_either_case(region):
    assert to_e164("0549876543", region) == IL_MOBILE


@pytest.mark.parametrize("region", ["", "ZZ", "001", "Israel", "\0"])
def test_an_unknown_region_leaves_international_numbers_usable_and_local_ones_not(region):
    assert to_e164("+972549876543", region) == IL_MOBILE
    assert to_e164("0549876543", region) is None
    assert search_key("0549876543", region) is None


@given(text=st.one_of(NASTY, st.text(max_size=60)), region=st.sampled_from(["IL", "US", "IT", "RU", "ZZ", ""]))
def test_any_text_gives_a_storable_number_that_is_its_own_spelling_or_nothing(text, region):
    found = to_e164(text, region)

    assert found is None or to_e164(found, "ZZ") == found
    if found is not None:
        validate_e164(found)


def test_the_longest_possible_number_of_any_country_fits_the_column_of_twenty():
    metadata: Any = phonenumbers.PhoneMetadata
    plans = [metadata.metadata_for_region(region) for region in phonenumbers.SUPPORTED_REGIONS]
    digits = max(len(str(plan.country_code)) + max(plan.general_desc.possible_length) for plan in plans)

    assert len("+") + digits <= 20


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("054-987-6543", "IL", IL_MOBILE),
        (" 972501234567", "IL", "+972501234567"),
        ("972-50-123-4567", "IL", "+972501234567"),
        ("15417543010", "IL", "+15417543010"),
        ("9725", "IL", None),
        ("972612345", "IL", None),
        ("5417543010", "IL", None),
        ("501234567", "IL", None),
    ],
)
def test_a_search_forgives_a_lost_plus_but_guesses_no_country(text, region, expected):
    assert search_key(text, region) == expected
