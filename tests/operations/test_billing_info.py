"""Billing info is replaced whole, billing dates are patched."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.exceptions import InvalidInput
from billing_customers.models import BillingSite, Customer
from billing_customers.operations.billing_info import change_billing_date, replace_billing_info
from tests.operations import acts
from tests.operations.watching import faults, listening, nothing_changes, refusal

INFO: dict[str, Any] = {
    "billing_address": {"city": "Haifa"},
    "tax_id": "DE136695976",
    "registered_for_gst": True,
    "business_customer_without_vat_number": False,
}
DATES: dict[str, Any] = {
    "billing_date": 3,
    "billing_date_mode": "manually_set",
    "billing_day_of_week": "monday",
    "billing_day_of_week_mode": "manually_set",
    "billing_month": 4,
}


def replace(site: BillingSite, **attributes: Any) -> Customer:
    return replace_billing_info(site=site, public_id="acme", attributes=attributes, at=acts.LATER)  # type: ignore[arg-type]


def change_dates(site: BillingSite, **attributes: Any) -> Customer:
    return change_billing_date(site=site, public_id="acme", attributes=attributes, at=acts.LATER)  # type: ignore[arg-type]


def test_billing_info_is_stored(site: BillingSite, acme: Customer) -> None:
    replace(site, **INFO)

    row = acts.stored(acme)
    assert row.billing_address == {"city": "Haifa", "validation_status": "not_validated"}
    assert (row.tax_id, row.registered_for_gst, row.business_customer_without_vat_number) == (
        "DE136695976",
        True,
        False,
    )


def test_billing_info_that_is_not_named_is_removed(site: BillingSite) -> None:
    customer = acts.create(site, **INFO)

    replace(site, billing_address={"zip": "31000"})

    row = acts.stored(customer)
    assert row.billing_address == {"zip": "31000", "validation_status": "not_validated"}
    assert (row.tax_id, row.tax_id_key, row.tax_id_status) == (None, None, None)
    assert (row.registered_for_gst, row.business_customer_without_vat_number) == (None, None)


def test_billing_info_alone_is_replaced(site: BillingSite) -> None:
    customer = acts.create(site, name="Acme", taxability="exempt", **INFO)

    replace(site)

    row = acts.stored(customer)
    assert (row.name, row.taxability, row.billing_address) == ("Acme", "exempt", None)


def test_other_attributes_are_refused_with_billing_info(site: BillingSite, acme: Customer) -> None:
    with refusal(InvalidInput) as caught:
        replace(site, name="Other", tax_id="1", billing_date=1)

    sentence = "Is not changed by this operation."
    assert faults(caught) == [("name", sentence), ("billing_date", sentence)]


def test_same_billing_info_changes_nothing(site: BillingSite) -> None:
    acts.create(site, **INFO)

    with nothing_changes():
        replace(site, **INFO)


def test_replaced_billing_info_is_said_part_by_part(site: BillingSite) -> None:
    acts.create(site, billing_address={"city": "Haifa", "country": "US"}, registered_for_gst=True)

    with listening() as said:
        replace(site, billing_address={"city": "Boston", "country": "US", "state_code": "ma"})

    assert [each.changes for each in said] == [
        {
            "billing_address": (
                {"city": "Haifa", "country": "US", "validation_status": "not_validated"},
                {
                    "city": "Boston",
                    "country": "US",
                    "state": "Massachusetts",
                    "state_code": "MA",
                    "validation_status": "not_validated",
                },
            ),
            "registered_for_gst": (True, None),
        }
    ]


def test_dates_are_stored(site: BillingSite, acme: Customer) -> None:
    change_dates(site, **DATES)

    row = vars(acts.stored(acme))
    assert {column: row[column] for column in DATES} == DATES


def test_date_that_is_not_named_stays(site: BillingSite) -> None:
    customer = acts.create(site, **DATES)

    change_dates(site, billing_month=None)

    row = vars(acts.stored(customer))
    assert {column: row[column] for column in DATES} == {**DATES, "billing_month": None}


@pytest.mark.parametrize(("date", "value"), [("billing_date", 5), ("billing_day_of_week", "friday")])
@pytest.mark.parametrize("mode", [{}, {"mode": None}, {"mode": ""}, {"mode": "manually_set"}], ids=repr)
def test_date_that_is_given_is_set_manually(
    site: BillingSite, acme: Customer, date: str, value: Any, mode: dict[str, Any]
) -> None:
    change_dates(site, **{date: value}, **{f"{date}_mode": each for each in mode.values()})

    row = vars(acts.stored(acme))
    assert (row[date], row[f"{date}_mode"]) == (value, "manually_set")


@pytest.mark.parametrize("date", ["billing_date", "billing_day_of_week"])
def test_mode_alone_is_stored(site: BillingSite, acme: Customer, date: str) -> None:
    change_dates(site, **{f"{date}_mode": "using_defaults"})

    row = vars(acts.stored(acme))
    assert (row[date], row[f"{date}_mode"]) == (None, "using_defaults")


def test_other_attributes_are_refused_with_dates(site: BillingSite, acme: Customer) -> None:
    with refusal(InvalidInput) as caught:
        change_dates(site, billing_date=1, tax_id="1")

    assert faults(caught) == [("tax_id", "Is not changed by this operation.")]


def test_a_date_without_a_mode_is_manually_set(site: BillingSite, acme: Customer) -> None:
    change_dates(site, billing_date=5, billing_day_of_week="friday")

    row = acts.stored(acme)
    assert (row.billing_date_mode, row.billing_day_of_week_mode) == ("manually_set", "manually_set")


def test_dates_against_their_modes_are_refused(site: BillingSite, acme: Customer) -> None:
    with refusal(InvalidInput) as caught:
        change_dates(
            site,
            billing_date=5,
            billing_date_mode="using_defaults",
            billing_day_of_week="friday",
            billing_day_of_week_mode="using_defaults",
        )

    assert faults(caught) == [
        ("billing_date", "Can be set only with billing_date_mode manually_set."),
        ("billing_day_of_week", "Can be set only with billing_day_of_week_mode manually_set."),
    ]
