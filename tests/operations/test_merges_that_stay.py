"""Why a merge is not undone: there is nothing to undo, or something that was moved has changed since."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from billing_customers.exceptions import InvalidState, NotFound
from billing_customers.models import (
    BillingSite,
    Customer,
    Job,
    Subscription,
)
from billing_customers.neighbors import owned
from billing_customers.operations import contacts, documents
from billing_customers.operations.payment_sources import delete_payment_source
from tests.operations import acts
from tests.operations.collecting import a_source, an_invoice, collect
from tests.operations.merges import (
    MERGED_AT,
    UNDONE_AT,
    a_full_customer,
    a_subscription,
    ask,
    ask_undo,
    both,
    customers_stay,
    merge,
    owner_of,
    run_all,
    undo,
)
from tests.operations.money import book, credit
from tests.operations.watching import refusal, rows


@pytest.fixture(autouse=True)
def pair(site: BillingSite) -> tuple[Customer, Customer]:
    return both(site)


class TestNothingToUndo:
    def test_merge_that_there_is_not(self, site: BillingSite) -> None:
        found = merge(site)
        found.public_id = "merge_missing"

        with refusal(NotFound):
            ask_undo(site, found)

    def test_merge_of_another_site(self, site: BillingSite, other_site: BillingSite) -> None:
        found = merge(site)

        with refusal(NotFound):
            ask_undo(other_site, found)

    def test_merge_that_is_only_scheduled(self, site: BillingSite) -> None:
        with_job = ask(site)

        with refusal(InvalidState) as caught:
            ask_undo(site, with_job)
        assert caught.value.message == "The merge is scheduled: there is nothing to undo."

    def test_merge_that_is_undone(self, site: BillingSite) -> None:
        found = undo(site, merge(site))

        with refusal(InvalidState):
            ask_undo(site, found)

    def test_customer_that_is_gone(self, site: BillingSite) -> None:
        found = merge(site)
        acts.delete(site, "to")

        with refusal(InvalidState) as caught:
            ask_undo(site, found)
        assert caught.value.message == "The customer to was deleted or merged itself since."

    def test_customer_that_goes_meanwhile(self, site: BillingSite) -> None:
        found = merge(site)
        ask_undo(site, found)
        acts.delete(site, "to", at=MERGED_AT)

        with customers_stay():
            run_all(UNDONE_AT)

        found.refresh_from_db()
        assert (found.status, found.error) == ("merged", "The customer to was deleted or merged itself since.")


def credit_used(site: BillingSite) -> None:
    book(site, Customer.objects.get(public_id="to"), -600)


CHANGES: dict[str, tuple[Callable[[BillingSite], Any], str]] = {
    "subscription": (
        lambda site: documents.change_subscription(site=site, public_id="sub-from", status="canceled", at=UNDONE_AT),  # type: ignore[arg-type]
        "Of the subscriptions that were moved, sub-from changed since.",
    ),
    "invoice": (
        lambda site: collect(site, "inv-open", customer="to", at=UNDONE_AT),
        "Of the invoices that were moved, inv-open changed since.",
    ),
    "contact": (
        lambda site: contacts.update_contact(
            site=site, public_id="to", attributes={"id": "only", "label": "CFO"}, at=UNDONE_AT
        ),
        "Of the contacts that were moved, only changed since.",
    ),
    "contact that was removed": (
        lambda site: contacts.delete_contact(site=site, public_id="to", contact_id="only", at=UNDONE_AT),
        "Of the contacts that were moved, only changed since.",
    ),
    "credits": (
        credit_used,
        "The promotional credits in USD that were moved have been used since.",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_it_stays_when_something_has_changed_since(site: BillingSite, change: str) -> None:
    a_full_customer(site)
    an_invoice(site, public_id="inv-open", customer="from")
    acts.add_contact(site, "from", id="only", email="only@example.com")
    found = merge(site)
    does, message = CHANGES[change]
    does(site)
    ask_undo(site, found)
    before = {name: each for name, each in rows().items() if name not in {"Job", "CustomerMerge"}}

    run_all(UNDONE_AT)

    found.refresh_from_db()
    assert (found.status, found.error, found.undone_at, found.is_open) == ("merged", message, None, True)
    assert {name: each for name, each in rows().items() if name not in {"Job", "CustomerMerge"}} == before
    assert Job.objects.get(kind="customers.undo_merge").result == {"undone": False, "reason": message}


def test_first_of_many_that_have_changed_are_named(site: BillingSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owned, "_AT_ONCE", 2)
    for number in range(6):
        a_subscription(site, "from", f"sub-{number}")
    found = merge(site)
    Subscription.objects.exclude(public_id="sub-2").update(updated_at=UNDONE_AT)

    undo(site, found)

    assert found.error == "Of the subscriptions that were moved, sub-0, sub-1, sub-3 and 2 more changed since."


def test_it_can_be_tried_again_once_the_change_is_taken_back(site: BillingSite) -> None:
    credit(site, 500, "from")
    found = merge(site)
    target = Customer.objects.get(public_id="to")
    book(site, target, -100)
    assert undo(site, found).status == "merged"
    book(site, target, 100)

    assert undo(site, found).status == "undone"


def test_detached_source_keeps_it(site: BillingSite) -> None:
    source = a_source(site, public_id="from")
    found = merge(site)
    delete_payment_source(site=site, public_id=source.public_id, at=UNDONE_AT)

    undo(site, found)

    assert found.error == f"Of the payment sources that were moved, {source.public_id} changed since."
    assert owner_of(source) == "to"
