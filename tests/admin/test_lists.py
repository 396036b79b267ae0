"""Lists cost the same however many rows there are: no count, no query for each row."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing_customers.models import BillingSite, Customer
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.contacts import add_contact
from tests.admin.forms import ADMIN
from tests.factories import CustomerFactory
from tests.fixtures import NOW

LIST = f"{ADMIN}/customer/"


def queries_of(client: Client, path: str) -> list[str]:
    # Content types are looked up once in the life of a process.
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return [query["sql"] for query in queries]


@pytest.mark.parametrize("path", ["", "?q=cus", "?site=acme-test", "?state=live", "?site=acme-test&state=deleted&q=x"])
def test_list_of_customers_costs_the_same_with_five_and_with_fifty(path: str, root: Client, site: BillingSite) -> None:
    CustomerFactory.create_batch(5, site=site)
    few = queries_of(root, LIST + path)
    CustomerFactory.create_batch(45, site=site)

    many = queries_of(root, LIST + path)

    assert len(many) == len(few) <= 20


def test_list_of_keys_costs_the_same_with_five_and_with_fifty(root: Client, site: BillingSite) -> None:
    for _ in range(5):
        create_api_key(site=site, at=NOW)
    few = queries_of(root, f"{ADMIN}/apikey/")
    for _ in range(45):
        create_api_key(site=site, at=NOW)

    assert len(queries_of(root, f"{ADMIN}/apikey/")) == len(few)


@pytest.mark.parametrize("path", ["", "?p=2", "?q=cus", "?all=", "?_facets=True", "?state=deleted"])
def test_nothing_is_counted_and_no_column_is_listed(path: str, root: Client, site: BillingSite) -> None:
    CustomerFactory.create_batch(60, site=site)

    queries = queries_of(root, LIST + path)

    assert [sql for sql in queries if re.search(r"COUNT\(|DISTINCT", sql)] == []


def test_page_of_a_customer_costs_no_query_for_each_contact(root: Client, dana: Customer) -> None:
    def add(number: int) -> None:
        add_contact(site=dana.site, public_id="dana", attributes={"email": f"{number}@example.com"}, at=NOW)

    add(0)
    page = f"{LIST}{dana.pk}/change/"
    few = queries_of(root, page)
    for number in range(1, 10):
        add(number)

    assert len(queries_of(root, page)) == len(few)


def test_pages_are_turned_without_a_count(root: Client, site: BillingSite) -> None:
    CustomerFactory.create_batch(101, site=site)

    first, second, third = (root.get(LIST, {"p": page}) for page in (1, 2, 3))

    assert [len(page.context["cl"].result_list) for page in (first, second, third)] == [50, 50, 1]
    links = [re.findall(r'rel="(prev|next)"', page.content.decode()) for page in (first, second, third)]
    assert links == [["next"], ["prev", "next"], ["prev"]]
    seen = [row.pk for page in (first, second, third) for row in page.context["cl"].result_list]
    assert seen == sorted(seen, reverse=True)


def test_full_last_page_has_no_next(root: Client, site: BillingSite) -> None:
    CustomerFactory.create_batch(50, site=site)

    assert 'rel="next"' not in root.get(LIST).content.decode()


@pytest.mark.parametrize("page", ["0", "-1", "2", "1001", "9" * 30, "9" * 5_000])
def test_page_that_is_not_there_leads_back_to_the_first(page: str, root: Client, dana: Customer) -> None:
    answer = root.get(LIST, {"p": page})

    assert answer.status_code in {200, 302}
    assert answer.status_code == 302 or list(answer.context["cl"].result_list) == [dana]


def test_links_to_other_pages_keep_the_search(root: Client, site: BillingSite) -> None:
    CustomerFactory.create_batch(51, site=site)

    page = root.get(LIST, {"q": "cus", "site": "acme-test"}).content.decode()

    assert re.findall(r'rel="next" href="([^"]+)"', page) == ["?p=2&amp;q=cus&amp;site=acme-test"]


def test_newest_customers_of_a_site_come_by_their_time(root: Client, site: BillingSite) -> None:
    late = CustomerFactory(site=site, created_at=NOW.replace(year=2027))
    early = CustomerFactory(site=site)

    answer = root.get(LIST, {"site": "acme-test"})

    assert list(answer.context["cl"].result_list) == [late, early]


def test_history_is_shown_in_pages(root: Client, dana: Customer) -> None:
    assert root.get(f"{LIST}{dana.pk}/history/").status_code == 200
    assert root.get(f"{LIST}{dana.pk}/history/?p=7").status_code == 200
