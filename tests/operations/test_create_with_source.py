"""A customer is made with what it pays with, in one."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.exceptions import DuplicateEmail, DuplicateId, InvalidInput
from billing_customers.models import BillingSite, Customer, Event, PaymentSource
from billing_customers.operations.customers import check_new_customer, create_customer
from billing_customers.operations.sites import update_site
from tests.fixtures import NOW
from tests.operations import acts, paying
from tests.operations.watching import nothing_changes, refusal


def create(site: BillingSite, public_id: str | None = "acme", **attributes: Any) -> Customer:
    return create_customer(
        site=site,
        public_id=public_id,
        attributes=attributes,  # type: ignore[arg-type]
        payment_source=paying.prepared(site),
        at=NOW,
    )


def test_source_is_the_primary_one_from_the_start(site: BillingSite) -> None:
    customer = create(site)

    source = PaymentSource.objects.get()
    assert source.customer == customer
    assert paying.roles() == (source.public_id, None)
    assert (customer.resource_version, source.resource_version) == (acts.VERSION, acts.VERSION)


def test_both_are_told_in_their_order(site: BillingSite) -> None:
    with paying.hearing() as heard:
        customer = create(site)

    assert paying.names(heard) == ["created", "source added"]
    assert [said["customer"] for _, said in heard] == [customer, customer]
    assert list(Event.objects.order_by("sequence").values_list("type", "sequence")) == [
        ("customer_created", 1),
        ("payment_source_added", 2),
    ]


def test_customer_that_cannot_be_made_leaves_no_source(site: BillingSite) -> None:
    acts.create(site, "acme")
    paying.an_account(site)

    with refusal(DuplicateId):
        create(site)


def test_good_customer_is_found_good_and_nothing_is_done(site: BillingSite) -> None:
    with nothing_changes():
        check_new_customer(site=site, attributes={"first_name": "John"}, public_id="acme")


@pytest.mark.parametrize("public_id", ["acme", "former"])
def test_id_that_is_taken_is_noticed_beforehand(site: BillingSite, public_id: str) -> None:
    acts.create(site, "former")
    acts.rename(site, "former", "acme")

    with refusal(DuplicateId) as caught:
        check_new_customer(site=site, attributes={}, public_id=public_id)

    assert (caught.value.message, caught.value.param) == (f"The value {public_id} is already present.", "id")


def test_id_of_a_customer_that_was_deleted_is_free(site: BillingSite) -> None:
    acts.create(site, "acme")
    acts.delete(site)

    check_new_customer(site=site, attributes={}, public_id="acme")


def test_id_of_another_sites_customer_is_free(site: BillingSite, other_site: BillingSite) -> None:
    acts.create(other_site, "acme")

    check_new_customer(site=site, attributes={}, public_id="acme")


@pytest.mark.parametrize(
    ("public_id", "attributes", "named"),
    [
        ("a/b", {}, "id"),
        (None, {"email": "none"}, "email"),
        (None, {"custom_fields": {f"cf_{number}": "x" for number in range(101)}}, "custom_fields"),
    ],
)
def test_bad_customer_is_noticed_beforehand(
    site: BillingSite, public_id: str | None, attributes: Any, named: str
) -> None:
    with refusal(InvalidInput) as caught:
        check_new_customer(site=site, attributes=attributes, public_id=public_id)

    assert caught.value.param == named


def test_email_that_is_taken_is_noticed_beforehand_where_it_matters(site: BillingSite) -> None:
    acts.create(site, "acme", email="a@example.com")
    check_new_customer(site=site, attributes={"email": "a@example.com"})
    update_site(site=site, forbids_duplicate_emails=True)

    with refusal(DuplicateEmail):
        check_new_customer(site=site, attributes={"email": "A@example.com"})
