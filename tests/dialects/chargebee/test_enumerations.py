"""Chargebee: each enumeration of the contract, value by value, and the error for any other."""

from __future__ import annotations

import pytest

from billing_customers.models import Customer
from tests.clients import ChargebeeClient
from tests.dialects.expected import wrong_value

pytestmark = pytest.mark.usefixtures("clock")

BOTH = {
    "auto_collection": ["on", "off"],
    "taxability": ["taxable", "exempt"],
    "customer_type": ["residential", "business", "senior_citizen", "industrial"],
    "taxjar_exemption_category": ["wholesale", "government", "other"],
    "entity_code": [*"abcdefghijklmnpqr", "med1", "med2"],
    "offline_payment_method": ["no_preference", "cash", "check", "bank_transfer", "ach_credit", "sepa_credit"],
}
STATUSES = {"billing_address[validation_status]": ["not_validated", "valid", "partially_valid", "invalid"]}
DATES = {
    "billing_date_mode": ["using_defaults", "manually_set"],
    "billing_day_of_week": ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"],
    "billing_day_of_week_mode": ["using_defaults", "manually_set"],
}
FLAGS = ["allow_direct_debit", "auto_close_invoices", "consolidated_invoicing"]
BILLING_FLAGS = ["registered_for_gst", "business_customer_without_vat_number"]


def pairs(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(param, value) for param, values in table.items() for value in values]


@pytest.mark.parametrize(("param", "value"), pairs(BOTH))
def test_create_and_update_take_each_value(chargebee: ChargebeeClient, param: str, value: str) -> None:
    made = chargebee.post("/customers", {"id": "c1", param: value}).json()["customer"]
    changed = chargebee.post("/customers/c1", {param: value}).json()["customer"]

    assert (made[param], changed[param]) == (value, value)


@pytest.mark.parametrize(("param", "value"), pairs(DATES))
def test_change_billing_date_takes_each_value(chargebee: ChargebeeClient, param: str, value: str) -> None:
    chargebee.post("/customers", {"id": "c1"})

    assert chargebee.post("/customers/c1/change_billing_date", {param: value}).json()["customer"][param] == value


@pytest.mark.parametrize("value", STATUSES["billing_address[validation_status]"])
def test_an_address_takes_each_status(chargebee: ChargebeeClient, value: str) -> None:
    params = {"billing_address[city]": "Walnut", "billing_address[validation_status]": value}

    customer = chargebee.post("/customers", params).json()["customer"]

    assert customer["billing_address"]["validation_status"] == value


@pytest.mark.parametrize(("param", "values"), {**BOTH, **STATUSES}.items())
@pytest.mark.parametrize("value", ["nope", "ON", " on", "o", "0", "None"])
def test_create_refuses_any_other_value(chargebee: ChargebeeClient, param: str, values: list[str], value: str) -> None:
    response = chargebee.post("/customers", {param: value})

    assert response.status_code == 400
    assert response.json() == wrong_value(param, f"Must be one of {', '.join(values)}.")
    assert Customer.objects.count() == 0


@pytest.mark.parametrize(("path", "params"), [("", BOTH), ("/change_billing_date", DATES)])
def test_updates_refuse_any_other_value(chargebee: ChargebeeClient, path: str, params: dict[str, list[str]]) -> None:
    made = chargebee.post("/customers", {"id": "c1"})

    refusals = [chargebee.post(f"/customers/c1{path}", {param: "nope"}).json() for param in params]

    assert refusals == [wrong_value(param, f"Must be one of {', '.join(values)}.") for param, values in params.items()]
    assert chargebee.get("/customers/c1").json() == made.json()


@pytest.mark.parametrize("value", ["safe", "fraudulent"])
def test_update_takes_a_fraud_flag(chargebee: ChargebeeClient, value: str) -> None:
    chargebee.post("/customers", {"id": "c1"})

    assert chargebee.post("/customers/c1", {"fraud_flag": value}).json()["customer"]["fraud_flag"] == value


def test_only_a_gateway_says_suspicious(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1"})

    response = chargebee.post("/customers/c1", {"fraud_flag": "suspicious"})

    assert response.status_code == 400
    assert response.json() == wrong_value("fraud_flag", "Must be one of safe, fraudulent.")
    assert Customer.objects.get().fraud_flag is None


@pytest.mark.parametrize("param", [*FLAGS, *BILLING_FLAGS])
@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
def test_a_flag_is_true_or_false(chargebee: ChargebeeClient, param: str, text: str, value: bool) -> None:
    assert chargebee.post("/customers", {param: text}).json()["customer"][param] is value


@pytest.mark.parametrize("param", [*FLAGS, *BILLING_FLAGS])
@pytest.mark.parametrize("text", ["True", "1", "0", "on", "yes", " true", "null"])
def test_a_flag_of_any_other_spelling_is_refused(chargebee: ChargebeeClient, param: str, text: str) -> None:
    response = chargebee.post("/customers", {param: text})

    assert response.status_code == 400
    assert response.json() == wrong_value(param, "Must be true or false.")
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("param", ["first_name", "auto_collection", "vat_number"])
def test_a_parameter_that_is_given_twice_is_refused(chargebee: ChargebeeClient, param: str) -> None:
    response = chargebee.post("/customers", [(param, "on"), (param, "off")])

    assert response.status_code == 400
    assert response.json() == wrong_value(param, "Must be a single string.")
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("param", ["first_name[x]", "first_name[0]"])
def test_a_part_of_a_parameter_that_has_none_is_refused(chargebee: ChargebeeClient, param: str) -> None:
    response = chargebee.post("/customers", {param: "John"})

    assert response.status_code == 400
    assert response.json() == wrong_value("first_name", "Must be a single string.")
    assert Customer.objects.count() == 0


def test_an_address_that_is_no_set_of_parts_is_refused(chargebee: ChargebeeClient) -> None:
    response = chargebee.post("/customers", {"billing_address": "PO Box"})

    assert response.status_code == 400
    assert response.json() == wrong_value("billing_address", "Takes parts, such as billing_address[email].")
    assert Customer.objects.count() == 0
