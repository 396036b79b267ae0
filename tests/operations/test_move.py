"""Moves are asked for, and carried out by a job. Contract: Chargebee "Move a customer" (chargebee-wire 3.12)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from billing_customers.choices import JobStatus, SubscriptionStatus
from billing_customers.exceptions import DuplicateEmail, DuplicateId, InvalidState, NotEnabled, NotFound
from billing_customers.models import BillingSite, Customer, Event, Job, MoveAllowance, ResourceMigration
from billing_customers.operations.documents import create_subscription
from billing_customers.operations.sites import update_site
from tests.fixtures import NOW
from tests.operations import acts, families, moving
from tests.operations.watching import refusal, rows_stay

NOT_ENABLED = "Customers of that site cannot be moved to this one: it has not been enabled."


@pytest.fixture
def source(site: BillingSite) -> BillingSite:
    return moving.a_source(site)


def test_move_is_scheduled(site: BillingSite, source: BillingSite) -> None:
    returned = moving.schedule(site)

    row = ResourceMigration.objects.values().get()
    assert row == {
        "id": returned.pk,
        "site_id": site.pk,
        "from_site_id": source.pk,
        "entity_type": "customer",
        "entity_id": "zed",
        "status": "scheduled",
        "errors": "",
        "job_id": moving.the_job().pk,
        "created_at": acts.LATER,
        "updated_at": acts.LATER,
    }
    assert moving.customers() == [("globex-test", "zed")]


def test_job_holds_nothing_but_keys_of_rows(site: BillingSite, source: BillingSite) -> None:
    moving.schedule(site)

    job = moving.the_job()
    zed = Customer.objects.get()
    assert job.arguments == {"from_site": source.pk, "customer": zed.pk, "silent": False}
    assert (job.site_id, job.customer_id) == (site.pk, None)


def test_asked_twice_while_it_waits_there_is_one_move(site: BillingSite, source: BillingSite) -> None:
    first = moving.schedule(site)

    with rows_stay():
        second = moving.schedule(site)

    assert second == first


def test_two_sites_may_take_one_customer(site: BillingSite, live_site: BillingSite, source: BillingSite) -> None:
    BillingSite.objects.filter(pk=live_site.pk).update(livemode=False, project="third")
    live_site.refresh_from_db()
    moving.allow(live_site, source)

    moving.schedule(site)
    moving.schedule(live_site)
    moving.run_all()

    assert moving.customers() == [("globex-test", "zed"), ("acme-test", "zed"), ("acme", "zed")]


def test_asked_by_a_former_id_the_present_one_is_told(site: BillingSite, source: BillingSite) -> None:
    acts.rename(source, "zed", "zee")

    assert moving.schedule(site, "zed").entity_id == "zee"
    assert moving.schedule(site, "zee").pk == ResourceMigration.objects.get().pk


def test_copy_has_the_id_that_was_told_whatever_comes_after(site: BillingSite, source: BillingSite) -> None:
    moving.schedule(site)
    acts.rename(source, "zed", "zee")

    moving.run_all()

    assert moving.customers() == [("globex-test", "zee"), ("acme-test", "zed")]


def test_copy_is_of_the_customer_as_it_is_then(site: BillingSite, source: BillingSite) -> None:
    moving.schedule(site)
    acts.update(source, "zed", name="New")

    moving.run_all()

    assert moving.the_copy(site).name == "New"


@pytest.mark.parametrize("slug", ["globex-test", "acme-test", "nowhere", ""])
def test_site_without_an_allowance_is_refused_like_a_missing_one(
    site: BillingSite, other_site: BillingSite, slug: str
) -> None:
    acts.create(other_site, "zed")

    with refusal(NotEnabled) as caught:
        moving.schedule(site, from_site=slug)

    assert (caught.value.message, caught.value.param) == (NOT_ENABLED, "from_site")


@pytest.mark.parametrize("public_id", ["nobody", "gone", "x" * 100])
def test_customer_that_is_not_there_is_missing(site: BillingSite, source: BillingSite, public_id: str) -> None:
    acts.create(source, "gone")
    acts.delete(source, "gone")

    with refusal(NotFound) as caught:
        moving.schedule(site, public_id)

    assert caught.value.param == "id_at_from_site"


@pytest.mark.parametrize("is_former", [False, True])
def test_id_that_is_taken_is_refused(site: BillingSite, source: BillingSite, is_former: bool) -> None:
    acts.create(site, "zed")
    if is_former:
        acts.rename(site, "zed", "zoe")

    with refusal(DuplicateId) as caught:
        moving.schedule(site)

    assert (caught.value.message, caught.value.param) == ("The value zed is already present.", "id_at_from_site")


def test_email_that_is_taken_is_refused_where_the_site_forbids_two(site: BillingSite, source: BillingSite) -> None:
    update_site(site=site, forbids_duplicate_emails=True)
    acts.create(site, "other", email="zed@example.com")

    with refusal(DuplicateEmail) as caught:
        moving.schedule(site)

    assert caught.value.param == "id_at_from_site"


def test_customer_that_was_moved_is_there_already(site: BillingSite, source: BillingSite) -> None:
    moving.schedule(site)
    moving.run_all()

    with refusal(DuplicateId):
        moving.schedule(site)


def test_copy_that_was_deleted_can_be_made_anew(site: BillingSite, source: BillingSite) -> None:
    moving.schedule(site)
    moving.run_all()
    acts.delete(site, "zed")

    moving.schedule(site)
    moving.run_all()

    assert list(ResourceMigration.objects.order_by("pk").values_list("status", flat=True)) == ["succeeded", "succeeded"]
    assert Customer.objects.for_site(site).filter(public_id="zed").count() == 2


def test_neighbour_of_the_customer_can_refuse(site: BillingSite, source: BillingSite, settings: Any) -> None:
    settings.BILLING_CUSTOMERS = moving.BADGES_KEEP
    moving.give_badge(source)

    with refusal(InvalidState) as caught:
        moving.schedule(site)

    assert caught.value.message == "It has a badge."


@pytest.mark.parametrize(("state", "done"), [("scheduled_for_clear", "is being"), ("cleared", "was")])
def test_customer_whose_data_is_to_go_is_not_copied(
    site: BillingSite, source: BillingSite, state: str, done: str
) -> None:
    Customer.objects.update(pii_cleared=state)

    with refusal(InvalidState) as caught:
        moving.schedule(site)

    assert caught.value.message == f"The personal data of the customer {done} cleared: it cannot be changed any more."


def test_subscriptions_and_relatives_keep_nobody(site: BillingSite, source: BillingSite) -> None:
    families.people(source, "boss")
    families.link(source, "zed", "boss")
    create_subscription(site=source, customer_public_id="zed", status=SubscriptionStatus.ACTIVE, at=NOW)

    moving.schedule(site)
    moving.run_all()

    assert moving.outcome() == ("succeeded", "")


def test_scheduling_says_nothing_yet(site: BillingSite, source: BillingSite) -> None:
    before = Event.objects.count()

    moving.schedule(site)

    assert Event.objects.count() == before


def test_rolled_back_request_leaves_no_move(site: BillingSite, source: BillingSite) -> None:
    with rows_stay(), transaction.atomic():
        moving.schedule(site)
        transaction.set_rollback(True)


@pytest.mark.parametrize("way", ["back", "other mode"])
def test_allowance_is_for_one_way_and_one_mode(site: BillingSite, source: BillingSite, way: str) -> None:
    acts.create(site, "own")
    if way == "other mode":
        # Written past the operations.
        MoveAllowance.objects.create(site=source, from_site=site, created_at=NOW)
        BillingSite.objects.filter(pk=source.pk).update(livemode=True)
        source.refresh_from_db()

    with refusal(NotEnabled):
        moving.schedule(source, "own", site.slug)


def test_waiting_job_that_is_cancelled_makes_no_copy(site: BillingSite, source: BillingSite) -> None:
    moving.schedule(site)
    Job.objects.update(status=JobStatus.CANCELLED, key=None, run_at=None)

    again = moving.schedule(site)

    assert again.pk == ResourceMigration.objects.latest("pk").pk
    assert ResourceMigration.objects.count() == 2
