"""Deletion leaves a tombstone; the id is free again."""

from __future__ import annotations

import pytest

from billing_customers.exceptions import HardDeleteForbidden, NotFound
from billing_customers.models import BillingSite, Customer
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.watching import listening, nothing_changes, refusal


def test_tombstone_keeps_the_row(site: BillingSite) -> None:
    customer = acts.create(site, name="Acme", email="dana@example.com", metadata={"a": 1})
    before = Customer.objects.filter(pk=customer.pk).values().get()

    acts.delete(site)

    assert Customer.objects.filter(pk=customer.pk).values().get() == {
        **before,
        "is_live": None,
        "deleted_at": acts.LATER,
        "updated_at": acts.LATER,
        "resource_version": acts.LATER_VERSION,
    }


def test_returned_customer_is_the_tombstone(site: BillingSite, acme: Customer) -> None:
    customer = acts.delete(site)

    assert (customer.pk, customer.deleted_at, customer.is_live) == (acme.pk, acts.LATER, None)


def test_second_deletion_changes_nothing(site: BillingSite, acme: Customer) -> None:
    acts.delete(site)

    with nothing_changes():
        acts.delete(site)


def test_second_deletion_returns_the_tombstone(site: BillingSite, acme: Customer) -> None:
    acts.delete(site)

    assert acts.delete(site) == acme


def test_second_deletion_by_a_former_id_returns_the_tombstone(site: BillingSite, acme: Customer) -> None:
    acts.rename(site, "acme", "apex")
    acts.delete(site, "acme")

    assert acts.delete(site, "acme") == acme


def test_missing_customer_is_refused(site: BillingSite, acme: Customer) -> None:
    with refusal(NotFound):
        acts.delete(site, "missing")


def test_id_is_free_after_deletion_again_and_again(site: BillingSite) -> None:
    for _ in range(3):
        acts.create(site)
        acts.delete(site)
    last = acts.create(site, name="Back")

    assert Customer.objects.filter(public_id="acme", is_live=None).count() == 3
    assert acts.update(site, locale="en").pk == last.pk


def test_deletion_with_tombstones_takes_the_live_one(site: BillingSite, acme: Customer) -> None:
    acts.delete(site)
    back = acts.create(site)

    assert acts.delete(site) == back


def test_deletion_is_said_once(site: BillingSite, acme: Customer) -> None:
    with listening() as said:
        acts.delete(site)
        acts.delete(site)

    assert [(each.what, each.customer, each.at) for each in said] == [("deleted", acme, acts.LATER)]


def test_contacts_stay_with_the_tombstone(site: BillingSite) -> None:
    customer = acts.an_acme(site)

    acts.delete(site)

    assert list(customer.contacts.values_list("public_id", flat=True)) == ["c1"]


@pytest.mark.parametrize("way", ["row", "queryset", "site"])
def test_row_is_never_removed(site: BillingSite, acme: Customer, way: str) -> None:
    ways = {
        "row": acme.delete,
        "queryset": Customer.objects.all().delete,
        "site": Customer.objects.for_site(site).delete,
    }

    with refusal(HardDeleteForbidden):
        ways[way]()


def test_deletion_of_the_past_never_sets_the_time_back(site: BillingSite) -> None:
    customer = acts.create(site, at=acts.LATER)

    acts.delete(site, at=NOW)

    row = acts.stored(customer)
    assert (row.updated_at, row.resource_version) == (acts.LATER, acts.LATER_VERSION + 1)
