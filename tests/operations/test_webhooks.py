"""Endpoints: made, changed, disabled, enabled, deleted, pinged."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from billing_customers import exceptions
from billing_customers.actors import Actor
from billing_customers.events.delivery import password_purpose
from billing_customers.events.sealing import open_sealed
from billing_customers.models import BillingSite, Delivery, Event, Lane, WebhookEndpoint, WebhookSecret
from billing_customers.operations import webhooks
from tests.fixtures import NOW
from tests.operations import acts, endpoints
from tests.operations.endpoints import LATER, URL
from tests.operations.watching import faults, refusal, rows_stay


def test_new_endpoint_has_what_was_said_and_the_defaults(site: BillingSite) -> None:
    endpoint, secret = endpoints.make(site, name="Ledger", description="Books")

    row = WebhookEndpoint.objects.values().get()
    assert row == {
        "id": endpoint.pk,
        "site_id": site.pk,
        "public_id": endpoint.public_id,
        "number": 1,
        "dialect": "ching",
        "name": "Ledger",
        "description": "Books",
        "url": URL,
        "events": ["*"],
        "is_primary": False,
        "sends_card": False,
        "response_schema": "",
        "basic_auth_username": "",
        "basic_auth_password": "",
        **dict.fromkeys(("failures", "probes"), 0),
        **dict.fromkeys(("disabled_at", "failing_since", "failing_lane", "opened_at", "probe_at"), None),
        **dict.fromkeys(("last_success_at", "last_failure_at", "alerted_at", "deleted_at"), None),
        "disabled_reason": "",
        "created_at": NOW,
        "updated_at": NOW,
        "resource_version": acts.VERSION,
    }
    assert endpoints.signing(endpoint, NOW) == [secret]


def test_numbers_are_not_given_twice(site: BillingSite) -> None:
    first, _ = endpoints.make(site)
    second, _ = endpoints.make(site)
    webhooks.delete_endpoint(site=site, public_id=second.public_id, at=LATER)

    third, _ = endpoints.make(site)

    assert [first.number, second.number, third.number] == [1, 2, 3]


def test_each_site_counts_for_itself(site: BillingSite, other_site: BillingSite) -> None:
    endpoints.make(site)

    assert endpoints.make(other_site)[0].number == 1


def test_seventeenth_endpoint_is_refused(site: BillingSite) -> None:
    for _ in range(16):
        endpoints.make(site)

    with refusal(exceptions.LimitReached) as caught:
        endpoints.make(site)

    assert caught.value.message == "A site has at most 16 webhook endpoints."


def test_deleted_endpoint_does_not_count(site: BillingSite) -> None:
    made = [endpoints.make(site)[0] for _ in range(16)]
    webhooks.delete_endpoint(site=site, public_id=made[0].public_id, at=LATER)

    assert endpoints.make(site)[0].number == 17


@pytest.mark.parametrize(
    ("attributes", "field", "message"),
    [
        ({"dialect": "soap"}, "dialect", "Must be one of ching, chargebee."),
        ({"dialect": None}, "dialect", "Cannot be empty."),
        ({"url": None}, "url", "Cannot be empty."),
        ({"url": 7}, "url", "Must be a string."),
        ({"url": "http://hooks.example.com/"}, "url", "The URL must begin with https://."),
        ({"url": "https://10.0.0.1/"}, "url", "The address is not one of the public internet."),
        ({"url": "https://x.example.com/" + "a" * 2048}, "url", "Must have at most 2048 characters."),
        ({"name": "n" * 51}, "name", "Must have at most 50 characters."),
        ({"name": "a\nb"}, "name", "Must not contain control characters."),
        ({"description": "d" * 251}, "description", "Must have at most 250 characters."),
        ({"events": "customer.created"}, "events", "Must be a list of event names."),
        ({"events": [7]}, "events", "Must be a list of event names."),
        ({"events": []}, "events", "Must name 1 to 100 events; * stands for all."),
        ({"events": [f"charge.{n}" for n in range(101)]}, "events", "Must name 1 to 100 events; * stands for all."),
        ({"events": ["customer.created"] * 2}, "events", "Must not name an event twice."),
        (
            {"events": ["*", "customer_created"]},
            "events.1",
            "Must be * or an event of the contract, such as customer.created.",
        ),
        (
            {"dialect": "chargebee", "events": ["customer.created"]},
            "events.0",
            "Must be an event type of the contract, such as customer_created.",
        ),
        ({"disabled": "yes"}, "disabled", "Must be true or false."),
        ({"is_primary": 1}, "is_primary", "Must be true or false."),
        ({"sends_card": 1}, "sends_card", "Must be true or false."),
        ({"response_schema": "v1"}, "response_schema", "Must be one of plans_addons, items, compat."),
        ({"basic_auth_username": "u:p"}, "basic_auth_username", "Must not contain a colon."),
        ({"basic_auth_username": "u" * 251}, "basic_auth_username", "Must have at most 250 characters."),
        (
            {"basic_auth_username": "u", "basic_auth_password": "a\nb"},
            "basic_auth_password",
            "Must not contain control characters.",
        ),
        ({"basic_auth_password": "p"}, "basic_auth_username", "Is required with a password."),
        ({"secret": "whsec_mine"}, "secret", "There is no such attribute."),
    ],
)
def test_endpoint_is_refused_with(site: BillingSite, attributes: Any, field: str, message: str) -> None:
    with refusal(exceptions.InvalidInput) as caught:
        endpoints.make(site, **attributes)

    assert faults(caught) == [(field, message)]


def test_url_and_dialect_are_required(site: BillingSite) -> None:
    with refusal(exceptions.InvalidInput) as caught:
        webhooks.create_endpoint(site=site, attributes={}, at=LATER)

    assert faults(caught) == [("url", "Is required."), ("dialect", "Is required.")]


def test_all_faults_are_told_at_once(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)

    with refusal(exceptions.InvalidInput) as caught:
        endpoints.change(endpoint, url="ftp://x", name="n" * 51, events=["none"])

    assert [issue.field for issue in caught.value.issues] == ["url", "name", "events.0"]


def test_update_changes_what_is_named_alone(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site, name="Ledger", events=["customer.created"])
    before = WebhookEndpoint.objects.values().get()

    endpoints.change(endpoint, description="Books")

    changed = {"description": "Books", "resource_version": acts.LATER_VERSION, "updated_at": LATER}
    assert WebhookEndpoint.objects.values().get() == {**before, **changed}


def test_unset_events_are_all_events(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site, events=["customer.created"])

    assert endpoints.change(endpoint, events=None).events == ["*"]


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"url": URL},
        {"disabled": False},
        {"dialect": "ching"},
        {"basic_auth_username": "u", "basic_auth_password": "p"},
        {"is_primary": True},
    ],
    ids=str,
)
def test_update_that_changes_nothing_leaves_every_row(site: BillingSite, attributes: Any) -> None:
    endpoint, _ = endpoints.make(site, is_primary=True, basic_auth_username="u", basic_auth_password="p")

    with rows_stay():
        endpoints.change(endpoint, **attributes)


def test_dialect_stays(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)

    with refusal(exceptions.InvalidInput) as caught:
        endpoints.change(endpoint, dialect="chargebee")

    assert faults(caught) == [("dialect", "Cannot be changed; make another endpoint.")]


def test_site_has_one_primary_endpoint(site: BillingSite, other_site: BillingSite) -> None:
    first, _ = endpoints.make(site, is_primary=True)
    second, _ = endpoints.make(site, is_primary=True)
    endpoints.make(other_site, is_primary=True)
    endpoints.change(first, is_primary=True)

    primary = WebhookEndpoint.objects.filter(is_primary=True).values_list("site__slug", "number")
    assert set(primary) == {("acme-test", first.number), ("globex-test", 1)}
    assert second.number == 2


def test_password_is_sealed_for_its_endpoint(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site, basic_auth_username="u", basic_auth_password="p4ssword")

    sealed = endpoints.stored(endpoint).basic_auth_password
    assert "p4ssword" not in sealed
    assert open_sealed(sealed, purpose=password_purpose(endpoint)).reveal() == "p4ssword"


def test_password_goes_with_its_user(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site, basic_auth_username="u", basic_auth_password="p4ssword")

    endpoints.change(endpoint, basic_auth_username=None)

    row = endpoints.stored(endpoint)
    assert (row.basic_auth_username, row.basic_auth_password) == ("", "")


def test_endpoint_that_is_disabled_by_hand_gathers_nothing_and_keeps_what_waits(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)
    acts.create(site, "early")

    webhooks.disable_endpoint(site=site, public_id=endpoint.public_id, at=LATER)

    acts.create(site, "late")
    row = endpoints.stored(endpoint)
    assert (row.disabled_at, row.disabled_reason) == (LATER, "manual")
    assert list(Delivery.objects.values_list("event__customer__public_id", "status")) == [("early", "pending")]


def test_disabling_again_keeps_the_time(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site, disabled=True)

    with rows_stay():
        webhooks.disable_endpoint(site=site, public_id=endpoint.public_id, at=LATER)


def fail(endpoint: WebhookEndpoint, **columns: Any) -> None:
    """What the couriers write of an endpoint whose receiver is down."""
    far = LATER + timedelta(days=1)
    down = {"failures": 9, "failing_since": LATER, "opened_at": LATER, "probes": 3, "probe_at": far}
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**down, **columns)
    Lane.objects.filter(endpoint=endpoint).update(ready_at=far)


HEALTHY = {"failures": 0, "failing_since": None, "opened_at": None, "probes": 0, "probe_at": None}


def test_enabling_forgets_failures_and_makes_all_due(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)
    acts.create(site)
    fail(endpoint, disabled_at=LATER, disabled_reason="failing")

    webhooks.enable_endpoint(site=site, public_id=endpoint.public_id, at=LATER)

    row: dict[str, Any] = dict(WebhookEndpoint.objects.values().get())
    told = {**HEALTHY, "disabled_at": None, "disabled_reason": ""}
    assert {name: row[name] for name in told} == told
    assert Lane.objects.get().ready_at == LATER


def test_failing_endpoint_that_is_disabled_by_hand_gathers_no_more(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)
    fail(endpoint, disabled_at=NOW, disabled_reason="failing")

    webhooks.disable_endpoint(site=site, public_id=endpoint.public_id, at=LATER)

    acts.create(site)
    assert endpoints.stored(endpoint).disabled_reason == "manual"
    assert not Delivery.objects.exists()


def test_new_url_begins_with_a_clean_record(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)
    acts.create(site)
    fail(endpoint)

    endpoints.change(endpoint, url="https://hooks.example.com/new")

    row: dict[str, Any] = dict(WebhookEndpoint.objects.values().get())
    assert {name: row[name] for name in HEALTHY} == HEALTHY
    assert Lane.objects.get().ready_at == LATER


def test_new_description_leaves_the_record(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)
    fail(endpoint)

    endpoints.change(endpoint, description="Books")

    assert endpoints.stored(endpoint).failures == 9


def test_deleted_endpoint_leaves_nothing_to_send_and_no_secret(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site, basic_auth_username="u", basic_auth_password="p")
    other, _ = endpoints.make(site)
    acts.create(site)
    Lane.objects.update(token="worker", lease_until=LATER)

    deleted = webhooks.delete_endpoint(site=site, public_id=endpoint.public_id, at=LATER)

    assert (deleted.deleted_at, endpoints.stored(endpoint).basic_auth_password) == (LATER, "")
    assert not WebhookSecret.objects.filter(endpoint=endpoint).exists()
    gone = Lane.objects.get(endpoint=endpoint)
    assert (gone.ready_at, gone.lease_until, gone.token) == (None, None, "")
    shown = {each.endpoint_id: (each.status, each.finished_at) for each in Delivery.objects.all()}
    assert shown == {endpoint.pk: ("cancelled", LATER), other.pk: ("pending", None)}


def test_ping_is_one_delivery_whatever_is_selected(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site, events=["charge.created"])
    endpoints.make(site)

    recorded = webhooks.send_ping(site=site, public_id=endpoint.public_id, actor=Actor("api", "me"), at=LATER)

    event = Event.objects.get()
    assert (event.pk, event.type, event.customer_id, event.source, event.user) == (
        recorded.pk,
        "ping",
        None,
        "api",
        "me",
    )
    assert json.loads(event.ching_payload or "")["type"] == "ping"
    assert list(Delivery.objects.values_list("endpoint", "is_manual")) == [(endpoint.pk, True)]
    assert Lane.objects.get().ready_at == LATER


def test_disabled_endpoint_is_not_pinged(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site, disabled=True)

    with refusal(exceptions.InvalidState) as caught:
        webhooks.send_ping(site=site, public_id=endpoint.public_id, at=LATER)

    assert caught.value.message == "The endpoint is disabled: enable it first."


ACTS: dict[str, Any] = {
    "update": lambda **where: webhooks.update_endpoint(attributes={"name": "x"}, **where),
    "delete": webhooks.delete_endpoint,
    "enable": webhooks.enable_endpoint,
    "disable": webhooks.disable_endpoint,
    "rotate": webhooks.rotate_secret,
    "ping": webhooks.send_ping,
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("which", ["missing", "foreign", "deleted"])
def test_endpoint_that_is_not_there_is_refused_alike_by(
    site: BillingSite, other_site: BillingSite, act: str, which: str
) -> None:
    deleted, _ = endpoints.make(site)
    webhooks.delete_endpoint(site=site, public_id=deleted.public_id, at=LATER)
    ids = {"missing": "we_none", "foreign": endpoints.make(other_site)[0].public_id, "deleted": deleted.public_id}

    with refusal(exceptions.NotFound) as caught:
        ACTS[act](site=site, public_id=ids[which], at=LATER)

    assert (caught.value.message, caught.value.param) == ("There is no such webhook endpoint.", "")
