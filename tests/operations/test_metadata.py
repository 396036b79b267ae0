"""JSON attributes: what they may hold, and that it comes back as it was."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from billing_customers.exceptions import InvalidInput
from billing_customers.models import BillingSite, Customer
from tests.operations import acts
from tests.operations.watching import faults, listening, nothing_changes, refusal

WRAPPING = len('{"k":""}')
ARRAYS = ["exemption_details", "referral_urls"]


def nested(depth: int, bottom: Any = 1) -> Any:
    """Objects and arrays by turns, ``depth`` of them, an object outermost."""
    value = bottom
    for level in range(depth, 0, -1):
        value = {"k": value} if level % 2 else [value]
    return value


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"": ""},
        {"a": [1, 2.5, True, False, None, "x", {"b": []}]},
        {"\u05de\u05e4\u05ea\u05d7": "\u05e2\u05e8\u05da \U0001f600 e\u0301"},
        {"low": -(2**63), "high": 2**63 - 1, "small": 5e-324},
        {"quotes": "\"'\\ \n\t\x01\x7f", "%_*?[": "</script>"},
        {"__proto__": {"$set": 1}, "pk__in": "1", "a.b": {"c": 1}},
        nested(8),
    ],
    ids=ascii,
)
def test_metadata_comes_back_as_it_was(site: BillingSite, acme: Customer, metadata: dict[str, Any]) -> None:
    acts.update(site, metadata=metadata)

    assert acts.stored(acme).metadata == metadata


@pytest.mark.parametrize("character", ["x", "\u05d0", "\U0001f600"])
def test_longest_metadata_is_stored(site: BillingSite, acme: Customer, character: str) -> None:
    metadata = {"k": character * (65_535 - WRAPPING)}

    acts.update(site, metadata=metadata)

    assert acts.stored(acme).metadata == metadata


def test_longer_metadata_is_refused(site: BillingSite, acme: Customer) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, metadata={"k": "x" * (65_536 - WRAPPING)})

    assert faults(caught) == [("metadata", "Must have at most 65535 characters as JSON.")]


@pytest.mark.parametrize("depth", [9, 100, 50_000])
def test_deeper_metadata_is_refused(site: BillingSite, acme: Customer, depth: int) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, metadata=nested(depth))

    assert faults(caught) == [("metadata", "Must not be nested deeper than 8 levels.")]


@pytest.mark.parametrize(
    "metadata",
    [
        {"a": "x\0y"},
        {"a\0": 1},
        {"a": "\ud800"},
        {"\udfff": 1},
        {"a": ["\0"]},
        {"a": {"b": {"c\0": 1}}},
    ],
    ids=ascii,
)
def test_text_that_cannot_be_stored_is_refused(site: BillingSite, acme: Customer, metadata: Any) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, metadata=metadata)

    assert faults(caught) == [("metadata", "Must not contain NUL or lone surrogates.")]


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**400, 1e20, -1e300, 2.0**63])
def test_number_of_more_than_64_bits_is_refused(site: BillingSite, acme: Customer, number: float) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, metadata={"a": [number]})

    assert faults(caught) == [("metadata", "Numbers must fit in 64 bits.")]


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), float("-inf"), Decimal(1), b"x", {1, 2}, (1, 2), object], ids=repr
)
def test_what_is_no_json_is_refused(site: BillingSite, acme: Customer, value: Any) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, metadata={"a": value})

    sentence = "Must be JSON: strings, finite numbers, true, false, null, objects and arrays."
    assert faults(caught) == [("metadata", sentence)]


@pytest.mark.parametrize("key", [1, None, True, 1.5], ids=repr)
def test_key_that_is_no_text_is_refused(site: BillingSite, acme: Customer, key: Any) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, metadata={key: 1})

    assert faults(caught) == [("metadata", "Keys must be strings.")]


@pytest.mark.parametrize("value", [[], [1], "{}", 1, True], ids=repr)
def test_what_is_no_object_is_refused(site: BillingSite, acme: Customer, value: Any) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, metadata=value)

    assert faults(caught) == [("metadata", "Must be a JSON object.")]


@pytest.mark.parametrize("attribute", ARRAYS)
@pytest.mark.parametrize("value", [{}, {"a": 1}, "[]", 1, True], ids=repr)
def test_what_is_no_array_is_refused(site: BillingSite, acme: Customer, attribute: str, value: Any) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, **{attribute: value})

    assert faults(caught) == [(attribute, "Must be a JSON array.")]


@pytest.mark.parametrize("attribute", ARRAYS)
def test_array_comes_back_as_it_was(site: BillingSite, acme: Customer, attribute: str) -> None:
    acts.update(site, **{attribute: [{"a": 1}, "b", None]})

    assert getattr(acts.stored(acme), attribute) == [{"a": 1}, "b", None]


def test_metadata_is_replaced_whole(site: BillingSite) -> None:
    customer = acts.create(site, metadata={"a": 1, "b": {"c": 2}})

    acts.update(site, metadata={"b": {"d": 3}})

    assert acts.stored(customer).metadata == {"b": {"d": 3}}


@pytest.mark.parametrize(
    ("before", "after"),
    [(True, 1), (1, True), (False, 0), (0, None), ("1", 1), ([], {}), ([1, 2], [2, 1])],
    ids=repr,
)
def test_value_of_another_type_is_a_change(site: BillingSite, before: Any, after: Any) -> None:
    customer = acts.create(site, metadata={"a": before})

    with listening() as said:
        acts.update(site, metadata={"a": after})

    assert [each.changes for each in said] == [{"metadata": ({"a": before}, {"a": after})}]
    assert repr(acts.stored(customer).metadata) == repr({"a": after})


@pytest.mark.parametrize("again", [{"bb": 1, "a": {"y": 1, "x": 2}}, {"a": {"x": 2, "y": 1}, "bb": 1}], ids=repr)
def test_same_metadata_in_any_order_of_keys_is_no_change(site: BillingSite, again: dict[str, Any]) -> None:
    acts.create(site, metadata={"bb": 1, "a": {"y": 1, "x": 2}})

    with nothing_changes():
        acts.update(site, metadata=again)
