"""chargebee for Python: lists, with every filter and operator of the contract."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chargebee import InvalidRequestError

from billing_customers.models import BillingSite, Customer
from billing_customers.operations.customers import create_customer
from billing_customers.operations.deletion import delete_customer

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECONDS = int(NOON.timestamp())
DAY = 86_400


@pytest.fixture
def people(site: BillingSite) -> None:
    """Ann, Bob and Cy, made at noon on three days in a row."""
    attributes: list[dict[str, Any]] = [
        {
            "first_name": "Ann",
            "last_name": "Ash",
            "email": "ann@example.com",
            "company": "Acme, Inc.",
            "phone": "+14155550101",
            "offline_payment_method": "cash",
            "auto_close_invoices": True,
        },
        {
            "first_name": "Bob",
            "last_name": "O'Neil",
            "email": "bob@example.com",
            "company": "Globex",
            "phone": "+14155550102",
            "auto_collection": "off",
            "taxability": "exempt",
            "offline_payment_method": "check",
            "auto_close_invoices": False,
        },
        {},
    ]
    for index, (public_id, each) in enumerate(zip(("ann", "bob", "d'cy e"), attributes, strict=True)):
        at = NOON + timedelta(days=index)
        create_customer(site=site, public_id=public_id, attributes=each, at=at)  # type: ignore[arg-type]


def ids(response: Any) -> list[str]:
    return [entry.customer.id for entry in response.list]


ANN, BOB, CY = "ann", "bob", "d'cy e"


FILTERS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("id", {"is": "ann"}, [ANN]),
    ("id", {"is_not": "ann"}, [BOB, CY]),
    ("id", {"starts_with": "d'"}, [CY]),
    ("id", {"in": ["ann", "d'cy e"]}, [ANN, CY]),
    ("id", {"in": []}, []),
    ("id", {"in": '["ann","bob"]'}, [ANN, BOB]),
    ("id", {"not_in": ["ann", "bob"]}, [CY]),
    ("first_name", {"is": "Bob"}, [BOB]),
    ("first_name", {"is_not": "Bob"}, [ANN, CY]),
    ("first_name", {"starts_with": "A"}, [ANN]),
    ("first_name", {"is_present": True}, [ANN, BOB]),
    ("first_name", {"is_present": False}, [CY]),
    ("last_name", {"is": "O'Neil"}, [BOB]),
    ("last_name", {"is_not": "O'Neil"}, [ANN, CY]),
    ("last_name", {"starts_with": "O"}, [BOB]),
    ("last_name", {"is_present": False}, [CY]),
    ("email", {"is": "ann@example.com"}, [ANN]),
    ("email", {"is_not": "ann@example.com"}, [BOB, CY]),
    ("email", {"starts_with": "bob@"}, [BOB]),
    ("email", {"is_present": True}, [ANN, BOB]),
    ("company", {"is": "Acme, Inc."}, [ANN]),
    ("company", {"is_not": "Acme, Inc."}, [BOB, CY]),
    ("company", {"starts_with": "Glo"}, [BOB]),
    ("company", {"is_present": False}, [CY]),
    ("phone", {"is": "+14155550102"}, [BOB]),
    ("phone", {"is_not": "+14155550102"}, [ANN, CY]),
    ("phone", {"starts_with": "+1415"}, [ANN, BOB]),
    ("phone", {"is_present": False}, [CY]),
    ("auto_collection", {"is": "off"}, [BOB]),
    ("auto_collection", {"is_not": "off"}, [ANN, CY]),
    ("auto_collection", {"in": ["on", "off"]}, [ANN, BOB, CY]),
    ("auto_collection", {"not_in": ["on"]}, [BOB]),
    ("taxability", {"is": "exempt"}, [BOB]),
    ("taxability", {"is_not": "exempt"}, [ANN, CY]),
    ("taxability", {"in": ["taxable"]}, [ANN, CY]),
    ("taxability", {"not_in": ["taxable", "exempt"]}, []),
    ("offline_payment_method", {"is": "cash"}, [ANN]),
    ("offline_payment_method", {"is_not": "cash"}, [BOB, CY]),
    ("offline_payment_method", {"in": ["cash", "check"]}, [ANN, BOB]),
    ("offline_payment_method", {"not_in": ["cash"]}, [BOB, CY]),
    ("auto_close_invoices", {"is": True}, [ANN]),
    ("auto_close_invoices", {"is": False}, [BOB]),
    ("created_at", {"after": SECONDS}, [BOB, CY]),
    ("created_at", {"before": SECONDS + DAY}, [ANN]),
    ("created_at", {"on": SECONDS + DAY + 3600}, [BOB]),
    ("created_at", {"between": [SECONDS, SECONDS + DAY]}, [ANN, BOB]),
    ("created_at", {"after": SECONDS, "before": SECONDS + 2 * DAY}, [BOB]),
    ("updated_at", {"after": SECONDS + DAY}, [CY]),
    ("updated_at", {"before": SECONDS + DAY}, [ANN]),
    ("updated_at", {"on": SECONDS}, [ANN]),
    ("updated_at", {"between": [SECONDS + 1, SECONDS + 2 * DAY]}, [BOB, CY]),
    ("relationship", {"parent_id": {"is": "ann"}}, []),
    ("relationship", {"parent_id": {"is_not": "ann"}}, [ANN, BOB, CY]),
    ("relationship", {"payment_owner_id": {"starts_with": "a"}}, []),
    ("relationship", {"invoice_owner_id": {"is_not": "ann"}}, [ANN, BOB, CY]),
]


def test_every_operator_of_every_filter(people: None, client: Any) -> None:
    """In one test, since each test with a live server empties the whole database."""
    found = [(attribute, filters, ids(client.Customer.list({attribute: filters}))) for attribute, filters, _ in FILTERS]

    assert found == FILTERS


def test_filters_are_combined(people: None, client: Any) -> None:
    response = client.Customer.list({"email": {"is_present": True}, "taxability": {"is": "exempt"}})

    assert ids(response) == [BOB]


def test_operators_in_capitals_are_understood(people: None, client: Any) -> None:
    response = client.Customer.list({"id": {"IN": ["ann"]}, "created_at": {"BETWEEN": [SECONDS, SECONDS]}})

    assert ids(response) == [ANN]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ({"asc": "created_at"}, [ANN, BOB, CY]),
        ({"desc": "created_at"}, [CY, BOB, ANN]),
        ({"asc": "updated_at"}, [ANN, BOB, CY]),
        ({"desc": "updated_at"}, [CY, BOB, ANN]),
    ],
)
def test_sort(sort: dict[str, str], expected: list[str], people: None, client: Any) -> None:
    assert ids(client.Customer.list({"sort_by": sort})) == expected


def test_pages_are_followed_to_the_end(people: None, client: Any) -> None:
    pages, params = [], {"limit": 2, "sort_by": {"desc": "created_at"}}

    while params:
        response = client.Customer.list(params)
        pages.append(ids(response))
        params = {**params, "offset": response.next_offset} if response.next_offset else {}

    assert pages == [[CY, BOB], [ANN]]


def test_list_without_parameters_has_no_next_page(people: None, client: Any) -> None:
    response = client.Customer.list()

    assert (ids(response), response.next_offset) == ([ANN, BOB, CY], None)


def test_deleted_customers_are_listed_on_demand(people: None, site: BillingSite, client: Any) -> None:
    delete_customer(site=site, public_id="bob", at=NOON + timedelta(days=9))

    response = client.Customer.list({"include_deleted": True})

    assert [(entry.customer.id, entry.customer.deleted) for entry in response.list] == [
        (ANN, False),
        (BOB, True),
        (CY, False),
    ]


def test_deleted_customers_are_left_out_otherwise(people: None, site: BillingSite, client: Any) -> None:
    delete_customer(site=site, public_id="bob", at=NOON + timedelta(days=9))

    assert ids(client.Customer.list({"include_deleted": False})) == [ANN, CY]


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"taxability": {"is": "maybe"}}, "taxability[is]"),
        ({"created_at": {"between": [1]}}, "created_at[between]"),
        ({"email": {"in": ["a"]}}, "email[in]"),
        ({"limit": 101}, "limit"),
        ({"offset": '["1","2"]'}, "offset"),
        ({"sort_by": {"asc": "email"}}, "sort_by[asc]"),
    ],
)
def test_filter_that_cannot_be_is_refused(params: dict[str, Any], param: str, people: None, client: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        client.Customer.list(params)

    assert (caught.value.http_status_code, caught.value.api_error_code) == (400, "param_wrong_value")
    assert caught.value.param == param


def test_configurations_tell_the_site(client: Any) -> None:
    response = client.Configuration.list()

    assert [(each.domain, each.product_catalog_version) for each in response.configurations] == [("acme-test", "v2")]
    assert not Customer.objects.exists()
