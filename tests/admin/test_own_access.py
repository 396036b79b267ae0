"""The access settings of a customer, chosen by staff on a page of its own; what is not chosen is as the site says."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from billing_customers.admin.access_fields import ACCESS_FIELDS
from billing_customers.models import BillingSite, Customer, Relationship
from billing_customers.operations.access import AccessSettings
from billing_customers.operations.erasure import schedule_erasure
from billing_customers.operations.hierarchy import change_access
from billing_customers.operations.sites import update_site
from tests.admin.conftest import StaffClient
from tests.admin.forms import ADMIN
from tests.admin.merge_pages import text_of
from tests.admin.money_pages import errors_of, page_of, told
from tests.admin.test_access import everything
from tests.operations import acts
from tests.operations.families import chain, people


@pytest.fixture(autouse=True)
def child(site: BillingSite) -> Customer:
    chain(site, "top child")
    return Customer.objects.get(public_id="child")


def url_of(customer: Customer) -> str:
    return f"{ADMIN}/customer/{customer.pk}/access/"


def shown(client: Client, customer: Customer) -> dict[str, Any]:
    """The value of each field, as the page has it."""
    form = client.get(url_of(customer)).context["question"].form
    return {field.html_name: field.value() for field in form}


def choose(client: Client, customer: Customer, **values: Any) -> Any:
    """Send the form as the page has it, with ``values`` chosen."""
    return client.post(url_of(customer), {**shown(client, customer), "confirmed": "Save", **values})


def own(customer: Customer) -> tuple[bool, Any, Any]:
    """Whether the site's settings are used, and what the customer has of its own, by side."""
    found = Relationship.objects.get(child=customer)
    return found.uses_default_access, found.parent_account_access, found.child_account_access


def give(site: BillingSite, **said: Any) -> None:
    access = AccessSettings(uses_default=False, **said)
    change_access(site=site, public_id="child", access=access, at=acts.LATER)


def test_nothing_is_chosen_where_the_site_s_settings_hold(root: Client, child: Customer) -> None:
    values = shown(root, child)
    values.pop("expected_version")

    assert values == dict.fromkeys(ACCESS_FIELDS, "")


def test_page_says_what_the_site_says(root: Client, site: BillingSite, child: Customer) -> None:
    update_site(site=site, parent_account_access={"portal_download_child_invoices": "no"})

    html = text_of(root.get(url_of(child)).content.decode())

    assert "Invoices of the child, in the portal as the site says: nothing view and change or download view" in html
    assert html.index("The account above it") < html.index("The customer itself") < html.index("Its invoices")


@pytest.mark.parametrize("name", ACCESS_FIELDS)
def test_each_value_can_be_chosen_and_taken_back(name: str, root: Client, child: Customer) -> None:
    field = ACCESS_FIELDS[name]

    for value, _label in field.offered:
        assert choose(root, child, **{name: value})["Location"] == f"{page_of(child)}#hierarchy"
        sides = dict(zip(("parent_account_access", "child_account_access"), own(child)[1:], strict=True))
        assert sides.pop(field.side) == {field.setting: field.coerce(value)}
        assert list(sides.values()) == [{}]
        assert (own(child)[0], shown(root, child)[name]) == (False, value)
    choose(root, child, **{name: ""})

    assert own(child) == (True, {}, {})


def test_change_is_told_and_logged(root: Client, child: Customer) -> None:
    choose(root, child, parent_invoices="no")

    assert told(root, child) == ["Saved: the access settings of child."]
    assert LogEntry.objects.get().get_change_message() == "Changed the access settings."


def test_one_setting_goes_back_and_the_others_stay(root: Client, site: BillingSite, child: Customer) -> None:
    give(
        site,
        parent_account_access={"send_invoice_emails": False},
        child_account_access={"portal_download_invoices": "no", "send_invoice_emails": True},
    )

    choose(root, child, child_invoices="")

    assert own(child) == (False, {"send_invoice_emails": False}, {"send_invoice_emails": True})


@pytest.mark.parametrize("said", [{}, {"parent_account_access": {"send_invoice_emails": False}}])
def test_form_that_was_not_touched_changes_nothing(
    root: Client, site: BillingSite, child: Customer, said: dict[str, Any]
) -> None:
    give(site, **said)
    before = everything()

    assert choose(root, child).status_code == 302
    assert everything() == before


@pytest.mark.parametrize(
    ("typed", "blamed"),
    [
        ({"parent_invoices": "maybe"}, "parent_invoices"),
        ({"child_subscriptions": "no"}, "child_subscriptions"),
        ({"child_invoice_mails": "true"}, "child_invoice_mails"),
        ({"expected_version": ""}, "expected_version"),
        ({"expected_version": "1", "parent_invoices": "no"}, "__all__"),
    ],
)
def test_choice_that_is_refused_stores_nothing(
    root: Client, child: Customer, typed: dict[str, str], blamed: str
) -> None:
    before = everything()

    answer = choose(root, child, **typed)

    assert list(errors_of(answer)) == [blamed]
    assert everything() == before


def test_customer_whose_data_is_cleared_is_closed(root: Client, site: BillingSite, child: Customer) -> None:
    schedule_erasure(site=site, public_id="child", at=acts.LATER)
    before = everything()

    answer = choose(root, child, parent_invoices="no")

    assert errors_of(answer)["__all__"][0].startswith("The personal data of the customer is being cleared")
    assert everything() == before


def test_customer_without_a_parent_has_none(root: Client, site: BillingSite) -> None:
    people(site, "alone")
    alone = Customer.objects.get(public_id="alone")
    before = everything()

    answers = [root.get(url_of(alone)), root.post(url_of(alone), {"confirmed": "Save", "parent_invoices": "no"})]

    assert [each.context["question"].error for each in answers] == ["The customer has no parent."] * 2
    assert b'name="confirmed"' not in answers[0].content
    assert everything() == before


def test_page_needs_the_permission_to_change_customers(staff: StaffClient, child: Customer) -> None:
    viewer = staff("view_customer", "merge_customer", "change_billingsite")
    sent = {**shown(staff("change_customer"), child), "confirmed": "Save", "parent_invoices": "no"}
    before = everything()

    answers = [client.post(url_of(child), sent) for client in (viewer, Client())]

    assert [answer.status_code for answer in answers] == [403, 302]
    assert everything() == before


def test_page_needs_the_csrf_token(root: Client, child: Customer) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = root.cookies

    assert choose(client, child, parent_invoices="no").status_code == 403
    assert own(child) == (True, {}, {})
