"""How staff link a customer to a parent and unlink it: by operations, after a question, where they may change it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from billing_customers.models import BillingSite, Customer, Event
from billing_customers.operations.deletion import delete_customer
from tests.admin.conftest import StaffClient
from tests.admin.forms import ADMIN
from tests.admin.hierarchy_pages import link, link_url, picture, unlink, unlink_url
from tests.admin.money_pages import errors_of, page_of, told
from tests.admin.test_access import everything
from tests.fixtures import NOW
from tests.operations.families import chain, owners, people, places

NOT_ABOVE = "Must be the customer itself or one of those above it."


def named(public_id: str) -> Customer:
    return Customer.objects.get(public_id=public_id)


def do(client: Client, deed: str, customer: Customer) -> Any:
    return link(client, customer, "other") if deed == "link" else unlink(client, customer)


@pytest.fixture
def family(site: BillingSite) -> dict[str, Customer]:
    """``b`` below ``a``, and two who are in no hierarchy, by the deed that can be done with each."""
    chain(site, "a b")
    people(site, "dana other")
    return {"link": named("dana"), "unlink": named("b")}


def test_customer_is_linked_to_its_parent(root: Client, site: BillingSite, dana: Customer) -> None:
    people(site, "top")

    answer = link(root, dana, "top")

    assert (answer.status_code, answer["Location"]) == (302, f"{page_of(dana)}#hierarchy")
    assert told(root, dana) == ["Linked: dana is right below top now."]
    assert (places(site), owners(site)) == ({"dana": ("top", "top")}, {"dana": ("dana", "dana")})
    assert picture(root, dana) == ["top", ".dana Dana Levi is invoiced pays"]
    assert LogEntry.objects.get().get_change_message() == "Linked to the parent top."
    actors = {(event.source, event.user) for event in Event.objects.order_by("-pk")[:2]}
    assert actors == {("admin_console", str(root.session["_auth_user_id"]))}


def test_owners_are_those_that_are_entered(root: Client, site: BillingSite, dana: Customer) -> None:
    chain(site, "top middle")

    link(root, dana, "middle", invoice_owner_id="dana", payment_owner_id="top")

    assert owners(site)["dana"] == ("dana", "top")


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"parent_id": "nobody"}, {"parent_id": ["There is no such customer."]}),
        ({"parent_id": "below"}, {"parent_id": ["The customer would come to be above itself."]}),
        ({"parent_id": "here"}, {"parent_id": ["The customer would come to be above itself."]}),
        ({"invoice_owner_id": "stranger"}, {"invoice_owner_id": [NOT_ABOVE]}),
        ({"payment_owner_id": "below"}, {"payment_owner_id": [NOT_ABOVE]}),
        ({"payment_owner_id": "nobody"}, {"payment_owner_id": ["There is no such customer."]}),
        (
            {"invoice_owner_id": "top", "payment_owner_id": "here"},
            {"payment_owner_id": ["Must be the invoice owner, unless the customer itself is invoiced."]},
        ),
        ({"expected_version": "1"}, {"__all__": ["The customer has changed since."]}),
    ],
    ids=str,
)
def test_link_that_is_refused_stores_nothing(
    typed: dict[str, str], errors: dict[str, list[str]], root: Client, site: BillingSite
) -> None:
    chain(site, "here below")
    people(site, "top stranger")
    before = everything()

    answer = link(root, named("here"), **{"parent_id": "top", **typed})

    assert errors_of(answer) == errors
    assert everything() == before


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        *(("parent_id", text) for text in ("", " ", "x" * 51, "a\0")),
        ("invoice_owner_id", "x" * 51),
        ("payment_owner_id", "a\0"),
        ("expected_version", "x"),
    ],
)
def test_what_cannot_be_read_stores_nothing(field: str, typed: str, root: Client, family: dict[str, Customer]) -> None:
    before = everything()

    answer = link(root, family["link"], **{"parent_id": "other", field: typed})

    assert list(errors_of(answer)) == [field]
    assert everything() == before


def test_hierarchy_gets_no_deeper_than_it_may(root: Client, site: BillingSite, dana: Customer) -> None:
    chain(site, "a b c d e")
    before = everything()

    answer = link(root, dana, "e")

    assert errors_of(answer) == {"parent_id": ["A hierarchy has at most 5 levels."]}
    assert everything() == before


def test_parent_of_another_site_is_unknown(
    root: Client, site: BillingSite, other_site: BillingSite, dana: Customer
) -> None:
    people(other_site, "top")
    before = everything()

    assert errors_of(link(root, dana, "top")) == {"parent_id": ["There is no such customer."]}
    assert everything() == before


def test_link_that_is_sent_twice_is_one_link(root: Client, family: dict[str, Customer]) -> None:
    version = str(family["link"].resource_version)
    link(root, family["link"], "other", expected_version=version)
    before = everything()

    answer = link(root, family["link"], "other", expected_version=version)

    assert errors_of(answer) == {"__all__": ["The customer has a parent already: unlink it first."]}
    assert everything() == before


def test_customer_is_unlinked_with_all_below_it(root: Client, site: BillingSite) -> None:
    chain(site, "a b c")

    answer = unlink(root, named("b"))

    assert answer["Location"] == f"{page_of(named('b'))}#hierarchy"
    assert told(root, named("b")) == ["Unlinked: nobody is above b any more."]
    assert places(site) == {"c": ("b", "b")}
    assert LogEntry.objects.get().get_change_message() == "Unlinked from its parent."


def test_question_names_the_parent(root: Client, family: dict[str, Customer]) -> None:
    html = root.get(unlink_url(family["unlink"])).content.decode()

    assert "It leaves a, and is invoiced and pays for itself from now on." in html
    assert "Where one further up is invoiced or pays for them, b takes its place." in html


@pytest.mark.parametrize(("version", "blamed"), [("1", "__all__"), ("", "expected_version"), ("x", "expected_version")])
def test_unlinking_that_is_refused_stores_nothing(
    version: str, blamed: str, root: Client, family: dict[str, Customer]
) -> None:
    before = everything()

    answer = unlink(root, family["unlink"], expected_version=version)

    assert list(errors_of(answer)) == [blamed]
    assert everything() == before


def test_customer_without_a_parent_is_not_unlinked(root: Client, family: dict[str, Customer]) -> None:
    before = everything()

    answer = unlink(root, family["link"])

    assert errors_of(answer) == {"__all__": ["The customer has no parent."]}
    assert everything() == before


def test_question_changes_nothing(root: Client, family: dict[str, Customer]) -> None:
    urls = [link_url(family["link"]), unlink_url(family["unlink"])]
    before = everything()

    answers = [root.get(url) for url in urls] + [root.post(url, {"parent_id": "other"}) for url in urls]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert everything() == before


@pytest.mark.parametrize("deed", ["link", "unlink"])
@pytest.mark.parametrize(
    "permissions",
    [(), ("view_customer", "add_customer", "delete_customer", "credit_customer", "collect_customer")],
    ids=["nothing", "all others"],
)
def test_deed_needs_the_permission_to_change_customers(
    permissions: tuple[str, ...], deed: str, staff: StaffClient, family: dict[str, Customer]
) -> None:
    client = staff(*permissions)
    before = everything()

    answers = [do(client, deed, family[deed]), do(Client(), deed, family[deed])]

    assert [answer.status_code for answer in answers] == [403, 302]
    assert everything() == before


@pytest.mark.parametrize("deed", ["link", "unlink"])
def test_deed_is_done_with_that_permission(deed: str, staff: StaffClient, family: dict[str, Customer]) -> None:
    assert do(staff("change_customer"), deed, family[deed]).status_code == 302
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize("deed", ["link", "unlink"])
def test_nothing_is_done_with_a_tombstone(
    deed: str, staff: StaffClient, site: BillingSite, family: dict[str, Customer]
) -> None:
    delete_customer(site=site, public_id="dana", at=NOW)
    before = everything()

    assert do(staff("change_customer"), deed, family["link"]).status_code == 403
    assert everything() == before


@pytest.mark.parametrize("path", ["9" * 40 + "/link/", "x/unlink/", "999999/unlink/"])
def test_no_path_is_a_crash(path: str, root: Client, family: dict[str, Customer]) -> None:
    assert root.get(f"{ADMIN}/customer/{path}").status_code in {302, 404}


def test_deed_needs_the_csrf_token(family: dict[str, Customer], root: Client) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = root.cookies
    before = everything()

    assert [do(client, deed, family[deed]).status_code for deed in ("link", "unlink")] == [403, 403]
    assert everything() == before
