"""Where a site forbids duplicate e-mails, no two live customers ever have the same."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.choices import IdentifyBy
from billing_customers.models import BillingSite, Customer
from billing_customers.operations.customers import upsert_customer
from billing_customers.operations.sites import create_site
from tests.clients import ChingClient
from tests.concurrency.crowd import SIZE, crowd, statuses, tally
from tests.fixtures import NOW
from tests.operations import acts

SPELLINGS = ["dana@example.com", "Dana@Example.com", " DANA@EXAMPLE.COM "]


@pytest.fixture
def site(db: None) -> BillingSite:
    """A site that forbids duplicate e-mails."""
    return create_site(slug="strict-test", forbids_duplicate_emails=True, at=NOW)


def holders() -> int:
    return Customer.objects.live().filter(email_key="dana@example.com").count()


def test_one_of_many_new_customers_gets_the_email(site: BillingSite) -> None:
    outcomes = crowd(lambda number: acts.create(site, f"c{number}", email=SPELLINGS[number % 3]))

    assert tally(outcomes) == {"done": 1, "DuplicateEmail": SIZE - 1}
    assert (holders(), Customer.objects.count()) == (1, 1)


def test_one_of_many_requests_gets_the_email(key: str) -> None:
    outcomes = crowd(
        lambda number: ChingClient(key).post("/customers", {"name": "Dana", "email": SPELLINGS[number % 3]})
    )

    assert statuses(outcomes) == {200: 1, 409: SIZE - 1}
    assert holders() == 1


def test_one_of_many_customers_changes_to_the_email(site: BillingSite) -> None:
    for number in range(SIZE):
        acts.create(site, f"c{number}", email=f"c{number}@example.com")

    outcomes = crowd(lambda number: acts.update(site, f"c{number}", email=SPELLINGS[number % 3]))

    assert tally(outcomes) == {"done": 1, "DuplicateEmail": SIZE - 1}
    assert holders() == 1


def test_creations_updates_and_upserts_leave_one_holder(site: BillingSite) -> None:
    for number in range(0, SIZE, 4):
        acts.create(site, f"c{number}", phone=f"+9725012345{number:02d}")

    def upsert(identify_by: IdentifyBy, **attributes: Any) -> Any:
        return upsert_customer(site=site, identify_by=identify_by, attributes=attributes, at=NOW)  # type: ignore[arg-type]

    def act(number: int) -> Any:
        email = SPELLINGS[number % 3]
        if number % 4 == 0:
            return acts.update(site, f"c{number}", email=email)
        if number % 4 == 1:
            return acts.create(site, f"new{number}", email=email)
        if number % 4 == 2:
            return upsert(IdentifyBy.EMAIL, email=email, name="Dana")
        return upsert(IdentifyBy.PHONE, email=email, name="Dana", phone=f"+9725012345{number - 3:02d}")

    outcomes = crowd(act)

    assert set(tally(outcomes)) <= {"done", "DuplicateEmail"}
    assert holders() == 1


def test_update_and_upsert_of_one_customer_never_lock_each_other_out(site: BillingSite) -> None:
    acts.create(site, "acme", name="Acme", phone="+972501234567")

    def act(number: int) -> None:
        # The same two locks from both sides: the customer's row, and the e-mail.
        for each in range(5):
            email = f"dana{each}@example.com"
            if number % 2:
                acts.update(site, "acme", email=email)
            else:
                attributes: Any = {"phone": "+972501234567", "email": email}
                upsert_customer(site=site, identify_by=IdentifyBy.PHONE, attributes=attributes, at=NOW)

    outcomes = crowd(act, 8)

    assert tally(outcomes) == {"done": 8}
