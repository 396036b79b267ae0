"""Chargebee "Change billing date"."""

from __future__ import annotations

import pytest

from tests.clients import ChargebeeClient
from tests.dialects.expected import VERSION, chargebee_customer, wrong_value

pytestmark = pytest.mark.usefixtures("clock")

SAMPLE = {
    "billing_date": "15",
    "billing_date_mode": "manually_set",
    "billing_day_of_week": "sunday",
    "billing_day_of_week_mode": "manually_set",
}
SHOWN = {**SAMPLE, "billing_date": 15}


def test_the_sample_of_the_contract_is_answered(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1"})

    response = chargebee.post("/customers/c1/change_billing_date", SAMPLE)

    assert response.status_code == 200
    assert response.json() == {"customer": chargebee_customer("c1", **SHOWN, resource_version=VERSION + 1)}
    assert chargebee.get("/customers/c1").json() == response.json()


def test_what_is_not_sent_stays(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1"})
    chargebee.post("/customers/c1/change_billing_date", SAMPLE)

    response = chargebee.post("/customers/c1/change_billing_date", {"billing_month": "12"})

    assert response.json() == {
        "customer": chargebee_customer("c1", **SHOWN, billing_month=12, resource_version=VERSION + 2)
    }


@pytest.mark.parametrize("param", SAMPLE)
def test_an_empty_value_clears(chargebee: ChargebeeClient, param: str) -> None:
    chargebee.post("/customers", {"id": "c1"})
    chargebee.post("/customers/c1/change_billing_date", SAMPLE)

    response = chargebee.post("/customers/c1/change_billing_date", {param: ""})

    left = {name: value for name, value in SHOWN.items() if name != param}
    assert response.json() == {"customer": chargebee_customer("c1", **left, resource_version=VERSION + 2)}


@pytest.mark.parametrize(("param", "value"), [("billing_date", 1), ("billing_date", 31), ("billing_month", 1)])
def test_the_ends_of_a_range_are_taken(chargebee: ChargebeeClient, param: str, value: int) -> None:
    chargebee.post("/customers", {"id": "c1"})

    assert chargebee.post("/customers/c1/change_billing_date", {param: value}).json()["customer"][param] == value


@pytest.mark.parametrize(
    ("param", "value", "message"),
    [
        ("billing_date", "0", "Must be from 1 to 31."),
        ("billing_date", "32", "Must be from 1 to 31."),
        ("billing_date", "-1", "Must be from 1 to 31."),
        ("billing_date", "1.0", "Must be an integer."),
        ("billing_month", "0", "Must be from 1 to 12."),
        ("billing_month", "13", "Must be from 1 to 12."),
        ("billing_month", "may", "Must be an integer."),
    ],
)
def test_a_date_out_of_range_is_refused(chargebee: ChargebeeClient, param: str, value: str, message: str) -> None:
    made = chargebee.post("/customers", {"id": "c1"})

    response = chargebee.post("/customers/c1/change_billing_date", {param: value})

    assert response.status_code == 400
    assert response.json() == wrong_value(param, message)
    assert chargebee.get("/customers/c1").json() == made.json()


def test_other_parameters_are_ignored(chargebee: ChargebeeClient) -> None:
    made = chargebee.post("/customers", {"id": "c1"})

    response = chargebee.post("/customers/c1/change_billing_date", {"first_name": "x", "cf_a": "1"})

    assert response.json() == made.json()


@pytest.mark.parametrize("path", ["/customers", "/customers/c1"])
def test_dates_are_no_parameters_of_create_and_update(chargebee: ChargebeeClient, path: str) -> None:
    made = chargebee.post("/customers", {"id": "c1"})

    response = chargebee.post(path, {**SAMPLE, "first_name": "x"})

    assert "billing_date" not in response.json()["customer"]
    assert "billing_date" not in made.json()["customer"]
