"""Chargebee "Update billing info for a customer": address and tax registration are replaced whole."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients import ChargebeeClient
from tests.dialects.expected import VERSION, chargebee_customer, wrong_value

pytestmark = pytest.mark.usefixtures("clock")

TAX = {
    "vat_number": "DE136695976",
    "registered_for_gst": "true",
    "business_customer_without_vat_number": "false",
}
# Without a status: of a German number at an American address the syntax says nothing.
TAX_SHOWN = {
    "vat_number": "DE136695976",
    "registered_for_gst": True,
    "business_customer_without_vat_number": False,
}
ADDRESS = {
    "first_name": "John",
    "last_name": "Doe",
    "line1": "PO Box 9999",
    "city": "Walnut",
    "state": "California",
    "zip": "91789",
    "country": "US",
}
ADDRESS_PARAMS = {f"billing_address[{part}]": value for part, value in ADDRESS.items()}
ADDRESS_SHOWN = {
    **ADDRESS,
    "state_code": "CA",
    "validation_status": "not_validated",
    "object": "billing_address",
}
CHANGED = {"resource_version": VERSION + 1}


@pytest.fixture
def made(chargebee: ChargebeeClient) -> dict[str, Any]:
    """A customer with all billing info, and a name beside it."""
    customer: dict[str, Any] = chargebee.post(
        "/customers", {"id": "c1", "first_name": "David", **TAX, **ADDRESS_PARAMS}
    ).json()["customer"]
    return customer


def test_billing_info_is_added_to_a_customer_without(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1", "first_name": "David"})

    response = chargebee.post("/customers/c1/update_billing_info", {**TAX, **ADDRESS_PARAMS})

    assert response.status_code == 200
    assert response.json() == {
        "customer": chargebee_customer("c1", first_name="David", **TAX_SHOWN, billing_address=ADDRESS_SHOWN, **CHANGED)
    }
    assert chargebee.get("/customers/c1").json() == response.json()


def test_a_vat_number_alone_drops_the_address(chargebee: ChargebeeClient, made: dict[str, Any]) -> None:
    response = chargebee.post("/customers/c1/update_billing_info", {"vat_number": "ATU13585627"})

    assert response.json() == {
        "customer": chargebee_customer(
            "c1", first_name="David", vat_number="ATU13585627", vat_number_status="not_validated", **CHANGED
        )
    }


def test_an_address_alone_drops_the_tax_registration(chargebee: ChargebeeClient, made: dict[str, Any]) -> None:
    response = chargebee.post("/customers/c1/update_billing_info", {"billing_address[city]": "Walnut"})

    assert response.json() == {
        "customer": chargebee_customer(
            "c1",
            first_name="David",
            billing_address={"city": "Walnut", "validation_status": "not_validated", "object": "billing_address"},
            **CHANGED,
        )
    }


def test_nothing_at_all_drops_everything(chargebee: ChargebeeClient, made: dict[str, Any]) -> None:
    response = chargebee.post("/customers/c1/update_billing_info")

    assert response.json() == {"customer": chargebee_customer("c1", first_name="David", **CHANGED)}


@pytest.mark.parametrize("extra", [{"billing_address[zip]": ""}, {"billing_address[validation_status]": "valid"}])
def test_an_address_without_a_single_part_is_none(
    chargebee: ChargebeeClient, made: dict[str, Any], extra: dict[str, str]
) -> None:
    response = chargebee.post("/customers/c1/update_billing_info", extra)

    assert "billing_address" not in response.json()["customer"]


def test_other_parameters_are_ignored(chargebee: ChargebeeClient, made: dict[str, Any]) -> None:
    params = {**TAX, **ADDRESS_PARAMS, "first_name": "x", "email": "nope", "cf_a": "1"}

    assert chargebee.post("/customers/c1/update_billing_info", params).json() == {"customer": made}


def test_a_wrong_part_is_refused_and_nothing_is_dropped(chargebee: ChargebeeClient, made: dict[str, Any]) -> None:
    response = chargebee.post("/customers/c1/update_billing_info", {"billing_address[country]": "USA"})

    assert response.status_code == 400
    assert response.json() == wrong_value(
        "billing_address[country]", "Must be an ISO 3166 country code of two letters, such as US."
    )
    assert chargebee.get("/customers/c1").json() == {"customer": made}


@pytest.mark.parametrize(
    ("country", "code", "state"),
    [
        ("US", "CA", "California"),
        ("US", "ca", "California"),
        ("us", "AZ", "Arizona"),
        ("CA", "BC", "British Columbia"),
        ("IN", "TN", "Tamil Nadu"),
        ("AE", "DU", "Dubai"),
    ],
)
def test_the_state_is_set_from_its_code(chargebee: ChargebeeClient, country: str, code: str, state: str) -> None:
    params = {"billing_address[country]": country, "billing_address[state_code]": code}

    address = chargebee.post("/customers", params).json()["customer"]["billing_address"]

    assert (address["country"], address["state_code"], address["state"]) == (country.upper(), code.upper(), state)


@pytest.mark.parametrize(
    ("country", "state", "code"),
    [
        ("US", "California", "CA"),
        ("US", "new york", "NY"),
        ("CA", "Quebec", "QC"),
        ("IN", "Tamil Nadu", "TN"),
        ("AE", "Dubai", "DU"),
    ],
)
def test_the_code_is_set_from_the_state(chargebee: ChargebeeClient, country: str, state: str, code: str) -> None:
    params = {"billing_address[country]": country, "billing_address[state]": state}

    address = chargebee.post("/customers", params).json()["customer"]["billing_address"]

    assert (address["state"], address["state_code"]) == (state, code)


@pytest.mark.parametrize("code", ["US-CA", "ZZ", "California"])
def test_a_code_that_the_country_has_not_is_refused(
    chargebee: ChargebeeClient, made: dict[str, Any], code: str
) -> None:
    response = chargebee.post(
        "/customers/c1/update_billing_info",
        {"billing_address[country]": "US", "billing_address[state_code]": code},
    )

    assert response.status_code == 400
    assert response.json() == wrong_value("billing_address[state_code]", "Must be a state code of US.")
    assert chargebee.get("/customers/c1").json() == {"customer": made}


def test_a_state_that_the_country_has_not_is_kept_without_a_code(chargebee: ChargebeeClient) -> None:
    params = {"billing_address[country]": "US", "billing_address[state]": "Bavaria"}

    address = chargebee.post("/customers", params).json()["customer"]["billing_address"]

    assert address == {
        "country": "US",
        "state": "Bavaria",
        "validation_status": "not_validated",
        "object": "billing_address",
    }


@pytest.mark.parametrize("country", ["DE", None])
def test_elsewhere_state_and_code_are_kept_as_given(chargebee: ChargebeeClient, country: str | None) -> None:
    params = {"billing_address[state_code]": "BY", "billing_address[state]": "Bayern"}
    if country:
        params["billing_address[country]"] = country

    address = chargebee.post("/customers", params).json()["customer"]["billing_address"]

    assert (address["state_code"], address["state"]) == ("BY", "Bayern")
