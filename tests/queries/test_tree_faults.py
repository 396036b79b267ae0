"""Each rule of account hierarchies, broken by whoever writes past the operations, is told; what is whole is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from billing_customers.models import BillingSite, Customer, Relationship
from billing_customers.queries.tree_faults import RULES, faults_of_trees
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.families import chain, owned, people

Faults = list[tuple[str, str]]


@pytest.fixture(autouse=True)
def family(site: BillingSite) -> None:
    """``c`` is below ``b``, which is below ``a``; beside them are ``d``, which ``a`` pays for, and a stranger."""
    chain(site, "a b c")
    people(site, "d stranger")
    owned(site, "d", "a", invoiced="a", pays="a")


def found(site: BillingSite) -> Faults:
    return [(fault.rule, fault.customer) for fault in faults_of_trees(site)]


def pk_of(public_id: str) -> int:
    return Customer.objects.get(public_id=public_id).pk


def link(child: str, **columns: str) -> None:
    """Let the link of the child say something else: ids of customers by column."""
    Relationship.objects.filter(child__public_id=child).update(
        **{f"{column}_id": pk_of(public_id) for column, public_id in columns.items()}
    )


def mark(public_id: str, **columns: Any) -> None:
    Customer.objects.filter(public_id=public_id).update(**columns)


def ring(site: BillingSite) -> None:
    """``a`` and ``b`` are below each other, and ``c`` and ``d`` below them."""
    top = pk_of("a")
    Relationship(
        site=site, child_id=top, parent_id=pk_of("b"), root_id=top, invoice_owner_id=top, payment_owner_id=top
    ).save()
    mark("a", has_parent=True)
    mark("b", child_count=2)


def to_other_site(site: BillingSite, public_id: str) -> None:
    Customer.objects.filter(public_id=public_id).update(site=BillingSite.objects.exclude(pk=site.pk).get())


BREAKS: dict[str, tuple[Callable[[BillingSite], Any], Faults]] = {
    "ring": (ring, [("ring", "a"), ("ring", "b"), ("ring", "c"), ("ring", "d")]),
    "root that is not the top": (lambda site: link("c", root="b"), [("root", "c")]),
    "root of somebody else": (lambda site: link("c", root="stranger"), [("root", "c")]),
    "invoice owner": (
        lambda site: link("c", invoice_owner="d", payment_owner="d"),
        [
            ("invoice_owner", "c"),
            ("payment_owner", "c"),
        ],
    ),
    "payment owner": (lambda site: link("c", payment_owner="stranger"), [("payment_owner", "c")]),
    "payer": (lambda site: link("c", invoice_owner="b", payment_owner="a"), [("payer", "c")]),
    "child without the mark": (lambda site: mark("c", has_parent=False), [("parent_mark", "c")]),
    "mark of a child": (lambda site: mark("stranger", has_parent=True), [("parent_mark", "stranger")]),
    "fewer children": (lambda site: mark("a", child_count=1), [("child_count", "a")]),
    "parent without the mark": (lambda site: mark("b", child_count=0), [("child_count", "b")]),
    "mark of a parent": (lambda site: mark("stranger", child_count=1), [("child_count", "stranger")]),
    "deleted child": (lambda site: mark("c", is_live=None, deleted_at=NOW), [("deleted", "c")]),
    "deleted parent": (lambda site: mark("a", is_live=None, deleted_at=NOW), [("deleted", "a")]),
    "child of another site": (lambda site: to_other_site(site, "c"), [("tree_site", "c")]),
    "parent of another site": (lambda site: to_other_site(site, "a"), [("tree_site", "a")]),
}


def test_whole_hierarchies_have_no_faults(site: BillingSite) -> None:
    assert found(site) == []


@pytest.mark.usefixtures("other_site")
@pytest.mark.parametrize("name", BREAKS)
def test_broken_rule_is_told(site: BillingSite, name: str) -> None:
    breaks, expected = BREAKS[name]

    breaks(site)

    assert found(site) == expected


def test_every_rule_is_broken_here() -> None:
    assert {rule for _, expected in BREAKS.values() for rule, _ in expected} == set(RULES)


def test_faults_of_another_site_are_not_told(site: BillingSite, other_site: BillingSite) -> None:
    mark("stranger", has_parent=True)
    acts.create(other_site, "theirs")

    assert found(other_site) == []


def test_faults_come_rule_by_rule(site: BillingSite) -> None:
    mark("a", child_count=7)
    link("d", root="stranger")
    link("c", root="stranger")

    assert found(site) == [("root", "c"), ("root", "d"), ("child_count", "a")]


@pytest.mark.parametrize("size", [1, 30])
def test_one_statement_whatever_there_is(site: BillingSite, django_assert_num_queries: Any, size: int) -> None:
    for number in range(size):
        chain(site, f"x{number} y{number}")

    with django_assert_num_queries(1):
        faults_of_trees(site)
