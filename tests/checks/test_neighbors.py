"""Whoever refers to customers without a neighbour is told at the start."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import checks

from billing_customers.neighbors import ModelNeighbor
from billing_customers.neighbors.builtin import BUILT_IN

# A check of Django's asks SQLite what it can do, once a process: whichever test runs first.
pytestmark = pytest.mark.django_db

MEMBERSHIPS = ModelNeighbor("hostapp.Membership", customer_field="member")
BADGES = ModelNeighbor("hostapp.Badge")


def uncovered(settings: Any, value: Any) -> list[str]:
    """The foreign keys that are complained of."""
    settings.BILLING_CUSTOMERS = value
    said = [each for each in checks.run_checks() if each.id == "billing_customers.W004"]
    assert all("NEIGHBORS" in str(each.hint) for each in said)
    return [each.msg.partition(" ")[0] for each in said]


@pytest.mark.parametrize(
    ("neighbors", "expected"),
    [
        ([], ["hostapp.Membership.member", "hostapp.Badge.customer"]),
        ([MEMBERSHIPS], ["hostapp.Badge.customer"]),
        ([BADGES], ["hostapp.Membership.member"]),
        ([MEMBERSHIPS, BADGES], []),
    ],
)
def test_each_key_without_a_neighbour_is_named(settings: Any, neighbors: Any, expected: list[str]) -> None:
    assert uncovered(settings, {"NEIGHBORS": neighbors}) == expected


@pytest.mark.parametrize("value", [None, [], {"NEIGHBORS": "x"}, {"NEIGHBORS": [ModelNeighbor("a.B")]}])
def test_neighbours_that_cannot_be_asked_are_told_by_another_check(settings: Any, value: Any) -> None:
    assert uncovered(settings, value) == []


def test_what_is_wrong_is_a_sentence() -> None:
    faults = [
        *ModelNeighbor("hostapp.Nothing").faults(),
        *ModelNeighbor("hostapp.Membership", customer_field="owner").faults(),
        *ModelNeighbor("hostapp.Membership", customer_field="code").faults(),
        *ModelNeighbor("hostapp.Badge", pii=["given_at"]).faults(),
    ]

    assert faults == [
        "There is no model hostapp.Nothing.",
        "hostapp.Membership has no field owner.",
        "hostapp.Membership.code is no foreign key to a customer.",
        "hostapp.Badge.given_at cannot be blanked: it is not null, and has no default.",
    ]


def test_built_in_neighbours_are_declared_without_a_fault() -> None:
    declared = [each for each in BUILT_IN if isinstance(each, ModelNeighbor)]

    assert len(declared) == 5
    assert [fault for each in declared for fault in each.faults()] == []
