"""Every attribute that a list can be filtered by, with every operator that it has."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite
from billing_customers.queries.conditions import ATTRIBUTES, OPERATORS, Condition, Kind
from tests.factories import CustomerFactory
from tests.operations import acts
from tests.queries.querying import ids

TEXTS = ["first_name", "last_name", "company"]
# Two values of each enumeration that a list can be filtered by.
ENUMERATIONS = {
    "auto_collection": ("on", "off"),
    "taxability": ("taxable", "exempt"),
    "offline_payment_method": ("cash", "check"),
}


@pytest.fixture
def texts(site: BillingSite, request: pytest.FixtureRequest) -> BillingSite:
    """Customers whose first name, last name and company tell them apart, one without any."""
    for public_id, text in {"jo": "Jo", "joe": "Joe", "JO": "JO", "blank": "Jo ", "none": None}.items():
        CustomerFactory(site=site, public_id=public_id, **dict.fromkeys(TEXTS, text))
    return site


@pytest.mark.parametrize("attribute", TEXTS)
@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("is", "Jo", ["jo"]),
        ("is", "JO", ["JO"]),
        ("is", "Jo ", ["blank"]),
        ("is", "nobody", []),
        ("is", "", []),
        ("is_not", "Jo", ["joe", "JO", "blank", "none"]),
        ("is_not", "nobody", ["jo", "joe", "JO", "blank", "none"]),
        ("starts_with", "Jo", ["jo", "joe", "blank"]),
        ("starts_with", "J", ["jo", "joe", "JO", "blank"]),
        ("starts_with", "j", []),
        ("starts_with", "Jo ", ["blank"]),
        ("starts_with", "", ["jo", "joe", "JO", "blank"]),
        ("is_present", True, ["jo", "joe", "JO", "blank"]),
        ("is_present", False, ["none"]),
    ],
)
def test_text_is_filtered_letter_for_letter(
    texts: BillingSite, attribute: str, operator: str, value: Any, expected: list[str]
) -> None:
    assert ids(texts, (attribute, operator, value)) == expected


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("is", "dana@example.com", ["dana", "DANA"]),
        ("is", " Dana@Example.COM ", ["dana", "DANA"]),
        ("is", "dana@example.co", []),
        ("is_not", "DANA@example.com", ["dan", "none"]),
        ("starts_with", "dan", ["dana", "DANA", "dan"]),
        ("starts_with", "DANA", ["dana", "DANA"]),
        ("starts_with", "ana", []),
        ("is_present", True, ["dana", "DANA", "dan"]),
        ("is_present", False, ["none"]),
    ],
)
def test_email_is_filtered_by_its_key(site: BillingSite, operator: str, value: Any, expected: list[str]) -> None:
    for public_id, email in {
        "dana": "dana@example.com",
        "DANA": "Dana@EXAMPLE.com",
        "dan": "dan@example.com",
        "none": None,
    }.items():
        acts.create(site, public_id, email=email)

    assert ids(site, ("email", operator, value)) == expected


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("is", "054-987-6543", ["local", "e164"]),
        ("is", "+972549876543", ["local", "e164"]),
        ("is", " 972549876543", ["local", "e164"]),
        ("is", "call me", ["text"]),
        ("is", "call", []),
        ("is_not", "+972549876543", ["text", "none"]),
        ("is_not", "call me", ["local", "e164", "none"]),
        ("starts_with", "054", ["local"]),
        ("starts_with", "+972", ["e164"]),
        ("starts_with", "Call", []),
        ("is_present", True, ["local", "e164", "text"]),
        ("is_present", False, ["none"]),
    ],
)
def test_phone_is_filtered_as_given_and_in_e164(
    site: BillingSite, operator: str, value: Any, expected: list[str]
) -> None:
    for public_id, phone in {
        "local": "054-987-6543",
        "e164": "+972549876543",
        "text": "call me",
        "none": None,
    }.items():
        acts.create(site, public_id, phone=phone)

    assert ids(site, ("phone", operator, value)) == expected


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("is", "acme", ["acme"]),
        ("is", "Acme", ["Acme"]),
        ("is", "acme ", []),
        ("is_not", "acme", ["Acme", "acme-2", "b"]),
        ("starts_with", "acme", ["acme", "acme-2"]),
        ("starts_with", "%", []),
        ("in", ["b", "Acme", "missing"], ["Acme", "b"]),
        ("in", [], []),
        ("in", ["acme", "acme"], ["acme"]),
        ("not_in", ["b", "Acme", "missing"], ["acme", "acme-2"]),
        ("not_in", [], ["acme", "Acme", "acme-2", "b"]),
    ],
)
def test_id_is_filtered(site: BillingSite, operator: str, value: Any, expected: list[str]) -> None:
    for public_id in ("acme", "Acme", "acme-2", "b"):
        CustomerFactory(site=site, public_id=public_id)

    assert ids(site, ("id", operator, value)) == expected


@pytest.mark.parametrize("attribute", ENUMERATIONS)
def test_enumeration_is_filtered(site: BillingSite, attribute: str) -> None:
    one, two = ENUMERATIONS[attribute]
    CustomerFactory(site=site, public_id="one", **{attribute: one})
    CustomerFactory(site=site, public_id="two", **{attribute: two})

    found = {
        (operator, str(value)): ids(site, (attribute, operator, value))
        for operator, value in [("is", one), ("is_not", one), ("in", [one, two]), ("not_in", [one]), ("not_in", [])]
    }

    assert list(found.values()) == [["one"], ["two"], ["one", "two"], ["two"], ["one", "two"]]


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("is", "cash", ["cash"]),
        ("is_not", "cash", ["check", "none"]),
        ("in", ["cash", "check"], ["cash", "check"]),
        ("not_in", ["cash", "check"], ["none"]),
        ("not_in", ["cash"], ["check", "none"]),
    ],
)
def test_value_that_is_unset_is_not_any_other(
    site: BillingSite, operator: str, value: Any, expected: list[str]
) -> None:
    for public_id, method in {"cash": "cash", "check": "check", "none": None}.items():
        CustomerFactory(site=site, public_id=public_id, offline_payment_method=method)

    assert ids(site, ("offline_payment_method", operator, value)) == expected


@pytest.mark.parametrize(("value", "expected"), [(True, ["yes"]), (False, ["no"])])
def test_flag_is_filtered(site: BillingSite, value: bool, expected: list[str]) -> None:
    for public_id, flag in {"yes": True, "no": False, "none": None}.items():
        CustomerFactory(site=site, public_id=public_id, auto_close_invoices=flag)

    assert ids(site, ("auto_close_invoices", "is", value)) == expected


def test_conditions_are_combined_by_and(texts: BillingSite) -> None:
    conditions = [("first_name", "starts_with", "J"), ("company", "is_not", "Jo"), ("id", "not_in", ["JO"])]

    assert ids(texts, *conditions) == ["joe", "blank"]


def test_two_conditions_of_one_attribute_are_combined(texts: BillingSite) -> None:
    assert ids(texts, ("first_name", "starts_with", "Jo"), ("first_name", "is_not", "Jo")) == ["joe", "blank"]


def test_no_condition_reaches_into_another_site(site: BillingSite, other_site: BillingSite) -> None:
    CustomerFactory(site=other_site, public_id="theirs", first_name="Jo")
    CustomerFactory(site=site, public_id="ours", first_name="Jo")

    found = [
        ids(site, ("first_name", "is", "Jo")),
        ids(site, ("first_name", "is_not", "Dana")),
        ids(site, ("id", "not_in", [])),
    ]

    assert found == [["ours"]] * 3


@pytest.mark.parametrize(
    ("deleted", "include_deleted", "expected"),
    [([], False, ["a", "b"]), (["a"], False, ["b"]), (["a"], True, ["a", "b"]), (["a", "b"], False, [])],
)
def test_tombstones_are_listed_when_asked_for(
    site: BillingSite, deleted: list[str], include_deleted: bool, expected: list[str]
) -> None:
    for public_id in ("a", "b"):
        CustomerFactory(site=site, public_id=public_id, deleted=public_id in deleted)

    assert ids(site, include_deleted=include_deleted) == expected


def test_tombstones_are_filtered_like_others(site: BillingSite) -> None:
    for public_id, name in {"a": "Jo", "b": "Dana"}.items():
        CustomerFactory(site=site, public_id=public_id, first_name=name, deleted=True)

    assert ids(site, ("first_name", "is", "Jo"), include_deleted=True) == ["a"]


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_every_operator_in_the_table_makes_a_query(site: BillingSite, attribute: str) -> None:
    values: dict[str, Any] = {"in": ["x"], "not_in": ["x"], "is_present": True, "between": (site.created_at,) * 2}
    kind = ATTRIBUTES[attribute][0]
    single = {Kind.TIME: site.created_at, Kind.FLAG: True}.get(kind, "x")

    for operator in OPERATORS[kind]:
        assert ids(site, (attribute, operator, values.get(operator, single))) == []


@pytest.mark.parametrize("attribute", ["password", "site__slug", "_connector", "metadata__x", ""])
def test_attribute_outside_of_the_table_never_makes_a_query(site: BillingSite, attribute: str) -> None:
    with pytest.raises(KeyError):
        Condition(attribute, "is", "x").as_q(site)


@pytest.mark.parametrize("operator", ["regex", "startswith", "isnull", "", "gt"])
def test_operator_outside_of_the_table_never_makes_a_query(site: BillingSite, operator: str) -> None:
    with pytest.raises(KeyError):
        Condition("company", operator, "x").as_q(site)
