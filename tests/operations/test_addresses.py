"""The billing address: replaced whole, its country, states and status."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.exceptions import InvalidInput
from billing_customers.models import BillingSite, Customer
from tests.operations import acts
from tests.operations.watching import faults, nothing_changes, refusal

UNVALIDATED = {"validation_status": "not_validated"}


def test_address_is_replaced_whole(site: BillingSite) -> None:
    customer = acts.create(site, billing_address={"line1": "1 Main St", "city": "Haifa", "zip": "31000"})

    acts.update(site, billing_address={"city": "Tel Aviv", "email": "Bill@Example.com"})

    assert acts.stored(customer).billing_address == {"city": "Tel Aviv", "email": "Bill@Example.com", **UNVALIDATED}


def test_address_that_is_not_named_stays(site: BillingSite) -> None:
    customer = acts.create(site, billing_address={"city": "Haifa"})

    acts.update(site, name="New")

    assert acts.stored(customer).billing_address == {"city": "Haifa", **UNVALIDATED}


@pytest.mark.parametrize("nothing", [None, {}, {"city": ""}, {"city": None}, {"validation_status": "valid"}], ids=repr)
def test_address_without_a_part_is_none(site: BillingSite, nothing: Any) -> None:
    customer = acts.create(site, billing_address={"city": "Haifa", "country": "IL"})

    acts.update(site, billing_address=nothing)

    row = acts.stored(customer)
    assert (row.billing_address, row.address_validation_status) == (None, None)


def test_same_address_changes_nothing(site: BillingSite) -> None:
    acts.create(site, billing_address={"city": "Haifa", "country": "il"})

    with nothing_changes():
        acts.update(site, billing_address={"country": "IL", "city": "Haifa", "zip": ""})


@pytest.mark.parametrize("status", ["not_validated", "valid", "partially_valid", "invalid"])
def test_status_of_an_address_is_stored(site: BillingSite, acme: Customer, status: str) -> None:
    acts.update(site, billing_address={"city": "Haifa", "validation_status": status})

    assert acts.stored(acme).billing_address == {"city": "Haifa", "validation_status": status}


def test_other_status_of_an_address_is_refused(site: BillingSite, acme: Customer) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, billing_address={"city": "Haifa", "validation_status": "good"})

    sentence = "Must be one of not_validated, valid, partially_valid, invalid."
    assert faults(caught) == [("billing_address.validation_status", sentence)]


@pytest.mark.parametrize(("given", "country"), [("IL", "IL"), ("us", "US"), ("xi", "XI"), ("XK", "XK")])
def test_country_is_stored_in_upper_case(site: BillingSite, acme: Customer, given: str, country: str) -> None:
    acts.update(site, billing_address={"country": given})

    assert acts.stored(acme).address_country == country


@pytest.mark.parametrize("country", ["XX", "ISR", "I", "UK", " US", "\u0130L", 1, True, ["US"]], ids=repr)
def test_what_is_no_country_is_refused(site: BillingSite, acme: Customer, country: Any) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, billing_address={"country": country})

    sentence = "Must be an ISO 3166 country code of two letters, such as US."
    assert faults(caught) == [("billing_address.country", sentence)]


@pytest.mark.parametrize(
    ("country", "given", "code", "state"),
    [
        ("US", {"state_code": "CA"}, "CA", "California"),
        ("US", {"state_code": "ca"}, "CA", "California"),
        ("US", {"state": "california"}, "CA", "california"),
        ("US", {"state_code": "NY", "state": "California"}, "NY", "New York"),
        ("US", {"state": "Atlantis"}, None, "Atlantis"),
        ("CA", {"state_code": "QC"}, "QC", "Quebec"),
        ("CA", {"state": "Qu\u00e9bec"}, "QC", "Qu\u00e9bec"),
        ("IN", {"state_code": "TN"}, "TN", "Tamil Nadu"),
        ("IN", {"state": "Tamil Nadu"}, "TN", "Tamil Nadu"),
        ("IN", {"state": "Orissa"}, "OD", "Orissa"),
        ("IN", {"state_code": "OR"}, "OD", "Odisha"),
        ("US", {"state_code": " ca "}, "CA", "California"),
        ("AE", {"state_code": "DU"}, "DU", "Dubai"),
        ("AE", {"state": "abu dhabi"}, "AZ", "abu dhabi"),
        ("FR", {"state_code": "IDF"}, "IDF", None),
        ("FR", {"state": "Bretagne"}, None, "Bretagne"),
        (None, {"state_code": "CA"}, "CA", None),
        ("us", {"state_code": "tx"}, "TX", "Texas"),
    ],
)
def test_state_and_its_code_are_filled(
    site: BillingSite, acme: Customer, country: str, given: dict[str, str], code: str | None, state: str | None
) -> None:
    acts.update(site, billing_address={"country": country, **given})

    row = acts.stored(acme)
    assert (row.address_state_code, row.address_state) == (code, state)


@pytest.mark.parametrize(
    ("country", "code"), [("US", "QC"), ("CA", "TX"), ("IN", "ZZ"), ("AE", "AE"), ("US", "California")]
)
def test_code_of_no_state_is_refused(site: BillingSite, acme: Customer, country: str, code: str) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, billing_address={"country": country, "state_code": code})

    assert faults(caught) == [("billing_address.state_code", f"Must be a state code of {country}.")]
