"""Merges in short."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from billing_customers.models import BillingSite, Customer, CustomerMerge, Subscription
from billing_customers.operations import customer_users, documents
from billing_customers.operations.documents import create_subscription
from billing_customers.operations.merging import merge_customers, undo_merge
from billing_customers.work.jobs import run_due
from billing_customers.work.outcomes import Outcome
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.collecting import a_source, an_invoice, collect
from tests.operations.money import credit, pay

MERGED_AT = acts.LATER + timedelta(minutes=1)
UNDONE_AT = acts.LATER + timedelta(minutes=3)


def ask(site: BillingSite, source: str = "from", target: str = "to", **more: Any) -> CustomerMerge:
    """The merge as it is scheduled."""
    return merge_customers(site=site, from_id=source, to_id=target, **{"at": acts.LATER, **more})[1]


def run_all(at: datetime = MERGED_AT) -> list[Outcome]:
    """What became of each job that was due."""
    return list(iter(lambda: run_due(clock=lambda: at, uniform=lambda low, high: low), None))


def merge(site: BillingSite, source: str = "from", target: str = "to", **more: Any) -> CustomerMerge:
    """Asked for, and done."""
    found = ask(site, source, target, **more)
    assert set(run_all()) == {Outcome.SUCCEEDED}
    found.refresh_from_db()
    assert (found.status, found.error) == ("merged", "")
    return found


def ask_undo(site: BillingSite, found: CustomerMerge, at: datetime = MERGED_AT + timedelta(minutes=1)) -> CustomerMerge:
    return undo_merge(site=site, merge_id=found.public_id, at=at)


def undo(site: BillingSite, found: CustomerMerge) -> CustomerMerge:
    """Asked for, and what became of it."""
    ask_undo(site, found)
    assert set(run_all(UNDONE_AT)) == {Outcome.SUCCEEDED}
    found.refresh_from_db()
    return found


def both(site: BillingSite) -> tuple[Customer, Customer]:
    """The customers ``from`` and ``to``."""
    return acts.create(site, "from", name="From"), acts.create(site, "to", name="To")


def owner_of(row: Any) -> str:
    """The id of the customer that the row belongs to, as the database has it."""
    owner: str = type(row)._default_manager.values_list("customer__public_id", flat=True).get(pk=row.pk)
    return owner


def a_subscription(
    site: BillingSite, customer: str = "from", public_id: str = "sub", status: Any = "active"
) -> Subscription:
    return create_subscription(site=site, customer_public_id=customer, status=status, public_id=public_id, at=NOW)


@contextmanager
def customers_stay() -> Iterator[None]:
    """What happens inside leaves the row of every customer as it was."""
    before = list(Customer.objects.order_by("pk").values())
    yield
    assert list(Customer.objects.order_by("pk").values()) == before


def a_full_customer(site: BillingSite) -> None:
    """Of everything that moves the customer ``from`` has something, and so has ``to``."""
    for name, number in (("from", "4012888888881881"), ("to", "4111111111111111")):
        a_source(site, number, public_id=name)
        a_subscription(site, name, f"sub-{name}")
        an_invoice(site, public_id=f"inv-{name}", customer=name)
        collect(site, f"inv-{name}", customer=name)
        pay(site, 250, name)
        credit(site, 500, name)
        documents.create_credit_note(site=site, customer_public_id=name, total=300, at=NOW)
        documents.create_unbilled_charge(site=site, customer_public_id=name, amount=200, at=NOW)
        acts.add_contact(site, name, id="c1", email=f"{name}@example.com")
        customer_users.link_user(site=site, public_id=name, user=acts.a_user(name), at=NOW)
