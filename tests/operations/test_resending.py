"""Events that are sent once more by hand: which, to whom, and beside what."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from billing_customers import exceptions
from billing_customers.actors import Actor
from billing_customers.models import BillingSite, Delivery, Event, Job, Lane
from billing_customers.operations import resending, webhooks
from billing_customers.operations.customers import create_customer
from billing_customers.work.jobs import run_due
from tests.events.sending import Clock, Receiver, courier_of, drain
from tests.fixtures import NOW
from tests.operations import acts, endpoints
from tests.operations.endpoints import LATER
from tests.operations.watching import faults, refusal, rows_stay

MUCH_LATER = NOW + timedelta(hours=1)


def resend(site: BillingSite, **what: Any) -> int:
    said = {"event_id": Event.objects.latest("pk").public_id, "at": LATER, **what}
    return resending.resend_event(site=site, **said)


def resend_range(site: BillingSite, endpoint: Any, **what: Any) -> Job:
    said = {"endpoint_id": endpoint.public_id, "since": NOW, "until": MUCH_LATER, "at": MUCH_LATER, **what}
    return resending.resend_range(site=site, **said)


def run(at: datetime = MUCH_LATER) -> None:
    run_due(clock=lambda: at)


def manual() -> list[tuple[int, str]]:
    """The endpoints and customers of what was queued by hand."""
    rows = Delivery.objects.filter(is_manual=True).order_by("endpoint", "pk")
    return list(rows.values_list("endpoint", "event__customer__public_id"))


def test_event_is_queued_beside_its_schedule_with_its_own_id(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)
    acts.create(site)
    before = list(Delivery.objects.values())

    assert resend(site) == 1

    assert list(Delivery.objects.filter(is_manual=False).values()) == before
    assert manual() == [(endpoint.pk, "acme")]
    assert set(Lane.objects.values_list("is_manual", "ready_at")) == {(False, NOW), (True, LATER)}


def test_resent_event_arrives_again_with_the_same_id(site: BillingSite) -> None:
    endpoints.make(site)
    acts.create(site, name="Acme")
    clock = Clock()
    receiver = Receiver(clock)
    drain(courier_of(receiver))

    resend(site, at=clock.now)
    drain(courier_of(receiver))

    ids = [headers["webhook-id"] for _, _, headers in receiver.got]
    assert ids == [Event.objects.get().public_id] * 2


def test_everyone_who_selects_the_event_gets_it(site: BillingSite) -> None:
    wanting, _ = endpoints.make(site, events=["customer.created"])
    endpoints.make(site, events=["customer.deleted"])
    other, _ = endpoints.make(site, dialect="chargebee", events=["customer_created"])
    endpoints.make(site, disabled=True)
    acts.create(site)

    assert resend(site) == 2
    assert manual() == [(wanting.pk, "acme"), (other.pk, "acme")]


def test_endpoint_that_is_named_gets_what_it_does_not_select(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site, events=["customer.deleted"])
    acts.create(site)

    assert resend(site, endpoint_id=endpoint.public_id) == 1
    assert manual() == [(endpoint.pk, "acme")]


def test_event_that_was_silenced_can_be_sent_by_hand(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)
    create_customer(site=site, public_id="acme", attributes={}, actor=Actor("api", "k", silences_webhooks=True), at=NOW)

    assert resend(site) == 1
    assert manual() == [(endpoint.pk, "acme")]


def test_event_that_waits_to_be_resent_is_not_queued_twice(site: BillingSite) -> None:
    endpoints.make(site)
    acts.create(site)
    resend(site)

    with rows_stay():
        assert resend(site) == 0


def test_no_endpoint_is_no_delivery(site: BillingSite) -> None:
    acts.create(site)

    with rows_stay():
        assert resend(site) == 0


@pytest.mark.parametrize("which", ["missing", "foreign", "ping"])
def test_event_that_is_not_there_is_refused(site: BillingSite, other_site: BillingSite, which: str) -> None:
    endpoint, _ = endpoints.make(site)
    acts.create(other_site)
    foreign = Event.objects.get().public_id
    ping = webhooks.send_ping(site=site, public_id=endpoint.public_id, at=NOW).public_id
    ids = {"missing": "evt_none", "foreign": foreign, "ping": ping}

    with refusal(exceptions.NotFound) as caught:
        resend(site, event_id=ids[which])

    assert caught.value.message == "There is no such event."


def test_endpoint_of_another_site_is_refused(site: BillingSite, other_site: BillingSite) -> None:
    foreign, _ = endpoints.make(other_site)
    acts.create(site)

    with refusal(exceptions.NotFound) as caught:
        resend(site, endpoint_id=foreign.public_id)

    assert caught.value.message == "There is no such webhook endpoint."


def test_disabled_endpoint_is_refused(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site, disabled=True)
    acts.create(site)

    with refusal(exceptions.InvalidState):
        resend(site, endpoint_id=endpoint.public_id)


def test_event_without_a_form_in_the_dialect_is_refused(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)
    acts.create(site)
    Event.objects.update(ching_payload=None)

    with refusal(exceptions.InvalidState) as caught:
        resend(site, endpoint_id=endpoint.public_id)

    assert caught.value.message == "The endpoint's contract has no such event."


def test_event_without_a_form_in_the_dialect_is_not_for_everyone(site: BillingSite) -> None:
    endpoints.make(site)
    acts.create(site)
    Event.objects.update(ching_payload=None)

    assert resend(site) == 0


def test_range_is_queued_by_a_job(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)
    endpoints.make(site)
    for name, at in (("before", NOW - timedelta(seconds=1)), ("first", NOW), ("last", LATER), ("after", MUCH_LATER)):
        acts.create(site, name, at=at)

    job = resend_range(site, endpoint, only_failed=False)
    run()

    job.refresh_from_db()
    assert (job.kind, job.status, job.result) == ("webhooks.resend_range", "succeeded", {"queued": 2})
    assert manual() == [(endpoint.pk, "first"), (endpoint.pk, "last")]


def test_range_is_of_what_failed_and_has_not_arrived_since(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)
    for name in ("waits", "arrived", "gave-up", "expired", "resent"):
        acts.create(site, name)
    become = {"arrived": "succeeded", "gave-up": "exhausted", "expired": "expired", "resent": "exhausted"}
    for name, status in become.items():
        Delivery.objects.filter(event__customer__public_id=name).update(status=status)
    resending.resend_event(
        site=site, event_id=Event.objects.get(customer__public_id="resent").public_id, at=NOW - timedelta(seconds=1)
    )
    Delivery.objects.filter(is_manual=True).update(status="succeeded")

    resend_range(site, endpoint)
    run()

    assert manual()[1:] == [(endpoint.pk, "gave-up"), (endpoint.pk, "expired")]


def test_range_leaves_out_what_is_not_selected(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site, events=["customer.updated"])
    acts.create(site)
    acts.update(site, name="New")

    resend_range(site, endpoint, only_failed=False)
    run()

    assert list(Delivery.objects.filter(is_manual=True).values_list("event__sequence", flat=True)) == [2]


def test_range_leaves_out_what_was_silenced(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)
    acts.create(site, public_id="heard")
    create_customer(site=site, public_id="acme", attributes={}, actor=Actor("api", "k", silences_webhooks=True), at=NOW)

    resend_range(site, endpoint, only_failed=False)
    run()

    assert manual() == [(endpoint.pk, "heard")]


@pytest.mark.django_db(transaction=True)
def test_range_that_is_begun_anew_queues_nothing_twice(
    site: BillingSite, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    monkeypatch.setattr(resending, "BATCH", 2)
    endpoint, _ = endpoints.make(site)
    for number in range(5):
        acts.create(site, f"c{number}")
    resend_range(site, endpoint, only_failed=False)
    asked = iter([False, True])
    run_due(clock=lambda: MUCH_LATER, is_stopping=lambda: next(asked))
    begun = len(manual())
    # What was queued before the interruption has arrived meanwhile.
    Delivery.objects.filter(is_manual=True).update(status="succeeded")

    run()

    assert begun == 4
    assert manual() == [(endpoint.pk, f"c{number}") for number in range(5)]


def test_range_of_an_endpoint_that_is_gone_ends(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)
    acts.create(site)
    job = resend_range(site, endpoint, only_failed=False)
    webhooks.delete_endpoint(site=site, public_id=endpoint.public_id, at=MUCH_LATER)

    run()

    job.refresh_from_db()
    assert (job.status, job.result) == ("succeeded", {"queued": 0})


@pytest.mark.parametrize(
    "span", [{"since": MUCH_LATER}, {"since": NOW.replace(tzinfo=None)}, {"until": LATER.replace(tzinfo=None)}], ids=str
)
def test_range_is_refused(site: BillingSite, span: Any) -> None:
    endpoint, _ = endpoints.make(site)

    with refusal(exceptions.InvalidInput) as caught:
        resend_range(site, endpoint, **span)

    assert faults(caught) == [("since", "Must be a time with its zone, before the end of the range.")]


def test_range_for_a_disabled_endpoint_is_refused(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site, disabled=True)

    with refusal(exceptions.InvalidState):
        resend_range(site, endpoint)
