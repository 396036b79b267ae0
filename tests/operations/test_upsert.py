"""Upsert: the newest live customer that matches is changed, or one is made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from billing_customers.choices import IdentifyBy
from billing_customers.exceptions import DuplicateEmail, InvalidInput
from billing_customers.models import BillingSite, Customer
from billing_customers.operations.customers import upsert_customer
from billing_customers.operations.sites import create_site
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.watching import (
    ReceiverFailed,
    failing_receivers,
    faults,
    listening,
    nothing_changes,
    refusal,
    rows_stay,
)

SPELLINGS = [
    (IdentifyBy.EMAIL, {"email": "dana@example.com"}, {"email": " DANA@Example.com "}),
    (IdentifyBy.PHONE, {"phone": "+972501234567"}, {"phone": "050-123-4567"}),
    (IdentifyBy.TAX_ID, {"tax_id": "DE136695976"}, {"tax_id": "de 136.695-976"}),
]


def upsert(site: BillingSite, identify_by: IdentifyBy = IdentifyBy.EMAIL, new: Any = None, **attributes: Any) -> Any:
    return upsert_customer(
        site=site,
        identify_by=identify_by,
        attributes=attributes,  # type: ignore[arg-type]
        new_attributes=new,
        at=acts.LATER,
    )


@pytest.mark.parametrize(("identify_by", "stored", "_"), SPELLINGS)
def test_customer_is_made_when_none_matches(
    site: BillingSite, identify_by: IdentifyBy, stored: dict[str, str], _: Any
) -> None:
    with listening() as said:
        customer, created = upsert(site, identify_by, name="Dana", **stored)

    assert created is True
    assert acts.stored(customer).name == "Dana"
    assert [(each.what, each.customer) for each in said] == [("created", customer)]


@pytest.mark.parametrize(("identify_by", "stored", "respelled"), SPELLINGS)
def test_match_in_another_spelling_is_changed(
    site: BillingSite, identify_by: IdentifyBy, stored: dict[str, str], respelled: dict[str, str]
) -> None:
    existing = acts.create(site, name="Dana", locale="he", **stored)

    with listening() as said:
        customer, created = upsert(site, identify_by, locale="en", **respelled)

    assert (customer, created, Customer.objects.count()) == (existing, False, 1)
    row = acts.stored(existing)
    assert (row.name, row.locale, row.resource_version) == ("Dana", "en", acts.LATER_VERSION)
    assert [each.what for each in said] == ["updated"]


def test_match_that_has_all_of_it_stays_unchanged(site: BillingSite) -> None:
    acts.create(site, name="Dana", email="dana@example.com")

    with nothing_changes():
        upsert(site, name="Dana", email="dana@example.com")


def test_newest_match_is_changed(site: BillingSite) -> None:
    acts.create(site, "newest", email="dana@example.com", at=NOW + timedelta(seconds=2))
    acts.create(site, "oldest", email="dana@example.com", at=NOW)
    acts.create(site, "middle", email="dana@example.com", at=NOW + timedelta(seconds=1))

    customer, _ = upsert(site, email="dana@example.com", name="New")

    assert customer.public_id == "newest"
    assert Customer.objects.filter(name="New").count() == 1


def test_later_row_is_the_newest_of_one_instant(site: BillingSite) -> None:
    acts.create(site, "first", email="dana@example.com")
    acts.create(site, "second", email="dana@example.com")

    assert upsert(site, email="dana@example.com", name="New")[0].public_id == "second"


def test_tombstone_never_matches(site: BillingSite) -> None:
    acts.create(site, name="Old", email="dana@example.com")
    tombstone = acts.stored(acts.delete(site))

    customer, created = upsert(site, email="dana@example.com", name="New")

    assert (created, customer == tombstone, acts.stored(tombstone).name) == (True, False, "Old")


def test_customer_of_another_site_never_matches(site: BillingSite, other_site: BillingSite) -> None:
    acts.create(other_site, name="Theirs", email="dana@example.com")

    _, created = upsert(site, email="dana@example.com", name="Ours")

    assert created is True
    assert sorted(Customer.objects.values_list("name", flat=True)) == ["Ours", "Theirs"]


@pytest.mark.parametrize("identify_by", IdentifyBy)
@pytest.mark.parametrize("nothing", ["absent", None, ""])
def test_value_to_match_on_is_required(site: BillingSite, identify_by: IdentifyBy, nothing: str | None) -> None:
    attributes = {} if nothing == "absent" else {identify_by.value: nothing}

    with refusal(InvalidInput) as caught:
        upsert(site, identify_by, name="Dana", **attributes)

    sentence = f"Is required to identify the customer by {identify_by.value}."
    assert faults(caught) == [(identify_by.value, sentence)]


def test_tax_id_of_punctuation_alone_matches_nobody(site: BillingSite) -> None:
    acts.create(site, tax_id="--")

    with refusal(InvalidInput) as caught:
        upsert(site, IdentifyBy.TAX_ID, name="Dana", tax_id="-")

    assert faults(caught) == [("tax_id", "Is required to identify the customer by tax_id.")]


def test_phone_without_e164_is_refused(site: BillingSite) -> None:
    with refusal(InvalidInput) as caught:
        upsert(site, IdentifyBy.PHONE, name="Dana", phone="(541) 754-3010")

    assert [field for field, _ in faults(caught)] == ["phone"]


@pytest.mark.parametrize("name", [{}, {"name": None}, {"name": ""}], ids=repr)
def test_new_customer_needs_a_name(site: BillingSite, name: dict[str, Any]) -> None:
    with refusal(InvalidInput) as caught:
        upsert(site, email="dana@example.com", **name)

    assert faults(caught) == [("name", "Is required when a customer is created.")]


def test_existing_customer_needs_no_name(site: BillingSite) -> None:
    existing = acts.create(site, name="Dana", email="dana@example.com")

    upsert(site, email="dana@example.com", locale="en")

    assert (acts.stored(existing).name, acts.stored(existing).locale) == ("Dana", "en")


@pytest.mark.parametrize(("given", "locale"), [({}, "he"), ({"locale": "en"}, "en"), ({"locale": None}, None)])
def test_attributes_for_a_new_customer_yield_to_given_ones(
    site: BillingSite, given: dict[str, Any], locale: str | None
) -> None:
    customer, _ = upsert(site, new={"locale": "he"}, name="Dana", email="dana@example.com", **given)

    assert acts.stored(customer).locale == locale


def test_attributes_for_a_new_customer_leave_an_existing_one_alone(site: BillingSite) -> None:
    existing = acts.create(site, name="Dana", email="dana@example.com", locale="en")

    with nothing_changes():
        upsert(site, new={"locale": "he"}, email="dana@example.com")

    assert acts.stored(existing).locale == "en"


def test_fault_refuses_the_whole_upsert(site: BillingSite) -> None:
    acts.create(site, name="Dana", email="dana@example.com")

    with refusal(InvalidInput) as caught:
        upsert(site, name="New", email="dana@example.com", metadata=[])

    assert faults(caught) == [("metadata", "Must be a JSON object.")]


@pytest.mark.parametrize("exists", [True, False])
def test_receiver_that_raises_undoes_the_upsert(site: BillingSite, exists: bool) -> None:
    acts.create(site, email="dana@example.com" if exists else "avi@example.com")

    with rows_stay(), failing_receivers(), pytest.raises(ReceiverFailed):
        upsert(site, name="New", email="dana@example.com")


@pytest.mark.parametrize("identify_by", ["new", "known"])
def test_email_of_another_is_refused_where_forbidden(db: None, identify_by: str) -> None:
    strict = create_site(slug="strict-test", forbids_duplicate_emails=True, at=NOW)
    acts.create(strict, "one", email="dana@example.com")
    acts.create(strict, "two", phone="+972501234567")
    phone = "+972501234567" if identify_by == "known" else "+972549876543"

    with refusal(DuplicateEmail):
        upsert(strict, IdentifyBy.PHONE, name="New", phone=phone, email="DANA@example.com")
