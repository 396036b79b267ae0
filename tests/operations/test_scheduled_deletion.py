"""Deletion by a job, with the subscriptions. Contract: Chargebee "Delete a customer" (chargebee-wire 3.11)."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.actors import UNKNOWN, Actor
from billing_customers.choices import JobStatus
from billing_customers.exceptions import InvalidState, NotFound, VersionMismatch
from billing_customers.gateways.test import TestGateway
from billing_customers.models import BillingSite, Customer, Event, Invoice, Job, PaymentSource, Subscription
from billing_customers.operations import documents
from billing_customers.operations.deletion import schedule_deletion
from billing_customers.operations.hierarchy import delink_customer
from billing_customers.work.jobs import run_due
from billing_customers.work.outcomes import Outcome
from tests.factories import RelationshipFactory
from tests.fixtures import NOW
from tests.operations import acts, paying
from tests.operations.collecting import a_source, an_invoice, collect
from tests.operations.watching import listening, refusal, rows_stay

KIND = "customers.delete"


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The references that the gateway was told to forget."""
    said: list[str] = []
    monkeypatch.setattr(TestGateway, "detach", lambda self, reference_id: said.append(reference_id))
    return said


def schedule(site: BillingSite, public_id: str = "acme", **more: Any) -> Customer:
    return schedule_deletion(site=site, public_id=public_id, at=acts.LATER, **more)


def run_all() -> list[Outcome]:
    """What became of each job that was due."""
    return list(iter(lambda: run_due(clock=lambda: acts.LATER, uniform=lambda low, high: low), None))


def a_subscription(site: BillingSite, status: str = "active", public_id: str = "sub") -> Subscription:
    return documents.create_subscription(
        site=site,
        customer_public_id="acme",
        status=status,  # type: ignore[arg-type]
        public_id=public_id,
        at=NOW,
    )


def a_family(site: BillingSite, acme: Customer) -> None:
    """``child`` is below ``acme``, which pays its invoices."""
    child = acts.create(site, "child")
    RelationshipFactory(child=child, parent=acme, invoice_owner=child)


def the_job() -> Job:
    return Job.objects.get(kind=KIND)


def test_customer_is_as_it_was_until_the_job_is_done(site: BillingSite, acme: Customer) -> None:
    returned = schedule(site)

    row = acts.stored(acme)
    assert (returned.pk, returned.deleted_at) == (acme.pk, None)
    assert (row.deleted_at, row.resource_version) == (None, acts.VERSION)


def test_job_leaves_a_tombstone(site: BillingSite, acme: Customer) -> None:
    schedule(site)

    assert run_all() == [Outcome.SUCCEEDED]
    row = acts.stored(acme)
    assert (row.deleted_at, row.is_live, row.resource_version) == (acts.LATER, None, acts.LATER_VERSION)
    assert the_job().result == {"deleted": True, "subscriptions": 0, "payment_sources": 0}


def test_asked_twice_there_is_one_job(site: BillingSite, acme: Customer) -> None:
    schedule(site)

    with rows_stay():
        schedule(site)


def test_customer_that_is_gone_cannot_be_deleted_again(site: BillingSite, acme: Customer) -> None:
    schedule(site)
    run_all()

    with refusal(NotFound):
        schedule(site)


def test_id_given_to_another_meanwhile_deletes_the_first(site: BillingSite, acme: Customer) -> None:
    schedule(site)
    acts.delete(site)
    back = acts.create(site, at=acts.LATER)

    run_all()

    assert acts.stored(back).deleted_at is None
    assert the_job().result == {"deleted": False, "reason": "The customer was deleted already."}


@pytest.mark.parametrize("status", ["active", "trialing", "past_due", "incomplete"])
def test_subscription_is_cancelled(site: BillingSite, acme: Customer, status: str) -> None:
    a_subscription(site, status)

    schedule(site)
    run_all()

    row = Subscription.objects.get()
    assert (row.status, row.cancelled_at) == ("canceled", acts.LATER)
    assert the_job().result == {"deleted": True, "subscriptions": 1, "payment_sources": 0}


@pytest.mark.parametrize("status", ["canceled", "incomplete_expired"])
def test_ended_subscription_stays_as_it_is(site: BillingSite, acme: Customer, status: str) -> None:
    a_subscription(site, status)
    before = Subscription.objects.values().get()

    schedule(site)
    run_all()

    assert Subscription.objects.values().get() == before


def test_documents_are_kept(site: BillingSite, acme: Customer) -> None:
    an_invoice(site)
    before = Invoice.objects.values().get()

    schedule(site)
    run_all()

    assert Invoice.objects.values().get() == before


@pytest.mark.parametrize(("deletes", "told"), [(True, 1), (False, 0)])
def test_payment_source_is_forgotten_by_its_gateway_or_kept_there(
    site: BillingSite, acme: Customer, forgotten: list[str], deletes: bool, told: int
) -> None:
    source = paying.attach(site)

    schedule(site, delete_payment_method=deletes)
    run_all()

    assert PaymentSource.objects.values_list("deleted_at", flat=True).get() == acts.LATER
    assert forgotten == [source.reference_id] * told


def test_events_are_told_in_order(site: BillingSite, acme: Customer) -> None:
    a_subscription(site)
    told = Event.objects.count()
    schedule(site)

    run_all()

    events = list(Event.objects.order_by("pk")[told:])
    assert [each.type for each in events] == ["subscription_changed", "customer_deleted"]
    assert {each.source for each in events} == {"scheduled_job"}


def test_silence_that_was_asked_for_is_kept_by_the_job(site: BillingSite, acme: Customer) -> None:
    schedule(site, actor=Actor("api", "key", silences_webhooks=True))

    with listening() as said:
        run_all()

    assert [(each.what, each.actor) for each in said] == [("deleted", Actor("scheduled_job", KIND, True))]


def test_scheduling_says_nothing_yet(site: BillingSite, acme: Customer) -> None:
    with listening() as said:
        schedule(site)

    assert said == []


@pytest.mark.parametrize(("which", "message"), [("child", "has a parent"), ("acme", "has children")])
def test_member_of_a_hierarchy_is_refused(site: BillingSite, acme: Customer, which: str, message: str) -> None:
    RelationshipFactory(child=acts.create(site, "child"), parent=acme)

    with refusal(InvalidState) as caught:
        schedule(site, which)

    assert caught.value.message == f"The customer {message} in an account hierarchy."


def test_invoice_that_another_has_paid_keeps_the_customer(site: BillingSite, acme: Customer) -> None:
    a_family(site, acme)
    a_source(site)
    an_invoice(site, 1000, "of-child", customer="child")
    collect(site, "of-child", customer="child")
    delink_customer(site=site, public_id="child", at=acts.LATER)

    with refusal(InvalidState) as caught:
        schedule(site, "child")

    assert caught.value.message == "Another customer has paid invoices of this one."


def test_payer_of_others_invoices_may_go(site: BillingSite, acme: Customer) -> None:
    a_family(site, acme)
    a_source(site)
    an_invoice(site, 1000, "of-child", customer="child")
    collect(site, "of-child", customer="child")
    delink_customer(site=site, public_id="child", at=acts.LATER)

    schedule(site)

    assert run_all()[0] is Outcome.SUCCEEDED


def test_what_has_come_up_since_fails_the_job_and_changes_nothing(site: BillingSite, acme: Customer) -> None:
    a_subscription(site)
    schedule(site)
    RelationshipFactory(child=acts.create(site, "child"), parent=acme)
    told = Event.objects.count()

    assert run_all() == [Outcome.FAILED]

    job = the_job()
    assert (job.status, job.error) == (
        JobStatus.FAILED,
        "Refused: The customer has children in an account hierarchy.",
    )
    assert acts.stored(acme).deleted_at is None
    assert Subscription.objects.get().status == "active"
    assert Event.objects.count() == told


@pytest.mark.parametrize(
    ("first", "message"),
    [
        (True, "The deletion is scheduled already, and the gateways forget the payment sources."),
        (False, "The deletion is scheduled already, and the gateways keep the payment sources."),
    ],
)
def test_second_request_does_not_say_otherwise(site: BillingSite, acme: Customer, first: bool, message: str) -> None:
    schedule(site, delete_payment_method=first)

    with refusal(InvalidState) as caught:
        schedule(site, delete_payment_method=not first)

    assert (caught.value.message, caught.value.param) == (message, "delete_payment_method")
    assert schedule(site, delete_payment_method=first).pk == acme.pk
    assert the_job().arguments["from_gateway"] is first


def test_stale_version_is_refused(site: BillingSite, acme: Customer) -> None:
    with refusal(VersionMismatch):
        schedule(site, expected_version=1)


def test_customer_of_another_site_is_missing(other_site: BillingSite, acme: Customer) -> None:
    with refusal(NotFound):
        schedule(other_site)


def test_failed_deletion_can_be_asked_for_again(site: BillingSite, acme: Customer) -> None:
    schedule(site)
    Job.objects.filter(kind=KIND).update(status=JobStatus.FAILED, key=None, run_at=None)

    schedule(site, actor=UNKNOWN)

    assert Job.objects.filter(kind=KIND).count() == 2
