"""Contacts: added, changed, removed, at most ten."""

from __future__ import annotations

import re
from typing import Any

import pytest

from billing_customers.exceptions import DuplicateId, InvalidInput, LimitReached, NotFound
from billing_customers.models import BillingSite, Contact, Customer
from billing_customers.operations.contacts import delete_contact, update_contact
from tests.operations import acts
from tests.operations.watching import faults, listening, nothing_changes, refusal

FLAGS = ["enabled", "send_billing_email", "send_account_email"]
OPTIONAL = ["first_name", "last_name", "phone", "label"]
# What signals tell of a contact about which nothing is said.
SHOWN = {"id": "c1", "email": "c@example.com", **dict.fromkeys(OPTIONAL), **dict.fromkeys(FLAGS, False)}


def update(site: BillingSite, public_id: str = "acme", **attributes: Any) -> Customer:
    return update_contact(site=site, public_id=public_id, attributes=attributes, at=acts.LATER)  # type: ignore[arg-type]


def remove(site: BillingSite, contact_id: str, public_id: str = "acme") -> Customer:
    return delete_contact(site=site, public_id=public_id, contact_id=contact_id, at=acts.LATER)


def ids(customer: Customer) -> list[str]:
    return list(customer.contacts.values_list("public_id", flat=True))


def test_contact_is_stored(site: BillingSite, acme: Customer) -> None:
    given = {
        "email": "Dana@Example.com",
        "first_name": "Dana",
        "last_name": "Levi",
        "phone": "050",
        "label": "CFO",
        "enabled": True,
        "send_billing_email": True,
        "send_account_email": False,
    }

    acts.add_contact(site, id="c1", **given)

    row = Contact.objects.values().get()
    assert {column: value for column, value in row.items() if column != "id"} == {
        **given,
        "public_id": "c1",
        "site_id": site.pk,
        "customer_id": acme.pk,
    }


def test_contact_about_which_nothing_is_said_is_disabled(site: BillingSite, acme: Customer) -> None:
    acts.add_contact(site, email="c@example.com")

    row = Contact.objects.values(*FLAGS, *OPTIONAL).get()
    assert row == dict.fromkeys(FLAGS, False) | dict.fromkeys(OPTIONAL)


def test_generated_id_is_contact_and_16_url_safe_characters(site: BillingSite, acme: Customer) -> None:
    acts.add_contact(site, email="c@example.com")

    assert re.fullmatch(r"contact_[A-Za-z0-9_-]{16}", Contact.objects.get().public_id)


@pytest.mark.parametrize("email", [{}, {"email": None}, {"email": ""}], ids=repr)
def test_new_contact_needs_an_email(site: BillingSite, acme: Customer, email: dict[str, Any]) -> None:
    with refusal(InvalidInput) as caught:
        acts.add_contact(site, id="c1", **email)

    assert faults(caught) == [("contact.email", "Is required.")]


def test_contacts_are_counted(site: BillingSite, acme: Customer) -> None:
    counts = [acts.add_contact(site, id=f"c{number}", email="c@example.com").contact_count for number in range(3)]
    counts.append(remove(site, "c1").contact_count)

    assert counts == [1, 2, 3, 2]
    assert acts.stored(acme).contact_count == 2


def test_eleventh_contact_is_refused(site: BillingSite, acme: Customer) -> None:
    for _ in range(10):
        acts.add_contact(site, email="c@example.com")

    with refusal(LimitReached) as caught:
        acts.add_contact(site, email="c@example.com")

    assert (caught.value.message, caught.value.param) == ("A customer has at most 10 contacts.", "contact")


def test_removed_contact_makes_room_for_another(site: BillingSite, acme: Customer) -> None:
    for number in range(10):
        acts.add_contact(site, id=f"c{number}", email="c@example.com")
    remove(site, "c3")

    acts.add_contact(site, id="new", email="c@example.com")

    assert ids(acme) == ["c0", "c1", "c2", "c4", "c5", "c6", "c7", "c8", "c9", "new"]


def test_contact_id_that_is_taken_is_refused(site: BillingSite, acme: Customer) -> None:
    acts.add_contact(site, id="c1", email="one@example.com")

    with refusal(DuplicateId) as caught:
        acts.add_contact(site, id="c1", email="two@example.com")

    assert (caught.value.message, caught.value.param) == ("The value c1 is already present.", "contact.id")


@pytest.mark.parametrize("contact_id", ["C1", "c1 ", " c1"])
def test_contact_id_is_compared_letter_for_letter(site: BillingSite, acme: Customer, contact_id: str) -> None:
    acts.add_contact(site, id="c1", email="one@example.com")

    acts.add_contact(site, id=contact_id, email="two@example.com")

    assert ids(acme) == ["c1", contact_id]


def test_two_customers_may_have_the_same_contact_id(site: BillingSite, acme: Customer) -> None:
    other = acts.create(site, "apex")
    acts.add_contact(site, "acme", id="c1", email="c@example.com")

    acts.add_contact(site, "apex", id="c1", email="c@example.com")

    assert (ids(acme), ids(other)) == (["c1"], ["c1"])


def test_change_leaves_the_rest(site: BillingSite, acme: Customer) -> None:
    acts.add_contact(site, id="c1", email="c@example.com", first_name="Dana", label="CFO", enabled=True)

    update(site, id="c1", label="CEO", first_name=None, last_name="Levi")

    row = Contact.objects.values("email", "first_name", "last_name", "label", "enabled").get()
    assert row == {"email": "c@example.com", "first_name": None, "last_name": "Levi", "label": "CEO", "enabled": True}


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("nothing", [None, "", False])
def test_flag_is_taken_away_by(site: BillingSite, acme: Customer, flag: str, nothing: Any) -> None:
    acts.add_contact(site, id="c1", email="c@example.com", **{flag: True})

    update(site, id="c1", **{flag: nothing})

    assert getattr(Contact.objects.get(), flag) is False


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("value", ["true", 1, 0, []], ids=repr)
def test_what_is_no_flag_is_refused(site: BillingSite, acme: Customer, flag: str, value: Any) -> None:
    with refusal(InvalidInput) as caught:
        acts.add_contact(site, email="c@example.com", **{flag: value})

    assert faults(caught) == [(f"contact.{flag}", "Must be true or false.")]


@pytest.mark.parametrize("nothing", [None, ""])
def test_email_cannot_be_taken_away(site: BillingSite, acme: Customer, nothing: str | None) -> None:
    acts.add_contact(site, id="c1", email="c@example.com")

    with refusal(InvalidInput) as caught:
        update(site, id="c1", email=nothing)

    assert faults(caught) == [("contact.email", "Is required.")]


@pytest.mark.parametrize("identity", [{}, {"id": None}, {"id": ""}], ids=repr)
def test_change_needs_an_id(site: BillingSite, acme: Customer, identity: dict[str, Any]) -> None:
    acts.add_contact(site, id="c1", email="c@example.com")

    with refusal(InvalidInput) as caught:
        update(site, label="CFO", **identity)

    assert faults(caught) == [("contact.id", "Is required.")]


def test_change_that_changes_nothing_says_nothing(site: BillingSite, acme: Customer) -> None:
    acts.add_contact(site, id="c1", email="c@example.com", label="CFO")

    with nothing_changes():
        update(site, id="c1", email="c@example.com", label="CFO", enabled=None, phone="")


@pytest.mark.parametrize("contact_id", ["c2", "C1", "c1 ", "%", "x" * 150])
def test_missing_contact_cannot_be_changed(site: BillingSite, acme: Customer, contact_id: str) -> None:
    acts.add_contact(site, id="c1", email="c@example.com")

    with refusal(NotFound) as caught:
        update(site, id=contact_id, label="CFO")

    assert (caught.value.message, caught.value.param) == ("There is no such contact.", "contact.id")


@pytest.mark.parametrize("contact_id", ["c2", "C1", "c1 ", "%", ""])
def test_missing_contact_cannot_be_removed(site: BillingSite, acme: Customer, contact_id: str) -> None:
    acts.add_contact(site, id="c1", email="c@example.com")

    with refusal(NotFound) as caught:
        remove(site, contact_id)

    assert (caught.value.message, caught.value.param) == ("There is no such contact.", "contact.id")


@pytest.mark.parametrize("act", [update, remove])
def test_contact_of_another_customer_is_missing(site: BillingSite, acme: Customer, act: Any) -> None:
    acts.create(site, "apex")
    acts.add_contact(site, "apex", id="c1", email="c@example.com")

    with refusal(NotFound):
        act(site, **({"id": "c1", "label": "CFO"} if act is update else {"contact_id": "c1"}))


def test_removed_contact_is_gone(site: BillingSite, acme: Customer) -> None:
    acts.add_contact(site, id="c1", email="c@example.com")
    acts.add_contact(site, id="c2", email="c@example.com")

    remove(site, "c1")

    assert ids(acme) == ["c2"]


def test_added_contact_is_said_once(site: BillingSite, acme: Customer) -> None:
    with listening() as said:
        acts.add_contact(site, id="c1", email="c@example.com")

    assert [(each.what, each.changes) for each in said] == [("updated", {"contacts": (None, SHOWN)})]


def test_changed_contact_is_said_once(site: BillingSite, acme: Customer) -> None:
    acts.add_contact(site, id="c1", email="c@example.com")

    with listening() as said:
        update(site, id="c1", label="CFO", enabled=True)

    assert [each.changes for each in said] == [{"contacts": (SHOWN, {**SHOWN, "label": "CFO", "enabled": True})}]


def test_removed_contact_is_said_once(site: BillingSite, acme: Customer) -> None:
    acts.add_contact(site, id="c1", email="c@example.com")

    with listening() as said:
        remove(site, "c1")

    assert [each.changes for each in said] == [{"contacts": (SHOWN, None)}]
