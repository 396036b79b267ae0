from __future__ import annotations

from typing import Any

import pytest

from billing_customers.conformance.compare import Difference, Kind, compare


@pytest.mark.parametrize(
    ("expected", "found", "difference"),
    [
        ({"a": 1}, {}, Difference("a", Kind.MISSING, expected=1)),
        ({}, {"a": 1}, Difference("a", Kind.EXTRA, found=1)),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, Difference("a.b", Kind.VALUE, 1, 2)),
        ({"a": 1}, {"a": "1"}, Difference("a", Kind.TYPE, 1, "1")),
        ({"a": 1}, {"a": True}, Difference("a", Kind.TYPE, 1, True)),
        ({"a": 1}, {"a": 1.0}, Difference("a", Kind.TYPE, 1, 1.0)),
        ({"a": {}}, {"a": []}, Difference("a", Kind.TYPE, {}, [])),
        ({"a": None}, {"a": ""}, Difference("a", Kind.TYPE, None, "")),
        ({"a": [1]}, {"a": [1, 1]}, Difference("a[]", Kind.VALUE, 1, 2)),
        ({"a": [1, "{..}"]}, {"a": []}, Difference("a[]", Kind.VALUE, 1, 0)),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, Difference("a[0].b", Kind.VALUE, 1, 2)),
        ({"id": "cus_1"}, {"id": ""}, Difference("id", Kind.VALUE, "cus_1", "")),
        ({"id": "cus_1"}, {"id": "1"}, Difference("id", Kind.VALUE, "cus_1", "1")),
        ({"created_at": 1517505731}, {"created_at": 1}, Difference("created_at", Kind.VALUE, 1517505731, 1)),
    ],
)
def test_difference_is_found(expected: Any, found: Any, difference: Difference) -> None:
    assert compare(expected, found) == [difference]


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ({"a": 1, "b": None}, {"b": None, "a": 1}),
        ({"a": [1, "{..}"]}, {"a": [1, 2, 3]}),
        ({"a": [1, "{..}"]}, {"a": [1]}),
        ({"id": "cus_1"}, {"id": "cus_2"}),
        ({"created_at": 1517505731}, {"created_at": 1767225600}),
        ({"created": "2026-04-19T09:12:43.000Z"}, {"created": "2027-01-31T23:59:59.999Z"}),
        ({"resource_version": 1517505731000}, {"resource_version": 1767225600001}),
    ],
)
def test_same_form_is_no_difference(expected: Any, found: Any) -> None:
    assert compare(expected, found) == []


def test_id_that_the_caller_gave_must_come_back() -> None:
    assert compare({"id": "mine"}, {"id": "other"}, {"mine"}) == [Difference("id", Kind.VALUE, "mine", "other")]


@pytest.mark.parametrize(
    ("found", "differs"),
    [
        ([{"id": "other"}, {"id": "cus_mine"}], False),
        ([{"id": "other"}, {"id": "more"}], True),
        ([{"id": "cus_mine"}, {"id": "cus_mine"}], True),
    ],
)
def test_customers_that_were_there_before_are_no_difference(found: list[Any], differs: bool) -> None:
    expected = {"data": [{"id": "cus_sample"}]}

    assert bool(compare(expected, {"data": found}, {"cus_mine"})) is differs
    assert compare({"contacts": [{"id": "a"}]}, {"contacts": [*found, {"id": "x"}]}, {"cus_mine"})


def test_element_is_compared_with_the_one_of_the_same_id() -> None:
    expected = [{"customer": {"id": "mine", "n": 1}}, "{..}"]
    found = [{"customer": {"id": "other", "n": 2}}, {"customer": {"id": "mine", "n": 1}}]

    assert compare(expected, found, {"mine"}) == []
