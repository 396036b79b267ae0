"""What a link and its end tell receivers. Contract: the event types ``hierarchy_created`` and ``hierarchy_deleted``."""

from __future__ import annotations

import json
from typing import Any

import pytest

from billing_customers.models import BillingSite, Event
from billing_customers.operations.customers import create_customer
from tests.clients import ChargebeeClient
from tests.dialects.clock import START

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def made(site: BillingSite) -> None:
    for name in ("hq", "north", "shop"):
        create_customer(site=site, public_id=name, attributes={}, at=START)
    Event.objects.all().delete()


def recorded() -> list[tuple[str, str]]:
    """Type and customer of the events since the customers were made."""
    rows = Event.objects.order_by("pk").values_list("type", "customer__public_id")
    return [(event_type, public_id) for event_type, public_id in rows]


def shown(event_type: str) -> dict[str, Any]:
    payload = json.loads(Event.objects.get(type=event_type).chargebee_payload or "")
    content: dict[str, Any] = payload["content"]
    return content


def test_link_is_one_event_of_each_type(chargebee: ChargebeeClient, made: None) -> None:
    answer = chargebee.post("/customers/north/relationships", {"parent_id": "hq"}).json()

    assert recorded() == [("customer_changed", "north"), ("hierarchy_created", "north")]
    assert shown("customer_changed") == shown("hierarchy_created") == answer


def test_end_of_a_link_is_one_event_of_each_type(chargebee: ChargebeeClient, made: None) -> None:
    chargebee.post("/customers/north/relationships", {"parent_id": "hq"})
    Event.objects.all().delete()

    answer = chargebee.post("/customers/north/delete_relationship").json()

    assert recorded() == [("customer_changed", "north"), ("hierarchy_deleted", "north")]
    assert shown("customer_changed") == shown("hierarchy_deleted") == answer


def test_change_of_settings_is_a_change_of_the_customer(chargebee: ChargebeeClient, made: None) -> None:
    chargebee.post("/customers/north/relationships", {"parent_id": "hq"})
    Event.objects.all().delete()

    chargebee.post("/customers/north/update_hierarchy_settings", {"use_default_hierarchy_settings": "false"})
    chargebee.post("/customers/north/update_hierarchy_settings", {"use_default_hierarchy_settings": "false"})

    assert recorded() == [("customer_changed", "north")]


def test_those_whose_owners_change_hear_of_it(chargebee: ChargebeeClient, made: None) -> None:
    chargebee.post("/customers/north/relationships", {"parent_id": "hq"})
    chargebee.post("/customers/shop/relationships", {"parent_id": "north", "payment_owner_id": "hq"})
    Event.objects.all().delete()

    chargebee.post("/customers/north/delete_relationship")

    assert recorded() == [("customer_changed", "shop"), ("customer_changed", "north"), ("hierarchy_deleted", "north")]


def test_refusal_is_no_event(chargebee: ChargebeeClient, made: None) -> None:
    chargebee.post("/customers/north/relationships", {"parent_id": "north"})
    chargebee.post("/customers/north/delete_relationship")

    assert recorded() == []
