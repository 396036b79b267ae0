"""A query string cannot read what a page does not show, and no text in it is a crash."""

from __future__ import annotations

from itertools import product

import pytest
from django.contrib.admin import site as admin_site
from django.test import Client

from billing_customers.models import (
    ApiKey,
    BillingSite,
    Customer,
    CustomerMerge,
    Delivery,
    ErasureCertificate,
    Event,
    GatewayAccount,
    Invoice,
    Job,
    LedgerEntry,
    PaymentSource,
    Subscription,
    Transaction,
    WebhookEndpoint,
)
from billing_customers.operations.api_keys import create_api_key
from tests.admin.conftest import StaffClient
from tests.admin.forms import ADMIN
from tests.admin.outbox import make_endpoint
from tests.fixtures import NOW
from tests.nasty import NASTY_TEXTS

MODELS = {
    "billingsite": BillingSite,
    "apikey": ApiKey,
    "customer": Customer,
    "webhookendpoint": WebhookEndpoint,
    "event": Event,
    "delivery": Delivery,
    "job": Job,
    "paymentsource": PaymentSource,
    "transaction": Transaction,
    "invoice": Invoice,
    "subscription": Subscription,
    "ledgerentry": LedgerEntry,
    "gatewayaccount": GatewayAccount,
    "erasurecertificate": ErasureCertificate,
    "customermerge": CustomerMerge,
}
FILTERS = ("site", "state", "customer", "type", "source", "endpoint", "status", "kind", "bucket")
OPERATORS = ("", "__exact", "__startswith", "__prefix", "__regex", "__gt", "__isnull", "__in")
RELATED = (
    "site__slug",
    "contacts__email",
    "aliases__public_id",
    "user_links__user__password",
    "successor__digest",
    "secrets__sealed",
    "deliveries__endpoint__basic_auth_password",
    "endpoint__basic_auth_password",
    "attempt_log__response_text",
    "event__ching_payload",
)
# What stands beside the lists.
OFFERED = {
    ("apikey", "site"),
    ("customer", "site"),
    ("webhookendpoint", "site"),
    *(("event", name) for name in ("site", "customer", "type", "source")),
    *(("delivery", name) for name in ("endpoint", "status")),
    *(("job", name) for name in ("status", "kind")),
    *product(
        ("paymentsource", "transaction", "invoice", "subscription", "customermerge"), ("site", "customer", "status")
    ),
    *(("ledgerentry", name) for name in ("customer", "bucket")),
    ("gatewayaccount", "site"),
}
FIELDS = [(name, field.name) for name, model in MODELS.items() for field in model._meta.fields]
PROBES = [
    (name, field + operator)
    for (name, field), operator in product([*FIELDS, *product(MODELS, RELATED)], OPERATORS)
    if (name, field + operator) not in OFFERED
]


@pytest.mark.parametrize("name", MODELS)
def test_view_only_staff_cannot_filter_by_a_column(name: str, staff: StaffClient, key: str, dana: Customer) -> None:
    client = staff(f"view_{name}")
    statuses = {
        lookup: client.get(f"{ADMIN}/{name}/", {lookup: "1"}).status_code for model, lookup in PROBES if model == name
    }

    assert len(statuses) > 50
    assert {lookup: status for lookup, status in statuses.items() if status != 400} == {}


@pytest.mark.parametrize("lookup", ["digest__startswith", "throttle_calls__gt"])
def test_superuser_cannot_either(lookup: str, root: Client, key: str) -> None:
    assert root.get(f"{ADMIN}/apikey/", {lookup: "0"}).status_code == 400


def test_probe_would_be_told_from_an_allowed_filter(staff: StaffClient, dana: Customer) -> None:
    client = staff("view_customer")

    assert client.get(f"{ADMIN}/customer/", {"site": "acme-test", "state": "live"}).status_code == 200


@pytest.mark.parametrize("parameter", [*FILTERS, "q", "p", "o", "_to_field", "_popup", "all", "e"])
@pytest.mark.parametrize("name", MODELS)
def test_no_text_in_a_list_s_query_is_a_crash(name: str, parameter: str, staff: StaffClient, dana: Customer) -> None:
    client = staff(f"view_{name}")
    create_api_key(site=dana.site, at=NOW)
    make_endpoint(dana.site)
    texts = [text for text in NASTY_TEXTS if (len(text) < 5_000 and text.isprintable()) or text in {"\0", "a\0b"}]

    statuses = {text: client.get(f"{ADMIN}/{name}/", {parameter: text}).status_code for text in texts}

    assert {text: status for text, status in statuses.items() if status not in {200, 302, 400}} == {}


@pytest.mark.parametrize(
    "path", ["%00/change/", "9" * 40 + "/change/", "9" * 5_000 + "/history/", "x/delete/", "a%00/"]
)
@pytest.mark.parametrize("name", MODELS)
def test_no_object_path_is_a_crash(name: str, path: str, root: Client) -> None:
    assert root.get(f"{ADMIN}/{name}/{path}").status_code in {302, 403, 404}


@pytest.mark.parametrize("ticked", ["\0", "x", "9" * 40, "-1", "٣", ""])
@pytest.mark.parametrize(
    ("name", "action"),
    [
        *(("customer", each) for each in ("delete_customers", "clear_personal_data")),
        ("apikey", "revoke"),
        ("apikey", "roll"),
        *(("webhookendpoint", each) for each in ("ping", "enable", "disable", "rotate", "resend_range")),
        ("webhookendpoint", "delete_endpoints"),
        ("event", "resend"),
        ("delivery", "resend"),
        ("job", "retry"),
        ("job", "cancel"),
    ],
)
def test_no_ticked_row_is_a_crash(name: str, action: str, ticked: str, root: Client, dana: Customer) -> None:
    posted = {"action": action, "_selected_action": ticked, "confirmed": "x", "overlap_hours": "1"}

    answer = root.post(f"{ADMIN}/{name}/", posted)

    assert answer.status_code == 302
    assert Customer.objects.live().count() == 1


def test_rows_that_were_not_seen_are_never_acted_on(root: Client, dana: Customer) -> None:
    posted = {"action": "delete_customers", "_selected_action": "0", "select_across": "1", "confirmed": "x"}

    root.post(f"{ADMIN}/customer/", posted)

    assert Customer.objects.live().count() == 1


@pytest.mark.parametrize("term", ["\0", "dana", "'", "9" * 400])
def test_suggestions_for_other_models_survive_any_text(term: str, root: Client, dana: Customer) -> None:
    asked = {"app_label": "billing_customers", "model_name": "contact", "field_name": "customer", "term": term}

    answer = root.get("/admin/autocomplete/", asked)

    assert answer.status_code == 200
    assert [row["text"] for row in answer.json()["results"]] == (["dana"] if term == "dana" else [])


def test_only_what_people_need_is_registered() -> None:
    ours = {model.__name__ for model in admin_site._registry if model._meta.app_label == "billing_customers"}

    assert ours == {model.__name__ for model in MODELS.values()}
