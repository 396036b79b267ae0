"""CHING "GET /v1/customers" and "GET /v1/customers/:id"."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing_customers.models import BillingSite
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.customers import create_customer, rename_customer
from tests.clients import ChargebeeClient, ChingClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import (
    NO_SUCH_CHING_CUSTOMER,
    VERSION,
    ching_answer,
    ching_customer,
)

pytestmark = pytest.mark.usefixtures("clock")


def test_a_customer_is_retrieved_as_it_was_answered_when_made(ching: ChingClient) -> None:
    made = ching.post("/customers", {"name": "Tal", "metadata": {"b": 1, "a": [True]}})

    response = ching.get(f"/customers/{made.json()['data']['id']}")

    assert response.status_code == 200
    assert response.json() == made.json()
    assert response.headers["ETag"] == made.headers["ETag"] == f'"{VERSION}"'


def test_an_unknown_customer_is_not_found(ching: ChingClient) -> None:
    response = ching.get("/customers/cus_AAAAAAAAAAAA")

    assert response.status_code == 404
    assert response.json() == NO_SUCH_CHING_CUSTOMER


def test_a_customer_of_the_other_mode_is_not_found(ching: ChingClient, live_site: BillingSite) -> None:
    create_customer(site=live_site, public_id="live-one", attributes={"name": "Tal"}, at=START)

    assert ching.get("/customers/live-one").json() == NO_SUCH_CHING_CUSTOMER


def test_a_former_id_answers_with_the_customer_of_today(ching: ChingClient, site: BillingSite) -> None:
    create_customer(site=site, public_id="old", attributes={"name": "Tal", "locale": "he"}, at=START)
    rename_customer(site=site, public_id="old", new_public_id="new", at=START)

    assert ching.get("/customers/old").content == ching_answer(ching_customer("new", name="Tal"))


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"first_name": "Jane", "last_name": "Doe", "company": "Acme", "email": "j@x.co"}, "Jane Doe"),
        ({"first_name": "Jane", "company": "Acme"}, "Jane"),
        ({"last_name": "Doe", "company": "Acme"}, "Doe"),
        ({"company": "Acme", "email": "j@x.co"}, "Acme"),
        ({"email": "j@x.co"}, "j@x.co"),
        ({}, "c1"),
    ],
)
def test_a_customer_that_was_never_given_a_name_has_the_best_there_is(
    ching: ChingClient, chargebee: ChargebeeClient, params: dict[str, str], name: str
) -> None:
    chargebee.post("/customers", {"id": "c1", **params})

    assert ching.get("/customers/c1").json()["data"]["name"] == name


def test_a_customer_made_over_the_other_dialect_has_no_locale_of_its_own(
    ching: ChingClient, chargebee: ChargebeeClient
) -> None:
    chargebee.post("/customers", {"id": "c1"})

    assert ching.get("/customers/c1").json()["data"]["locale"] is None


def test_the_list_is_newest_first(ching: ChingClient, clock: Clock) -> None:
    first = ching.post("/customers", {"name": "first"}).json()["data"]["id"]
    clock.forward(seconds=1)
    second = ching.post("/customers", {"name": "second"}).json()["data"]["id"]

    response = ching.get("/customers")

    assert response.status_code == 200
    assert response.content == ching_answer(
        [
            ching_customer(second, name="second", created="2018-02-01T17:22:12.000Z"),
            ching_customer(first, name="first"),
        ]
    )


def test_customers_of_the_same_instant_are_listed_last_made_first(ching: ChingClient) -> None:
    ids = [ching.post("/customers", {"name": "Tal"}).json()["data"]["id"] for _ in range(3)]

    assert [each["id"] for each in ching.get("/customers").json()["data"]] == ids[::-1]


def test_an_empty_list_is_a_success(ching: ChingClient) -> None:
    assert ching.get("/customers").content == ching_answer([])


def test_the_list_has_the_100_newest_in_two_queries(ching: ChingClient, site: BillingSite) -> None:
    for number in range(101):
        create_customer(site=site, public_id=f"c{number}", attributes={"name": "Tal"}, at=START)
    ching.get("/customers")

    with CaptureQueriesContext(connection) as captured:
        ids = [each["id"] for each in ching.get("/customers").json()["data"]]

    assert ids == [f"c{number}" for number in range(100, 0, -1)]
    assert len(captured) == 2


def test_the_list_ignores_parameters(ching: ChingClient) -> None:
    made = ching.post("/customers", {"name": "Tal"}).json()["data"]["id"]

    assert [each["id"] for each in ching.get("/customers?limit=0&name=x&%00=%ff").json()["data"]] == [made]


def test_the_list_holds_the_mode_of_the_key_alone(ching: ChingClient, live_site: BillingSite) -> None:
    ching.post("/customers", {"name": "test"})
    live = ChingClient(create_api_key(site=live_site, scopes=["write"], at=START)[1])
    live.post("/customers", {"name": "live"})

    assert [each["name"] for each in live.get("/customers").json()["data"]] == ["live"]


@pytest.mark.parametrize("prefix", ["/ching/v1", "/v1"])
def test_both_mounts_answer_alike(ching: ChingClient, prefix: str) -> None:
    made = ching.post("/customers", {"name": "Tal"}).json()["data"]["id"]
    ching.prefix = prefix

    assert ching.get(f"/customers/{made}").content == ching_answer(ching_customer(made, name="Tal"))


def test_the_short_mount_takes_writes(ching: ChingClient) -> None:
    ching.prefix = "/v1"

    assert ching.post("/customers/upsert", {"identifyBy": "email", "email": "t@x.co", "name": "T"}).status_code == 200
