"""What receivers get, to the byte: the resource as its GET returns it, in the envelope of each contract.

CHING "Webhooks" (``{id, type, data, livemode, created}``), Chargebee "Events" (the event object itself).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from billing_customers.models import BillingSite, Event
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.webhooks import create_endpoint, send_ping
from tests.clients import ChargebeeClient, ChingClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import CREATED, SECONDS, VERSION, chargebee_customer, ching_customer

pytestmark = pytest.mark.usefixtures("clock")


def compact(body: Any) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def ching_event(event: Event, kind: str, data: Any, *, livemode: bool = False) -> str:
    return compact({"id": event.public_id, "type": kind, "data": data, "livemode": livemode, "created": CREATED})


def chargebee_event(event: Event, content: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": event.public_id,
        "occurred_at": SECONDS,
        "source": "api",
        "user": event.user,
        "object": "event",
        "api_version": "v2",
        "content": content,
        "event_type": event.type,
        "webhook_status": "not_configured",
        **more,
    }


def payload_of(event: Event) -> Any:
    return json.loads(event.chargebee_payload or "")


def latest() -> Event:
    return Event.objects.latest("pk")


def test_created_customer(ching: ChingClient) -> None:
    answer = ching.post("/customers", {"name": "טל לוי", "email": "tal@example.com"}).json()["data"]

    event = latest()
    shown = ching_customer(answer["id"], name="טל לוי", email="tal@example.com")
    assert event.ching_payload == ching_event(event, "customer.created", shown)
    customer = chargebee_customer(answer["id"], email="tal@example.com", locale="he")
    assert payload_of(event) == chargebee_event(event, {"customer": customer})


def test_changed_customer(chargebee: ChargebeeClient, clock: Clock) -> None:
    chargebee.post("/customers", {"id": "acme", "first_name": "Ada"})
    clock.forward(seconds=1)
    chargebee.post("/customers/acme", {"company": "Acme"})

    event = latest()
    later = {"resource_version": VERSION + 1000, "updated_at": SECONDS + 1}
    customer = chargebee_customer("acme", first_name="Ada", company="Acme", **later)
    assert payload_of(event) == chargebee_event(event, {"customer": customer}, occurred_at=SECONDS + 1)
    said = json.loads(event.ching_payload or "")
    assert (said["type"], said["created"], said["data"]["name"]) == (
        "customer.updated",
        "2018-02-01T17:22:12.000Z",
        "Ada",
    )


def test_deleted_customer(ching: ChingClient) -> None:
    made = ching.post("/customers", {"name": "Tal"}).json()["data"]["id"]
    ching.delete(f"/customers/{made}")

    event = latest()
    assert event.ching_payload == ching_event(
        event, "customer.deleted", {"id": made, "object": "customer", "deleted": True}
    )
    customer = chargebee_customer(made, locale="he", deleted=True, resource_version=VERSION + 1)
    assert payload_of(event) == chargebee_event(event, {"customer": customer})


def test_contacts_are_part_of_the_customer(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "acme"})
    answer = chargebee.post("/customers/acme/add_contact", {"contact[id]": "jane", "contact[email]": "j@example.com"})

    assert payload_of(latest())["content"] == answer.json()


def test_resource_is_what_its_get_returns(ching: ChingClient, chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "acme", "meta_data": '{"a":[1]}', "cf_tier": "gold", "phone": "054-987-6543"})

    event = latest()
    assert json.loads(event.ching_payload or "")["data"] == ching.get("/customers/acme").json()["data"]
    assert payload_of(event)["content"] == chargebee.get("/customers/acme").json()


def test_live_site_says_so(live_site: BillingSite) -> None:
    key = create_api_key(site=live_site, scopes=["write"], at=START)[1]
    answer = ChingClient(key).post("/customers", {"name": "Tal"}).json()["data"]

    event = latest()
    assert event.ching_payload == ching_event(event, "customer.created", answer, livemode=True)
    assert answer["livemode"] is True


def test_webhooks_are_named_by_endpoint(site: BillingSite, chargebee: ChargebeeClient) -> None:
    said: Any = {"dialect": "chargebee", "url": "https://hooks.example.com/"}
    endpoint, _ = create_endpoint(site=site, attributes=said, at=START)
    chargebee.post("/customers", {"id": "acme"})

    shown = payload_of(latest())
    assert shown["webhook_status"] == "scheduled"
    assert shown["webhooks"] == [{"id": endpoint.public_id, "webhook_status": "scheduled", "object": "webhook"}]


def test_payload_is_never_rendered_again(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "acme"})
    before = (latest().ching_payload, latest().chargebee_payload)
    chargebee.post("/customers/acme", {"company": "Acme"})

    first = Event.objects.earliest("pk")
    assert (first.ching_payload, first.chargebee_payload) == before


@pytest.mark.parametrize("dialect", ["ching", "chargebee"])
def test_ping(site: BillingSite, dialect: str) -> None:
    said: Any = {"dialect": dialect, "url": "https://hooks.example.com/"}
    endpoint, _ = create_endpoint(site=site, attributes=said, at=START)

    send_ping(site=site, public_id=endpoint.public_id, at=START)

    event = latest()
    assert event.ching_payload == ching_event(event, "ping", {})
    told = [{"id": endpoint.public_id, "webhook_status": "scheduled", "object": "webhook"}]
    expected = chargebee_event(event, {}, source="none", webhook_status="scheduled", webhooks=told)
    del expected["user"]
    assert payload_of(event) == expected
