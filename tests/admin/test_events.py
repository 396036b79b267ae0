"""Events: what happened and what became of it, with the payloads for those who may see personal data."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing_customers.actors import Actor
from billing_customers.admin import filters
from billing_customers.models import BillingSite, Customer, Delivery, Event
from billing_customers.operations.customers import create_customer, rename_customer, update_customer
from billing_customers.operations.deletion import delete_customer
from billing_customers.operations.webhooks import disable_endpoint, send_ping
from tests.admin.conftest import StaffClient
from tests.admin.forms import ADMIN
from tests.admin.outbox import attempted, change, make_endpoint
from tests.admin.test_lists import queries_of
from tests.fixtures import NOW

LIST = f"{ADMIN}/event/"


def page(event: Event) -> str:
    return f"{LIST}{event.pk}/change/"


def found(client: Client, **params: Any) -> list[str]:
    answer = client.get(LIST, params)
    assert answer.status_code == 200
    return [event.public_id for event in answer.context["cl"].result_list]


def act(client: Client, *events: Event, **values: Any) -> Any:
    return client.post(LIST, {"action": "resend", "_selected_action": [event.pk for event in events], **values})


def messages_of(client: Client) -> list[str]:
    return [str(message) for message in client.get(LIST).context["messages"]]


def silenced(client: Client, event: Event) -> str:
    """What the page of the event says of it, without the markup."""
    html = client.get(page(event)).content.decode()
    row = html.partition("field-silenced_cell")[2].partition('class="readonly">')[2]
    return re.sub(r"<[^>]+>", "", row.partition("</div>")[0])


@pytest.fixture
def event(dana: Customer) -> Event:
    """The creation of Dana."""
    return Event.objects.get()


def test_page_shows_both_payloads_as_they_are_sent(root: Client, event: Event) -> None:
    html = root.get(page(event)).content.decode()

    assert "&quot;type&quot;: &quot;customer.created&quot;" in html
    assert "&quot;event_type&quot;: &quot;customer_created&quot;" in html
    assert "Dana@Example.com" in html


@pytest.mark.parametrize("permission", ["view_customer", "change_customer"])
def test_payloads_need_the_permission_to_see_customers(permission: str, staff: StaffClient, event: Event) -> None:
    make_endpoint(event.site)
    changed = change(event.customer, company="Dizengoff Ltd")
    attempted(Delivery.objects.get(), 500, text="no such Dana@Example.com")

    veiled, clear = staff("view_event"), staff("view_event", permission)

    pages = [client.get(page(changed)).content.decode() for client in (veiled, clear)]
    assert ["Dana@Example.com" in html for html in pages] == [False, True]
    assert ["no such" in html for html in pages] == [False, True]
    assert ["personal data" in html for html in pages] == [True, False]


def test_payload_is_not_even_read_for_a_list(root: Client, event: Event) -> None:
    assert [sql for sql in queries_of(root, LIST) if "payload" in sql] == []


def test_attempts_are_told_below_their_delivery(root: Client, event: Event) -> None:
    make_endpoint(event.site)
    changed = change(event.customer)
    delivery = Delivery.objects.get()
    attempted(delivery, 503, text="busy")
    attempted(delivery, None, text="", error="connect_timeout", detail="no connection within 5 seconds")
    attempted(delivery, 204, text="", trigger="manual")

    html = root.get(page(changed)).content.decode()

    badges = re.findall(r'<span class="bc-badge bc-(\w+)">([^<]+)</span>', html)
    assert badges[1:] == [("good", "succeeded"), ("bad", "503"), ("bad", "no answer"), ("good", "204")]
    assert "connect_timeout: no connection within 5 seconds" in html
    assert '<pre dir="ltr" class="bc-json">busy</pre>' in html


@pytest.mark.parametrize(
    ("statuses", "told"),
    [
        ([], ("quiet", "none")),
        (["pending", "pending"], ("warn", "0/2")),
        (["succeeded", "pending"], ("warn", "1/2")),
        (["succeeded", "succeeded"], ("good", "2/2")),
        (["succeeded", "exhausted"], ("bad", "1/2")),
        (["expired"], ("bad", "0/1")),
        (["cancelled"], ("warn", "0/1")),
    ],
)
def test_list_tells_what_arrived(statuses: list[str], told: tuple[str, str], root: Client, event: Event) -> None:
    for _ in statuses:
        make_endpoint(event.site)
    changed = change(event.customer)
    for delivery, status in zip(changed.deliveries.all(), statuses, strict=True):
        Delivery.objects.filter(pk=delivery.pk).update(status=status)

    html = root.get(LIST).content.decode()

    assert re.findall(r'field-summary_cell"><span class="bc-badge bc-(\w+)">([^<]+)<', html)[0] == told


def test_silenced_event_is_told_as_such(root: Client, dana: Customer) -> None:
    actor = Actor("api", "****1234", silences_webhooks=True)
    given: Any = {"company": "Dizengoff Ltd"}
    update_customer(site=dana.site, public_id="dana", attributes=given, actor=actor, at=NOW)

    html = root.get(LIST).content.decode()

    assert ">silenced</span>" in html
    assert "****1234" in html
    assert [silenced(root, event) for event in Event.objects.order_by("pk")] == [
        "no",
        "yesThe request asked that no webhook be sent for it.",
    ]


def test_filters_keep_to_type_source_site_and_customer(root: Client, event: Event, other_site: BillingSite) -> None:
    changed = change(event.customer)
    theirs = create_customer(site=other_site, attributes={}, actor=Actor("api"), at=NOW)
    other = Event.objects.get(customer=theirs)

    mine, created = [changed.public_id, event.public_id], [other.public_id, event.public_id]
    assert found(root) == [other.public_id, *mine]
    assert found(root, type="customer_created") == created
    assert found(root, source="api") == [other.public_id]
    assert found(root, site="acme-test") == mine
    assert found(root, customer=event.customer_id) == mine
    assert found(root, customer=event.customer_id, type="customer_created", site="acme-test") == [event.public_id]
    assert found(root, customer=event.customer_id, site="globex-test") == []


@pytest.mark.parametrize("value", ["0", "-1", "x", "\0", "9" * 40, "٣", ""])
def test_customer_that_is_not_there_is_refused(value: str, root: Client, event: Event) -> None:
    answer = root.get(LIST, {"customer": value})

    assert answer.status_code == 302
    assert answer["Location"] == f"{LIST}?e=1"


def test_events_of_a_customer_are_a_click_away(root: Client, staff: StaffClient, dana: Customer) -> None:
    link = f'href="{LIST}?customer={dana.pk}"'
    customer_page = f"{ADMIN}/customer/{dana.pk}/change/"

    assert link in root.get(customer_page).content.decode()
    assert link not in staff("view_customer").get(customer_page).content.decode()


def test_search_finds_an_event_by_its_whole_id(root: Client, event: Event) -> None:
    change(event.customer)

    assert found(root, q=event.public_id) == [event.public_id]
    assert found(root, q=event.public_id[:-1]) == []


def test_search_finds_the_events_of_a_customer_by_each_id_it_had(root: Client, event: Event) -> None:
    customer: Any = event.customer
    rename_customer(site=customer.site, public_id="dana", new_public_id="dana-2", at=NOW)
    delete_customer(site=customer.site, public_id="dana-2", at=NOW)

    events = [each.public_id for each in Event.objects.order_by("-pk")]
    assert found(root, q="dana-2") == found(root, q=" dana ") == events
    assert found(root, q="dana-2", type="customer_deleted") == events[:1]


@pytest.mark.parametrize("term", ["dan", "Dana", "zzz", "%", "evt_", "x" * 300])
def test_search_finds_nothing_by(term: str, root: Client, event: Event) -> None:
    assert found(root, q=term) == []


def test_filter_looks_through_the_newest_alone(root: Client, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = [change(event.customer) for _ in range(3)]
    monkeypatch.setattr(filters, "LOOKED_THROUGH", 3)

    newest = [each.public_id for each in reversed(changed)]
    assert found(root, type="customer_changed") == newest
    assert found(root, type="customer_created") == []
    assert found(root, type="customer_created", customer=event.customer_id) == [event.public_id]
    assert len(found(root, site="acme-test", source="none")) == 4


def test_event_is_resent_to_every_endpoint_that_selects_it(root: Client, event: Event) -> None:
    selecting = [make_endpoint(event.site), make_endpoint(event.site, dialect="chargebee")]
    make_endpoint(event.site, events=["customer.deleted"])

    asked = act(root, event)
    assert asked.status_code == 200
    assert not Delivery.objects.exists()
    act(root, event, confirmed="x", endpoint="")

    deliveries = Delivery.objects.order_by("pk")
    assert [(each.event, each.endpoint, each.is_manual) for each in deliveries] == [
        (event, to, True) for to in selecting
    ]
    assert LogEntry.objects.get().change_message == "Resent."
    assert messages_of(root) == ["2 deliveries were queued."]


def test_event_is_resent_to_the_endpoint_that_was_chosen(root: Client, event: Event) -> None:
    make_endpoint(event.site)
    chosen = make_endpoint(event.site, events=["customer.deleted"])

    answer = act(root, event, confirmed="x", endpoint=chosen.pk, on_page="1")

    assert Delivery.objects.get().endpoint == chosen
    assert answer["Location"] == page(event)


def test_endpoint_of_another_site_is_not_offered(root: Client, event: Event, other_site: BillingSite) -> None:
    theirs = make_endpoint(other_site)

    asked = act(root, event)
    answer = act(root, event, confirmed="x", endpoint=theirs.pk)

    assert theirs.public_id not in asked.content.decode()
    assert list(answer.context["question"].form.errors) == ["endpoint"]
    assert not Delivery.objects.exists()


def test_disabled_endpoint_is_not_resent_to_and_says_why(root: Client, event: Event) -> None:
    endpoint = make_endpoint(event.site)
    disable_endpoint(site=event.site, public_id=endpoint.public_id, at=NOW)

    assert f"{endpoint.public_id} (CHING, disabled) " in act(root, event).content.decode()
    act(root, event, confirmed="x", endpoint=endpoint.pk)

    assert f"{event.public_id}: The endpoint is disabled: enable it first." in messages_of(root)
    assert not Delivery.objects.exists()
    assert not LogEntry.objects.exists()


def test_nobody_to_resend_to_is_told(root: Client, event: Event) -> None:
    act(root, event, confirmed="x", endpoint="")

    assert messages_of(root) == ["Nothing was queued: no endpoint is to get it, or it waits to be resent already."]


def test_ping_is_not_resent(root: Client, site: BillingSite) -> None:
    endpoint = make_endpoint(site)
    send_ping(site=site, public_id=endpoint.public_id, at=NOW)

    act(root, Event.objects.get(), confirmed="x", endpoint="")

    assert messages_of(root) == ["A ping is not resent: send another."]
    assert Delivery.objects.count() == 1
    assert "bc-object-button" not in root.get(page(Event.objects.get())).content.decode()


@pytest.mark.parametrize(
    "path", ["", "?q=dana", "?site=acme-test", "?type=customer_changed", "?site=acme-test&source=none", "?customer={}"]
)
def test_list_costs_the_same_with_five_and_with_fifty(path: str, root: Client, event: Event) -> None:
    make_endpoint(event.site)
    make_endpoint(event.site)
    for _ in range(4):
        change(event.customer)
    few = queries_of(root, LIST + path.format(event.customer_id))
    for _ in range(45):
        change(event.customer)

    many = queries_of(root, LIST + path.format(event.customer_id))

    assert len(many) == len(few) <= 14
    assert [sql for sql in many if re.search(r"COUNT\(|DISTINCT", sql)] == []


def test_page_costs_the_same_with_one_delivery_and_with_twenty(root: Client, event: Event) -> None:
    first = make_endpoint(event.site)
    changed = change(event.customer)
    attempted(Delivery.objects.get(), 500)
    few = queries_of(root, page(changed))
    for _ in range(19):
        lane = Delivery.objects.earliest("pk").lane
        extra = Delivery(site=event.site, event=changed, endpoint=first, lane=lane, created_at=NOW)
        extra.save(force_insert=True)
        attempted(extra, 500)
        attempted(extra, 200)

    with CaptureQueriesContext(connection) as queries:
        html = root.get(page(changed)).content.decode()

    assert html.count('class="bc-attempts"') == 20
    assert len(queries) == len(few) <= 14
