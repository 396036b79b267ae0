"""Linking and delinking customers. Contract: "Link a customer", "Delink a customer"."""

from __future__ import annotations

import pytest

from billing_customers.exceptions import InvalidState, LimitReached, NotFound, VersionMismatch
from billing_customers.models import BillingSite, Customer, CustomerAlias
from tests.factories import CustomerFactory, RelationshipFactory
from tests.operations import acts
from tests.operations.families import chain, delink, link, people, places
from tests.operations.watching import listening, refusal

RING = "The customer would come to be above itself."


def row(public_id: str) -> Customer:
    return Customer.objects.get(public_id=public_id)


def test_linked_customer_is_below_its_parent(site: BillingSite) -> None:
    people(site, "top child")

    child = link(site, "child", "top")

    assert places(site) == {"child": ("top", "top")}
    assert (child.has_parent, child.resource_version, child.updated_at) == (True, acts.LATER_VERSION, acts.LATER)
    assert (row("top").child_count, row("top").has_parent) == (1, False)


def test_subtree_comes_along_with_its_top(site: BillingSite) -> None:
    chain(site, "a b c")
    chain(site, "x y")

    link(site, "a", "y")

    assert places(site) == {"a": ("y", "x"), "b": ("a", "x"), "c": ("b", "x"), "y": ("x", "x")}


def test_middle_that_is_delinked_keeps_what_is_below(site: BillingSite) -> None:
    chain(site, "a b c d")
    people(site, "b2")
    link(site, "b2", "a")

    b = delink(site, "b")

    assert places(site) == {"c": ("b", "b"), "d": ("c", "b"), "b2": ("a", "a")}
    assert (b.has_parent, b.child_count, row("a").child_count) == (False, 1, 1)


def test_last_child_that_is_delinked_leaves_nobody_in_a_hierarchy(site: BillingSite) -> None:
    chain(site, "a b")

    delink(site, "b")

    assert places(site) == {}
    assert (row("a").child_count, row("b").has_parent) == (0, False)


def test_delinked_customer_can_be_linked_anew(site: BillingSite) -> None:
    chain(site, "a b c")
    people(site, "x")
    delink(site, "b")

    link(site, "b", "x")

    assert places(site) == {"b": ("x", "x"), "c": ("b", "x")}


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_ring_is_not_closed(site: BillingSite, size: int) -> None:
    names = "abcd"[:size]
    chain(site, " ".join(names))

    with refusal(InvalidState) as caught:
        link(site, names[0], names[-1])

    assert (caught.value.message, caught.value.param) == (RING, "parent_id")
    assert len(places(site)) == size - 1


def test_ring_is_not_closed_by_a_former_id(site: BillingSite) -> None:
    chain(site, "a b")
    acts.rename(site, "b", "b-new")

    with refusal(InvalidState) as caught:
        link(site, "a", "b")

    assert caught.value.message == RING


def test_customer_with_a_parent_is_not_linked_again(site: BillingSite) -> None:
    chain(site, "a b")
    people(site, "x")

    for parent in ("a", "x", "b"):
        with refusal(InvalidState) as caught:
            link(site, "b", parent)
        assert caught.value.message == "The customer has a parent already: unlink it first."


@pytest.mark.parametrize("name", ["a", "alone"])
def test_customer_without_a_parent_is_not_delinked(site: BillingSite, name: str) -> None:
    chain(site, "a b")
    people(site, "alone")

    with refusal(InvalidState) as caught:
        delink(site, name)

    assert caught.value.message == "The customer has no parent."


def test_fifth_level_is_the_last(site: BillingSite) -> None:
    chain(site, "a b c d e")
    people(site, "f")

    with refusal(LimitReached) as caught:
        link(site, "f", "e")

    assert (caught.value.message, caught.value.param) == ("A hierarchy has at most 5 levels.", "parent_id")


def test_subtree_is_as_deep_as_its_deepest(site: BillingSite) -> None:
    chain(site, "a b c")
    chain(site, "x y z")
    people(site, "flat")
    link(site, "flat", "x")

    with refusal(LimitReached):
        link(site, "x", "c")
    link(site, "x", "b")

    assert places(site)["z"] == ("y", "a")


def test_depth_is_a_setting(site: BillingSite, settings: object) -> None:
    settings.BILLING_CUSTOMERS = {"HIERARCHY_MAX_LEVELS": 2}  # type: ignore[attr-defined]
    chain(site, "a b")
    people(site, "c")

    with refusal(LimitReached) as caught:
        link(site, "c", "b")

    assert caught.value.message == "A hierarchy has at most 2 levels."


def test_width_ends_at_250(site: BillingSite) -> None:
    people(site, "top last more")
    top = row("top")
    for number in range(249):
        RelationshipFactory(child=CustomerFactory(site=site, public_id=f"c{number}"), parent=top)
    link(site, "last", "top")

    with refusal(LimitReached) as caught:
        link(site, "more", "top")

    assert (caught.value.message, caught.value.param) == ("A customer has at most 250 children.", "parent_id")
    assert row("top").child_count == 250


def test_width_is_a_setting_and_a_delinked_child_makes_room(site: BillingSite, settings: object) -> None:
    settings.BILLING_CUSTOMERS = {"HIERARCHY_MAX_CHILDREN": 1}  # type: ignore[attr-defined]
    chain(site, "a b")
    people(site, "c")
    with refusal(LimitReached):
        link(site, "c", "a")
    delink(site, "b")

    link(site, "c", "a")

    assert places(site) == {"c": ("a", "a")}


@pytest.mark.parametrize("foreign", ["other_site", "live_site"])
@pytest.mark.parametrize("said", ["parent_id", "payment_owner_id", "invoice_owner_id"])
def test_foreign_customer_is_refused_like_a_missing_one(
    request: pytest.FixtureRequest, site: BillingSite, said: str, foreign: str
) -> None:
    acts.create(request.getfixturevalue(foreign), "foreign")
    people(site, "top child gone")
    acts.delete(site, "gone")
    answers = set()

    for name in ("foreign", "missing", "gone", ""):
        others = {"parent_id": "top", said: name}
        with refusal(NotFound) as caught:
            link(site, "child", others.pop("parent_id"), **others)
        answers.add((caught.value.message, caught.value.param))

    assert answers == {("There is no such customer.", said)}


def test_child_that_is_foreign_missing_or_deleted_is_refused_alike(site: BillingSite, other_site: BillingSite) -> None:
    acts.create(other_site, "foreign")
    people(site, "top gone")
    acts.delete(site, "gone")
    answers = set()

    for name in ("foreign", "missing", "gone"):
        for act in (lambda name=name: link(site, name, "top"), lambda name=name: delink(site, name)):
            with refusal(NotFound) as caught:
                act()
            answers.add((caught.value.message, caught.value.param))

    assert answers == {("There is no such customer.", "")}


def test_id_of_a_merged_customer_stands_for_the_survivor(site: BillingSite) -> None:
    people(site, "survivor merged child")
    acts.delete(site, "merged")
    CustomerAlias.objects.create(site=site, public_id="merged", customer=row("survivor"), created_at=acts.LATER)

    link(site, "child", "merged")

    assert places(site) == {"child": ("survivor", "survivor")}


def test_version_that_is_not_current_is_refused(site: BillingSite) -> None:
    chain(site, "a b")
    people(site, "c")

    with refusal(VersionMismatch):
        link(site, "c", "a", expected_version=1)
    with refusal(VersionMismatch):
        delink(site, "b", expected_version=1)

    delink(site, "b", expected_version=acts.LATER_VERSION)
    link(site, "c", "a", expected_version=acts.VERSION)
    assert places(site) == {"c": ("a", "a")}


def test_customer_in_a_hierarchy_is_not_deleted(site: BillingSite) -> None:
    chain(site, "a b")

    for name, relative in (("a", "children"), ("b", "a parent")):
        with refusal(InvalidState) as caught:
            acts.delete(site, name)
        assert caught.value.message == f"The customer has {relative} in an account hierarchy."

    delink(site, "b")
    assert [acts.delete(site, name).is_live for name in ("a", "b")] == [None, None]


def test_changes_tell_who_stood_where(site: BillingSite) -> None:
    people(site, "top child")
    own = {"parent_id": "top", "root_id": "top", "payment_owner_id": "child", "invoice_owner_id": "child"}

    with listening() as said:
        link(site, "child", "top")
        delink(site, "child")

    assert [(each.what, each.customer.public_id, each.changes) for each in said] == [
        ("updated", "child", {"relationship": (None, own)}),
        ("updated", "child", {"relationship": (own, None)}),
    ]


def test_version_of_a_parent_rises_with_its_first_and_its_last_child(site: BillingSite) -> None:
    people(site, "top one two")
    seen = []

    for act, name in ((link, "one"), (link, "two"), (delink, "two"), (delink, "one")):
        act(site, name, *(["top"] if act is link else []))  # type: ignore[operator]
        seen.append(row("top").resource_version)

    assert seen == [acts.LATER_VERSION] * 3 + [acts.LATER_VERSION + 1]
