"""Chargebee "List promotional credits": filters, order and pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from billing_customers.models import BillingSite, LedgerEntry
from billing_customers.operations.credits import deduct_promotional_credits
from tests.clients import ChargebeeClient, followed
from tests.dialects.clock import START
from tests.dialects.expected import SECONDS, wrong_value
from tests.operations import acts
from tests.operations.money import credit, pay

LIST = "/promotional_credits"


@pytest.fixture
def made(site: BillingSite) -> dict[str, str]:
    """Four credits, a second apart, by their description: acme has a, b and d, apex has c; b takes away."""
    for public_id in ("acme", "apex"):
        acts.create(site, public_id, at=START)
    at = [START + timedelta(seconds=seconds, microseconds=300) for seconds in range(4)]
    taken: Any = {"customer_public_id": "acme", "amount": 50, "description": "b", "at": at[1]}
    entries = {
        "a": credit(site, 100, "acme", at=at[0], description="a"),
        "b": deduct_promotional_credits(site=site, **taken)[1],
        "c": credit(site, 102, "apex", at=at[2], description="c"),
        "d": credit(site, 103, "acme", at=at[3], description="d"),
    }
    pay(site, 5, at=START)
    return {letter: entry.public_id for letter, entry in entries.items()}


def letters(chargebee: ChargebeeClient, params: dict[str, str] | None = None) -> str:
    answer = chargebee.get(LIST, params)
    assert answer.status_code == 200, answer.content
    return "".join(each["promotional_credit"]["description"] for each in answer.json()["list"])


def test_all_are_listed_oldest_first(chargebee: ChargebeeClient, made: dict[str, str]) -> None:
    answer = chargebee.get(LIST).json()

    shown = [each["promotional_credit"] for each in answer["list"]]
    assert [(each["id"], each["customer_id"], each["type"], each["created_at"]) for each in shown] == [
        (made["a"], "acme", "increment", SECONDS),
        (made["b"], "acme", "decrement", SECONDS + 1),
        (made["c"], "apex", "increment", SECONDS + 2),
        (made["d"], "acme", "increment", SECONDS + 3),
    ]
    assert set(answer) == {"list"}
    assert chargebee.get(f"{LIST}/{made['b']}").json() == answer["list"][1]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"customer_id[is]": "acme"}, "abd"),
        ({"customer_id[is]": "nobody"}, ""),
        ({"customer_id[is_not]": "acme"}, "c"),
        ({"customer_id[starts_with]": "ap"}, "c"),
        ({"customer_id[in]": '["acme","apex"]'}, "abcd"),
        ({"customer_id[not_in]": "['apex']"}, "abd"),
        ({"type[is]": "increment"}, "acd"),
        ({"type[is]": "decrement"}, "b"),
        ({"type[is_not]": "decrement"}, "acd"),
        ({"type[in]": "[increment,decrement]"}, "abcd"),
        ({"type[in]": "[]"}, ""),
        ({"type[not_in]": "[increment]"}, "b"),
        ({"type[not_in]": "[]"}, "abcd"),
        ({"created_at[after]": str(SECONDS + 1)}, "cd"),
        ({"created_at[before]": str(SECONDS + 1)}, "a"),
        ({"created_at[between]": f"[{SECONDS + 1},{SECONDS + 2}]"}, "bc"),
        ({"created_at[on]": str(SECONDS)}, "abcd"),
        ({"sort_by[desc]": "created_at"}, "dcba"),
        ({"sort_by[asc]": "created_at", "customer_id[is]": "acme", "type[is]": "increment"}, "ad"),
        ({"description[is]": "a", "amount": "5"}, "abcd"),
    ],
)
def test_filter(chargebee: ChargebeeClient, made: dict[str, str], params: dict[str, str], expected: str) -> None:
    assert letters(chargebee, params) == expected


def test_filters_by_id(chargebee: ChargebeeClient, made: dict[str, str]) -> None:
    assert letters(chargebee, {"id[is]": made["c"]}) == "c"
    assert letters(chargebee, {"id[in]": f'["{made["a"]}","{made["d"]}"]'}) == "ad"
    assert letters(chargebee, {"id[starts_with]": "pc_"}) == "abcd"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("type[is]", "gift", "Must be one of increment, decrement."),
        ("type[starts_with]", "i", "Supported operators: is, is_not, in, not_in."),
        ("created_at[is]", "1", "Supported operators: after, before, on, between."),
        ("created_at[after]", "soon", "Must be an integer."),
        ("sort_by[asc]", "amount", "Must be created_at."),
        ("limit", "101", "Must be an integer from 1 to 100."),
        ("offset", "x", "Must be the next_offset of the same list."),
    ],
)
def test_bad_parameter_is_refused(
    chargebee: ChargebeeClient, site: BillingSite, name: str, value: str, message: str
) -> None:
    response = chargebee.get(LIST, {name: value})

    assert (response.status_code, response.json()) == (400, wrong_value(name, message))


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_hold_each_once(chargebee: ChargebeeClient, made: dict[str, str], order: str) -> None:
    pages = followed(chargebee, LIST, {f"sort_by[{order}]": "created_at", "limit": 3})

    found = [each["promotional_credit"]["description"] for page in pages for each in page]
    assert ("".join(found), [len(page) for page in pages]) == ({"asc": "abcd", "desc": "dcba"}[order], [3, 1])


def test_offset_of_another_list_is_refused(chargebee: ChargebeeClient, made: dict[str, str]) -> None:
    offset = chargebee.get(LIST, {"limit": 1}).json()["next_offset"]

    response = chargebee.get(LIST, {"limit": 1, "offset": offset, "type[is]": "increment"})

    assert response.json() == wrong_value("offset", "Must be the next_offset of the same list.")


def test_credits_of_other_sites_and_deleted_customers_are_hidden(
    chargebee: ChargebeeClient, made: dict[str, str], site: BillingSite, other_site: BillingSite
) -> None:
    acts.create(other_site, "acme")
    credit(other_site, 5)
    acts.delete(site, "apex")
    acts.create(site, "apex")

    assert letters(chargebee) == "abd"
    assert letters(chargebee, {"customer_id[is]": "apex"}) == ""
    assert LedgerEntry.objects.count() == 6
