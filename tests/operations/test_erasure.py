"""Clearing of personal data: asked for, refused, done. Contract: Chargebee "Clear personal data of a customer"."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from billing_customers.actors import Actor
from billing_customers.choices import JobStatus
from billing_customers.events.lanes import claim, heads
from billing_customers.events.settling import Attempt, settle
from billing_customers.events.transport import Reply
from billing_customers.exceptions import ActiveSubscription, InvalidState, NotFound, VersionMismatch
from billing_customers.gateways.base import Unreachable
from billing_customers.gateways.test import TestGateway
from billing_customers.models import (
    BillingSite,
    Contact,
    Customer,
    CustomerUser,
    DeliveryAttempt,
    ErasureCertificate,
    Event,
    Job,
    Lane,
    PaymentSource,
    Subscription,
    Transaction,
)
from billing_customers.operations import contacts, customer_users, documents, erasure
from billing_customers.operations.collecting import begin_collection
from billing_customers.operations.credits import add_promotional_credits
from billing_customers.operations.erasure import schedule_erasure
from billing_customers.operations.payment_sources import delete_payment_source
from billing_customers.operations.verification import verify_books
from billing_customers.personal import blanks
from billing_customers.work.jobs import run_due
from billing_customers.work.outcomes import Outcome
from tests.fixtures import NOW
from tests.operations import acts, endpoints
from tests.operations.collecting import a_source, an_invoice, collection
from tests.operations.watching import listening, refusal, rows_stay

MUCH_LATER = acts.LATER + timedelta(days=1)
BY_KEY = Actor("api", "ck_test_…abcd")


@pytest.fixture
def acme(site: BillingSite) -> Customer:
    return acts.an_acme(site)


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The references that the gateway was told to forget."""
    said: list[str] = []
    monkeypatch.setattr(TestGateway, "detach", lambda self, reference_id: said.append(reference_id))
    return said


def schedule(site: BillingSite, public_id: str = "acme", **more: Any) -> Customer:
    return schedule_erasure(site=site, public_id=public_id, **{"at": acts.LATER, **more})


def run_all(at: Any = acts.LATER) -> list[Outcome]:
    """What became of each job that was due."""
    return list(iter(lambda: run_due(clock=lambda: at, uniform=lambda low, high: low), None))


def the_job() -> Job:
    return Job.objects.get(kind="customers.erase")


def test_customer_is_marked_and_otherwise_as_it_was(site: BillingSite, acme: Customer) -> None:
    before = Customer.objects.filter(pk=acme.pk).values().get()

    schedule(site)

    written = {
        "pii_cleared": "scheduled_for_clear",
        "resource_version": acts.LATER_VERSION,
        "updated_at": acts.LATER,
    }
    assert Customer.objects.filter(pk=acme.pk).values().get() == {**before, **written}


def test_it_is_said_that_it_is_scheduled(site: BillingSite, acme: Customer) -> None:
    with listening() as said:
        schedule(site, actor=BY_KEY)

    assert [(each.what, each.actor, each.changes) for each in said] == [
        ("updated", BY_KEY, {"pii_cleared": ("active", "scheduled_for_clear")})
    ]


def test_job_clears_the_customer(site: BillingSite, acme: Customer) -> None:
    schedule(site)

    assert run_all() == [Outcome.SUCCEEDED]
    row = acts.stored(acme)
    assert (row.pii_cleared, row.public_id, row.contact_count) == ("cleared", "acme", 0)
    assert {column: getattr(row, column) for column in blanks("Customer")} == blanks("Customer")
    assert the_job().result == {
        "cleared": True,
        "payment_sources": 0,
        "certificate": ErasureCertificate.objects.get().digest,
    }


def test_contacts_and_users_are_gone(site: BillingSite, acme: Customer) -> None:
    schedule(site)
    run_all()

    assert not Contact.objects.exists()
    assert not CustomerUser.objects.exists()


def test_signal_of_the_clearing_tells_no_old_values(site: BillingSite, acme: Customer) -> None:
    schedule(site)

    with listening() as said:
        run_all()

    assert [(each.what, each.changes) for each in said] == [
        ("updated", {"pii_cleared": ("scheduled_for_clear", "cleared")})
    ]


def test_both_events_have_the_contracts_names(site: BillingSite, acme: Customer) -> None:
    before = Event.objects.count()

    schedule(site)
    run_all()

    later = Event.objects.order_by("pk")[before:]
    assert [(each.type, '"pii_cleared":"' in (each.chargebee_payload or "")) for each in later] == [
        ("customer_changed", True),
        ("customer_changed", True),
    ]
    assert '"scheduled_for_clear"' in (later[0].chargebee_payload or "")
    assert '"cleared"' in (later[1].chargebee_payload or "")


def test_asked_twice_nothing_changes(site: BillingSite, acme: Customer) -> None:
    schedule(site)

    with rows_stay():
        schedule(site, at=MUCH_LATER)


def test_asked_again_after_it_was_cleared_nothing_changes(site: BillingSite, acme: Customer) -> None:
    schedule(site)
    run_all()

    with rows_stay():
        assert schedule(site, at=MUCH_LATER).pii_cleared == "cleared"


def test_job_that_failed_begins_anew_when_asked_again(site: BillingSite, acme: Customer) -> None:
    schedule(site)
    Job.objects.update(status=JobStatus.FAILED, run_at=None, key=None)

    schedule(site, at=MUCH_LATER)

    assert run_all(MUCH_LATER) == [Outcome.SUCCEEDED]
    assert acts.stored(acme).pii_cleared == "cleared"


@pytest.mark.parametrize("status", ["active", "trialing", "past_due"])
def test_live_subscription_is_in_the_way(site: BillingSite, acme: Customer, status: Any) -> None:
    documents.create_subscription(site=site, customer_public_id="acme", status=status, public_id="s", at=NOW)

    with refusal(ActiveSubscription) as caught:
        schedule(site)
    assert caught.value.message == "The customer has a subscription that is active, trialing or past due."


@pytest.mark.parametrize("status", ["in_progress", "timeout"])
def test_payment_that_is_under_way_is_in_the_way(site: BillingSite, acme: Customer, status: str) -> None:
    a_source(site)
    an_invoice(site)
    begin_collection(site=site, customer_public_id="acme", collection=collection(), at=NOW)
    Transaction.objects.update(status=status)

    with refusal(InvalidState) as caught:
        schedule(site)
    assert caught.value.message == "A payment of the customer is under way."


def test_ended_subscription_is_not(site: BillingSite, acme: Customer) -> None:
    documents.create_subscription(site=site, customer_public_id="acme", status="canceled", public_id="s", at=NOW)

    schedule(site)

    assert run_all() == [Outcome.SUCCEEDED]
    assert Subscription.objects.get().public_id == "s"


def test_subscription_that_came_to_life_meanwhile_fails_the_job(site: BillingSite, acme: Customer) -> None:
    documents.create_subscription(site=site, customer_public_id="acme", status="canceled", public_id="s", at=NOW)
    schedule(site)
    Subscription.objects.update(status="active")

    assert run_all() == [Outcome.FAILED]
    assert acts.stored(acme).email == "acme@example.com"
    assert not ErasureCertificate.objects.exists()


def test_other_version_is_refused(site: BillingSite, acme: Customer) -> None:
    with refusal(VersionMismatch):
        schedule(site, expected_version=1)


@pytest.mark.parametrize("public_id", ["missing", "ACME"])
def test_missing_customer_is_refused(site: BillingSite, acme: Customer, public_id: str) -> None:
    with refusal(NotFound):
        schedule(site, public_id)


def test_customer_of_another_site_is_refused_like_a_missing_one(other_site: BillingSite, acme: Customer) -> None:
    with refusal(NotFound):
        schedule(other_site)


def test_former_id_is_understood(site: BillingSite, acme: Customer) -> None:
    acts.rename(site, "acme", "acme-new")

    schedule(site, "acme")
    run_all()

    assert acts.stored(acme).pii_cleared == "cleared"


def test_tombstone_is_cleared_by_its_id(site: BillingSite, acme: Customer) -> None:
    acts.delete(site)

    schedule(site)
    run_all()

    row = acts.stored(acme)
    assert (row.pii_cleared, row.email, row.is_live, row.deleted_at) == ("cleared", None, None, acts.LATER)


def test_live_customer_comes_before_a_tombstone_of_its_id(site: BillingSite, acme: Customer) -> None:
    acts.delete(site)
    back = acts.create(site, name="Back")

    schedule(site)
    run_all()

    assert (acts.stored(acme).pii_cleared, acts.stored(back).pii_cleared) == ("active", "cleared")


def test_tombstone_among_several_is_told_by_its_key(site: BillingSite, acme: Customer) -> None:
    acts.delete(site)
    back = acts.create(site, name="Back")

    schedule(site, customer_pk=acme.pk)
    run_all()

    assert (acts.stored(acme).pii_cleared, acts.stored(back).pii_cleared) == ("cleared", "active")


def test_customer_that_is_deleted_meanwhile_is_cleared_all_the_same(site: BillingSite, acme: Customer) -> None:
    schedule(site)
    acts.delete(site)

    assert run_all() == [Outcome.SUCCEEDED]
    assert (acts.stored(acme).pii_cleared, acts.stored(acme).is_live) == ("cleared", None)


def test_gateways_forget_every_source_that_it_ever_had(site: BillingSite, acme: Customer, forgotten: list[str]) -> None:
    first, second = a_source(site), a_source(site)
    delete_payment_source(site=site, public_id=first.public_id, from_gateway=False, at=NOW)

    schedule(site)

    assert Outcome.SUCCEEDED in run_all()
    assert {first.reference_id, second.reference_id} <= set(forgotten)
    rows = list(PaymentSource.objects.all())
    assert all(
        {column: getattr(row, column) for column in blanks("PaymentSource")} == blanks("PaymentSource") for row in rows
    )
    assert all(row.deleted_at is not None for row in rows)


def test_gateway_that_does_not_answer_is_asked_again(
    site: BillingSite, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: Any, reference_id: str) -> None:
        raise Unreachable("Not now.", reason="timeout")

    a_source(site)
    monkeypatch.setattr(TestGateway, "detach", fails)
    schedule(site)

    assert run_all() == [Outcome.FAILED]
    assert acts.stored(acme).email == "acme@example.com"
    monkeypatch.undo()
    assert Outcome.SUCCEEDED in run_all(MUCH_LATER)
    assert acts.stored(acme).pii_cleared == "cleared"


def test_webhook_that_is_being_sent_is_waited_for(site: BillingSite, acme: Customer) -> None:
    endpoint, _ = endpoints.make(site)
    schedule(site)
    Lane.objects.filter(endpoint=endpoint, customer=acme).update(lease_until=acts.LATER + timedelta(seconds=30))

    assert run_all() == [Outcome.FAILED]
    assert (acts.stored(acme).pii_cleared, acts.stored(acme).email) == ("scheduled_for_clear", "acme@example.com")
    assert run_all(MUCH_LATER) == [Outcome.SUCCEEDED]


def test_sender_that_overstays_its_lease_writes_nothing_afterwards(site: BillingSite, acme: Customer) -> None:
    endpoints.make(site)
    schedule(site)
    endpoint = Lane.objects.get().endpoint
    held = claim(endpoint.pk, lanes=1, max_in_flight=1, at=acts.LATER)
    assert held is not None
    (head,) = heads(held, most=1)
    run_all(MUCH_LATER)

    answer = Reply(200, "", "", 1, "Thank you, acme@example.com", None)
    settle(held, [Attempt(head, acts.LATER, answer)], at=MUCH_LATER)

    assert acts.stored(acme).pii_cleared == "cleared"
    assert not DeliveryAttempt.objects.exists()


def test_books_add_up_and_money_stays(site: BillingSite, acme: Customer) -> None:
    add_promotional_credits(
        site=site, customer_public_id="acme", amount=500, description="For Dana Cohen", actor=BY_KEY, at=NOW
    )
    before = acme.ledger_entries.values(
        "delta", "balance_after", "currency", "created_at", "public_id", "done_by"
    ).get()

    schedule(site)
    run_all()

    entry = acme.ledger_entries.get()
    after = acme.ledger_entries.values("delta", "balance_after", "currency", "created_at", "public_id", "done_by").get()
    assert (after, entry.description) == (before, "")
    assert verify_books(site=site) == []


def test_what_is_left_behind_rolls_everything_back(
    site: BillingSite, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "blank_rows", lambda *args, **more: {})
    schedule(site)

    assert run_all() == [Outcome.FAILED]
    assert (acts.stored(acme).pii_cleared, acts.stored(acme).email) == ("scheduled_for_clear", "acme@example.com")
    assert "acme@example.com" not in the_job().error
    assert the_job().error.startswith("PersonalDataLeft: ")
    assert not ErasureCertificate.objects.exists()


def test_other_customers_keep_what_they_have(site: BillingSite, acme: Customer) -> None:
    other = acts.create(site, "other", name="Acme", email="acme@example.com")
    contacts.add_contact(site=site, public_id="other", attributes={"email": "c1@example.com"}, at=NOW)
    customer_users.link_user(site=site, public_id="other", user=acts.a_user(), at=NOW)
    before = Customer.objects.filter(pk=other.pk).values().get()
    events = list(Event.objects.filter(customer=other).values())

    schedule(site)
    run_all()

    assert Customer.objects.filter(pk=other.pk).values().get() == before
    assert list(Event.objects.filter(customer=other).values()) == events
    assert (Contact.objects.count(), CustomerUser.objects.count()) == (1, 1)
    assert not Transaction.objects.exists()
