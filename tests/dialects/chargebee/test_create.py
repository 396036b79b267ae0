"""Chargebee "Create a customer"."""

from __future__ import annotations

import pytest

from billing_customers.models import BillingSite, Customer
from billing_customers.operations.customers import create_customer, rename_customer
from billing_customers.operations.sites import update_site
from tests.clients import ChargebeeClient
from tests.dialects.clock import START
from tests.dialects.expected import GENERATED_ID, chargebee_customer, wrong_value

pytestmark = pytest.mark.usefixtures("clock")


def test_the_first_sample_of_the_contract_is_answered_line_by_line(chargebee: ChargebeeClient) -> None:
    response = chargebee.post(
        "/customers",
        {
            "id": "__test__KyVnHhSBWl7eY2bl",
            "first_name": "John",
            "last_name": "Doe",
            "email": "john@test.com",
            "locale": "fr-CA",
            "billing_address[first_name]": "John",
            "billing_address[last_name]": "Doe",
            "billing_address[line1]": "PO Box 9999",
            "billing_address[city]": "Walnut",
            "billing_address[state]": "California",
            "billing_address[zip]": "91789",
            "billing_address[country]": "US",
        },
    )

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == {
        "customer": {
            "allow_direct_debit": False,
            "auto_collection": "on",
            "billing_address": {
                "city": "Walnut",
                "country": "US",
                "first_name": "John",
                "last_name": "Doe",
                "line1": "PO Box 9999",
                "object": "billing_address",
                "state": "California",
                "state_code": "CA",
                "validation_status": "not_validated",
                "zip": "91789",
            },
            "card_status": "no_card",
            "created_at": 1517505731,
            "deleted": False,
            "email": "john@test.com",
            "excess_payments": 0,
            "first_name": "John",
            "id": "__test__KyVnHhSBWl7eY2bl",
            "last_name": "Doe",
            "locale": "fr-CA",
            "net_term_days": 0,
            "object": "customer",
            "pii_cleared": "active",
            "preferred_currency_code": "USD",
            "promotional_credits": 0,
            "refundable_credits": 0,
            "resource_version": 1517505731000,
            "taxability": "taxable",
            "unbilled_charges": 0,
            "updated_at": 1517505731,
        }
    }


SCALARS = {
    "first_name": "John",
    "last_name": "Doe",
    "email": "john@test.com",
    "preferred_currency_code": "EUR",
    "phone": "(541) 754-3010",
    "company": "Globex Corp",
    "auto_collection": "off",
    "vat_number": "DE136695976",
    "taxability": "exempt",
    "customer_type": "business",
    "taxjar_exemption_category": "wholesale",
    "locale": "fr-CA",
    "entity_code": "med1",
    "exempt_number": "E-1",
    "offline_payment_method": "bank_transfer",
    "invoice_notes": "line one\nline two",
    "created_from_ip": "192.0.2.1",
    "cf_tier": "gold",
}
ADDRESS = {
    "first_name": "Jane",
    "last_name": "Roe",
    "email": "jane@test.com",
    "company": "Acme",
    "phone": "054-987-6543",
    "line1": "1 High St",
    "line2": "Flat 2",
    "line3": "Rear",
    "city": "Berlin",
    "state_code": "BE",
    "state": "Berlin",
    "zip": "10115",
    "country": "DE",
    "validation_status": "valid",
}


def test_a_customer_with_every_parameter_is_answered_whole(chargebee: ChargebeeClient) -> None:
    params = {
        "id": "c1",
        **SCALARS,
        "net_term_days": "30",
        "allow_direct_debit": "true",
        "registered_for_gst": "false",
        "business_customer_without_vat_number": "true",
        "auto_close_invoices": "false",
        "consolidated_invoicing": "true",
        "meta_data": '{"plan":"gold"}',
        "exemption_details": '[{"cat":7}]',
        **{f"billing_address[{part}]": value for part, value in ADDRESS.items()},
    }

    response = chargebee.post("/customers", params)

    assert response.status_code == 200
    assert response.json() == {
        "customer": chargebee_customer(
            "c1",
            **SCALARS,
            net_term_days=30,
            allow_direct_debit=True,
            registered_for_gst=False,
            business_customer_without_vat_number=True,
            auto_close_invoices=False,
            consolidated_invoicing=True,
            meta_data={"plan": "gold"},
            exemption_details=[{"cat": 7}],
            vat_number_status="not_validated",
            billing_address={**ADDRESS, "object": "billing_address"},
        )
    }
    assert chargebee.get("/customers/c1").json() == response.json()


def test_a_customer_of_no_parameters_has_nothing_that_is_null(chargebee: ChargebeeClient) -> None:
    response = chargebee.post("/customers")

    made = response.json()["customer"]["id"]
    assert GENERATED_ID.match(made)
    assert response.json() == {"customer": chargebee_customer(made)}


def test_empty_parameters_are_as_absent(chargebee: ChargebeeClient) -> None:
    params = dict.fromkeys(
        [*SCALARS, "net_term_days", "allow_direct_debit", "auto_close_invoices", "meta_data", "exemption_details"], ""
    )

    response = chargebee.post("/customers", {"id": "c1", **params, "billing_address[zip]": ""})

    assert response.json() == {"customer": chargebee_customer("c1")}


def test_an_empty_id_is_generated(chargebee: ChargebeeClient) -> None:
    assert GENERATED_ID.match(chargebee.post("/customers", {"id": ""}).json()["customer"]["id"])


def test_an_id_that_is_present_is_refused(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1", "first_name": "first"})

    response = chargebee.post("/customers", {"id": "c1", "first_name": "second"})

    assert response.status_code == 400
    assert response.json() == {
        "message": "id: The value c1 is already present.",
        "type": "invalid_request",
        "api_error_code": "duplicate_entry",
        "param": "id",
        "error_code": "param_not_unique",
        "error_msg": "The value c1 is already present.",
        "error_param": "id",
        "http_status_code": 400,
    }
    assert Customer.objects.get().first_name == "first"


def test_an_id_that_another_customer_once_had_is_refused(chargebee: ChargebeeClient, site: BillingSite) -> None:
    create_customer(site=site, public_id="old", attributes={}, at=START)
    rename_customer(site=site, public_id="old", new_public_id="new", at=START)

    assert chargebee.post("/customers", {"id": "old"}).json()["api_error_code"] == "duplicate_entry"


def test_an_id_of_another_site_is_free(chargebee: ChargebeeClient, other_site: BillingSite) -> None:
    create_customer(site=other_site, public_id="c1", attributes={}, at=START)

    assert chargebee.post("/customers", {"id": "c1"}).json() == {"customer": chargebee_customer("c1")}


@pytest.mark.parametrize(
    "public_id", ["__test__KyVnHhSBWl7eY2bl", "a b", "a@b", "\u05d8\u05dc", "a%2Fb", "..a", "x" * 50, "Move", "a;b?c#d"]
)
def test_an_id_that_a_path_can_hold_is_taken_and_found(chargebee: ChargebeeClient, public_id: str) -> None:
    chargebee.post("/customers", {"id": public_id})

    assert chargebee.get(f"/customers/{_quoted(public_id)}").json() == {"customer": chargebee_customer(public_id)}


def _quoted(public_id: str) -> str:
    return "".join(f"%{byte:02X}" for byte in public_id.encode())


@pytest.mark.parametrize(
    ("public_id", "message"),
    [
        ("x" * 51, "An id has at most 50 characters."),
        ("a/b", "An id cannot contain / or control characters."),
        ("a\nb", "An id cannot contain / or control characters."),
        ("a\x85b", "An id cannot contain / or control characters."),
        (" a", "An id cannot begin or end with a blank."),
        ("a\u00a0", "An id cannot begin or end with a blank."),
        ("move", "'move' is reserved."),
        ("merge", "'merge' is reserved."),
        ("upsert", "'upsert' is reserved."),
        (".", "'.' is reserved."),
        ("..", "'..' is reserved."),
    ],
)
def test_an_id_that_a_path_cannot_hold_is_refused(chargebee: ChargebeeClient, public_id: str, message: str) -> None:
    response = chargebee.post("/customers", {"id": public_id})

    assert response.status_code == 400
    assert response.json() == wrong_value("id", message)
    assert Customer.objects.count() == 0


def test_the_currency_is_that_of_the_site(chargebee: ChargebeeClient, site: BillingSite) -> None:
    update_site(site=site, default_currency="ILS")

    assert chargebee.post("/customers").json()["customer"]["preferred_currency_code"] == "ILS"


def test_a_second_customer_with_the_email_is_refused_where_the_site_forbids_it(
    chargebee: ChargebeeClient, site: BillingSite
) -> None:
    update_site(site=site, forbids_duplicate_emails=True)
    chargebee.post("/customers", {"email": "john@test.com"})

    response = chargebee.post("/customers", {"email": "JOHN@test.com"})

    assert response.status_code == 400
    assert response.json() == wrong_value("email", "A customer with this e-mail address exists already.") | {
        "api_error_code": "duplicate_entry",
        "error_code": "param_not_unique",
    }
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("vat_number", "status"),
    [("DE136695976", "not_validated"), ("DE136695977", "invalid"), ("XYZ", None)],
)
def test_the_syntax_of_a_vat_number_gives_its_status(
    chargebee: ChargebeeClient, vat_number: str, status: str | None
) -> None:
    customer = chargebee.post("/customers", {"vat_number": vat_number}).json()["customer"]

    assert customer.get("vat_number_status") == status


def test_unknown_parameters_are_ignored(chargebee: ChargebeeClient) -> None:
    response = chargebee.post(
        "/customers",
        {"id": "c1", "name": "x", "vat_number_status": "valid", "foo[bar][0]": "1", "billing_address[object]": "x"},
    )

    assert response.json() == {"customer": chargebee_customer("c1")}


def test_the_fraud_flag_is_no_parameter_of_create(chargebee: ChargebeeClient) -> None:
    response = chargebee.post("/customers", {"id": "c1", "fraud_flag": "safe"})

    assert response.json() == {"customer": chargebee_customer("c1")}
