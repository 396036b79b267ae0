"""Custom fields: a patch merges, None removes."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.exceptions import InvalidInput
from billing_customers.models import BillingSite, Customer
from tests.operations import acts
from tests.operations.watching import faults, listening, nothing_changes, refusal

JSON_SENTENCE = "Must be JSON: strings, finite numbers, true, false, null, objects and arrays."


@pytest.mark.parametrize(
    "value", ["x", "\u05d0\U0001f600", "x" * 1000, "a\r\n\tb", 5, -(2**63), 1.5, True, False], ids=ascii
)
def test_field_is_stored(site: BillingSite, acme: Customer, value: Any) -> None:
    acts.update(site, custom_fields={"cf_color": value})

    assert acts.stored(acme).custom_fields == {"cf_color": value}


@pytest.mark.parametrize("name", ["cf_" + "x" * 100, "cf_9", "cf__", "cf_Color_2"])
def test_name_of_a_field_may_be(site: BillingSite, acme: Customer, name: str) -> None:
    acts.update(site, custom_fields={name: 1})

    assert acts.stored(acme).custom_fields == {name: 1}


@pytest.mark.parametrize(
    "name", ["cf_" + "x" * 101, "cf_", "color", "CF_a", "cf_a-b", "cf_a b", "cf_\u05d0", "cf_a\n", "", 1]
)
def test_other_name_of_a_field_is_refused(site: BillingSite, acme: Customer, name: Any) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, custom_fields={name: 1})

    sentence = "A custom field's name is cf_ and letters, digits or _."
    assert faults(caught) == [(f"custom_fields.{str(name)[:64]}", sentence)]


@pytest.mark.parametrize(
    ("value", "field", "sentence"),
    [
        ({"a": 1}, "custom_fields.cf_a", "A custom field holds a single value."),
        ([1], "custom_fields.cf_a", "A custom field holds a single value."),
        ("x" * 1001, "custom_fields.cf_a", "A custom field holds at most 1000 characters."),
        ("a\0b", "custom_fields.cf_a", "Must not contain control characters."),
        ("a\x1bb", "custom_fields.cf_a", "Must not contain control characters."),
        ("\ud800", "custom_fields.cf_a", "Must not contain control characters."),
        (2**63, "custom_fields", "Numbers must fit in 64 bits."),
        (float("nan"), "custom_fields", JSON_SENTENCE),
    ],
    ids=["object", "list", "long", "NUL", "escape", "surrogate", "number", "NaN"],
)
def test_other_value_of_a_field_is_refused(
    site: BillingSite, acme: Customer, value: Any, field: str, sentence: str
) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, custom_fields={"cf_a": value})

    assert faults(caught) == [(field, sentence)]


@pytest.mark.parametrize(
    "value", [[], "cf_a", 1, {f"cf_{number}": 1 for number in range(101)}], ids=["list", "text", "1", "101"]
)
def test_what_is_no_object_of_100_fields_is_refused(site: BillingSite, acme: Customer, value: Any) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, custom_fields=value)

    assert faults(caught) == [("custom_fields", "Must be an object of at most 100 custom fields.")]


def test_hundred_fields_are_stored(site: BillingSite, acme: Customer) -> None:
    fields = {f"cf_{number}": number for number in range(100)}

    acts.update(site, custom_fields=fields)

    assert acts.stored(acme).custom_fields == fields


def test_hundred_and_first_field_is_refused_when_it_comes_later(site: BillingSite) -> None:
    acts.create(site, custom_fields={f"cf_{number}": number for number in range(100)})

    with refusal(InvalidInput) as caught:
        acts.update(site, custom_fields={"cf_late": 1})

    assert faults(caught) == [("custom_fields", "A customer has at most 100 custom fields.")]


def test_patch_is_merged(site: BillingSite) -> None:
    customer = acts.create(site, custom_fields={"cf_a": 1, "cf_b": 2, "cf_c": 3, "cf_d": 4})

    acts.update(site, custom_fields={"cf_b": "two", "cf_c": None, "cf_d": "", "cf_e": False})

    assert acts.stored(customer).custom_fields == {"cf_a": 1, "cf_b": "two", "cf_e": False}


def test_change_of_one_field_is_said_with_all_fields(site: BillingSite) -> None:
    acts.create(site, custom_fields={"cf_a": 1, "cf_b": 2})

    with listening() as said:
        acts.update(site, custom_fields={"cf_b": 3})

    assert [each.changes for each in said] == [{"custom_fields": ({"cf_a": 1, "cf_b": 2}, {"cf_a": 1, "cf_b": 3})}]


def test_last_field_removed_leaves_null(site: BillingSite) -> None:
    acts.create(site, custom_fields={"cf_a": 1})

    acts.update(site, custom_fields={"cf_a": None})

    assert Customer.objects.filter(custom_fields__isnull=True).count() == 1


@pytest.mark.parametrize("nothing", [None, ""])
def test_all_fields_are_unset_by(site: BillingSite, nothing: Any) -> None:
    acts.create(site, custom_fields={"cf_a": 1, "cf_b": 2})

    acts.update(site, custom_fields=nothing)

    assert Customer.objects.filter(custom_fields__isnull=True).count() == 1


def test_removing_what_is_not_there_changes_nothing(site: BillingSite) -> None:
    acts.create(site, custom_fields={"cf_a": 1})

    with nothing_changes():
        acts.update(site, custom_fields={"cf_b": None, "cf_a": 1})


def test_new_customer_keeps_no_empty_fields(site: BillingSite) -> None:
    customer = acts.create(site, custom_fields={"cf_a": "", "cf_b": None})

    assert acts.stored(customer).custom_fields is None
