"""A new id for a customer: the former one keeps answering for it, and for nobody else."""

from __future__ import annotations

import pytest

from billing_customers.exceptions import DuplicateId, InvalidInput, NotFound
from billing_customers.models import BillingSite, Customer, CustomerAlias
from tests.operations import acts
from tests.operations.watching import faults, listening, nothing_changes, refusal


def aliases() -> list[tuple[str, str]]:
    """Former ids with the present ids of their customers."""
    return sorted(CustomerAlias.objects.values_list("public_id", "customer__public_id"))


def test_customer_gets_the_new_id_and_keeps_the_old_one_as_alias(site: BillingSite, acme: Customer) -> None:
    acts.rename(site, "acme", "apex")

    assert acts.stored(acme).public_id == "apex"
    assert list(CustomerAlias.objects.values_list("site", "public_id", "customer", "created_at")) == [
        (site.pk, "acme", acme.pk, acts.LATER)
    ]


def test_every_former_id_keeps_answering(site: BillingSite, acme: Customer) -> None:
    acts.rename(site, "acme", "apex")
    acts.rename(site, "acme", "zenith")

    found = {acts.update(site, public_id, name=public_id).pk for public_id in ("acme", "apex", "zenith")}

    assert found == {acme.pk}
    assert aliases() == [("acme", "zenith"), ("apex", "zenith")]


def test_customer_can_be_renamed_back_and_forth(site: BillingSite, acme: Customer) -> None:
    for new in ("apex", "acme", "apex", "acme"):
        acts.rename(site, "apex" if new == "acme" else "acme", new)

    assert acts.stored(acme).public_id == "acme"
    assert aliases() == [("apex", "acme")]


def test_renaming_to_the_present_id_changes_nothing(site: BillingSite, acme: Customer) -> None:
    with nothing_changes():
        acts.rename(site, "acme", "acme")


def test_renaming_by_a_former_id_to_the_present_one_changes_nothing(site: BillingSite, acme: Customer) -> None:
    acts.rename(site, "acme", "apex")

    with nothing_changes():
        acts.rename(site, "acme", "apex")


def test_id_of_a_live_customer_is_refused(site: BillingSite, acme: Customer) -> None:
    acts.create(site, "apex")

    with refusal(DuplicateId) as caught:
        acts.rename(site, "acme", "apex")

    assert (caught.value.message, caught.value.param) == ("The value apex is already present.", "id")


def test_former_id_of_another_customer_is_refused(site: BillingSite, acme: Customer) -> None:
    acts.create(site, "apex")
    acts.rename(site, "apex", "zenith")

    with refusal(DuplicateId):
        acts.rename(site, "acme", "apex")


def test_former_id_cannot_be_taken_by_a_new_customer(site: BillingSite, acme: Customer) -> None:
    acts.rename(site, "acme", "apex")

    with refusal(DuplicateId) as caught:
        acts.create(site, "acme")

    assert (caught.value.message, caught.value.param) == ("The value acme is already present.", "id")


def test_former_id_of_a_deleted_customer_is_free(site: BillingSite, acme: Customer) -> None:
    acts.rename(site, "acme", "apex")
    acts.delete(site, "apex")

    back = acts.create(site, "acme")

    assert acts.update(site, "acme", name="Back").pk == back.pk


def test_former_id_goes_over_to_the_customer_that_had_it_last(site: BillingSite, acme: Customer) -> None:
    acts.rename(site, "acme", "apex")
    acts.delete(site, "apex")
    back = acts.create(site, "acme")

    acts.rename(site, "acme", "zenith")

    assert acts.update(site, "acme", name="Back").pk == back.pk
    assert aliases() == [("acme", "zenith")]


def test_former_id_is_free_in_another_site(site: BillingSite, other_site: BillingSite, acme: Customer) -> None:
    acts.rename(site, "acme", "apex")

    acts.create(other_site, "acme")

    assert Customer.objects.filter(public_id="acme", site=other_site).count() == 1


def test_id_of_a_tombstone_can_be_taken(site: BillingSite, acme: Customer) -> None:
    acts.delete(site, "acme")
    other = acts.create(site, "apex")

    acts.rename(site, "apex", "acme")

    assert acts.stored(other).public_id == "acme"


@pytest.mark.parametrize("new", ["", "x" * 51, "a/b", "merge", " a", "a\0"], ids=ascii)
def test_id_that_cannot_be_used_is_refused(site: BillingSite, acme: Customer, new: str) -> None:
    with refusal(InvalidInput) as caught:
        acts.rename(site, "acme", new)

    assert [field for field, _ in faults(caught)] == ["id"]


def test_renaming_is_said_once(site: BillingSite, acme: Customer) -> None:
    with listening() as said:
        acts.rename(site, "acme", "apex")

    assert [(each.what, each.customer.public_id, each.changes) for each in said] == [
        ("updated", "apex", {"id": ("acme", "apex")})
    ]


def test_missing_customer_cannot_be_renamed(site: BillingSite, acme: Customer) -> None:
    with refusal(NotFound):
        acts.rename(site, "missing", "apex")


def test_former_id_is_no_longer_understood_after_deletion(site: BillingSite, acme: Customer) -> None:
    acts.rename(site, "acme", "apex")
    acts.delete(site, "apex")

    with refusal(NotFound):
        acts.update(site, "acme", name="New")
