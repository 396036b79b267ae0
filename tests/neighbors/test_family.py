"""What ties a customer to others: its hierarchy, and money in the documents of both."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.exceptions import InvalidState
from billing_customers.models import BillingSite, CreditNote, Customer
from billing_customers.neighbors import Operation
from billing_customers.neighbors.base import Blocker, Summary
from billing_customers.neighbors.family import HierarchyTie, SharedMoneyTie
from billing_customers.operations import documents
from billing_customers.operations.hierarchy import delink_customer
from tests.factories import RelationshipFactory
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.collecting import a_source, an_invoice, collect
from tests.operations.watching import refusal

PARENT = "The customer has a parent in an account hierarchy."
CHILDREN = "The customer has children in an account hierarchy."
PAID = "Another customer has paid invoices of this one."
CREDITED = "Credit notes of the customer were used for invoices of another one."


@pytest.fixture
def middle(site: BillingSite, acme: Customer) -> Customer:
    """``middle`` is below ``acme``, and has two children."""
    middle = acts.create(site, "middle")
    RelationshipFactory(child=middle, parent=acme, invoice_owner=middle)
    for name in ("left", "right"):
        RelationshipFactory(child=acts.create(site, name), parent=middle)
    return acts.stored(middle)


@pytest.mark.parametrize("operation", [Operation.DELETE, Operation.MERGE])
def test_parent_and_children_keep_a_customer(site: BillingSite, middle: Customer, operation: Operation) -> None:
    assert HierarchyTie().blockers(site, middle, operation) == [
        Blocker("has_parent", PARENT, ("acme",), "Unlink it from its parent first."),
        Blocker("has_children", CHILDREN, ("left", "right"), "Unlink its children first."),
    ]


@pytest.mark.parametrize("operation", [Operation.ERASE, Operation.MOVE])
def test_hierarchy_is_no_reason_against(site: BillingSite, middle: Customer, operation: Operation) -> None:
    assert HierarchyTie().blockers(site, middle, operation) == []


def test_customer_by_itself_costs_no_query(site: BillingSite, acme: Customer, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert HierarchyTie().blockers(site, acme, Operation.DELETE) == []


def test_relatives_are_counted(site: BillingSite, middle: Customer) -> None:
    assert HierarchyTie().summary(site, middle) == Summary("relationship", "account hierarchy", 3, 3)


def test_invoice_that_another_has_paid_keeps_its_customer(site: BillingSite, acme: Customer, middle: Customer) -> None:
    a_source(site)
    an_invoice(site, 1000, "of-middle", customer="middle")
    collect(site, "of-middle", customer="middle")

    assert SharedMoneyTie().blockers(site, middle, Operation.DELETE) == [
        Blocker("invoice_paid_by_another", PAID, ("of-middle",), "Keep the customer.")
    ]
    assert SharedMoneyTie().summary(site, middle).total == 1
    assert SharedMoneyTie().blockers(site, middle, Operation.ERASE) == []
    assert SharedMoneyTie().blockers(site, acme, Operation.DELETE) == []


def test_credit_note_used_for_anothers_invoice_keeps_its_customer(site: BillingSite, acme: Customer) -> None:
    other = acts.create(site, "other")
    note = documents.create_credit_note(site=site, customer_public_id="other", total=400, public_id="cn", at=NOW)
    an_invoice(site, 1000, "theirs", customer="other", apply_credits=True)
    CreditNote.objects.filter(pk=note.pk).update(customer=acme)

    with refusal(InvalidState) as caught:
        acts.delete(site)

    assert caught.value.message == CREDITED
    assert SharedMoneyTie().blockers(site, acme, Operation.DELETE) == [
        Blocker("credit_note_used_elsewhere", CREDITED, ("cn",), "Keep the customer.")
    ]
    assert SharedMoneyTie().summary(site, acme).total == 1
    assert SharedMoneyTie().blockers(site, other, Operation.DELETE) == []


def test_own_payments_and_credits_keep_nobody(site: BillingSite, acme: Customer) -> None:
    a_source(site)
    documents.create_credit_note(site=site, customer_public_id="acme", total=400, at=NOW)
    an_invoice(site, 1000, apply_credits=True)
    collect(site)

    assert SharedMoneyTie().blockers(site, acme, Operation.DELETE) == []
    assert SharedMoneyTie().summary(site, acme).total == 0


def test_ties_are_neither_given_away_nor_erased(site: BillingSite, acme: Customer, middle: Customer) -> None:
    for tie in (HierarchyTie(), SharedMoneyTie()):
        assert tie.reassign(site, middle, acme, at=NOW) == {}
        assert tie.revert(site, {}, at=NOW) == []
        assert (tie.erase(site, middle, at=NOW), tie.export(site, middle)) == (0, [])
    delink_customer(site=site, public_id="left", at=acts.LATER)
    assert HierarchyTie().summary(site, middle).total == 2
