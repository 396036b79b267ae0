"""None, and the empty string, unset an attribute; what is not named stays."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite, Customer
from billing_customers.operations.sites import create_site
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.watching import nothing_changes

FULL: dict[str, Any] = {
    "name": "Acme",
    "first_name": "Dana",
    "last_name": "Levi",
    "company": "Acme Ltd",
    "email": "Dana@Example.com",
    "phone": "054-987-6543",
    "locale": "he",
    "metadata": {"tier": "gold"},
    "referral_urls": [{"referral_system": "x"}],
    "created_from_ip": "192.0.2.1",
    "tax_id": "DE136695976",
    "registered_for_gst": True,
    "business_customer_without_vat_number": False,
    "is_location_valid": True,
    "exemption_details": [{"a": 1}],
    "customer_type": "business",
    "taxjar_exemption_category": "other",
    "entity_code": "a",
    "exempt_number": "E-1",
    "offline_payment_method": "cash",
    "auto_close_invoices": True,
    "consolidated_invoicing": False,
    "invoice_notes": "Thanks",
    "fraud_flag": "safe",
    "billing_date": 3,
    "billing_date_mode": "manually_set",
    "billing_day_of_week": "monday",
    "billing_day_of_week_mode": "manually_set",
    "billing_month": 4,
}
DERIVED = {
    "email": ["email_key"],
    "phone": ["phone_e164"],
    "tax_id": ["tax_id_key", "tax_id_status", "tax_id_evidence"],
}
SAID_OTHERWISE = {
    "auto_collection": "off",
    "net_term_days": 30,
    "allow_direct_debit": True,
    "taxability": "exempt",
    "preferred_currency_code": "JPY",
}
DEFAULTS = {
    "auto_collection": "on",
    "net_term_days": 0,
    "allow_direct_debit": False,
    "taxability": "taxable",
    "preferred_currency_code": "EUR",
}


@pytest.fixture
def european_site(db: None) -> BillingSite:
    return create_site(slug="europa-test", default_currency="EUR", at=NOW)


@pytest.mark.parametrize("attribute", FULL)
@pytest.mark.parametrize("nothing", [None, ""], ids=["None", "empty"])
def test_attribute_is_unset_by(site: BillingSite, attribute: str, nothing: Any) -> None:
    full = acts.create(site, **FULL)

    acts.update(site, **{attribute: nothing})

    row = vars(acts.stored(full))
    assert {column: row[column] for column in [attribute, *DERIVED.get(attribute, [])] if row[column] is not None} == {}


@pytest.mark.parametrize("attribute", ["metadata", "exemption_details", "referral_urls"])
def test_unset_json_is_null_in_the_database(site: BillingSite, attribute: str) -> None:
    acts.create(site, **FULL)

    acts.update(site, **{attribute: None})

    assert Customer.objects.filter(**{f"{attribute}__isnull": True}).count() == 1


@pytest.mark.parametrize("attribute", FULL)
def test_attribute_that_is_not_named_stays(site: BillingSite, attribute: str) -> None:
    full = acts.create(site, **FULL)

    acts.update(site, **{name: None for name in FULL if name != attribute})

    row = vars(acts.stored(full))
    assert {name: row[name] for name in FULL if row[name] is not None} == {attribute: FULL[attribute]}


@pytest.mark.parametrize("attribute", FULL)
@pytest.mark.parametrize("nothing", [None, ""], ids=["None", "empty"])
def test_unsetting_what_is_unset_changes_nothing(
    site: BillingSite, acme: Customer, attribute: str, nothing: Any
) -> None:
    with nothing_changes():
        acts.update(site, **{attribute: nothing})


def test_new_customer_gets_the_defaults(european_site: BillingSite) -> None:
    customer = acts.create(european_site)

    row = vars(acts.stored(customer))
    assert {column: row[column] for column in DEFAULTS} == DEFAULTS


def test_new_customer_may_say_otherwise(european_site: BillingSite) -> None:
    customer = acts.create(european_site, **SAID_OTHERWISE)

    row = vars(acts.stored(customer))
    assert {column: row[column] for column in SAID_OTHERWISE} == SAID_OTHERWISE


@pytest.mark.parametrize("attribute", DEFAULTS)
@pytest.mark.parametrize("nothing", [None, ""], ids=["None", "empty"])
def test_unset_attribute_falls_back_to_its_default(european_site: BillingSite, attribute: str, nothing: Any) -> None:
    customer = acts.create(european_site, **SAID_OTHERWISE)

    acts.update(european_site, **{attribute: nothing})

    row = vars(acts.stored(customer))
    assert {column: row[column] for column in DEFAULTS} == {**SAID_OTHERWISE, attribute: DEFAULTS[attribute]}


@pytest.mark.parametrize("attribute", DEFAULTS)
@pytest.mark.parametrize("nothing", [None, ""], ids=["None", "empty"])
def test_new_customer_that_says_nothing_gets_the_default(
    european_site: BillingSite, attribute: str, nothing: Any
) -> None:
    customer = acts.create(european_site, **{attribute: nothing})

    assert getattr(acts.stored(customer), attribute) == DEFAULTS[attribute]
