"""A merge is as many statements for many rows as for a few, and so is undoing it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing_customers.models import BillingSite, CustomerMerge
from billing_customers.operations import customer_users, documents
from tests.fixtures import NOW
from tests.operations import acts, merges
from tests.operations.collecting import an_invoice
from tests.operations.money import a_source, credit, pay
from tests.performance.conftest import name_of

FEW, MANY = 5, 50
MOVED = ("paymentsource", "contact", "subscription", "invoice", "creditnote", "unbilledcharge", "transaction")
# One of the ten contacts is the other customer's.
LIMITED = 9


@pytest.fixture
def filled(site: BillingSite) -> Callable[[int], tuple[str, str]]:
    """Makes two customers; of each kind the first has so many rows, each of them next to one of the second's."""

    def fill(count: int) -> tuple[str, str]:
        names = (f"from-{count}", f"to-{count}")
        customers = [acts.create(site, name) for name in names]
        for number in range(count):
            for customer in customers:
                add_rows(site, customer, number)
        for number in range(min(count, LIMITED)):
            acts.add_contact(site, names[0], id=f"c{number}", email="a@example.com")
            user = acts.a_user(f"{names[0]}-{number}")
            customer_users.link_user(site=site, public_id=names[0], user=user, at=NOW)
        acts.add_contact(site, names[1], id="c0", email="b@example.com")
        return names

    return fill


def add_rows(site: BillingSite, customer: Any, number: int) -> None:
    """One of each kind."""
    name = customer.public_id
    a_source(customer, f"pm-{name}-{number}")
    merges.a_subscription(site, name, f"sub-{name}-{number}")
    an_invoice(site, public_id=f"inv-{name}-{number}", customer=name)
    documents.create_credit_note(site=site, customer_public_id=name, total=300, at=NOW)
    documents.create_unbilled_charge(site=site, customer_public_id=name, amount=200, at=NOW)
    pay(site, 250, name)
    credit(site, 500, name)


def merged(site: BillingSite, source: str, target: str) -> tuple[CustomerMerge, list[str]]:
    """The merge, and the names of the statements of its job."""
    asked = merges.ask(site, source, target)
    with CaptureQueriesContext(connection) as captured:
        merges.run_all()
    asked.refresh_from_db()
    assert asked.status == "merged"
    return asked, _names(captured)


def undone(site: BillingSite, merge: CustomerMerge) -> list[str]:
    """The names of the statements of the job that undoes it."""
    merges.ask_undo(site, merge)
    with CaptureQueriesContext(connection) as captured:
        merges.run_all(merges.UNDONE_AT)
    merge.refresh_from_db()
    assert merge.status == "undone"
    return _names(captured)


def _names(captured: CaptureQueriesContext) -> list[str]:
    """Of the statements; those of tables that are not ours are told without their numbers."""
    return [re.sub(r"\d+", "…", name_of(each["sql"])) for each in captured.captured_queries]


def test_statements_are_as_many_whatever_is_moved(site: BillingSite, filled: Callable[[int], tuple[str, str]]) -> None:
    (few, by_few), (many, by_many) = (merged(site, *filled(count)) for count in (FEW, MANY))

    assert [each.moved["transactions"] for each in (few, many)] == [FEW, MANY]
    assert by_few == by_many
    assert undone(site, few) == undone(site, many)


def test_each_table_is_updated_once(site: BillingSite, filled: Callable[[int], tuple[str, str]]) -> None:
    found, merging = merged(site, *filled(FEW))
    undoing = undone(site, found)

    expected = {f"UPDATE {table}": 1 for table in MOVED}
    assert {name: Counter(merging)[name] for name in expected} == expected
    assert {name: Counter(undoing)[name] for name in expected} == expected
