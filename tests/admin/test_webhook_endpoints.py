"""The form of a webhook endpoint: what is chosen is stored, what is wrong is told, what is not touched stays."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from billing_customers.models import BillingSite, WebhookEndpoint
from billing_customers.operations.webhooks import MAX_ENDPOINTS
from tests.admin.endpoint_pages import PASSWORD, add, columns, edit
from tests.admin.forms import complaints
from tests.admin.outbox import make_endpoint


@pytest.mark.parametrize(
    ("dialect", "ticked", "other", "expected"),
    [
        ("ching", ["customer_created"], "", ["customer.created"]),
        ("chargebee", ["customer_created", "customer_deleted"], "", ["customer_created", "customer_deleted"]),
        ("ching", [], "charge.failed,\n payment_method.detached", ["charge.failed", "payment_method.detached"]),
        ("chargebee", ["customer_changed"], "customer_changed card_added", ["customer_changed", "card_added"]),
    ],
)
def test_selection_is_in_the_words_of_the_dialect(
    dialect: str, ticked: list[str], other: str, expected: list[str], root: Client, site: BillingSite
) -> None:
    add(root, site, which_events="some", dialect=dialect, ticked_events=ticked, other_events=other)

    assert WebhookEndpoint.objects.get().events == expected


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"url": "http://hooks.example.com/"}, "url", ""),
        ({"url": "https://127.0.0.1/"}, "url", ""),
        ({"url": ""}, "url", ""),
        ({"dialect": ""}, "dialect", ""),
        ({"dialect": "soap"}, "dialect", ""),
        ({"which_events": "some"}, "ticked_events", "Tick at least one event, or choose all."),
        ({"which_events": "some", "other_events": "customer.eaten"}, "other_events", "customer.eaten: Must be"),
        ({"new_password": PASSWORD}, "basic_auth_username", "Is required with a password."),
        ({"basic_auth_username": "a:b"}, "basic_auth_username", "Must not contain a colon."),
        ({"basic_auth_username": "crm", "new_password": "x" * 251}, "new_password", ""),
        ({"response_schema": "xml"}, "response_schema", ""),
    ],
)
def test_wrong_value_is_told_beside_its_field(
    values: dict[str, Any], field: str, message: str, root: Client, site: BillingSite
) -> None:
    answer = add(root, site, **values)

    assert list(answer.context["adminform"].form.errors) == [field]
    assert message in complaints(answer)[0]
    assert PASSWORD not in answer.content.decode()
    assert not WebhookEndpoint.objects.exists()


def test_seventeenth_endpoint_of_a_site_is_refused(root: Client, site: BillingSite) -> None:
    for _ in range(MAX_ENDPOINTS):
        make_endpoint(site)

    answer = add(root, site)

    assert complaints(answer) == ["A site has at most 16 webhook endpoints."]
    assert WebhookEndpoint.objects.count() == MAX_ENDPOINTS


def test_only_what_was_changed_changes(root: Client, endpoint: WebhookEndpoint) -> None:
    before = columns(endpoint)

    edit(root, endpoint, name="New CRM")

    changed = {name for name, value in columns(endpoint).items() if value != before[name]}
    assert changed == {"name", "updated_at", "resource_version"}
    assert columns(endpoint)["name"] == "New CRM"


def test_form_that_was_not_touched_changes_nothing(root: Client, site: BillingSite) -> None:
    selecting = make_endpoint(site, dialect="chargebee", events=["card_added", "customer_deleted", "customer_created"])
    before = columns(selecting)

    answer = edit(root, selecting)

    assert answer.status_code == 302
    assert columns(selecting) == before


def test_events_are_selected_anew(root: Client, site: BillingSite) -> None:
    selecting = make_endpoint(site, dialect="chargebee", events=["card_added", "customer_created"])

    edit(root, selecting, ticked_events=["customer_changed"])

    selecting.refresh_from_db()
    assert selecting.events == ["customer_changed", "card_added"]


def test_dialect_and_site_stay(root: Client, endpoint: WebhookEndpoint, other_site: BillingSite) -> None:
    edit(root, endpoint, dialect="chargebee", site=other_site.pk, disabled="on", public_id="mine")

    before = endpoint.dialect, endpoint.site, endpoint.public_id, None
    endpoint.refresh_from_db()
    assert (endpoint.dialect, endpoint.site, endpoint.public_id, endpoint.disabled_at) == before
