"""Chargebee "List customers": shape, order, pages. The filters are in the files beside."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing_customers.models import BillingSite
from billing_customers.operations.contacts import add_contact
from billing_customers.operations.customers import create_customer, update_customer
from billing_customers.operations.deletion import delete_customer
from tests.clients import ChargebeeClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import SECONDS, VERSION, chargebee_customer, wrong_value

pytestmark = pytest.mark.usefixtures("clock")

NOT_OF_THIS_LIST = wrong_value("offset", "Must be the next_offset of the same list.")


def ids(response: Any) -> list[str]:
    return [each["customer"]["id"] for each in response.json()["list"]]


@pytest.fixture
def five(site: BillingSite, clock: Clock) -> list[str]:
    """c0 to c4, made a second apart; c0 was updated last."""
    for number in range(5):
        create_customer(site=site, public_id=f"c{number}", attributes={"first_name": "John"}, at=clock())
        clock.forward(seconds=1)
    update_customer(site=site, public_id="c0", attributes={"company": "Acme"}, at=clock())
    return [f"c{number}" for number in range(5)]


def test_an_empty_list_has_no_next_offset(chargebee: ChargebeeClient, site: BillingSite) -> None:
    response = chargebee.get("/customers")

    assert response.status_code == 200
    assert response.json() == {"list": []}


def test_each_entry_holds_a_whole_customer(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1", "first_name": "John", "billing_address[city]": "Walnut"})

    assert chargebee.get("/customers").json() == {
        "list": [
            {
                "customer": chargebee_customer(
                    "c1",
                    first_name="John",
                    billing_address={
                        "city": "Walnut",
                        "validation_status": "not_validated",
                        "object": "billing_address",
                    },
                )
            }
        ]
    }


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"sort_by": "created_at"}, [0, 1, 2, 3, 4]),
        ({"sort_by[asc]": "created_at"}, [0, 1, 2, 3, 4]),
        ({"sort_by[desc]": "created_at"}, [4, 3, 2, 1, 0]),
        ({"sort_by[asc]": "updated_at"}, [1, 2, 3, 4, 0]),
        ({"sort_by[desc]": "updated_at"}, [0, 4, 3, 2, 1]),
    ],
)
def test_the_order_is_the_one_asked_for(
    chargebee: ChargebeeClient, five: list[str], sort: dict[str, str], order: list[int]
) -> None:
    assert ids(chargebee.get("/customers", sort)) == [f"c{number}" for number in order]


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"sort_by[asc]": "email"}, wrong_value("sort_by[asc]", "Must be created_at or updated_at.")),
        ({"sort_by[desc]": ""}, wrong_value("sort_by[desc]", "Must be created_at or updated_at.")),
        ({"sort_by[up]": "created_at"}, wrong_value("sort_by", "Must be sort_by[asc] or sort_by[desc].")),
        (
            {"sort_by[asc]": "created_at", "sort_by[desc]": "created_at"},
            wrong_value("sort_by", "Must be sort_by[asc] or sort_by[desc]."),
        ),
        ({"include_deleted": "yes"}, wrong_value("include_deleted", "Must be true or false.")),
        ({"offset": "x"}, NOT_OF_THIS_LIST),
        ({"offset": "x" * 1001}, NOT_OF_THIS_LIST),
        ({"offset[x]": "x"}, NOT_OF_THIS_LIST),
    ],
)
def test_a_wrong_value_is_refused(chargebee: ChargebeeClient, params: dict[str, str], refusal: dict[str, Any]) -> None:
    response = chargebee.get("/customers", params)

    assert response.status_code == 400
    assert response.json() == refusal


@pytest.mark.parametrize("sort", [{}, {"sort_by[desc]": "created_at"}, {"sort_by[asc]": "updated_at"}])
def test_pages_of_two_hold_each_customer_once_and_in_order(
    chargebee: ChargebeeClient, five: list[str], sort: dict[str, str]
) -> None:
    pages = []
    offset: dict[str, str] = {}
    while not pages or offset:
        page = chargebee.get("/customers", {**sort, "limit": "2", **offset})
        pages.append(ids(page))
        offset = {"offset": page.json()["next_offset"]} if "next_offset" in page.json() else {}

    assert [len(page) for page in pages] == [2, 2, 1]
    assert [each for page in pages for each in page] == ids(chargebee.get("/customers", sort))


def test_a_page_that_is_just_full_is_the_last(chargebee: ChargebeeClient, five: list[str]) -> None:
    assert "next_offset" not in chargebee.get("/customers", {"limit": "5"}).json()


def test_ten_are_a_page_without_a_limit(chargebee: ChargebeeClient, site: BillingSite) -> None:
    for number in range(11):
        create_customer(site=site, public_id=f"c{number}", attributes={}, at=START)

    response = chargebee.get("/customers")

    assert len(ids(response)) == 10
    assert len(response.json()["next_offset"]) <= 1000


def test_customers_of_the_same_instant_are_paged_in_the_order_they_were_made(
    chargebee: ChargebeeClient, site: BillingSite
) -> None:
    for number in range(4):
        create_customer(site=site, public_id=f"c{number}", attributes={}, at=START)
    first = chargebee.get("/customers", {"limit": "3"})

    second = chargebee.get("/customers", {"limit": "3", "offset": first.json()["next_offset"]})

    assert (ids(first), ids(second)) == (["c0", "c1", "c2"], ["c3"])


def test_a_customer_that_was_made_meanwhile_shifts_no_page(
    chargebee: ChargebeeClient, five: list[str], clock: Clock
) -> None:
    newest = {"limit": "2", "sort_by[desc]": "created_at"}
    first = chargebee.get("/customers", newest)
    chargebee.post("/customers", {"id": "late"})

    second = chargebee.get("/customers", {**newest, "offset": first.json()["next_offset"]})

    assert (ids(first), ids(second)) == (["c4", "c3"], ["c2", "c1"])


@pytest.mark.parametrize(
    "other",
    [
        {"sort_by[desc]": "created_at"},
        {"sort_by[asc]": "updated_at"},
        {"include_deleted": "true"},
        {"first_name[is]": "John"},
    ],
)
def test_the_offset_of_another_list_is_refused(
    chargebee: ChargebeeClient, five: list[str], other: dict[str, str]
) -> None:
    offset = chargebee.get("/customers", {"limit": "2"}).json()["next_offset"]

    response = chargebee.get("/customers", {"limit": "2", "offset": offset, **other})

    assert response.status_code == 400
    assert response.json() == NOT_OF_THIS_LIST


def test_a_limit_may_change_between_pages(chargebee: ChargebeeClient, five: list[str]) -> None:
    offset = chargebee.get("/customers", {"limit": "1"}).json()["next_offset"]

    assert ids(chargebee.get("/customers", {"limit": "100", "offset": offset})) == ["c1", "c2", "c3", "c4"]


def test_deleted_customers_are_left_out(chargebee: ChargebeeClient, five: list[str], site: BillingSite) -> None:
    delete_customer(site=site, public_id="c1", at=START)

    assert ids(chargebee.get("/customers")) == ["c0", "c2", "c3", "c4"]
    assert ids(chargebee.get("/customers", {"include_deleted": "false"})) == ["c0", "c2", "c3", "c4"]


def test_deleted_customers_are_shown_as_deleted_when_asked_for(
    chargebee: ChargebeeClient, site: BillingSite, clock: Clock
) -> None:
    create_customer(site=site, public_id="c1", attributes={"first_name": "John"}, at=START)
    clock.forward(seconds=3)
    delete_customer(site=site, public_id="c1", at=clock())

    assert chargebee.get("/customers", {"include_deleted": "true"}).json() == {
        "list": [
            {
                "customer": chargebee_customer(
                    "c1",
                    first_name="John",
                    deleted=True,
                    updated_at=SECONDS + 3,
                    resource_version=VERSION + 3000,
                )
            }
        ]
    }


def test_customers_of_other_sites_are_never_listed(
    chargebee: ChargebeeClient, five: list[str], other_site: BillingSite, live_site: BillingSite
) -> None:
    for site in (other_site, live_site):
        create_customer(site=site, public_id="theirs", attributes={}, at=START)

    assert "theirs" not in ids(chargebee.get("/customers", {"include_deleted": "true", "limit": "100"}))


def test_a_page_costs_three_queries_however_many_contacts_it_shows(
    chargebee: ChargebeeClient, five: list[str], site: BillingSite
) -> None:
    for public_id in five:
        add_contact(site=site, public_id=public_id, attributes={"id": "k", "email": "k@x.co"}, at=START)
    chargebee.get("/customers")

    with CaptureQueriesContext(connection) as captured:
        shown = chargebee.get("/customers").json()["list"]

    assert [len(each["customer"]["contacts"]) for each in shown] == [1] * 5
    assert len(captured) == 3
