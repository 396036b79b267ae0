"""What a move tells receivers, in both contracts. Contract: ``customer_moved_in`` and ``customer_moved_out``."""

from __future__ import annotations

import json
from typing import Any

import pytest

from billing_customers.models import BillingSite, Customer, Event
from billing_customers.operations.api_keys import create_api_key
from tests.clients import ChargebeeClient, ChingClient
from tests.operations import endpoints, moving


@pytest.fixture
def source(site: BillingSite) -> BillingSite:
    made = moving.a_source(site)
    Event.objects.all().delete()
    return made


@pytest.fixture
def moved(site: BillingSite, source: BillingSite) -> None:
    moving.schedule(site)
    moving.run_all()


def event_of(event_type: str) -> Event:
    return Event.objects.get(type=event_type)


def shown(event: Event) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(event.chargebee_payload or "")
    return payload


@pytest.mark.usefixtures("moved")
def test_each_site_hears_its_side_of_it() -> None:
    told = Event.objects.order_by("pk").values_list("site__slug", "type", "source", "user")

    assert list(told) == [
        ("acme-test", "customer_moved_in", "scheduled_job", "customers.move"),
        ("acme-test", "payment_source_added", "scheduled_job", "customers.move"),
        ("acme-test", "payment_source_added", "scheduled_job", "customers.move"),
        ("globex-test", "customer_moved_out", "scheduled_job", "customers.move"),
    ]


@pytest.mark.usefixtures("moved")
def test_each_is_the_customer_as_its_site_shows_it(chargebee: ChargebeeClient, source: BillingSite) -> None:
    elsewhere = ChargebeeClient(create_api_key(site=source, scopes=["read"], at=source.created_at)[1])

    assert shown(event_of("customer_moved_in"))["content"] == chargebee.get("/customers/zed").json()
    assert shown(event_of("customer_moved_out"))["content"] == elsewhere.get("/customers/zed").json()


@pytest.mark.usefixtures("moved")
def test_ching_tells_of_a_new_customer_once(ching: ChingClient) -> None:
    told = {each.type: json.loads(each.ching_payload) for each in Event.objects.all() if each.ching_payload}

    assert {name: payload["type"] for name, payload in told.items()} == {"customer_moved_in": "customer.created"}
    assert told["customer_moved_in"]["data"] == ching.get("/customers/zed").json()["data"]


def test_endpoint_of_ching_for_new_customers_gets_it(site: BillingSite, source: BillingSite) -> None:
    endpoints.make(site, events=["customer.created"])
    endpoints.make(source, events=["*"])
    moving.schedule(site)

    moving.run_all()

    event = event_of("customer_moved_in")
    assert event.deliveries.count() == 1
    assert event_of("customer_moved_out").deliveries.count() == 0


@pytest.mark.usefixtures("moved")
def test_version_of_the_source_is_what_it_was(source: BillingSite) -> None:
    assert event_of("customer_moved_out").resource_version == moving.the_copy(source).resource_version


def test_failed_move_is_no_event(site: BillingSite, source: BillingSite) -> None:
    moving.schedule(site)
    Customer.objects.for_site(source).update(pii_cleared="scheduled_for_clear")

    moving.run_all()

    assert moving.outcome()[0] == "failed"
    assert Event.objects.count() == 0
