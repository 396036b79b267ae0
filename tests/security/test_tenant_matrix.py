"""Each route with each method and each sort of key: who gets in, who learns what, and who changes what."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing_customers.models import BillingSite
from tests.dialects.clock import START, Clock
from tests.security import victims
from tests.security.routes import METHODS, WRITES, Route, walk
from tests.security.victims import FORMER, USABLE, USELESS, VICTIM, Victims

ROUTES = walk()
NAMED = [route for route in ROUTES if route.names_a_resource]


@pytest.fixture
def world(site: BillingSite, other_site: BillingSite, live_site: BillingSite, clock: Clock) -> Victims:
    made = victims.make(site, other_site, live_site)
    clock.forward(seconds=30)
    victims.mark_as_used(START)
    return made


def call(world: Victims, route: Route, method: str, sort: str, public_id: str = VICTIM) -> Any:
    return route.wire.client(world.keys[sort]).generic(
        method, route.path(public_id), route.body(method, public_id), content_type=route.wire.content_type
    )


def expected_status(route: Route, method: str, sort: str) -> int:
    """What the design says, and in this order: a route, a key, its scope, the method, the tenant."""
    if route.is_unknown:
        return 404 if method in route.allowed else 405
    if sort in USELESS:
        return 401
    if sort == "read only" and method in WRITES:
        return 403
    if method not in route.allowed:
        return 405
    if sort in {"other site", "other mode"} and route.names_a_resource:
        return 404
    # The victim is linked already, and no member of a hierarchy is deleted or merged.
    kept = ("/relationships", "customers/<str:public_id>/delete", "customers/merge")
    is_deletion = method == "DELETE" and route.pattern.endswith("customers/<str:public_id>")
    # Nobody is allowed to move customers; and no request here has a query.
    incomplete = ("/customers/move", "/retrieve_latest")
    statuses = {is_deletion or route.pattern.endswith(kept): 409, route.pattern.endswith(incomplete): 400}
    return statuses.get(True, 200)


def writes(captured: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in captured if query["sql"].lstrip().upper().startswith(("INSERT", "UPDATE", "DEL"))]


def unmasked_headers(response: Any) -> dict[str, str]:
    return {name: value for name, value in response.items() if name != "X-Request-Id"}


def test_the_resolver_was_walked() -> None:
    assert len(ROUTES) == 87
    assert {route.wire.prefix for route in ROUTES} == {"/ching/v1", "/api/v2"}
    assert sum(route.is_unknown for route in ROUTES) == 3
    assert {str(route) for route in ROUTES if route.wire.name == "ching" and route.pattern.startswith("/v1")} == {
        "/v1/customers",
        "/v1/customers/upsert",
        "/v1/customers/<str:public_id>",
        "/v1/customers/<str:public_id>/payment_methods",
        "/v1/customers/<str:public_id>/payment_methods/inactive",
        "/v1/payment_methods/test-card",
        "/v1/payment_methods/<str:public_id>",
        "/v1/webhooks",
        "/v1/webhooks/<str:number>",
        "/v1/webhooks/<str:number>/rotate_secret",
        "/v1/webhooks/<str:number>/ping",
        "/v1/",
    }


@pytest.mark.parametrize("sort", [*USABLE, *USELESS])
@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_each_method_is_answered_as_the_design_says(world: Victims, route: Route, sort: str) -> None:
    answers = {method: call(world, route, method, sort).status_code for method in METHODS}

    assert answers == {method: expected_status(route, method, sort) for method in METHODS}


@pytest.mark.parametrize("sort", [*USABLE, *USELESS])
@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_whoever_is_refused_has_written_nothing(world: Victims, route: Route, sort: str) -> None:
    refused = [method for method in METHODS if expected_status(route, method, sort) >= 400]
    before = victims.rows()

    with CaptureQueriesContext(connection) as captured:
        statuses = [call(world, route, method, sort).status_code for method in refused]

    assert all(status >= 400 for status in statuses)
    assert writes(captured) == []
    assert victims.rows() == before


@pytest.mark.parametrize("sort", ["other site", "other mode"])
@pytest.mark.parametrize("route", NAMED, ids=str)
def test_a_foreign_id_is_answered_as_a_missing_one_to_the_byte(world: Victims, route: Route, sort: str) -> None:
    for method in METHODS:
        missing = call(world, route, method, sort, "nobody")
        for foreign in (VICTIM, FORMER):
            response = call(world, route, method, sort, foreign)
            assert response.status_code == missing.status_code
            assert response.content == missing.content
            assert unmasked_headers(response) == unmasked_headers(missing)


@pytest.mark.parametrize("sort", ["other site", "other mode"])
@pytest.mark.parametrize("route", [route for route in ROUTES if not route.names_a_resource], ids=str)
def test_a_key_of_another_site_neither_sees_nor_changes_this_one(world: Victims, route: Route, sort: str) -> None:
    before = victims.rows(world.site)

    bodies = [call(world, route, method, sort).content for method in METHODS]

    assert not any(secret in body for body in bodies for secret in (b"Tal", b'"victim"', b"/victim", b"jane"))
    assert victims.rows(world.site) == before


@pytest.mark.parametrize("host", ["acme-test.localhost", "acme.localhost"])
def test_a_host_never_selects_a_site(world: Victims, settings: Any, host: str) -> None:
    settings.ALLOWED_HOSTS = [".localhost"]
    route = next(route for route in NAMED if route.wire.name == "chargebee" and "GET" in route.allowed)
    http = route.wire.client(world.keys["other site"])

    assert http.get(route.path(VICTIM), headers={"host": host}).status_code == 404


@pytest.mark.parametrize("attribute", ["id", "relationship[parent_id]", "relationship[invoice_owner_id]"])
def test_a_filter_by_a_foreign_id_finds_what_a_missing_one_does(world: Victims, attribute: str) -> None:
    route = next(route for route in ROUTES if route.pattern == "/api/v2/customers")
    http = route.wire.client(world.keys["other site"])

    found = [http.get(f"/api/v2/customers?{attribute}[is]={each}").content for each in (VICTIM, FORMER, "nobody")]

    assert found == [b'{"list":[]}'] * 3


def test_a_foreign_id_is_free_to_take(world: Victims) -> None:
    route = next(route for route in ROUTES if route.pattern == "/api/v2/customers")
    http = route.wire.client(world.keys["other site"])
    before = victims.rows(world.site)

    responses = [route.wire.create(http, f"id={each}") for each in (VICTIM, FORMER)]

    assert [response.status_code for response in responses] == [200, 200]
    assert victims.rows(world.site) == before
