"""Whoever was merged into a customer is cleared with it, and nothing is parted or merged after that."""

from __future__ import annotations

import pytest

from billing_customers.exceptions import InvalidState
from billing_customers.models import BillingSite, Customer
from billing_customers.operations.erasure import schedule_erasure
from billing_customers.operations.merge_rules import blockers_of_merge
from tests.operations import acts, merges
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
