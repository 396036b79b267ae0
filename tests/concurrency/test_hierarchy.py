"""Many threads try to close rings: no customer ever comes to be above itself."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.db import connection

from billing_customers.exceptions import InvalidState, LimitReached
from billing_customers.models import BillingSite, Customer, Relationship
from billing_customers.operations import locks, tree_rules
from billing_customers.queries.tree_faults import faults_of_trees
from tests.concurrency.crowd import crowd, persistent, tally, together
from tests.factories import many_customers
from tests.operations import acts
from tests.operations.families import chain, delink, link, people

THREADS = 8
ROUNDS = 60


def ring_of(site: BillingSite, size: int, number: int) -> list[str]:
    """The ids of ``size`` new customers."""
    customers = many_customers(size, site=site)
    for place, customer in enumerate(customers):
        Customer.objects.filter(pk=customer.pk).update(public_id=f"r{number}-{place}")
    return [f"r{number}-{place}" for place in range(size)]


@pytest.mark.parametrize("size", [2, 3, 4])
def test_ring_is_never_closed(site: BillingSite, size: int) -> None:
    is_postgresql = connection.vendor == "postgresql"
    act = (lambda change: change()) if is_postgresql else persistent

    for number in range(ROUNDS if is_postgresql else 3):
        ids = ring_of(site, size, number)

        def close(thread: int, ids: list[str] = ids) -> Any:
            child, parent = ids[thread % size], ids[(thread + 1) % size]
            # On PostgreSQL without a second try: with the tree lock there is no deadlock either.
            return act(lambda: link(site, child, parent))

        outcomes = crowd(close, THREADS)

        assert set(tally(outcomes)) == {"done", "InvalidState"}
        assert tally(outcomes)["done"] == size - 1
    assert faults_of_trees(site) == []


def test_links_and_their_ends_leave_whole_trees(site: BillingSite) -> None:
    people(site, "a b c d e f g h")
    names = "abcdefgh"

    def act(number: int) -> Any:
        for step in range(6):
            child, parent = names[(number + step) % 8], names[(number * 3 + step * 5) % 8]
            for change in (partial(link, site, child, parent), partial(delink, site, parent)):
                with suppress(InvalidState, LimitReached):
                    persistent(change)

    outcomes = crowd(act, THREADS)

    assert tally(outcomes) == {"done": THREADS}
    assert faults_of_trees(site) == []


def test_parent_is_linked_to_or_deleted_and_never_both(site: BillingSite) -> None:
    for number in range(10):
        parent, child = f"p{number}", f"c{number}"
        people(site, f"{parent} {child}")

        together(
            partial(persistent, partial(link, site, child, parent)),
            partial(persistent, partial(acts.delete, site, parent)),
        )

    assert faults_of_trees(site) == []


@pytest.fixture
def two_chains(site: BillingSite) -> None:
    """``a`` below ``b``, and ``c`` below ``d``: two more links would make a ring of four."""
    chain(site, "b a")
    chain(site, "d c")


@pytest.fixture
def both_look_first(two_chains: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No tree lock, and two who link have both looked at the trees before either changes them."""
    monkeypatch.setattr(locks, "lock_tree", lambda site: None)
    real, both_have_looked = tree_rules.check_limits, threading.Barrier(2)

    def meet(*args: Any, **named: Any) -> None:
        real(*args, **named)
        both_have_looked.wait(10)

    monkeypatch.setattr(tree_rules, "check_limits", meet)


@pytest.mark.postgres
@pytest.mark.usefixtures("both_look_first")
def test_ring_of_four_is_closed_without_locks(site: BillingSite, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(site: BillingSite, public_ids: set[str]) -> dict[str, Customer]:
        return {each.public_id: each for each in Customer.objects.for_site(site).filter(public_id__in=public_ids)}

    monkeypatch.setattr(locks, "lock_named", read)

    outcomes = together(lambda: link(site, "b", "c"), lambda: link(site, "d", "a"))

    assert tally(outcomes) == {"done": 2}
    assert Relationship.objects.count() == 4
    assert sum(fault.rule == "ring" for fault in faults_of_trees(site)) == 4


@pytest.mark.postgres
@pytest.mark.usefixtures("both_look_first")
def test_ring_of_four_without_the_tree_lock_is_a_deadlock(site: BillingSite) -> None:
    """Each waits for the other's customer, which is the root of its own: PostgreSQL ends one of them."""
    outcomes = together(lambda: link(site, "b", "c"), lambda: link(site, "d", "a"))

    assert tally(outcomes) == {"done": 1, "OperationalError": 1}


@pytest.mark.postgres
@pytest.mark.usefixtures("two_chains")
def test_ring_of_four_is_not_closed_with_it(site: BillingSite) -> None:
    outcomes = together(lambda: link(site, "b", "c"), lambda: link(site, "d", "a"))

    assert tally(outcomes) == {"done": 1, "InvalidState": 1}
    assert faults_of_trees(site) == []
