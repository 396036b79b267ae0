"""A change of a customer: what is stored, what is said, and when nothing is."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.actors import Actor
from billing_customers.exceptions import DuplicateEmail, InvalidInput, NotFound
from billing_customers.models import BillingSite, Customer
from billing_customers.operations import customers
from billing_customers.operations.sites import create_site
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.watching import listening, nothing_changes, refusal


@pytest.fixture
def strict_site(db: None) -> BillingSite:
    """A site that forbids duplicate e-mails."""
    return create_site(slug="strict-test", forbids_duplicate_emails=True, at=NOW)


def test_change_is_said_once_with_exactly_what_differs(site: BillingSite) -> None:
    customer = acts.create(site, name="Acme", first_name="Dana", net_term_days=5)
    actor = Actor("admin_console", "dana")

    with listening() as said:
        customers.update_customer(
            site=site,
            public_id="acme",
            attributes={"name": "New", "first_name": "Dana", "net_term_days": None, "last_name": ""},
            actor=actor,
            at=acts.LATER,
        )

    assert [(each.what, each.customer, each.site, each.actor, each.at, each.changes) for each in said] == [
        ("updated", customer, site, actor, acts.LATER, {"name": ("Acme", "New"), "net_term_days": (5, 0)})
    ]


def test_derived_columns_are_not_said(site: BillingSite, acme: Customer) -> None:
    with listening() as said:
        acts.update(site, email="Dana@Example.com", phone="054-987-6543", tax_id="de 136695976")

    assert [each.changes for each in said] == [
        {
            "email": (None, "Dana@Example.com"),
            "phone": (None, "054-987-6543"),
            "tax_id": (None, "de 136695976"),
            "tax_id_status": (None, "not_validated"),
        }
    ]


def test_change_of_spelling_keeps_the_key(site: BillingSite) -> None:
    acts.create(site, email="dana@example.com")

    with listening() as said:
        acts.update(site, email="Dana@example.com")

    assert [each.changes for each in said] == [{"email": ("dana@example.com", "Dana@example.com")}]


def test_returned_customer_is_the_stored_one(site: BillingSite, acme: Customer) -> None:
    customer = acts.update(site, name="New", metadata={"a": [1]}, custom_fields={"cf_a": 1})

    returned = {name: value for name, value in vars(customer).items() if not name.startswith("_")}
    assert returned == Customer.objects.filter(pk=acme.pk).values().get()


@pytest.mark.parametrize(
    "attributes",
    [{}, {"name": "Acme"}, {"email": "dana@example.com", "metadata": {"a": 1}}, {"preferred_currency_code": "usd"}],
    ids=repr,
)
def test_update_that_changes_nothing_says_nothing(site: BillingSite, attributes: dict[str, Any]) -> None:
    acts.create(site, name="Acme", email="dana@example.com", metadata={"a": 1})

    with nothing_changes():
        acts.update(site, **attributes)


def test_one_fault_refuses_the_whole_update(site: BillingSite, acme: Customer) -> None:
    with refusal(InvalidInput):
        acts.update(site, name="New", billing_month=13)


@pytest.mark.parametrize("public_id", ["acm", "ACME", "acme ", "", "%", "acm_", "\u05d0" * 60])
def test_unknown_customer_is_refused(site: BillingSite, acme: Customer, public_id: str) -> None:
    with refusal(NotFound):
        acts.update(site, public_id, name="New")


def test_deleted_customer_is_refused(site: BillingSite, acme: Customer) -> None:
    acts.delete(site)

    with refusal(NotFound):
        acts.update(site, name="New")


def test_email_of_another_is_refused_where_forbidden(strict_site: BillingSite) -> None:
    acts.create(strict_site, "one", email="dana@example.com")
    acts.create(strict_site, "two", email="avi@example.com")

    with refusal(DuplicateEmail):
        acts.update(strict_site, "two", email="DANA@example.com")


def test_own_email_can_be_respelled_where_forbidden(strict_site: BillingSite) -> None:
    customer = acts.create(strict_site, "one", email="dana@example.com")

    acts.update(strict_site, "one", email="Dana@example.com")

    assert acts.stored(customer).email == "Dana@example.com"


def test_derived_column_that_changes_alone_is_named_itself(site: BillingSite) -> None:
    acts.create(site, phone="020 7946 0018")
    site.phone_region = "GB"

    with listening() as said:
        acts.update(site, phone="020 7946 0018")

    assert [each.changes for each in said] == [{"phone_e164": ("+9722079460018", "+442079460018")}]
