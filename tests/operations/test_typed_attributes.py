"""Enumerations, flags, numbers and currencies of customers."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.exceptions import InvalidInput
from billing_customers.models import BillingSite, Customer
from tests.operations import acts
from tests.operations.watching import faults, refusal

# Spelled out from the contract, not read from the package.
ENUMERATIONS = {
    "auto_collection": "on off",
    "taxability": "taxable exempt",
    "customer_type": "residential business senior_citizen industrial",
    "taxjar_exemption_category": "wholesale government other",
    "entity_code": "a b c d e f g h i j k l m n p q r med1 med2",
    "offline_payment_method": "no_preference cash check bank_transfer ach_credit sepa_credit",
    "fraud_flag": "safe suspicious fraudulent",
    "billing_date_mode": "using_defaults manually_set",
    "billing_day_of_week": "sunday monday tuesday wednesday thursday friday saturday",
    "billing_day_of_week_mode": "using_defaults manually_set",
}
VALUES = [(attribute, value) for attribute, values in ENUMERATIONS.items() for value in values.split()]
NULLABLE_FLAGS = [
    "registered_for_gst",
    "business_customer_without_vat_number",
    "is_location_valid",
    "auto_close_invoices",
    "consolidated_invoicing",
]
FLAGS = [*NULLABLE_FLAGS, "allow_direct_debit"]
RANGES = {"net_term_days": (0, 2_147_483_647), "billing_date": (1, 31), "billing_month": (1, 12)}
BOUNDS = [(attribute, bound) for attribute, bounds in RANGES.items() for bound in bounds]
BEYOND = [(attribute, low - 1) for attribute, (low, _) in RANGES.items()] + [
    (attribute, high + 1) for attribute, (_, high) in RANGES.items()
]


@pytest.mark.parametrize(("attribute", "value"), VALUES)
def test_value_of_an_enumeration_is_stored(site: BillingSite, acme: Customer, attribute: str, value: str) -> None:
    acts.update(site, **{attribute: value})

    assert getattr(acts.stored(acme), attribute) == value


@pytest.mark.parametrize(("attribute", "values"), ENUMERATIONS.items())
@pytest.mark.parametrize("value", ["unheard_of", "ON", "a ", 0, True, ["on"], {"a": 1}], ids=repr)
def test_other_value_of_an_enumeration_is_refused(
    site: BillingSite, acme: Customer, attribute: str, values: str, value: Any
) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, **{attribute: value})

    assert faults(caught) == [(attribute, "Must be one of " + ", ".join(values.split()) + ".")]


@pytest.mark.parametrize("attribute", FLAGS)
@pytest.mark.parametrize("value", [True, False])
def test_flag_is_stored(site: BillingSite, acme: Customer, attribute: str, value: bool) -> None:
    acts.update(site, **{attribute: value})

    assert getattr(acts.stored(acme), attribute) is value


@pytest.mark.parametrize("attribute", FLAGS)
@pytest.mark.parametrize("value", [0, 1, "true", "false", "on", [], {}], ids=repr)
def test_what_is_no_flag_is_refused(site: BillingSite, acme: Customer, attribute: str, value: Any) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, **{attribute: value})

    assert faults(caught) == [(attribute, "Must be true or false.")]


@pytest.mark.parametrize(("attribute", "value"), BOUNDS)
def test_number_at_its_bound_is_stored(site: BillingSite, acme: Customer, attribute: str, value: int) -> None:
    acts.update(site, **{attribute: value})

    assert getattr(acts.stored(acme), attribute) == value


@pytest.mark.parametrize(("attribute", "value"), [*BEYOND, ("net_term_days", 10**400), ("billing_date", -(2**63) - 1)])
def test_number_beyond_its_bounds_is_refused(site: BillingSite, acme: Customer, attribute: str, value: int) -> None:
    low, high = RANGES[attribute]

    with refusal(InvalidInput) as caught:
        acts.update(site, **{attribute: value})

    assert faults(caught) == [(attribute, f"Must be from {low} to {high}.")]


@pytest.mark.parametrize("attribute", RANGES)
@pytest.mark.parametrize("value", [True, False, 1.0, 1.5, "5", "\u0661", "1e3", float("nan"), [1]], ids=repr)
def test_what_is_no_integer_is_refused(site: BillingSite, acme: Customer, attribute: str, value: Any) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, **{attribute: value})

    assert faults(caught) == [(attribute, "Must be an integer.")]


@pytest.mark.parametrize(("given", "expected"), [("EUR", "EUR"), ("ils", "ILS"), ("Jpy", "JPY"), ("CLF", "CLF")])
def test_currency_is_stored_in_upper_case(site: BillingSite, acme: Customer, given: str, expected: str) -> None:
    acts.update(site, preferred_currency_code=given)

    assert acts.stored(acme).preferred_currency_code == expected


@pytest.mark.parametrize("value", ["XXX", "XAU", "DEM", "US", "USDX", " USD", "$", 840, ["USD"]], ids=repr)
def test_what_is_no_currency_is_refused(site: BillingSite, acme: Customer, value: Any) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, preferred_currency_code=value)

    assert faults(caught) == [("preferred_currency_code", "Must be an ISO 4217 currency code, such as USD.")]
