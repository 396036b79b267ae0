"""Every statement that an endpoint sends names the tenant."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from billing_customers.models import ApiKey, BillingSite, Contact, Customer, Relationship
from tests.dialects.clock import START, Clock
from tests.dialects.wire import CHARGEBEE, CHING, Wire
from tests.security import victims
from tests.security.routes import METHODS, walk
from tests.security.sql_guard import ForgottenSiteError, SqlGuard, tenant_tables
from tests.security.victims import FORMER, VICTIM, Victims


@pytest.fixture
def world(site: BillingSite, other_site: BillingSite, live_site: BillingSite, clock: Clock) -> Victims:
    return victims.make(site, other_site, live_site)


def test_every_table_with_a_tenant_is_guarded() -> None:
    assert tenant_tables() == {
        f"billing_customers_{name}": "site_id"
        for name in (
            "allocation",
            "apikey",
            "balance",
            "contact",
            "creditnote",
            "customer",
            "customeralias",
            "customermerge",
            "customeruser",
            "delivery",
            "deliveryattempt",
            "erasurecertificate",
            "event",
            "eventclock",
            "gatewayaccount",
            "idempotencyrecord",
            "invoice",
            "job",
            "lane",
            "ledgerentry",
            "moveallowance",
            "paymentsource",
            "relationship",
            "resourcemigration",
            "sitelock",
            "subscription",
            "testgatewaycharge",
            "transaction",
            "unbilledcharge",
            "webhookendpoint",
            "webhooksecret",
        )
    }


@pytest.mark.parametrize("sort", ["own", "read only", "other site", "revoked", "none", "junk"])
@pytest.mark.parametrize("public_id", [VICTIM, FORMER, "nobody"])
def test_every_route_names_the_site(world: Victims, sort: str, public_id: str) -> None:
    with connection.execute_wrapper(SqlGuard()):
        statuses = {
            route.wire.client(world.keys[sort])
            .generic(method, route.path(public_id), route.body(method), content_type=route.wire.content_type)
            .status_code
            for route in walk()
            for method in METHODS
        }

    assert not any(status >= 500 for status in statuses)


QUERIES = [
    f"{attribute}[{operator}]={value}"
    for attribute, operator, value in (
        ("id", "in", "[victim,x]"),
        ("id", "not_in", "[x]"),
        ("email", "is", "victim@example.com"),
        ("email", "is_present", "true"),
        ("phone", "is", "0549876543"),
        ("phone", "is_not", "0549876543"),
        ("company", "starts_with", "a"),
        ("taxability", "in", "[taxable]"),
        ("auto_close_invoices", "is", "true"),
        ("created_at", "between", "[1,2]"),
        ("created_at", "on", "1"),
        ("relationship", "parent_id][is", VICTIM),
        ("relationship", "payment_owner_id][is_not", VICTIM),
        ("relationship", "invoice_owner_id][starts_with", "v"),
        ("sort_by", "desc", "updated_at"),
    )
] + ["include_deleted=true", "limit=1"]


@pytest.mark.parametrize("query", QUERIES)
def test_every_filter_names_the_site(world: Victims, query: str) -> None:
    guard = SqlGuard()
    with connection.execute_wrapper(guard):
        response = CHARGEBEE.client(world.keys["own"]).get(f"/api/v2/customers?{query}")

    assert response.status_code == 200
    assert guard.seen >= 2


def test_every_page_names_the_site(world: Victims) -> None:
    http = CHARGEBEE.client(world.keys["own"])
    CHARGEBEE.create(http)
    with connection.execute_wrapper(SqlGuard()):
        first = http.get("/api/v2/customers?limit=1").json()
        second = http.get("/api/v2/customers", {"limit": "1", "offset": first["next_offset"]}).json()

    assert len(second["list"]) == 1


@pytest.mark.parametrize("wire", [CHING, CHARGEBEE], ids=lambda wire: wire.name)
def test_idempotent_and_refused_writes_name_the_site(
    world: Victims, wire: Wire, site: BillingSite, settings: Any
) -> None:
    settings.BILLING_CUSTOMERS = {"THROTTLE_RATE": "100/min"}
    site.forbids_duplicate_emails = True
    site.save()
    http, key = wire.client(world.keys["own"]), {wire.idempotency_header: "order-1"}
    taken = '{"name":"x","email":"victim@example.com"}' if wire is CHING else "id=victim&email=victim@example.com"
    with connection.execute_wrapper(SqlGuard()):
        bodies = (wire.new_customer, wire.new_customer, taken)
        statuses = [wire.create(http, body, **key).status_code for body in bodies]
        statuses += [wire.create(http, "{", **key).status_code, wire.create(http, taken).status_code]

    assert statuses[:3] == [200, 200, 422]
    assert all(400 <= status < 500 for status in statuses[2:4])


@pytest.mark.parametrize(
    "forgetful",
    [
        lambda: Customer.objects.filter(public_id=VICTIM).first(),
        lambda: Customer.objects.filter(pk=1).exists(),
        lambda: list(Contact.objects.filter(customer__site_id=1)),
        lambda: Customer.objects.filter(pk=1).update(site_id=1),
        lambda: Customer.objects.filter(pk=1).update(name="x"),
        lambda: Contact.objects.filter(public_id="jane")._raw_delete("default"),
        lambda: list(Customer.objects.for_site(1).filter(pk__in=Contact.objects.values("customer_id"))),
        lambda: list(Relationship.objects.filter(parent__site_id=1)),
        lambda: ApiKey.objects.filter(name="x").first(),
        Customer.objects.count,
        lambda: connection.cursor().execute("INSERT INTO billing_customers_customer (name) VALUES ('x')"),
    ],
)
def test_the_guard_finds_a_forgotten_site(db: None, forgetful: Any) -> None:
    with connection.execute_wrapper(SqlGuard()), pytest.raises(ForgottenSiteError):
        forgetful()


def test_the_guard_lets_the_door_of_the_tenant_pass(world: Victims, site: BillingSite) -> None:
    guard = SqlGuard()
    with connection.execute_wrapper(guard):
        customers = list(Customer.objects.for_site(site).filter(contacts__public_id="jane"))
        Customer.objects.for_site(site).filter(pk=customers[0].pk).update(name="Dana", updated_at=START)

    assert guard.seen == 2
