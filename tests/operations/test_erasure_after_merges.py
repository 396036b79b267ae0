"""Whoever was merged into a customer is cleared with it, and nothing is parted or merged after that."""

from __future__ import annotations

import pytest

from billing_customers.exceptions import InvalidState
from billing_customers.models import BillingSite, Customer, CustomerMerge, ErasureCertificate, Event
from billing_customers.operations.erasure import schedule_erasure
from billing_customers.operations.erasure_certificates import verify_erasure
from billing_customers.operations.merge_rules import blockers_of_merge
from billing_customers.work.outcomes import Outcome
from tests.operations import acts, merges
from tests.operations.canaries import MARK, found_in_tables
from tests.operations.watching import refusal


def test_what_was_merged_into_it_is_cleared_with_it(site: BillingSite) -> None:
    merges.both(site)
    acts.add_contact(site, "from", id="c1", email="c1@example.com")
    found = merges.merge(site)

    schedule_erasure(site=site, public_id="to", at=merges.UNDONE_AT)
    merges.run_all(merges.UNDONE_AT)

    cleared = Customer.objects.order_by("pk").values_list("public_id", "pii_cleared", "name")
    assert list(cleared) == [("from", "cleared", None), ("to", "cleared", None)]
    found.refresh_from_db()
    assert found.manifest == {}
    with refusal(InvalidState):
        merges.ask_undo(site, found)


@pytest.mark.parametrize("cleared", ["from", "to"])
def test_cleared_customer_is_not_merged(site: BillingSite, cleared: str) -> None:
    merges.both(site)
    schedule_erasure(site=site, public_id=cleared, at=acts.LATER)

    found = blockers_of_merge(site, *(Customer.objects.get(public_id=name) for name in ("from", "to")))
    assert [each.code for each in found] == ["personal_data_cleared"]
    with refusal(InvalidState):
        merges.ask(site)


@pytest.fixture
def pair(site: BillingSite) -> tuple[Customer, Customer]:
    return merges.both(site)


def erase(site: BillingSite, public_id: str) -> None:
    schedule_erasure(site=site, public_id=public_id, at=merges.MERGED_AT)
    assert set(merges.run_all()) == {Outcome.SUCCEEDED}


def test_those_that_were_merged_into_it_are_cleared_with_it(site: BillingSite) -> None:
    for name in ("first", "from", "to"):
        acts.create(site, name, name=f"{MARK} {name}", email=f"{MARK}@example.com", company=MARK)
        acts.add_contact(site, name, email=f"{name}-{MARK}@example.com")
    merges.merge(site, "first", "from")
    merges.merge(site)

    erase(site, "to")

    assert list(Customer.objects.values_list("pii_cleared", flat=True)) == ["cleared"] * 3
    assert ErasureCertificate.objects.count() == 3
    assert found_in_tables() == []
    assert [verify_erasure(site=site, public_id=each) for each in ("first", "from", "to")] == [[], [], []]


def test_events_go_on_saying_what_it_was_merged_into(site: BillingSite, pair: tuple[Customer, Customer]) -> None:
    merges.merge(site)

    erase(site, "to")

    deleted = Event.objects.get(type="customer_deleted")
    assert '"merged_into":"to"' in (deleted.ching_payload or "")


def test_the_one_that_was_merged_can_be_cleared_alone(site: BillingSite, pair: tuple[Customer, Customer]) -> None:
    merges.merge(site)

    erase(site, "from")

    assert [acts.stored(each).pii_cleared for each in pair] == ["cleared", "active"]
    assert acts.stored(pair[1]).name == "To"


@pytest.mark.parametrize("closed", ["from", "to"])
def test_merge_of_a_customer_that_is_closed_meanwhile_fails(
    site: BillingSite, pair: tuple[Customer, Customer], closed: str
) -> None:
    merges.ask(site)

    erase(site, closed)

    assert CustomerMerge.objects.get().status == "failed"
    assert [acts.stored(each).is_live for each in pair] == [True, True]


@pytest.mark.parametrize("closed", ["from", "to"])
def test_merge_is_not_undone_once_one_of_them_is_closed(
    site: BillingSite, pair: tuple[Customer, Customer], closed: str
) -> None:
    found = merges.merge(site)
    erase(site, closed)

    with refusal(InvalidState):
        merges.ask_undo(site, found)


def test_undoing_that_comes_too_late_is_given_up(site: BillingSite, pair: tuple[Customer, Customer]) -> None:
    found = merges.merge(site)
    merges.ask_undo(site, found)
    schedule_erasure(site=site, public_id="to", at=merges.MERGED_AT)

    merges.run_all(merges.UNDONE_AT)

    found.refresh_from_db()
    assert (found.status, found.undone_at) == ("merged", None)
    assert [acts.stored(each).pii_cleared for each in pair] == ["cleared", "cleared"]
