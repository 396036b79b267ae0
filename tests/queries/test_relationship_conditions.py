"""Filters by the place of a customer in an account hierarchy."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite
from tests.factories import CustomerFactory, RelationshipFactory
from tests.queries.querying import ids


@pytest.fixture
def tree(site: BillingSite) -> BillingSite:
    """``hq`` over ``east`` and ``west``, ``west`` over ``shop``; ``alone`` has no relationship."""
    hq, east, west, shop, _ = (
        CustomerFactory(site=site, public_id=public_id) for public_id in ("hq", "east", "west", "shop", "alone")
    )
    RelationshipFactory(child=east, parent=hq)
    RelationshipFactory(child=west, parent=hq, invoice_owner=west, payment_owner=hq)
    RelationshipFactory(child=shop, parent=west, root=hq, invoice_owner=shop, payment_owner=west)
    return site


@pytest.mark.parametrize(
    ("attribute", "operator", "value", "expected"),
    [
        ("parent_id", "is", "hq", ["east", "west"]),
        ("parent_id", "is", "west", ["shop"]),
        ("parent_id", "is", "shop", []),
        ("parent_id", "is", "HQ", []),
        ("parent_id", "is_not", "hq", ["hq", "shop", "alone"]),
        ("parent_id", "is_not", "nobody", ["hq", "east", "west", "shop", "alone"]),
        ("parent_id", "starts_with", "h", ["east", "west"]),
        ("parent_id", "starts_with", "_", []),
        ("payment_owner_id", "is", "hq", ["east", "west"]),
        ("payment_owner_id", "is_not", "hq", ["hq", "shop", "alone"]),
        ("payment_owner_id", "starts_with", "we", ["shop"]),
        ("invoice_owner_id", "is", "hq", ["east"]),
        ("invoice_owner_id", "is", "west", ["west"]),
        ("invoice_owner_id", "is_not", "hq", ["hq", "west", "shop", "alone"]),
        ("invoice_owner_id", "starts_with", "s", ["shop"]),
    ],
)
def test_customers_are_filtered_by(
    tree: BillingSite, attribute: str, operator: str, value: str, expected: list[str]
) -> None:
    assert ids(tree, (f"relationship.{attribute}", operator, value)) == expected


def test_relationship_conditions_are_combined_with_others(tree: BillingSite) -> None:
    conditions: list[tuple[str, str, Any]] = [
        ("relationship.parent_id", "is", "hq"),
        ("relationship.invoice_owner_id", "is_not", "hq"),
        ("id", "starts_with", "w"),
    ]

    assert ids(tree, *conditions) == ["west"]


def test_same_ids_in_another_site_do_not_count(tree: BillingSite, other_site: BillingSite) -> None:
    theirs = [CustomerFactory(site=other_site, public_id=public_id) for public_id in ("hq", "theirs")]
    RelationshipFactory(child=theirs[1], parent=theirs[0])

    found = [ids(each, ("relationship.parent_id", "is", "hq")) for each in (tree, other_site)]

    assert found == [["east", "west"], ["theirs"]]
