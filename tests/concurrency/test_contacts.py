"""Ten contacts are ten, whoever adds and removes at the same time."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite, Contact, Customer
from billing_customers.operations.contacts import delete_contact, update_contact
from tests.clients import ChargebeeClient
from tests.concurrency.crowd import crowd, statuses, tally
from tests.operations import acts


@pytest.fixture
def acme(site: BillingSite) -> Customer:
    return acts.create(site, "acme")


def counts(customer: Customer) -> tuple[int, int]:
    """The contacts there are, and how many the customer believes to have."""
    return customer.contacts.count(), acts.stored(customer).contact_count


def test_ten_of_twenty_contacts_are_added(site: BillingSite, acme: Customer) -> None:
    outcomes = crowd(lambda number: acts.add_contact(site, email=f"c{number}@example.com"), 20)

    assert tally(outcomes) == {"done": 10, "LimitReached": 10}
    assert counts(acme) == (10, 10)


def test_ten_of_twenty_requests_add_a_contact(key: str, acme: Customer) -> None:
    outcomes = crowd(
        lambda number: ChargebeeClient(key).post(
            "/customers/acme/add_contact", {"contact[email]": f"c{number}@example.com"}
        ),
        20,
    )

    assert statuses(outcomes) == {200: 10, 400: 10}
    assert counts(acme) == (10, 10)


def test_one_of_many_contacts_with_an_id_is_added(site: BillingSite, acme: Customer) -> None:
    outcomes = crowd(lambda number: acts.add_contact(site, id="c1", email=f"c{number}@example.com"), 12)

    assert tally(outcomes) == {"done": 1, "DuplicateId": 11}
    assert counts(acme) == (1, 1)


def test_one_of_many_removals_of_a_contact_succeeds(site: BillingSite, acme: Customer) -> None:
    acts.add_contact(site, id="c1", email="c@example.com")
    acts.add_contact(site, id="c2", email="c@example.com")

    outcomes = crowd(lambda _: delete_contact(site=site, public_id="acme", contact_id="c1", at=acts.LATER), 12)

    assert tally(outcomes) == {"done": 1, "NotFound": 11}
    assert counts(acme) == (1, 1)


def test_count_is_right_after_additions_and_removals(site: BillingSite, acme: Customer) -> None:
    for number in range(8):
        acts.add_contact(site, id=f"old{number}", email="c@example.com")

    def act(number: int) -> Any:
        if number < 8:
            return delete_contact(site=site, public_id="acme", contact_id=f"old{number}", at=acts.LATER)
        return acts.add_contact(site, email="c@example.com")

    outcomes = crowd(act, 16)

    assert set(tally(outcomes)) <= {"done", "LimitReached"}
    added = tally(outcomes[8:])["done"]
    assert counts(acme) == (added, added)


def test_changes_of_different_parts_all_prevail(site: BillingSite, acme: Customer) -> None:
    acts.add_contact(site, id="c1", email="c@example.com")
    parts: list[dict[str, Any]] = [
        {"first_name": "Dana"},
        {"last_name": "Levi"},
        {"phone": "050"},
        {"label": "CFO"},
        {"enabled": True},
        {"send_billing_email": True},
        {"send_account_email": True},
        {"email": "new@example.com"},
    ]

    crowd(
        lambda number: update_contact(
            site=site,
            public_id="acme",
            attributes={"id": "c1", **parts[number]},  # type: ignore[typeddict-item]
            at=acts.LATER,
        ),
        len(parts),
    )

    expected = {name: value for part in parts for name, value in part.items()}
    assert Contact.objects.values(*expected).get() == expected
