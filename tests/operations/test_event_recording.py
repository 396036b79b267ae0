"""Each change is one event, whoever makes it and however; what changes nothing is none."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.dispatch import Signal
from django.test import Client

from billing_customers import receivers, signals
from billing_customers.actors import Actor
from billing_customers.choices import EventType
from billing_customers.events import health
from billing_customers.exceptions import InvalidState
from billing_customers.models import BillingSite, Customer, Delivery, Event
from billing_customers.operations.customers import create_customer
from tests.admin.forms import ADMIN, filled_in
from tests.clients import ChargebeeClient, ChingClient
from tests.fixtures import NOW
from tests.operations import acts, endpoints, happenings
from tests.operations.watching import ReceiverFailed, rows_stay

CREATED, CHANGED, DELETED = EventType.CUSTOMER_CREATED, EventType.CUSTOMER_CHANGED, EventType.CUSTOMER_DELETED


def recorded() -> list[tuple[str, int | None]]:
    """The type and the sequence of every event, in the order of writing."""
    return list(Event.objects.order_by("pk").values_list("type", "sequence"))


def types() -> list[str]:
    return [kind for kind, _ in recorded()]


@pytest.mark.parametrize("act", acts.VERSIONED_ACTS)
def test_exactly_one_event_with_the_next_number_is_recorded_by(site: BillingSite, act: str) -> None:
    acts.an_acme(site)
    before = recorded()

    acts.VERSIONED_ACTS[act](site=site, public_id="acme", actor=Actor("api", "ck_test_…abcd"), at=acts.LATER)

    event = Event.objects.latest("pk")
    assert recorded() == [*before, (DELETED if act == "delete" else CHANGED, len(before) + 1)]
    assert (event.source, event.user, event.occurred_at) == ("api", "ck_test_…abcd", acts.LATER)
    assert event.resource_version == Customer.objects.get().resource_version


@pytest.mark.parametrize("kind", EventType)
def test_exactly_one_row_and_one_delivery_is_written_of_the_type(site: BillingSite, kind: EventType) -> None:
    acts.create(site)
    endpoints.make(site, dialect="chargebee", events=[kind])
    known = set(Event.objects.values_list("pk", flat=True))

    happenings.TYPES[kind](site)

    [event] = Event.objects.filter(type=kind).exclude(pk__in=known)
    assert [each.event_id for each in Delivery.objects.all()] == [event.pk]


def test_each_customer_is_numbered_for_itself(site: BillingSite, other_site: BillingSite) -> None:
    for where, name in ((site, "a"), (site, "b"), (other_site, "a")):
        acts.create(where, name)
        acts.update(where, name, name="New")

    assert recorded() == [(CREATED, 1), (CHANGED, 2)] * 3


def test_person_who_comes_back_begins_anew(site: BillingSite) -> None:
    acts.create(site)
    acts.delete(site)
    acts.create(site)

    assert recorded() == [(CREATED, 1), (DELETED, 2), (CREATED, 1)]


CHING_CALLS: dict[str, tuple[str, Callable[[ChingClient], Any]]] = {
    "update": (CHANGED, lambda ching: ching.post("/customers/acme", {"name": "New"})),
    "upsert that updates": (
        CHANGED,
        lambda ching: ching.post("/customers/upsert", {"identifyBy": "email", "email": "a@b.co", "name": "New"}),
    ),
    "delete": (DELETED, lambda ching: ching.delete("/customers/acme")),
    "create": (CREATED, lambda ching: ching.post("/customers", {"name": "New"})),
    "upsert that creates": (
        CREATED,
        lambda ching: ching.post("/customers/upsert", {"identifyBy": "email", "email": "c@d.co", "name": "New"}),
    ),
}
CHARGEBEE_CALLS: dict[str, tuple[str, Callable[[ChargebeeClient], Any]]] = {
    "create": (CREATED, lambda cb: cb.post("/customers", {"id": "new"})),
    "update": (CHANGED, lambda cb: cb.post("/customers/acme", {"company": "New"})),
    "billing info": (
        CHANGED,
        lambda cb: cb.post("/customers/acme/update_billing_info", {"billing_address[city]": "Haifa"}),
    ),
    "billing date": (CHANGED, lambda cb: cb.post("/customers/acme/change_billing_date", {"billing_date": "5"})),
    "contact added": (CHANGED, lambda cb: cb.post("/customers/acme/add_contact", {"contact[email]": "x@example.com"})),
    "contact changed": (
        CHANGED,
        lambda cb: cb.post("/customers/acme/update_contact", {"contact[id]": "c1", "contact[label]": "CFO"}),
    ),
    "contact deleted": (CHANGED, lambda cb: cb.post("/customers/acme/delete_contact", {"contact[id]": "c1"})),
}


@pytest.fixture
def acme_known(site: BillingSite) -> None:
    """The customer acme, with a contact; what was recorded of it is forgotten."""
    acts.create(site, email="a@b.co")
    acts.add_contact(site, id="c1", email="c1@example.com")
    Event.objects.all().delete()


@pytest.mark.parametrize("call", CHING_CALLS)
def test_one_event_is_recorded_by_ching(acme_known: None, ching: ChingClient, call: str) -> None:
    kind, make = CHING_CALLS[call]

    assert make(ching).status_code == 200
    assert recorded() == [(kind, 1)]
    assert Event.objects.get().source == "api"


@pytest.mark.parametrize("call", CHARGEBEE_CALLS)
def test_one_event_is_recorded_by_chargebee(acme_known: None, chargebee: ChargebeeClient, call: str) -> None:
    kind, make = CHARGEBEE_CALLS[call]

    assert make(chargebee).status_code == 200
    assert recorded() == [(kind, 1)]
    assert Event.objects.get().source == "api"


NOTHING_NEW: dict[str, Callable[[ChingClient, ChargebeeClient], Any]] = {
    "empty update": lambda ching, cb: ching.post("/customers/acme", {}),
    "same value": lambda ching, cb: ching.post("/customers/acme", {"email": "a@b.co"}),
    "upsert of the same": lambda ching, cb: ching.post("/customers/upsert", {"identifyBy": "email", "email": "a@b.co"}),
    "update of the other contract": lambda ching, cb: cb.post("/customers/acme", {"email": "a@b.co"}),
    "same contact": lambda ching, cb: cb.post(
        "/customers/acme/update_contact", {"contact[id]": "c1", "contact[email]": "c1@example.com"}
    ),
    "billing info that was empty": lambda ching, cb: cb.post("/customers/acme/update_billing_info", {}),
    "reading": lambda ching, cb: ching.get("/customers/acme"),
}


@pytest.mark.parametrize("call", NOTHING_NEW)
def test_nothing_is_recorded_by(acme_known: None, ching: ChingClient, chargebee: ChargebeeClient, call: str) -> None:
    assert NOTHING_NEW[call](ching, chargebee).status_code == 200
    assert recorded() == []


def test_second_deletion_is_no_event(site: BillingSite, ching: ChingClient) -> None:
    acts.create(site)
    ching.delete("/customers/acme")
    ching.delete("/customers/acme")

    assert types() == [CREATED, DELETED]


def test_replayed_request_is_no_second_event(ching: ChingClient) -> None:
    key = {"Idempotency-Key": "once"}
    ching.post("/customers", {"name": "A"}, **key)
    ching.post("/customers", {"name": "A"}, **key)

    assert recorded() == [(CREATED, 1)]


def test_one_event_is_recorded_by_staff_who_delete(site: BillingSite, admin_client: Client, admin_user: Any) -> None:
    customer = acts.create(site)
    Event.objects.all().delete()
    ticked = {"action": "delete_customers", "_selected_action": [customer.pk], "confirmed": "x"}

    admin_client.post(f"{ADMIN}/customer/", ticked)

    event = Event.objects.get()
    assert (event.type, event.source, event.user) == (DELETED, "admin_console", str(admin_user.pk))


@pytest.mark.parametrize("values", [{"company": "New"}, {"public_id": "acme-2"}, {"address_city": "Haifa"}], ids=str)
def test_one_event_is_recorded_by_staff_who_change(site: BillingSite, admin_client: Client, values: Any) -> None:
    customer = acts.create(site)
    Event.objects.all().delete()
    page = f"{ADMIN}/customer/{customer.pk}/change/"

    admin_client.post(page, filled_in(admin_client, page, **values))

    assert recorded() == [(CHANGED, 1)]


def test_one_event_is_recorded_by_staff_who_create(site: BillingSite, admin_client: Client) -> None:
    page = f"{ADMIN}/customer/add/"

    admin_client.post(page, filled_in(admin_client, page, site=site.pk, company="New"))

    assert recorded() == [(CREATED, 1)]


def test_what_is_rolled_back_was_never_recorded(site: BillingSite) -> None:
    endpoints.make(site)

    with rows_stay(), transaction.atomic():
        acts.create(site)
        transaction.set_rollback(True)


def test_silenced_change_is_recorded_and_delivered_to_nobody(site: BillingSite) -> None:
    endpoints.make(site)
    quiet = Actor("api", "k", silences_webhooks=True)

    create_customer(site=site, public_id="acme", attributes={}, actor=quiet, at=NOW)

    assert Event.objects.get().is_silenced is True
    assert not Delivery.objects.exists()


@contextmanager
def connected(signal: Signal, receiver: Any) -> Iterator[None]:
    signal.connect(receiver)
    try:
        yield
    finally:
        signal.disconnect(receiver)


def fail(**said: Any) -> None:
    raise ReceiverFailed("not today")


def refuse(**said: Any) -> None:
    raise InvalidState("No customers, not before noon.")


@pytest.mark.parametrize("act", ["create", "update", "delete"])
def test_receiver_that_raises_inside_leaves_no_event(site: BillingSite, ching: ChingClient, act: str) -> None:
    endpoints.make(site)
    acts.create(site)
    signal = {
        "create": signals.customer_created,
        "update": signals.customer_updated,
        "delete": signals.customer_deleted,
    }
    calls: dict[str, Callable[[], Any]] = {
        "create": lambda: ching.post("/customers", {"name": "A"}),
        "update": lambda: ching.post("/customers/acme", {"name": "A"}),
        "delete": lambda: ching.delete("/customers/acme"),
    }

    with connected(signal[act], fail):
        before = Event.objects.count(), Delivery.objects.count(), Customer.objects.values().get()
        status = calls[act]().status_code

    assert status == 500
    assert (Event.objects.count(), Delivery.objects.count(), Customer.objects.values().get()) == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("signal", "after", "event_type"), receivers.EVENTS[:3], ids=["created", "changed", "deleted"])
def test_receiver_that_raises_afterwards_breaks_nothing(
    transactional_db: None,
    site: BillingSite,
    ching: ChingClient,
    caplog: pytest.LogCaptureFixture,
    signal: Signal,
    after: Signal,
    event_type: str,
) -> None:
    caplog.set_level(logging.ERROR, "billing_customers.signals")
    acts.create(site)
    acts.create(site, "other")
    Event.objects.all().delete()
    calls: dict[str, Callable[[], Any]] = {
        CREATED: lambda: ching.post("/customers", {"name": "A"}),
        CHANGED: lambda: ching.post("/customers/acme", {"name": "A"}),
        DELETED: lambda: ching.delete("/customers/other"),
    }

    with connected(after, fail):
        answer = calls[event_type]()

    assert answer.status_code == 200
    assert recorded() == [(event_type, 1)]
    told = [each.getMessage() for each in caplog.records if each.name == "billing_customers.signals"]
    assert told == ["A receiver raised after the commit: fail"]
    assert "not today" in caplog.text


@pytest.mark.parametrize("contract", ["ching", "chargebee"])
def test_refusal_of_a_receiver_inside_is_the_answer_of_the_contract(
    request: pytest.FixtureRequest, contract: str
) -> None:
    client = request.getfixturevalue(contract)

    with connected(signals.customer_created, refuse):
        answer = client.post("/customers", {"name": "A"})

    assert (answer.status_code, "not before noon" in answer.content.decode()) == (409, True)
    assert (Event.objects.count(), Customer.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_other_receivers_afterwards_hear_in_spite_of_one_that_raises(transactional_db: None, site: BillingSite) -> None:
    heard: list[Any] = []

    def hear(**said: Any) -> None:
        heard.append(said["customer"].public_id)

    with connected(signals.after_customer_created, fail), connected(signals.after_customer_created, hear):
        acts.create(site)

    assert heard == ["acme"]


@pytest.mark.django_db(transaction=True)
def test_receiver_that_raises_keeps_no_endpoint_enabled(transactional_db: None, site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)

    with connected(signals.webhook_endpoint_disabled, fail):
        health.note(endpoint, [health.Verdict(1, is_success=False, is_gone=True)], is_probe=False, at=NOW)

    assert endpoints.stored(endpoint).disabled_reason == "gone"


@pytest.mark.django_db(transaction=True)
def test_receivers_afterwards_get_what_the_first_ones_got(transactional_db: None, site: BillingSite) -> None:
    heard: list[dict[str, Any]] = []

    def hear(**said: Any) -> None:
        heard.append(said)

    acts.create(site)
    with connected(signals.customer_updated, hear), connected(signals.after_customer_updated, hear):
        acts.update(site, name="New")

    inside, afterwards = heard
    assert {**inside, "signal": None} == {**afterwards, "signal": None}
    assert set(inside) == {"signal", "sender", "customer", "site", "changes", "actor", "at"}


@pytest.mark.django_db(transaction=True)
def test_nobody_hears_afterwards_of_what_was_rolled_back(transactional_db: None, site: BillingSite) -> None:
    heard: list[Any] = []

    def hear(**said: Any) -> None:
        heard.append(said)

    with connected(signals.after_customer_created, hear), transaction.atomic():
        acts.create(site)
        transaction.set_rollback(True)

    assert heard == []
