"""Look-ups by pairs of metadata: the same on every database."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite
from billing_customers.queries.customers import customers_with_metadata
from tests.factories import CustomerFactory

ROWS: dict[str, Any] = {
    "gold": {"tier": "gold", "seats": 5},
    "GOLD": {"tier": "GOLD", "seats": 5},
    "text": {"tier": "5", "seats": "5"},
    "nested": {"tier": {"name": "gold"}, "seats": None},
    "flags": {"tier": True, "seats": False},
    "hebrew": {"\u05de\u05d3\u05e8\u05d2\u05d4": "\u05d6\u05d4\u05d1"},
    "odd": {"a.b": 1, "a b": 2, "'": 4, "$": 5, "%s": 6, "tier__x": 7, "\\": 8},
    "quote": {'"': 3},
    "empty": {},
    "none": None,
}


def found(site: BillingSite, pairs: dict[str, Any]) -> list[str]:
    return sorted(customers_with_metadata(site, pairs).values_list("public_id", flat=True))


@pytest.fixture
def rows(site: BillingSite) -> BillingSite:
    for public_id, metadata in ROWS.items():
        CustomerFactory(site=site, public_id=public_id, metadata=metadata)
    return site


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ({"tier": "gold"}, ["gold"]),
        ({"tier": "Gold"}, []),
        ({"tier": "gol"}, []),
        ({"tier": "gold", "seats": 5}, ["gold"]),
        ({"tier": "gold", "seats": 6}, []),
        ({"tier": True}, ["flags"]),
        ({"seats": False}, ["flags"]),
        ({"missing": "x"}, []),
        ({"\u05de\u05d3\u05e8\u05d2\u05d4": "\u05d6\u05d4\u05d1"}, ["hebrew"]),
    ],
    ids=ascii,
)
def test_customers_are_found_by(rows: BillingSite, pairs: dict[str, Any], expected: list[str]) -> None:
    assert found(rows, pairs) == expected


@pytest.mark.parametrize("key", ROWS["odd"], ids=ascii)
def test_no_character_of_a_key_is_special(rows: BillingSite, key: str) -> None:
    assert found(rows, {key: ROWS["odd"][key]}) == ["odd"]


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("pairs", "expected"),
    [({"seats": 5}, ["GOLD", "gold"]), ({"seats": "5"}, ["text"]), ({'"': 3}, ["quote"])],
    ids=ascii,
)
def test_postgresql_alone_tells_number_from_text_and_reads_a_quote(
    rows: BillingSite, pairs: dict[str, Any], expected: list[str]
) -> None:
    assert found(rows, pairs) == expected


def test_null_is_a_value(rows: BillingSite) -> None:
    assert found(rows, {"seats": None}) == ["nested"]


def test_no_pair_finds_every_live_customer_with_metadata(rows: BillingSite) -> None:
    assert set(found(rows, {})) >= {name for name, metadata in ROWS.items() if metadata}


def test_tombstones_and_foreign_customers_are_not_found(site: BillingSite, other_site: BillingSite) -> None:
    CustomerFactory(site=site, public_id="gone", metadata={"a": 1}, deleted=True)
    CustomerFactory(site=other_site, public_id="theirs", metadata={"a": 1})
    CustomerFactory(site=site, public_id="ours", metadata={"a": 1})

    assert found(site, {"a": 1}) == ["ours"]
