"""HEAD is GET without a body; no other method is answered by one that is."""

from __future__ import annotations

import pytest

from billing_customers.models import BillingSite
from billing_customers.operations.customers import create_customer
from tests.dialects.clock import START
from tests.security.routes import Route, walk

pytestmark = pytest.mark.usefixtures("clock")

READS = [route for route in walk() if "GET" in route.allowed]


@pytest.mark.parametrize("route", READS, ids=str)
@pytest.mark.parametrize("public_id", ["c1", "nobody"])
def test_head_has_the_headers_of_get_and_no_body(key: str, site: BillingSite, route: Route, public_id: str) -> None:
    create_customer(site=site, public_id="c1", attributes={"name": "Tal"}, at=START)
    http = route.wire.client(key)

    get, head = http.get(route.path(public_id)), http.head(route.path(public_id))

    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers.get("ETag") == get.headers.get("ETag")
    assert head.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_no_header_turns_a_post_into_another_method(key: str, site: BillingSite, header: str) -> None:
    create_customer(site=site, public_id="c1", attributes={"name": "Tal"}, at=START)
    route = next(route for route in READS if route.pattern == "/ching/v1/customers/<str:public_id>")

    response = route.wire.client(key).post(
        route.path("c1"), '{"_method":"DELETE"}', content_type="application/json", headers={header: "DELETE"}
    )

    assert response.json()["data"]["name"] == "Tal"
