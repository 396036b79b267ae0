"""Where a customer stands in its hierarchy, on its page: exact, bounded, and by a fixed number of queries."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from billing_customers.models import BillingSite, Customer
from billing_customers.operations.customers import create_customer
from billing_customers.operations.deletion import delete_customer
from tests.admin.conftest import StaffClient
from tests.admin.forms import ADMIN
from tests.admin.hierarchy_pages import deeds, owners, picture, section
from tests.admin.money_pages import page_of
from tests.admin.test_lists import queries_of
from tests.factories import CustomerFactory
from tests.fixtures import NOW
from tests.operations.families import chain, link, owned, people

CANARY = "<img src=x>"


def named(public_id: str) -> Customer:
    return Customer.objects.get(public_id=public_id)


def children_of(site: BillingSite, parent: str, count: int) -> None:
    names = [f"c{number:02d}" for number in range(count)]
    people(site, " ".join(names))
    for name in names:
        link(site, name, parent)


def test_customer_in_no_hierarchy_is_told_so(root: Client, dana: Customer) -> None:
    assert picture(root, dana) == []
    assert "It is in no hierarchy." in section(root, dana)
    assert deeds(root, dana) == [f"{dana.pk}/link/"]


def test_path_and_children_are_drawn_below_each_other(root: Client, site: BillingSite) -> None:
    chain(site, "top middle here child grandchild")
    people(site, "other aunt")
    link(site, "other", "here")
    link(site, "aunt", "top")

    assert picture(root, named("here")) == ["top", ".middle", "..here is invoiced pays", "...child 1 child", "...other"]


def test_root_is_drawn_with_its_children(root: Client, site: BillingSite) -> None:
    chain(site, "top child")

    assert picture(root, named("top")) == ["top is invoiced pays", ".child"]
    assert owners(root, named("top")) == ["the customer itself", "the customer itself"]


def test_lowest_is_drawn_below_its_parent(root: Client, site: BillingSite) -> None:
    chain(site, "top child")

    assert picture(root, named("child")) == ["top", ".child is invoiced pays"]


def test_owners_are_links_and_are_marked_on_the_path(root: Client, site: BillingSite) -> None:
    chain(site, "top middle")
    people(site, "here below")
    owned(site, "here", "middle", invoiced="here", pays="top")
    owned(site, "below", "here", invoiced="middle", pays="middle")

    here = named("here")

    assert owners(root, here) == ["the customer itself", "top"]
    assert f'<dd><bdi><a href="{page_of(named("top"))}">' in section(root, here)
    assert picture(root, here) == [
        "top pays",
        ".middle",
        "..here is invoiced",
        "...below invoiced to middle · paid by middle",
    ]
    assert owners(root, named("below")) == ["middle", "middle"]


def test_boxes_lead_to_their_customers_and_the_own_one_nowhere(root: Client, site: BillingSite) -> None:
    chain(site, "top here child")

    links = re.findall(r'class="bc-node"><a href="([^"]*)"', section(root, named("here")))

    assert links == [page_of(named("top")), page_of(named("child"))]


def test_names_are_shown_as_text_beside_the_ids(root: Client, site: BillingSite) -> None:
    create_customer(site=site, public_id="top", attributes={"name": CANARY}, at=NOW)
    create_customer(site=site, public_id="here", attributes={"name": "Here & Co"}, at=NOW)
    link(site, "here", "top")

    assert picture(root, named("here")) == [f"top {CANARY}", ".here Here & Co is invoiced pays"]
    assert CANARY not in section(root, named("here"))


def test_more_children_than_fit_are_a_link_away(root: Client, site: BillingSite) -> None:
    people(site, "top other")
    children_of(site, "top", 12)
    top = named("top")

    shown = picture(root, top)

    assert shown[1:] == [*(f".c{number:02d}" for number in range(10)), ".and 2 more"]
    assert deeds(root, top) == [f"?parent={top.pk}", f"{top.pk}/link/"]
    listed = root.get(f"{ADMIN}/customer/?parent={top.pk}").context["cl"].result_list
    assert [each.public_id for each in listed] == [f"c{number:02d}" for number in range(11, -1, -1)]


def test_ten_children_are_all_there_are(root: Client, site: BillingSite) -> None:
    people(site, "top")
    children_of(site, "top", 10)

    assert len(picture(root, named("top"))) == 11


@pytest.mark.parametrize("given", ["x", "-1", "9" * 40, "999999", ""])
def test_parent_that_there_is_not_lists_nothing(given: str, root: Client, site: BillingSite) -> None:
    CustomerFactory(site=site)

    answer = root.get(f"{ADMIN}/customer/?parent={given}")

    assert (answer.status_code, answer["Location"]) == (302, f"{ADMIN}/customer/?e=1")


def test_children_of_another_site_are_not_shown(root: Client, site: BillingSite, other_site: BillingSite) -> None:
    people(site, "top child")
    chain(other_site, "top child")

    assert picture(root, Customer.objects.for_site(site).get(public_id="top")) == []


def test_page_costs_five_queries_more_however_large_the_hierarchy_is(root: Client, site: BillingSite) -> None:
    people(site, "alone")
    chain(site, "a b c d e")
    alone = len(queries_of(root, page_of(named("alone"))))
    small = queries_of(root, page_of(named("b")))
    children_of(site, "b", 12)

    large = queries_of(root, page_of(named("b")))

    # Four of the section, and one of who may see the customer.
    assert len(large) == len(small) == alone + 5
    assert [sql for sql in large if re.search(r"COUNT\(|SUM\(", sql)] == []


def test_list_of_children_costs_the_same_with_one_and_with_twelve(root: Client, site: BillingSite) -> None:
    chain(site, "top child")
    path = f"{ADMIN}/customer/?parent={named('top').pk}"
    few = queries_of(root, path)
    children_of(site, "top", 11)

    assert len(queries_of(root, path)) == len(few)


@pytest.mark.parametrize(("permissions", "offers"), [((), []), (("change_customer",), ["unlink", "access"])])
def test_deed_is_offered_to_those_who_may_do_it(
    permissions: tuple[str, ...], offers: list[str], staff: StaffClient, site: BillingSite
) -> None:
    chain(site, "top child")
    child = named("child")

    client = staff("view_customer", *permissions)

    assert picture(client, child) == ["top", ".child is invoiced pays"]
    assert deeds(client, child) == [f"{child.pk}/{deed}/" for deed in offers]


def test_tombstone_is_offered_no_deed(root: Client, site: BillingSite, dana: Customer) -> None:
    delete_customer(site=site, public_id="dana", at=NOW)

    assert deeds(root, dana) == []
