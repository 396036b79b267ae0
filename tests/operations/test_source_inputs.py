"""What callers say of a payment source, and its limits (chargebee-wire 3.1). No fault tells a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from billing_customers.choices import PaymentMethodType
from billing_customers.events.sealing import Secret
from billing_customers.exceptions import InvalidInput
from billing_customers.gateways.base import BankAccountInput, CardInput, ReferenceInput
from billing_customers.operations.source_inputs import (
    GivenSource,
    bank_account_given,
    card_given,
    reference_given,
)
from tests.operations.watching import faults

NUMBER = "4012888888881881"
CARD = {"number": NUMBER, "expiry_month": 10, "expiry_year": 2030}
BANK = {"account_number": "000222222227"}
METHOD = {"type": "card", "reference_id": "cus_1"}

# Text and its limits: the shortest and the longest.
CARD_TEXTS = {
    "gateway_account_id": 50,
    "first_name": 50,
    "last_name": 50,
    "number": 1500,
    "cvv": 520,
    "billing_addr1": 150,
    "billing_addr2": 150,
    "billing_city": 50,
    "billing_state_code": 50,
    "billing_state": 50,
    "billing_zip": 20,
}
BANK_TEXTS = {
    "gateway_account_id": (1, 50),
    "iban": (10, 50),
    "first_name": (1, 150),
    "last_name": (1, 150),
    "company": (1, 250),
    "bank_name": (1, 100),
    "account_number": (4, 17),
    "routing_number": (3, 9),
    "bank_code": (1, 20),
    "swedish_identity_number": (10, 12),
}
METHOD_TEXTS = {"gateway_account_id": 50, "reference_id": 200}


def refused(read: Callable[..., GivenSource], said: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        read(said, **more)
    return faults(caught)


def test_card_is_read_whole() -> None:
    given = card_given(
        {
            **CARD,
            "gateway_account_id": "gw_1",
            "cvv": "999",
            "first_name": "Richard",
            "last_name": "Fox",
            "billing_addr1": "PO Box 9999",
            "billing_city": "Walnut",
            "billing_zip": "91789",
            "billing_country": "FR",
        }
    )

    assert given == GivenSource(
        CardInput(
            number=Secret(NUMBER),
            expiry_month=10,
            expiry_year=2030,
            cvv=Secret("999"),
            first_name="Richard",
            last_name="Fox",
            billing_address={"addr1": "PO Box 9999", "city": "Walnut", "zip": "91789", "country": "FR"},
        ),
        "gw_1",
        "card",
    )


def test_card_of_which_least_is_said_has_no_code_and_no_account() -> None:
    given = card_given(CARD)

    assert given == GivenSource(CardInput(number=Secret(NUMBER), expiry_month=10, expiry_year=2030), None, "card")


@pytest.mark.parametrize("field", ["number", "expiry_month", "expiry_year"])
@pytest.mark.parametrize("empty", [None, ""])
def test_number_and_expiry_are_required(field: str, empty: str | None) -> None:
    said = {name: value for name, value in CARD.items() if name != field}

    expected = [(f"card.{field}", "Is required.")]
    assert (refused(card_given, said), refused(card_given, {**said, field: empty})) == (expected, expected)


@pytest.mark.parametrize(("field", "limit"), CARD_TEXTS.items())
def test_text_of_a_card_is_limited(field: str, limit: int) -> None:
    card_given({**CARD, field: "x" * limit})

    assert refused(card_given, {**CARD, field: "x" * (limit + 1)}) == [
        (f"card.{field}", f"Must have at most {limit} characters.")
    ]


@pytest.mark.parametrize("month", [0, 13, -1, 10**30])
def test_month_is_one_of_twelve(month: int) -> None:
    assert refused(card_given, {**CARD, "expiry_month": month}) == [("card.expiry_month", "Must be from 1 to 12.")]


@pytest.mark.parametrize("year", [30, 1969, 10_000])
def test_year_has_four_digits(year: int) -> None:
    assert refused(card_given, {**CARD, "expiry_year": year}) == [("card.expiry_year", "Must be from 1970 to 9999.")]


@pytest.mark.parametrize("country", ["USA", "ZZ", "1"])
def test_country_is_one(country: str) -> None:
    message = "Must be an ISO 3166 country code of two letters, such as US."
    assert refused(card_given, {**CARD, "billing_country": country}) == [("card.billing_country", message)]


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ({"state_code": "CA"}, {"state": "California", "state_code": "CA"}),
        ({"state": "California"}, {"state": "California", "state_code": "CA"}),
        ({"state": "Nowhere"}, {"state": "Nowhere"}),
    ],
)
def test_state_is_completed_where_it_is_known(said: dict[str, str], address: dict[str, str]) -> None:
    given = card_given({**CARD, "billing_country": "US", **{f"billing_{part}": value for part, value in said.items()}})

    assert given.source.billing_address == {"country": "US", **address}  # type: ignore[union-attr]


def test_unknown_state_code_is_refused() -> None:
    assert refused(card_given, {**CARD, "billing_country": "US", "billing_state_code": "XX"}) == [
        ("card.billing_state_code", "Must be a state code of US.")
    ]


def test_all_faults_of_a_card_are_told_and_none_tells_a_value() -> None:
    said = {"number": NUMBER * 100, "cvv": f"{NUMBER}\x00", "expiry_month": 4012, "billing_country": NUMBER}

    told = refused(card_given, said)

    assert [field for field, _ in told] == [
        "card.number",
        "card.expiry_month",
        "card.expiry_year",
        "card.cvv",
        "card.billing_country",
    ]
    assert "4012" not in str(told)


@pytest.mark.parametrize("value", [4012888888881881, [NUMBER], {"a": NUMBER}, True, "4012\n", "4012\ud800"])
def test_number_is_a_single_line_of_text(value: Any) -> None:
    ((field, message),) = refused(card_given, {**CARD, "number": value})

    assert (field, "4012" in message) == ("card.number", False)


def test_parameters_without_a_part_are_named_alone() -> None:
    assert refused(card_given, {}, within="") == [
        ("number", "Is required."),
        ("expiry_month", "Is required."),
        ("expiry_year", "Is required."),
    ]


def test_bank_account_is_read_whole() -> None:
    details = {"first_name": "Shay", "bank_name": "US Bank", "account_type": "savings", "issuing_country": "US"}

    given = bank_account_given({**BANK, "routing_number": "110000000", "gateway_account_id": "gw_1", **details})

    assert given == GivenSource(
        BankAccountInput(account_number=Secret("000222222227"), iban=None, routing_number="110000000", details=details),
        "gw_1",
        "bank_account",
    )


def test_bank_account_can_have_an_iban_instead() -> None:
    given = bank_account_given({"iban": "DE89370400440532013000"})

    assert given.source == BankAccountInput(account_number=None, iban=Secret("DE89370400440532013000"))


def test_bank_account_needs_a_number() -> None:
    assert refused(bank_account_given, {"bank_name": "US Bank"}) == [
        ("bank_account.account_number", "Is required, unless there is an iban.")
    ]


@pytest.mark.parametrize(("field", "shortest", "longest"), [(name, *limits) for name, limits in BANK_TEXTS.items()])
def test_text_of_a_bank_account_is_limited(field: str, shortest: int, longest: int) -> None:
    for length in (shortest, longest):
        bank_account_given({**BANK, field: "1" * length})

    assert refused(bank_account_given, {**BANK, field: "1" * (longest + 1)}) == [
        (f"bank_account.{field}", f"Must have at most {longest} characters.")
    ]


@pytest.mark.parametrize(("field", "shortest"), [(name, low) for name, (low, _) in BANK_TEXTS.items() if low > 1])
def test_text_of_a_bank_account_can_be_too_short(field: str, shortest: int) -> None:
    assert refused(bank_account_given, {**BANK, field: "1" * (shortest - 1)}) == [
        (f"bank_account.{field}", f"Must have at least {shortest} characters.")
    ]


@pytest.mark.parametrize(
    ("field", "allowed"),
    [
        ("account_type", "checking, savings, business_checking, current"),
        ("account_holder_type", "individual, company"),
        ("echeck_type", "web, ppd, ccd"),
    ],
)
def test_kind_of_a_bank_account_is_one_of_a_few(field: str, allowed: str) -> None:
    for value in allowed.split(", "):
        bank_account_given({**BANK, field: value})

    assert refused(bank_account_given, {**BANK, field: "other"}) == [
        (f"bank_account.{field}", f"Must be one of {allowed}.")
    ]


def test_reference_is_read_whole() -> None:
    given = reference_given({**METHOD, "gateway_account_id": "gw_1", "issuing_country": "us"})

    assert given == GivenSource(
        ReferenceInput(type=PaymentMethodType.CARD, reference_id="cus_1", issuing_country="US"),
        "gw_1",
        "payment_method",
    )


def test_token_is_a_secret() -> None:
    given = reference_given({"type": "direct_debit", "tmp_token": "btok_1"})

    assert given.source == ReferenceInput(type=PaymentMethodType.DIRECT_DEBIT, tmp_token=Secret("btok_1"))
    assert "btok_1" not in repr(given)


def test_reference_and_token_exclude_each_other() -> None:
    assert refused(reference_given, {**METHOD, "tmp_token": "tok"}) == [
        ("payment_method.tmp_token", "Cannot be given together with a reference_id.")
    ]


def test_reference_or_token_is_required() -> None:
    assert refused(reference_given, {"type": "card"}) == [
        ("payment_method.reference_id", "Is required, unless there is a tmp_token.")
    ]


@pytest.mark.parametrize("number", ["4111111111111111", "4111 1111 1111 1111", "3782-822463-10005"])
def test_number_of_a_card_is_no_reference(number: str) -> None:
    """References are stored and shown."""
    assert refused(reference_given, {"type": "card", "reference_id": number}) == [
        ("payment_method.reference_id", "Is the number of a card, not a gateway's reference to it.")
    ]


@pytest.mark.parametrize("reference", ["4111111111111112", "cus_4111111111111111", "41111111111"])
def test_what_only_looks_like_a_number_is_a_reference(reference: str) -> None:
    given = reference_given({"type": "card", "reference_id": reference})

    assert given.source.reference_id == reference  # type: ignore[union-attr]


def test_type_is_required_where_there_is_none_by_default() -> None:
    assert refused(reference_given, {"reference_id": "cus_1"}) == [("payment_method.type", "Is required.")]


def test_type_can_have_a_default() -> None:
    given = reference_given({"reference_id": "cus_1"}, default_type="card")

    assert given.source.type is PaymentMethodType.CARD  # type: ignore[union-attr]


@pytest.mark.parametrize("given", PaymentMethodType.values)
def test_each_type_of_the_contract_is_known(given: str) -> None:
    assert reference_given({**METHOD, "type": given}).source.type == given  # type: ignore[union-attr]


@pytest.mark.parametrize(("field", "limit"), METHOD_TEXTS.items())
def test_text_of_a_reference_is_limited(field: str, limit: int) -> None:
    reference_given({**METHOD, field: "x" * limit})

    assert refused(reference_given, {**METHOD, field: "x" * (limit + 1)}) == [
        (f"payment_method.{field}", f"Must have at most {limit} characters.")
    ]


def test_token_has_at_most_65000_characters() -> None:
    reference_given({"type": "card", "tmp_token": "x" * 65_000})

    assert refused(reference_given, {"type": "card", "tmp_token": "x" * 65_001}) == [
        ("payment_method.tmp_token", "Must have at most 65000 characters.")
    ]


def test_nothing_of_a_card_is_shown_by_its_representation() -> None:
    given = card_given({**CARD, "cvv": "737"})

    assert (NUMBER in repr(given), "737" in repr(given)) == (False, False)
