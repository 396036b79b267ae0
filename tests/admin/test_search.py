"""The search box: everything that tells a customer finds it, by an index."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing_customers.admin.customer_search import MAX_MATCHES, matching_customers
from billing_customers.models import BillingSite, Customer
from billing_customers.operations.customers import create_customer, rename_customer, update_customer
from billing_customers.operations.deletion import delete_customer
from billing_customers.operations.sites import create_site, update_site
from tests.admin.forms import ADMIN
from tests.factories import CustomerFactory
from tests.fixtures import NOW

LIST = f"{ADMIN}/customer/"


def found(client: Client, term: str, **params: str) -> list[str]:
    answer = client.get(LIST, {"q": term, **params})
    assert answer.status_code == 200
    return [customer.public_id for customer in answer.context["cl"].result_list]


@pytest.fixture
def crowd(dana: Customer, other_site: BillingSite) -> None:
    """Dana, with a tax id and a company, and others who look like her."""
    given: Any = {"tax_id": "IL 514-756-428", "company": "Dizengoff Ltd", "name": "Dana of Tel Aviv"}
    update_customer(site=dana.site, public_id="dana", attributes=given, at=NOW)
    others: list[Any] = [
        {"first_name": "Noa", "last_name": "Levin", "email": "noa@example.com", "phone": "054-111-2222"},
        {"first_name": "Dan", "last_name": "Cohen", "metadata": {"plan": "silver", "seats": "5"}},
    ]
    for number, attributes in enumerate(others):
        create_customer(site=other_site, public_id=f"other-{number}", attributes=attributes, at=NOW)


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(
    "term",
    [
        "dana",
        " dana ",
        "dana@example.com",
        "DANA@EXAMPLE.COM",
        "dana@ex",
        "054-987-6543",
        "0549876543",
        "(054) 987 6543",
        "+972 54 987 6543",
        "972549876543",
        "IL514756428",
        "il 514756428",
        "IL-514.756.428",
        "Dana Levi",
        "dana lev",
        "levi",
        "LEVI",
        "dizengoff l",
        "Dana of",
        "plan=gold",
        " plan = gold ",
        "seats=5",
    ],
)
def test_customer_is_found_by(term: str, root: Client) -> None:
    assert "dana" in found(root, term)


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(
    "term", ["ana", "zzz", "054-000-0000", "plan=bronze", "plan", "=", "x=", "%", "_", "*", "x" * 300]
)
def test_nobody_is_found_by(term: str, root: Client) -> None:
    assert found(root, term) == []


@pytest.mark.usefixtures("crowd")
def test_number_and_text_in_metadata_are_both_found(root: Client) -> None:
    assert sorted(found(root, "seats=5")) == ["dana", "other-1"]


@pytest.mark.usefixtures("crowd")
def test_search_keeps_to_the_site_that_was_chosen(root: Client) -> None:
    assert found(root, "dan", site="globex-test") == ["other-1"]


def test_former_id_finds_the_customer(root: Client, dana: Customer) -> None:
    rename_customer(site=dana.site, public_id="dana", new_public_id="new-id", at=NOW)

    assert found(root, "dana", site="acme-test") == ["new-id"]


def test_tombstone_is_found(root: Client, dana: Customer) -> None:
    delete_customer(site=dana.site, public_id="dana", at=NOW)

    assert found(root, "dana") == ["dana"]


def test_phone_is_read_by_the_region_of_each_site(root: Client, dana: Customer, other_site: BillingSite) -> None:
    update_site(site=other_site, phone_region="US")
    given: Any = {"phone": "+1 541-754-3010"}
    create_customer(site=other_site, public_id="us", attributes=given, at=NOW)

    assert found(root, "(541) 754-3010") == ["us"]


def test_metadata_of_many_sites_is_searched_when_one_is_chosen(root: Client, dana: Customer) -> None:
    for number in range(5):
        create_site(slug=f"site-{number}", at=NOW)

    everywhere = root.get(LIST, {"q": "plan=gold"})

    assert list(everywhere.context["cl"].result_list) == []
    assert [str(message) for message in everywhere.context["messages"]] == ["Choose a site to search metadata."]
    assert found(root, "plan=gold", site="acme-test") == ["dana"]


def test_no_more_than_a_bounded_number_of_matches_is_read(site: BillingSite) -> None:
    CustomerFactory.create_batch(MAX_MATCHES + 1, site=site)

    matches = matching_customers(Customer.objects.all(), "cus_", [site])

    assert matches.count() == MAX_MATCHES


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%", "%%"))
        return " / ".join(str(row[-1]) for row in cursor.fetchall())


# The plans of the other databases depend on how many rows there are.
if connection.vendor == "sqlite":

    def test_every_way_of_telling_a_customer_has_an_index(dana: Customer, other_site: BillingSite) -> None:
        with CaptureQueriesContext(connection) as queries:
            list(matching_customers(Customer.objects.all(), "054 9876543", [dana.site, other_site]))

        plans = {query["sql"]: plan_of(query["sql"]) for query in queries if query["sql"].startswith("SELECT")}
        assert len(plans) >= 10
        by_site_alone = r"USING INDEX \w+ \(site_id=\?\)"
        assert [sql for sql, plan in plans.items() if "SCAN" in plan or re.search(by_site_alone, plan)] == []
