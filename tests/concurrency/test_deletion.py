"""Deletion against everything else: whoever comes later finds a tombstone, and leaves it alone."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.choices import IdentifyBy
from billing_customers.models import BillingSite, Customer
from billing_customers.operations.customers import upsert_customer
from tests.clients import ChingClient
from tests.concurrency.crowd import SIZE, crowd, persistent, statuses, tally, together, values
from tests.concurrency.meeting import Meeting
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.watching import listening


@pytest.fixture
def acme(site: BillingSite) -> Customer:
    return acts.create(site, "acme", name="Acme", email="dana@example.com")


def test_customer_that_many_delete_is_deleted_once(site: BillingSite, acme: Customer) -> None:
    with listening() as said:
        outcomes = crowd(lambda _: acts.delete(site))

    assert tally(outcomes) == {"done": SIZE}
    assert {each.pk for each in values(outcomes)} == {acme.pk}
    assert [each.what for each in said] == ["deleted"]
    assert acts.stored(acme).resource_version == acts.LATER_VERSION


def test_all_requests_for_a_deletion_get_the_stub(key: str, acme: Customer) -> None:
    outcomes = crowd(lambda _: ChingClient(key).delete("/customers/acme"))

    assert statuses(outcomes) == {200: SIZE}
    assert [answer.json()["data"] for answer in values(outcomes)] == [
        {"id": "acme", "object": "customer", "deleted": True}
    ] * SIZE


def test_updates_prevail_before_the_deletion_or_are_refused(site: BillingSite, acme: Customer) -> None:
    def act(number: int) -> Any:
        return acts.delete(site) if number == SIZE // 2 else acts.update(site, custom_fields={f"cf_{number}": number})

    with listening() as said:
        outcomes = crowd(act)

    assert set(tally(outcomes)) <= {"done", "NotFound"}
    done = [number for number, each in enumerate(outcomes) if each.error is None and number != SIZE // 2]
    tombstone = acts.stored(acme)
    assert tombstone.is_live is None
    assert tombstone.custom_fields == ({f"cf_{number}": number for number in done} or None)
    last = max(said, key=lambda each: each.customer.resource_version)
    assert (last.what, last.customer.resource_version) == ("deleted", tombstone.resource_version)


@pytest.mark.parametrize("act", [act for act in acts.ACTS if act != "delete"])
def test_deletion_that_is_about_to_commit_refuses(site: BillingSite, act: str) -> None:
    customer = acts.an_acme(site)
    acts.a_user("avi")
    meeting = Meeting()

    def delete() -> Any:
        with meeting.held_at_signal():
            return acts.delete(site)

    def come_late() -> Any:
        meeting.wait()
        return acts.ACTS[act](site=site, public_id="acme", at=acts.LATER)

    outcomes = together(delete, come_late)

    assert [outcome.name for outcome in outcomes] == ["done", "NotFound"]
    row = acts.stored(customer)
    assert (row.is_live, row.name, row.contact_count, row.resource_version) == (None, "Acme", 1, acts.LATER_VERSION)


def test_upsert_against_a_deletion_makes_a_new_customer(site: BillingSite, acme: Customer) -> None:
    meeting = Meeting()

    def delete() -> Any:
        with meeting.held_at_signal():
            return acts.delete(site)

    def upsert() -> Any:
        meeting.wait()
        attributes: Any = {"name": "New", "email": "dana@example.com"}
        return upsert_customer(site=site, identify_by=IdentifyBy.EMAIL, attributes=attributes, at=NOW)

    outcomes = together(delete, upsert)

    assert tally(outcomes) == {"done": 2}
    customer, created = outcomes[1].value
    assert (created, customer.pk == acme.pk, acts.stored(acme).name) == (True, False, "Acme")


def test_id_can_be_taken_by_one_as_soon_as_it_is_free(site: BillingSite, acme: Customer) -> None:
    def attempt(number: int) -> Any:
        return acts.delete(site) if number == 0 else acts.create(site, "acme", name="Back")

    outcomes = crowd(lambda number: persistent(lambda: attempt(number)))

    assert outcomes[0].name == "done"
    assert set(tally(outcomes)) <= {"done", "DuplicateId"}
    assert Customer.objects.filter(public_id="acme", is_live=True).count() == tally(outcomes)["done"] - 1
    assert tally(outcomes)["done"] - 1 <= 1
