"""Chargebee: each "max chars", "min" and "max" of the contract, at the limit and one beyond it."""

from __future__ import annotations

import pytest

from billing_customers.models import Contact, Customer
from tests.clients import ChargebeeClient
from tests.dialects.expected import wrong_value

pytestmark = pytest.mark.usefixtures("clock")

CUSTOMER_LIMITS = {
    "first_name": 150,
    "last_name": 150,
    "phone": 50,
    "company": 250,
    "locale": 50,
    "exempt_number": 100,
    "invoice_notes": 2000,
}
CREATE_LIMITS = {**CUSTOMER_LIMITS, "vat_number": 20, "created_from_ip": 50}
ADDRESS_LIMITS = {
    "first_name": 150,
    "last_name": 150,
    "company": 250,
    "phone": 50,
    "line1": 150,
    "line2": 150,
    "line3": 150,
    "city": 50,
    "state_code": 50,
    "state": 50,
    "zip": 20,
}
CONTACT_LIMITS = {"id": 150, "first_name": 150, "last_name": 150, "phone": 50, "label": 50}

ADDRESSES = [(f"billing_address[{part}]", limit) for part, limit in ADDRESS_LIMITS.items()]
CONTACTS = [(f"contact[{part}]", limit) for part, limit in CONTACT_LIMITS.items()]


def email_of(length: int) -> str:
    return "e" * 60 + "@" + "d" * (length - 65) + ".com"


@pytest.mark.parametrize(("param", "limit"), [*CREATE_LIMITS.items(), *ADDRESSES])
def test_create_takes_a_text_of_the_longest_length(chargebee: ChargebeeClient, param: str, limit: int) -> None:
    response = chargebee.post("/customers", {"id": "c1", param: "\u05d0" * limit})

    assert response.status_code == 200
    assert "\u05d0" * limit in str(chargebee.get("/customers/c1").json())


@pytest.mark.parametrize(("param", "limit"), [*CREATE_LIMITS.items(), *ADDRESSES])
def test_create_refuses_a_text_one_longer(chargebee: ChargebeeClient, param: str, limit: int) -> None:
    response = chargebee.post("/customers", {"first_name": "John", param: "x" * (limit + 1)})

    assert response.status_code == 400
    assert response.json() == wrong_value(param, f"Must have at most {limit} characters.")
    assert Customer.objects.count() == 0


@pytest.mark.parametrize(("param", "limit"), CUSTOMER_LIMITS.items())
def test_update_refuses_a_text_one_longer(chargebee: ChargebeeClient, param: str, limit: int) -> None:
    made = chargebee.post("/customers", {"id": "c1"})

    response = chargebee.post("/customers/c1", {param: "x" * (limit + 1)})

    assert response.status_code == 400
    assert response.json() == wrong_value(param, f"Must have at most {limit} characters.")
    assert chargebee.get("/customers/c1").json() == made.json()


@pytest.mark.parametrize(("param", "limit"), [("vat_number", 20), *ADDRESSES])
def test_billing_info_refuses_a_text_one_longer(chargebee: ChargebeeClient, param: str, limit: int) -> None:
    made = chargebee.post("/customers", {"id": "c1", "billing_address[city]": "Walnut"})

    response = chargebee.post("/customers/c1/update_billing_info", {param: "x" * (limit + 1)})

    assert response.status_code == 400
    assert response.json() == wrong_value(param, f"Must have at most {limit} characters.")
    assert chargebee.get("/customers/c1").json() == made.json()


@pytest.mark.parametrize(("param", "limit"), CONTACTS)
def test_a_contact_takes_a_text_of_the_longest_length(chargebee: ChargebeeClient, param: str, limit: int) -> None:
    chargebee.post("/customers", {"id": "c1"})

    response = chargebee.post("/customers/c1/add_contact", {"contact[email]": "j@x.co", param: "\u05d0" * limit})

    assert response.status_code == 200
    assert "\u05d0" * limit in str(response.json())


@pytest.mark.parametrize(("param", "limit"), CONTACTS)
def test_a_contact_refuses_a_text_one_longer(chargebee: ChargebeeClient, param: str, limit: int) -> None:
    chargebee.post("/customers", {"id": "c1"})

    response = chargebee.post("/customers/c1/add_contact", {"contact[email]": "j@x.co", param: "x" * (limit + 1)})

    assert response.status_code == 400
    assert response.json() == wrong_value(param, f"Must have at most {limit} characters.")
    assert Contact.objects.count() == 0


@pytest.mark.parametrize("param", ["email", "billing_address[email]"])
def test_an_email_has_at_most_70_characters(chargebee: ChargebeeClient, param: str) -> None:
    taken = chargebee.post("/customers", {param: email_of(70)})
    refused = chargebee.post("/customers", {param: email_of(71)})

    assert taken.status_code == 200
    assert refused.status_code == 400
    assert refused.json() == wrong_value(param, "Must have at most 70 characters.")
    assert Customer.objects.count() == 1


def test_the_email_of_a_contact_has_at_most_70_characters(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1"})

    taken = chargebee.post("/customers/c1/add_contact", {"contact[email]": email_of(70)})
    refused = chargebee.post("/customers/c1/add_contact", {"contact[email]": email_of(71)})

    assert taken.status_code == 200
    assert refused.json() == wrong_value("contact[email]", "Must have at most 70 characters.")
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("param", ["email", "billing_address[email]"])
@pytest.mark.parametrize("email", ["john", "john@", "@test.com", "john@test", "a b@test.com", "john@@test.com"])
def test_an_email_must_be_one(chargebee: ChargebeeClient, param: str, email: str) -> None:
    response = chargebee.post("/customers", {param: email})

    assert response.status_code == 400
    assert response.json() == wrong_value(param, "Must be an e-mail address, such as name@example.com.")
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("country", ["USA", "XX", "U", "\u05d9\u05e9", "1"])
def test_a_country_is_of_iso_3166(chargebee: ChargebeeClient, country: str) -> None:
    response = chargebee.post("/customers", {"billing_address[country]": country})

    assert response.status_code == 400
    assert response.json() == wrong_value(
        "billing_address[country]", "Must be an ISO 3166 country code of two letters, such as US."
    )
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("currency", ["EURO", "XXX1", "ABC", "E", "12"])
def test_a_currency_is_of_iso_4217(chargebee: ChargebeeClient, currency: str) -> None:
    response = chargebee.post("/customers", {"preferred_currency_code": currency})

    assert response.status_code == 400
    assert response.json() == wrong_value("preferred_currency_code", "Must be an ISO 4217 currency code, such as USD.")
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("param", ["first_name", "company", "billing_address[line1]", "locale"])
@pytest.mark.parametrize("text", ["a\nb", "a\x07", "\x7f", "a\tb"])
def test_a_single_line_has_no_control_characters(chargebee: ChargebeeClient, param: str, text: str) -> None:
    response = chargebee.post("/customers", {param: text})

    assert response.status_code == 400
    assert response.json() == wrong_value(param, "Must not contain control characters.")
    assert Customer.objects.count() == 0
