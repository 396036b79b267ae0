"""Chargebee "List customers": each attribute with each of its operators, in every spelling of its clients."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from billing_customers.models import BillingSite, Customer, Relationship
from billing_customers.operations.customers import create_customer
from tests.clients import ChargebeeClient
from tests.dialects.clock import START
from tests.dialects.expected import SECONDS, wrong_value

pytestmark = pytest.mark.usefixtures("clock")

DAY = 86_400
MIDNIGHT = SECONDS - SECONDS % DAY


@pytest.fixture(autouse=True)
def three(site: BillingSite) -> None:
    """a1 has everything, b2 has other values, b3 has nothing; they were made at second 0, 60 and a day later."""
    create_customer(
        site=site,
        public_id="a1",
        attributes={
            "first_name": "John",
            "last_name": "O'Neil",
            "email": "John@Test.com",
            "company": "100%_Acme",
            "phone": "(541) 754-3010",
            "offline_payment_method": "cash",
            "auto_close_invoices": True,
        },
        at=START,
    )
    create_customer(
        site=site,
        public_id="b2",
        attributes={
            "first_name": "Johanna",
            "last_name": "Doe",
            "email": "joe@test.com",
            "company": "1000 Acme",
            "phone": "054-987-6543",
            "auto_collection": "off",
            "taxability": "exempt",
            "offline_payment_method": "check",
            "auto_close_invoices": False,
        },
        at=START + timedelta(seconds=60),
    )
    create_customer(site=site, public_id="b3", attributes={}, at=START + timedelta(days=1))


def found(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [each["customer"]["id"] for each in response.json()["list"]]


@pytest.mark.parametrize(
    ("param", "value", "ids"),
    [
        ("id[is]", "b2", ["b2"]),
        ("id[is_not]", "b2", ["a1", "b3"]),
        ("id[starts_with]", "b", ["b2", "b3"]),
        ("id[in]", '["a1","b3"]', ["a1", "b3"]),
        ("id[not_in]", '["a1","b3"]', ["b2"]),
        ("first_name[is]", "John", ["a1"]),
        ("first_name[is_not]", "John", ["b2", "b3"]),
        ("first_name[starts_with]", "Joh", ["a1", "b2"]),
        ("first_name[is_present]", "true", ["a1", "b2"]),
        ("first_name[is_present]", "false", ["b3"]),
        ("last_name[is]", "O'Neil", ["a1"]),
        ("last_name[is_not]", "O'Neil", ["b2", "b3"]),
        ("last_name[starts_with]", "D", ["b2"]),
        ("last_name[is_present]", "false", ["b3"]),
        ("email[is]", "john@test.com", ["a1"]),
        ("email[is]", " JOHN@TEST.COM ", ["a1"]),
        ("email[is_not]", "john@test.com", ["b2", "b3"]),
        ("email[starts_with]", "JO", ["a1", "b2"]),
        ("email[is_present]", "false", ["b3"]),
        ("company[is]", "100%_Acme", ["a1"]),
        ("company[is_not]", "100%_Acme", ["b2", "b3"]),
        ("company[starts_with]", "100%", ["a1"]),
        ("company[starts_with]", "100_", []),
        ("company[starts_with]", "1*", []),
        ("company[is_present]", "true", ["a1", "b2"]),
        ("phone[is]", "(541) 754-3010", ["a1"]),
        ("phone[is]", "+972549876543", ["b2"]),
        ("phone[is]", "0549876543", ["b2"]),
        ("phone[is_not]", "(541) 754-3010", ["b2", "b3"]),
        ("phone[is_not]", "+972549876543", ["a1", "b3"]),
        ("phone[starts_with]", "(541)", ["a1"]),
        ("phone[is_present]", "false", ["b3"]),
        ("auto_collection[is]", "on", ["a1", "b3"]),
        ("auto_collection[is_not]", "on", ["b2"]),
        ("auto_collection[in]", '["on","off"]', ["a1", "b2", "b3"]),
        ("auto_collection[not_in]", '["on"]', ["b2"]),
        ("taxability[is]", "exempt", ["b2"]),
        ("taxability[is_not]", "exempt", ["a1", "b3"]),
        ("taxability[in]", '["exempt"]', ["b2"]),
        ("taxability[not_in]", "[]", ["a1", "b2", "b3"]),
        ("offline_payment_method[is]", "cash", ["a1"]),
        ("offline_payment_method[is_not]", "cash", ["b2", "b3"]),
        ("offline_payment_method[in]", '["cash","check"]', ["a1", "b2"]),
        ("offline_payment_method[not_in]", '["cash"]', ["b2", "b3"]),
        ("auto_close_invoices[is]", "true", ["a1"]),
        ("auto_close_invoices[is]", "false", ["b2"]),
        ("created_at[after]", SECONDS, ["b2", "b3"]),
        ("created_at[after]", SECONDS - 1, ["a1", "b2", "b3"]),
        ("created_at[before]", SECONDS, []),
        ("created_at[before]", SECONDS + 1, ["a1"]),
        ("created_at[on]", MIDNIGHT, ["a1", "b2"]),
        ("created_at[on]", MIDNIGHT + DAY - 1, ["a1", "b2"]),
        ("created_at[on]", MIDNIGHT + DAY, ["b3"]),
        ("created_at[between]", f"[{SECONDS},{SECONDS + 60}]", ["a1", "b2"]),
        ("updated_at[after]", SECONDS + 60, ["b3"]),
        ("updated_at[before]", SECONDS + 60, ["a1"]),
        ("updated_at[on]", MIDNIGHT, ["a1", "b2"]),
        ("updated_at[between]", f"[{SECONDS + 60},{SECONDS + DAY}]", ["b2", "b3"]),
    ],
)
def test_a_filter_finds_what_it_says(chargebee: ChargebeeClient, param: str, value: Any, ids: list[str]) -> None:
    assert found(chargebee.get("/customers", {param: value})) == ids


@pytest.mark.parametrize(("operator", "ids"), [("is", ["b2"]), ("is_not", ["a1", "b3"]), ("starts_with", ["b2"])])
@pytest.mark.parametrize("attribute", ["parent_id", "payment_owner_id", "invoice_owner_id"])
def test_a_relationship_is_filtered_by_the_ids_in_it(
    chargebee: ChargebeeClient, site: BillingSite, attribute: str, operator: str, ids: list[str]
) -> None:
    parent, child = (Customer.objects.get(public_id=each) for each in ("a1", "b2"))
    Relationship.objects.create(
        site=site, child=child, parent=parent, root=parent, invoice_owner=parent, payment_owner=parent
    )

    assert found(chargebee.get("/customers", {f"relationship[{attribute}][{operator}]": "a1"})) == ids


@pytest.mark.parametrize(
    "items",
    ['["a1","b2"]', '["a1", "b2"]', "['a1', 'b2']", "[a1,b2]", "[a1, b2 ]", "['a1', \"b2\"]"],
)
def test_a_list_may_be_json_a_python_literal_or_bare(chargebee: ChargebeeClient, items: str) -> None:
    assert found(chargebee.get("/customers", {"id[in]": items})) == ["a1", "b2"]


@pytest.mark.parametrize("span", ["[{},{}]", "['{}', '{}']", '["{}","{}"]', "[{}, {}]"])
def test_a_span_may_be_json_a_python_literal_or_bare(chargebee: ChargebeeClient, span: str) -> None:
    params = {"created_at[between]": span.format(SECONDS, SECONDS)}

    assert found(chargebee.get("/customers", params)) == ["a1"]


def test_an_empty_list_finds_nobody(chargebee: ChargebeeClient) -> None:
    assert found(chargebee.get("/customers", {"id[in]": "[]"})) == []


def test_filters_are_combined_with_and(chargebee: ChargebeeClient) -> None:
    params = {"first_name[starts_with]": "Joh", "created_at[after]": SECONDS, "created_at[before]": SECONDS + 90}

    assert found(chargebee.get("/customers", params)) == ["b2"]


def test_operators_may_be_written_in_upper_case(chargebee: ChargebeeClient) -> None:
    assert found(chargebee.get("/customers", {"id[IS]": "b2"})) == ["b2"]


def test_the_key_of_two_operators_that_a_client_makes_by_mistake_is_ignored(chargebee: ChargebeeClient) -> None:
    params = {"created_at[after]": SECONDS, "created_at[after][before]": SECONDS + 90}

    assert found(chargebee.get("/customers", params)) == ["b2", "b3"]


@pytest.mark.parametrize(
    "params",
    [
        {"name": "bennett"},
        {"email": "john@test.com"},
        {"name[is]": "John"},
        {"relationship[is]": "a1"},
        {"relationship[root_id][is]": "a1"},
        {"billing_address[zip][is]": "1"},
        {"meta_data[is]": "1"},
        {"id[is": "b2"},
        {"id]is[": "b2"},
    ],
)
def test_what_is_no_filter_is_ignored(chargebee: ChargebeeClient, params: dict[str, str]) -> None:
    assert found(chargebee.get("/customers", params)) == ["a1", "b2", "b3"]


TEXT = "Supported operators: is, is_not, starts_with, is_present."
ENUM = "Supported operators: is, is_not, in, not_in."
TIME = "Supported operators: after, before, on, between."
NO_LIST = "The value is not a list in square brackets."
NO_TIME = "Must be a timestamp in seconds (UTC)."


@pytest.mark.parametrize(
    ("param", "value", "named", "message"),
    [
        ("id[is_present]", "true", "id[is_present]", "Supported operators: is, is_not, starts_with, in, not_in."),
        ("email[in]", '["a"]', "email[in]", TEXT),
        ("email[contains]", "a", "email[contains]", TEXT),
        ("taxability[starts_with]", "t", "taxability[starts_with]", ENUM),
        ("created_at[is]", "1", "created_at[is]", TIME),
        ("auto_close_invoices[is_not]", "true", "auto_close_invoices[is_not]", "Supported operators: is."),
        (
            "relationship[parent_id][in]",
            "[a]",
            "relationship[parent_id][in]",
            "Supported operators: is, is_not, starts_with.",
        ),
        ("email[0]", "a", "email[0]", TEXT),
        ("taxability[is]", "nope", "taxability[is]", "Must be one of taxable, exempt."),
        ("auto_collection[in]", '["on","x"]', "auto_collection[in]", "Must be one of on, off."),
        ("auto_close_invoices[is]", "1", "auto_close_invoices[is]", "Must be true or false."),
        ("email[is_present]", "yes", "email[is_present]", "Must be true or false."),
        ("id[in]", "a1", "id[in]", NO_LIST),
        ("id[in]", "[a1", "id[in]", NO_LIST),
        ("id[in]", f"[{','.join('x' * 101)}]", "id[in]", "A list has more than 100 items."),
        ("id[is]", "x" * 257, "id[is]", "Must have at most 256 characters."),
        ("id[in]", f"[{'x' * 257}]", "id[in]", "Must have at most 256 characters."),
        ("created_at[after]", "today", "created_at[after]", "Must be an integer."),
        ("created_at[after]", "-1", "created_at[after]", NO_TIME),
        ("created_at[between]", "[1]", "created_at[between]", "Must be a list of two timestamps."),
        ("created_at[between]", "[1,2,3]", "created_at[between]", "Must be a list of two timestamps."),
        ("created_at[between]", "[1,x]", "created_at[between]", "Must be an integer."),
    ],
)
def test_a_filter_that_cannot_be_is_refused_by_name(
    chargebee: ChargebeeClient, param: str, value: str, named: str, message: str
) -> None:
    response = chargebee.get("/customers", {param: value})

    assert response.status_code == 400
    assert response.json() == wrong_value(named, message)


def test_at_most_20_filters_can_be_combined(chargebee: ChargebeeClient) -> None:
    kinds = {
        ("id", "first_name", "last_name", "email", "company"): ("is", "is_not", "starts_with"),
        ("phone", "offline_payment_method"): ("is", "is_not"),
        ("taxability", "auto_collection"): ("is",),
    }
    pairs = [(name, operator) for names, operators in kinds.items() for name in names for operator in operators]
    values = {"taxability": "taxable", "auto_collection": "on", "offline_payment_method": "cash"}
    params = [(f"{name}[{operator}]", values.get(name, "x")) for name, operator in pairs]

    taken, refused = chargebee.get("/customers", params[:20]), chargebee.get("/customers", params[:21])

    assert (len(params), found(taken)) == (21, [])
    assert refused.status_code == 400
    assert refused.json() == wrong_value("", "At most 20 filters can be combined.")
