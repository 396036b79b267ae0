"""Who sees a customer and gets its mail, on its page; what deleting it would do, before it is done."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from billing_customers.admin.outlook_cells import impacts_of_deletion
from billing_customers.models import BillingSite, Customer
from billing_customers.operations.contacts import add_contact
from billing_customers.operations.customer_users import link_user
from billing_customers.operations.deletion import delete_customer
from billing_customers.queries.impact import impact_of
from tests.admin.conftest import StaffClient
from tests.admin.forms import ADMIN, filled_in
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.families import link
from tests.operations.money import credit

LIST = f"{ADMIN}/customer/"


def page_of(customer: Customer) -> str:
    return f"{LIST}{customer.pk}/change/"


def text_of(answer: Any) -> str:
    """What is read on the page, in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode())).replace("&#x27;", "'")


@pytest.fixture
def family(site: BillingSite, dana: Customer) -> Customer:
    """``hq`` above ``dana``."""
    hq = acts.create(site, "hq", email="hq@example.com")
    link(site, "dana", "hq")
    return hq


def ask(client: Client, *customers: Customer) -> Any:
    return client.post(LIST, {"action": "delete_customers", "_selected_action": [each.pk for each in customers]})


@pytest.mark.parametrize("permission", ["change_customer", "view_customer"])
def test_page_tells_who_sees_it_and_who_gets_its_mail(
    staff: StaffClient, site: BillingSite, dana: Customer, family: Customer, permission: str
) -> None:
    link_user(site=site, public_id="dana", user=acts.a_user(), role="viewer", at=NOW)
    add_contact(site=site, public_id="dana", attributes={"email": "x@example.com", "id": "c1"}, at=NOW)

    told = text_of(staff(permission).get(page_of(dana)))

    assert "hq - invoices yes May view and download the invoices: the site's settings have" in told
    assert f"dana {acts.a_user().pk} viewer subscriptions view_only" in told
    assert "invoice hq@example.com yes hq The parent: the site's settings have" in told
    assert "payment x@example.com no c1 The contact is disabled." in told


def test_page_of_a_new_customer_tells_nothing(root: Client, site: BillingSite) -> None:
    assert "who gets its mail" not in text_of(root.get(f"{LIST}add/")).lower()


def test_page_of_a_tombstone_does_not_tell_of_its_successor(root: Client, site: BillingSite, dana: Customer) -> None:
    delete_customer(site=site, public_id="dana", at=NOW)
    acts.create(site, "dana", email="successor@example.com")

    told = text_of(root.get(page_of(dana)))

    assert "Who gets its mail: -" in told
    assert "successor" not in told


def test_refused_form_tells_of_its_own_customer(root: Client, site: BillingSite, dana: Customer) -> None:
    acts.create(site, "other", email="other@example.com")

    answer = root.post(page_of(dana), filled_in(root, page_of(dana), public_id="other"))

    told = text_of(answer)
    assert "already present" in told
    assert "invoice Dana@Example.com yes dana" in told
    assert "other@example.com" not in told


def test_what_others_wrote_is_escaped(root: Client, site: BillingSite, dana: Customer) -> None:
    add_contact(site=site, public_id="dana", attributes={"email": "x@example.com", "id": "<b>c"}, at=NOW)

    shown = root.get(page_of(dana)).content.decode()

    assert "<b>c" not in shown
    assert '<bdi dir="ltr">&lt;b&gt;c</bdi> The contact is disabled.' in shown


def test_deletion_says_what_would_change(root: Client, site: BillingSite, dana: Customer) -> None:
    credit(site, 123456, "dana")

    told = text_of(ask(root, dana))

    assert "This would be refused" not in told
    assert "Promotional credits. They stay with the tombstone, and cannot be used. 1234.56 USD" in told


def test_deletion_says_what_speaks_against_it_and_what_helps(root: Client, dana: Customer, family: Customer) -> None:
    told = text_of(ask(root, dana, family))

    assert told.count("This would be refused:") == 2
    assert (
        "The customer has a parent in an account hierarchy. hq Unlink it from its parent first. What would change:"
        in told
    )
    assert "The customer has children in an account hierarchy. dana" in told


def test_confirmation_and_deletion_agree(root: Client, dana: Customer, family: Customer) -> None:
    foretold = impact_of(dana.site, "dana", "delete").blockers[0].message
    ticked = {"action": "delete_customers", "_selected_action": dana.pk, "confirmed": "x"}

    answer = root.post(LIST, ticked, follow=True)

    assert [str(message) for message in answer.context["messages"]] == [f"dana: {foretold}"]
    assert acts.stored(dana).is_live is True


def test_customer_that_has_gone_meanwhile_has_no_impact(dana: Customer, family: Customer) -> None:
    gone = acts.create(dana.site, "gone")
    acts.delete(dana.site, "gone")

    found = impacts_of_deletion([gone, dana])

    assert [each and each.customer_id for each in found] == [None, "dana"]
