"""What a copy of a customer has, and what it has not. Contract: Chargebee "Move a customer" (chargebee-wire 3.12)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from billing_customers.actors import UNKNOWN
from billing_customers.exceptions import DuplicateEmail, DuplicateId
from billing_customers.models import (
    Balance,
    BillingSite,
    Contact,
    Customer,
    CustomerAlias,
    CustomerUser,
    PaymentSource,
    Relationship,
)
from billing_customers.operations.copying import OWN_COLUMNS, Copy, copy_customer
from billing_customers.operations.customer_users import link_user
from billing_customers.operations.gateway_accounts import create_gateway_account, disable_gateway_account
from billing_customers.operations.sites import update_site
from tests.fixtures import NOW
from tests.operations import acts, families, money, moving, paying
from tests.operations.watching import refusal

COPIED = {
    *("name", "first_name", "last_name", "company", "email", "email_key", "phone", "phone_e164", "locale"),
    *("metadata", "custom_fields", "referral_urls", "created_from_ip"),
    *("address_first_name", "address_last_name", "address_email", "address_company", "address_phone"),
    *("address_line1", "address_line2", "address_line3", "address_city", "address_state_code", "address_state"),
    *("address_country", "address_zip", "address_validation_status"),
    *("tax_id", "tax_id_key", "tax_id_status", "tax_id_validated_at", "tax_id_evidence", "taxability"),
    *("registered_for_gst", "business_customer_without_vat_number", "is_location_valid", "exemption_details"),
    *("customer_type", "taxjar_exemption_category", "entity_code", "exempt_number"),
    *("auto_collection", "net_term_days", "allow_direct_debit", "preferred_currency_code", "offline_payment_method"),
    *("auto_close_invoices", "consolidated_invoicing", "invoice_notes", "fraud_flag", "billing_date"),
    *("billing_date_mode", "billing_day_of_week", "billing_day_of_week_mode", "billing_month"),
}
SOURCE_OWN = {
    *("id", "site_id", "customer_id", "public_id", "gateway_account_id"),
    *("created_at", "updated_at", "resource_version"),
}


@pytest.fixture
def source(site: BillingSite) -> BillingSite:
    return moving.a_source(site)


def copy(site: BillingSite, source: BillingSite, public_id: str = "zed") -> Copy:
    with transaction.atomic():
        original = moving.locked(source, public_id)
        return copy_customer(site=site, original=original, public_id=public_id, actor=UNKNOWN, at=acts.LATER)


def columns(row: Any, left_out: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if name[0] != "_" and name not in left_out}


def sources_of(site: BillingSite) -> list[PaymentSource]:
    return list(PaymentSource.objects.for_site(site).order_by("pk"))


def test_each_column_is_copied_or_the_copys_own() -> None:
    """A new column of a customer needs a decision: is it the person's, or the site's?"""
    assert {field.attname for field in Customer._meta.concrete_fields} == COPIED | OWN_COLUMNS
    assert not COPIED & OWN_COLUMNS


def test_copy_is_like_the_original(site: BillingSite, source: BillingSite) -> None:
    original = moving.the_copy(source)

    made = moving.the_copy(site, copy(site, source).customer.public_id)

    assert columns(made, OWN_COLUMNS) == columns(original, OWN_COLUMNS)
    assert (made.phone_e164, made.tax_id_status) == ("+972549876543", original.tax_id_status)


def test_copy_has_a_life_of_its_own(site: BillingSite, source: BillingSite) -> None:
    made = acts.stored(copy(site, source).customer)

    primary, backup = (each.public_id for each in sources_of(site))
    assert columns(made, COPIED) == {
        "id": made.pk,
        "site_id": site.pk,
        "public_id": "zed",
        "is_live": True,
        "deleted_at": None,
        "created_at": acts.LATER,
        "updated_at": acts.LATER,
        "resource_version": acts.LATER_VERSION,
        "contact_count": 2,
        "primary_payment_source_id": primary,
        "backup_payment_source_id": backup,
        "has_balances": False,
        "has_parent": False,
        "child_count": 0,
        "pii_cleared": "active",
    }


def test_phone_is_the_same_number_whatever_the_region_of_the_site(site: BillingSite, source: BillingSite) -> None:
    update_site(site=site, phone_region="US")

    made = copy(site, source).customer

    assert (made.phone, made.phone_e164) == ("054-987-6543", "+972549876543")


def test_contacts_are_copied_in_their_order(site: BillingSite, source: BillingSite) -> None:
    made = copy(site, source).customer

    own = ("id", "site_id", "customer_id")
    contacts = [columns(each, own) for each in Contact.objects.for_site(site).filter(customer=made)]
    assert [each["public_id"] for each in contacts] == ["jane", "joe"]
    assert contacts == [columns(each, own) for each in Contact.objects.for_site(source)]


def test_payment_sources_are_copied_with_their_references(site: BillingSite, source: BillingSite) -> None:
    PaymentSource.objects.for_site(source).update(metadata={"a": 1}, status="expiring")

    made = copy(site, source)

    originals, copies = sources_of(source), sources_of(site)
    assert [columns(each, SOURCE_OWN) for each in copies] == [columns(each, SOURCE_OWN) for each in originals]
    assert [each.reference_id for each in copies] == ["tok_success_1", "tok_success_2"]
    assert {each.gateway_account for each in copies} == {paying.an_account(site)}
    assert {each.customer_id for each in copies} == {made.customer.pk}
    assert not {each.public_id for each in copies} & {each.public_id for each in originals}
    assert made.left_out == []


def test_detached_source_stays_behind(site: BillingSite, source: BillingSite) -> None:
    PaymentSource.objects.filter(reference_id="tok_success_2").update(deleted_at=NOW)
    Customer.objects.for_site(source).update(backup_payment_source_id=None)

    copy(site, source)

    assert [each.reference_id for each in sources_of(site)] == ["tok_success_1"]


def test_source_of_another_vault_is_left_out_and_named(site: BillingSite, source: BillingSite) -> None:
    disable_gateway_account(site=site, public_id=paying.an_account(site).public_id, at=NOW)

    made = copy(site, source)

    assert sources_of(site) == []
    assert made.left_out == [
        f"The payment source {each.public_id} was left out: no gateway account of this site has its vault."
        for each in sources_of(source)
    ]
    stored = acts.stored(made.customer)
    assert (stored.primary_payment_source_id, stored.backup_payment_source_id) == (None, None)


def test_backup_takes_the_place_of_a_primary_source_that_is_left_out(site: BillingSite, source: BillingSite) -> None:
    elsewhere = create_gateway_account(
        site=source, backend="stripe", credentials={"api_key": "sk_test_elsewhere"}, at=NOW
    )
    PaymentSource.objects.filter(reference_id="tok_success_1").update(gateway_account=elsewhere)

    made = copy(site, source).customer

    (kept,) = sources_of(site)
    assert kept.reference_id == "tok_success_2"
    assert (made.primary_payment_source_id, made.backup_payment_source_id) == (kept.public_id, None)


def test_what_happened_stays_where_it_is(site: BillingSite, source: BillingSite) -> None:
    money.credit(source, 5, "zed")
    families.people(source, "boss")
    families.link(source, "zed", "boss")
    link_user(site=source, public_id="zed", user=acts.a_user(), at=NOW)
    acts.rename(source, "zed", "zee")

    copy(site, source, "zee")

    for model in (Balance, Relationship, CustomerUser, CustomerAlias):
        assert not model.objects.for_site(site).exists()


def test_original_is_left_as_it_was(site: BillingSite, source: BillingSite) -> None:
    def rows() -> list[Any]:
        return [
            list(model.objects.for_site(source).order_by("pk").values()) for model in (Customer, Contact, PaymentSource)
        ]

    before = rows()

    copy(site, source)

    assert rows() == before


@pytest.mark.parametrize("is_former", [False, True])
def test_id_that_is_taken_is_refused(site: BillingSite, source: BillingSite, is_former: bool) -> None:
    acts.create(site, "zed")
    if is_former:
        acts.rename(site, "zed", "zoe")

    with refusal(DuplicateId) as caught:
        copy(site, source)

    assert caught.value.message == "The value zed is already present."


def test_email_that_is_taken_is_refused_where_the_site_forbids_two(site: BillingSite, source: BillingSite) -> None:
    update_site(site=site, forbids_duplicate_emails=True)
    acts.create(site, "other", email="ZED@example.com")

    with refusal(DuplicateEmail):
        copy(site, source)


def test_sources_are_told_after_the_customer(site: BillingSite, source: BillingSite) -> None:
    with paying.hearing() as heard:
        copy(site, source)

    assert paying.names(heard) == ["source added", "source added"]
    assert {said["customer"].site_id for _, said in heard} == {site.pk}
