"""Pages by keyset: no row is lost, none comes twice, whatever the times and whatever happens in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pytest_django.asserts import assertNumQueries

from billing_customers.models import BillingSite, Customer
from billing_customers.queries.conditions import Condition
from billing_customers.queries.customers import (
    Cursor,
    contacts_of,
    newest_customers,
    page_of_contacts,
    page_of_customers,
)
from tests.factories import ContactFactory, CustomerFactory, many_customers
from tests.fixtures import NOW

COLUMNS = ("id", "public_id", "created_at", "updated_at", "contact_count")
MICRO = timedelta(microseconds=1)


def walk(site: BillingSite, limit: int, **options: Any) -> list[list[int]]:
    """The primary keys on each page."""
    pages, after = [], None
    while True:
        page = page_of_customers(site, COLUMNS, limit=limit, after=after, **options)
        pages.append([row["id"] for row in page.rows])
        after = page.next
        if after is None:
            return pages


@pytest.fixture
def crowded(site: BillingSite) -> BillingSite:
    """60 customers at 3 instants, mixed: 20 share each instant, to the microsecond."""
    for number in range(60):
        instant = NOW + (number % 3) * MICRO
        CustomerFactory(site=site, created_at=instant, updated_at=NOW - (number % 3) * MICRO)
    return site


@pytest.mark.parametrize("sort", ["created_at", "updated_at"])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [1, 7, 20, 59, 60, 61])
def test_every_row_comes_once_and_in_order(crowded: BillingSite, sort: Any, descending: bool, limit: int) -> None:
    pages = walk(crowded, limit, sort=sort, descending=descending)

    expected = sorted(Customer.objects.values_list(sort, "pk"), reverse=descending)
    assert [pk for page in pages for pk in page] == [pk for _, pk in expected]
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)


@pytest.mark.parametrize("limit", [30, 60])
def test_last_page_is_never_empty(crowded: BillingSite, limit: int) -> None:
    assert [len(page) for page in walk(crowded, limit)] == [limit] * (60 // limit)


def test_list_of_nothing_is_one_empty_page(site: BillingSite) -> None:
    assert walk(site, 10) == [[]]


def test_next_is_the_last_row_of_the_page(site: BillingSite) -> None:
    rows = many_customers(3, site=site)
    pks = sorted(Customer.objects.values_list("pk", flat=True))

    page = page_of_customers(site, COLUMNS, limit=2)

    assert (len(rows), page.next) == (3, Cursor(NOW, pks[1]))


@pytest.mark.parametrize("descending", [False, True])
def test_rows_that_come_and_go_meanwhile_disturb_no_others(crowded: BillingSite, descending: bool) -> None:
    before = sorted(Customer.objects.values_list("created_at", "pk"), reverse=descending)
    first = page_of_customers(crowded, COLUMNS, limit=30, descending=descending)
    Customer.objects.filter(pk=first.rows[-1]["id"]).update(is_live=None, deleted_at=NOW)
    CustomerFactory(site=crowded, created_at=NOW + (-1 if not descending else 3) * MICRO)

    second = page_of_customers(crowded, COLUMNS, limit=100, descending=descending, after=first.next)

    assert [row["id"] for row in second.rows] == [pk for _, pk in before[30:]]


def test_conditions_hold_on_every_page(crowded: BillingSite) -> None:
    odd = list(Customer.objects.order_by("created_at", "pk"))[::2]
    Customer.objects.filter(pk__in=[each.pk for each in odd]).update(company="Odd")

    pages = walk(crowded, 4, conditions=[Condition("company", "is", "Odd")])

    assert [pk for page in pages for pk in page] == [each.pk for each in odd]


def test_tombstones_take_part_in_pages_when_asked_for(crowded: BillingSite) -> None:
    Customer.objects.filter(created_at=NOW).update(is_live=None, deleted_at=NOW)

    counts = [sum(map(len, walk(crowded, 7, include_deleted=asked))) for asked in (True, False)]

    assert counts == [60, 40]


def test_page_costs_one_query(crowded: BillingSite) -> None:
    with assertNumQueries(1):
        page_of_customers(crowded, COLUMNS, limit=10, after=Cursor(NOW, 0))


def test_pages_stay_in_their_site(site: BillingSite, other_site: BillingSite) -> None:
    many_customers(5, site=other_site)
    ours = many_customers(5, site=site)

    assert sum(map(len, walk(site, 2))) == len(ours)


def test_newest_customers_come_first(site: BillingSite, other_site: BillingSite) -> None:
    for public_id, age in {"old": 2, "new": 0, "newer-row": 0, "middle": 1}.items():
        CustomerFactory(site=site, public_id=public_id, created_at=NOW - age * MICRO)
    CustomerFactory(site=site, public_id="gone", deleted=True)
    CustomerFactory(site=other_site, public_id="theirs")

    rows = newest_customers(site, ("public_id",), limit=3)

    assert rows == [{"public_id": "newer-row"}, {"public_id": "new"}, {"public_id": "middle"}]


@pytest.mark.parametrize("limit", [1, 3, 9, 10, 11])
def test_contacts_come_once_and_in_the_order_they_were_added(site: BillingSite, limit: int) -> None:
    customer = CustomerFactory(site=site)
    other = CustomerFactory(site=site)
    expected = [ContactFactory(customer=each).public_id for each in [customer, other] * 10][::2]
    row = {"id": customer.pk, "created_at": NOW}

    pages, after = [], None
    for _ in range(-(-10 // limit)):
        page = page_of_contacts(site, row, ("id", "public_id"), limit=limit, after=after)
        pages.append([each["public_id"] for each in page.rows])
        after = page.next

    assert ([public_id for page in pages for public_id in page], after) == (expected, None)
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)


def test_contacts_of_a_foreign_customer_are_not_seen(site: BillingSite, other_site: BillingSite) -> None:
    theirs = CustomerFactory(site=other_site)
    ContactFactory(customer=theirs)

    page = page_of_contacts(site, {"id": theirs.pk, "created_at": NOW}, ("id",), limit=10)

    assert (page.rows, page.next) == ([], None)


def test_contacts_of_many_customers_take_one_query(site: BillingSite) -> None:
    customers = [CustomerFactory(site=site, contact_count=count) for count in (2, 0, 1)]
    expected = {
        each.pk: [ContactFactory(customer=each).public_id for _ in range(each.contact_count)]
        for each in customers
        if each.contact_count
    }
    rows = [{"id": each.pk, "contact_count": each.contact_count} for each in customers]

    with assertNumQueries(1):
        found = contacts_of(site, rows, ("public_id",))

    assert {pk: [each["public_id"] for each in contacts] for pk, contacts in found.items()} == expected


def test_customers_without_contacts_take_no_query(site: BillingSite) -> None:
    with assertNumQueries(0):
        found = contacts_of(site, [{"id": 1, "contact_count": 0}], ("public_id",))

    assert found == {}
