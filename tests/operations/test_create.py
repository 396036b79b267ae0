"""A new customer: its id, its row, its signal."""

from __future__ import annotations

import re
from typing import Any

import pytest

from billing_customers import signals
from billing_customers.actors import UNKNOWN, Actor
from billing_customers.exceptions import DuplicateEmail, DuplicateId, InvalidInput
from billing_customers.models import BillingSite, Customer
from billing_customers.operations import customers
from billing_customers.operations.sites import create_site
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.watching import ReceiverFailed, failing_receivers, faults, listening, refusal, rows_stay

MINIMAL = {
    "public_id": "acme",
    "is_live": True,
    "created_at": NOW,
    "updated_at": NOW,
    "resource_version": 1_767_225_600_000,
    "contact_count": 0,
    "has_balances": False,
    "has_parent": False,
    "child_count": 0,
    "pii_cleared": "active",
    "auto_collection": "on",
    "net_term_days": 0,
    "allow_direct_debit": False,
    "preferred_currency_code": "USD",
    "taxability": "taxable",
}


@pytest.fixture
def strict_site(db: None) -> BillingSite:
    """A site that forbids duplicate e-mails."""
    return create_site(slug="strict-test", forbids_duplicate_emails=True, at=NOW)


def test_row_has_the_defaults_and_nothing_else(site: BillingSite) -> None:
    customer = acts.create(site)

    row = Customer.objects.filter(pk=customer.pk).values().get()
    assert {column: value for column, value in row.items() if value is not None} == {
        **MINIMAL,
        "id": customer.pk,
        "site_id": site.pk,
    }


def test_returned_customer_is_the_stored_one(site: BillingSite) -> None:
    customer = acts.create(site, name="Acme", metadata={"a": 1}, phone="054-987-6543", tax_id="DE136695976")

    returned = {name: value for name, value in vars(customer).items() if not name.startswith("_")}
    assert returned == Customer.objects.filter(pk=customer.pk).values().get()


def test_generated_id_is_cus_and_12_url_safe_characters(site: BillingSite) -> None:
    ids = {acts.create(site, public_id=None).public_id for _ in range(20)}

    assert len(ids) == 20
    assert all(re.fullmatch(r"cus_[A-Za-z0-9_-]{12}", public_id) for public_id in ids)


@pytest.mark.parametrize("public_id", ["a", "x" * 50, "\u05d0" * 50, "A b", "a.b", "Move", "a%2Fb", "a\\b", "..."])
def test_id_of_the_caller_is_kept(site: BillingSite, public_id: str) -> None:
    customer = acts.create(site, public_id=public_id)

    assert acts.stored(customer).public_id == public_id


@pytest.mark.parametrize(
    ("public_id", "sentence"),
    [
        ("", "An id cannot be empty."),
        ("x" * 51, "An id has at most 50 characters."),
        ("a/b", "An id cannot contain / or control characters."),
        ("a\0b", "An id cannot contain / or control characters."),
        ("a\nb", "An id cannot contain / or control characters."),
        ("a\x85b", "An id cannot contain / or control characters."),
        ("a\ud800", "An id cannot contain / or control characters."),
        (" a", "An id cannot begin or end with a blank."),
        ("a\u00a0", "An id cannot begin or end with a blank."),
        ("move", "'move' is reserved."),
        ("merge", "'merge' is reserved."),
        ("upsert", "'upsert' is reserved."),
        (".", "'.' is reserved."),
        ("..", "'..' is reserved."),
    ],
    ids=ascii,
)
def test_id_that_cannot_be_used_is_refused(site: BillingSite, public_id: str, sentence: str) -> None:
    with refusal(InvalidInput) as caught:
        acts.create(site, public_id=public_id)

    assert faults(caught) == [("id", sentence)]


def test_id_that_is_taken_is_refused(site: BillingSite) -> None:
    acts.create(site, name="First")

    with refusal(DuplicateId) as caught:
        acts.create(site, name="Second")

    assert (caught.value.message, caught.value.param) == ("The value acme is already present.", "id")


@pytest.mark.parametrize("public_id", ["Acme", "ACME", "acm\u00e9", "\u0430cme"], ids=ascii)
def test_id_is_compared_letter_for_letter(site: BillingSite, acme: Customer, public_id: str) -> None:
    other = acts.create(site, public_id=public_id)

    assert acts.stored(other).public_id == public_id


def test_same_id_can_be_used_in_another_site(site: BillingSite, other_site: BillingSite) -> None:
    acts.create(site)

    acts.create(other_site)

    assert Customer.objects.filter(public_id="acme").count() == 2


def test_created_is_said_once(site: BillingSite) -> None:
    actor = Actor("api", "ck_test_…abcd")

    with listening() as said:
        customer = customers.create_customer(site=site, attributes={"name": "A"}, actor=actor, at=NOW)

    assert [(each.what, each.customer, each.site, each.actor, each.at, each.changes) for each in said] == [
        ("created", customer, site, actor, NOW, None)
    ]


def test_actor_is_unknown_unless_said(site: BillingSite) -> None:
    with listening() as said:
        acts.create(site)

    assert [each.actor for each in said] == [UNKNOWN]


def test_receiver_sees_the_stored_row(site: BillingSite) -> None:
    seen: list[dict[str, Any]] = []

    def look(sender: type[Customer], customer: Customer, **named: Any) -> None:
        seen.extend(Customer.objects.filter(pk=customer.pk).values("public_id", "name"))

    signals.customer_created.connect(look)
    acts.create(site, name="Acme")
    signals.customer_created.disconnect(look)

    assert seen == [{"public_id": "acme", "name": "Acme"}]


def test_receiver_that_raises_undoes_the_creation(site: BillingSite) -> None:
    with rows_stay(), failing_receivers(), pytest.raises(ReceiverFailed):
        acts.create(site)


def test_second_customer_with_an_email_is_welcome_unless_forbidden(site: BillingSite) -> None:
    acts.create(site, "one", email="dana@example.com")

    acts.create(site, "two", email="dana@example.com")

    assert Customer.objects.filter(email_key="dana@example.com").count() == 2


@pytest.mark.parametrize("email", ["dana@example.com", " DANA@example.com"])
def test_second_customer_with_an_email_is_refused_where_forbidden(strict_site: BillingSite, email: str) -> None:
    acts.create(strict_site, "one", email="Dana@Example.com")

    with refusal(DuplicateEmail) as caught:
        acts.create(strict_site, "two", email=email)

    assert caught.value.param == "email"


def test_email_is_forbidden_in_its_own_site_only(strict_site: BillingSite, site: BillingSite) -> None:
    acts.create(site, "one", email="dana@example.com")

    acts.create(strict_site, "two", email="dana@example.com")

    assert Customer.objects.filter(email_key="dana@example.com").count() == 2


def test_email_of_a_deleted_customer_is_free(strict_site: BillingSite) -> None:
    acts.create(strict_site, "one", email="dana@example.com")
    acts.delete(strict_site, "one")

    acts.create(strict_site, "two", email="dana@example.com")

    assert Customer.objects.live().filter(email_key="dana@example.com").count() == 1


def test_customers_without_email_never_collide(strict_site: BillingSite) -> None:
    acts.create(strict_site, "one", email="")

    acts.create(strict_site, "two")

    assert Customer.objects.filter(email_key=None).count() == 2
