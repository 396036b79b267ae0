"""Chargebee: bodies of JSON, which this server takes beside forms."""

from __future__ import annotations

import json
from typing import Any

import pytest

from billing_customers.models import Customer
from tests.clients import ChargebeeClient
from tests.dialects.expected import chargebee_customer, chargebee_refusal, wrong_value

pytestmark = pytest.mark.usefixtures("clock")


def post(chargebee: ChargebeeClient, path: str, body: Any, content_type: str = "application/json") -> Any:
    raw = body if isinstance(body, str | bytes) else json.dumps(body)
    return chargebee.http.post(chargebee.prefix + path, raw, content_type=content_type)


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8"])
def test_a_json_body_has_the_types_of_json(chargebee: ChargebeeClient, content_type: str) -> None:
    response = post(
        chargebee,
        "/customers",
        {
            "id": "c1",
            "first_name": "John",
            "net_term_days": 30,
            "allow_direct_debit": True,
            "meta_data": {"a": [1]},
            "exemption_details": [{"cat": 7}],
            "company": None,
            "cf_level": 3,
            "billing_address": {"city": "Walnut", "zip": None},
        },
        content_type,
    )

    assert response.status_code == 200
    assert response.json() == {
        "customer": chargebee_customer(
            "c1",
            first_name="John",
            net_term_days=30,
            allow_direct_debit=True,
            meta_data={"a": [1]},
            exemption_details=[{"cat": 7}],
            cf_level=3,
            billing_address={
                "city": "Walnut",
                "validation_status": "not_validated",
                "object": "billing_address",
            },
        )
    }


def test_null_clears(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1", "company": "Acme", "meta_data": "{}", "cf_a": "1", "net_term_days": "3"})

    response = post(
        chargebee, "/customers/c1", {"company": None, "meta_data": None, "cf_a": None, "net_term_days": None}
    )

    version = response.json()["customer"]["resource_version"]
    assert response.json() == {"customer": chargebee_customer("c1", resource_version=version)}


@pytest.mark.parametrize(
    ("body", "param", "message"),
    [
        ({"id": 7}, "id", "Must be a single string."),
        ({"first_name": 7}, "first_name", "Must be a single string."),
        ({"first_name": ["John"]}, "first_name", "Must be a single string."),
        ({"auto_collection": True}, "auto_collection", "Must be a single string."),
        ({"net_term_days": True}, "net_term_days", "Must be an integer."),
        ({"net_term_days": 1.0}, "net_term_days", "Must be an integer."),
        ({"net_term_days": [1]}, "net_term_days", "Must be an integer."),
        ({"allow_direct_debit": 1}, "allow_direct_debit", "Must be true or false."),
        ({"allow_direct_debit": {}}, "allow_direct_debit", "Must be true or false."),
        ({"meta_data": [1]}, "meta_data", "Must be a JSON object."),
        ({"exemption_details": {"a": 1}}, "exemption_details", "Must be a JSON array."),
        ({"billing_address": []}, "billing_address", "Takes parts, such as billing_address[email]."),
        ({"billing_address": {"zip": 91789}}, "billing_address[zip]", "Must be a single string."),
        ({"cf_a": []}, "cf_a", "A custom field holds a single value."),
    ],
)
def test_a_wrong_type_is_refused(chargebee: ChargebeeClient, body: dict[str, Any], param: str, message: str) -> None:
    response = post(chargebee, "/customers", body)

    assert response.status_code == 400
    assert response.json() == wrong_value(param, message)
    assert Customer.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("[]", "The request body must be a JSON object."),
        ("{", "The text is not JSON: line 1, column 2."),
        ('{"id":"a","id":"b"}', "The key 'id' appears more than once in one object."),
        (b'{"id":"\xff"}', "The JSON text is not valid UTF-8."),
        ('{"id":"\\u0000"}', "The text contains the character U+0000."),
    ],
)
def test_what_is_no_json_object_is_refused(chargebee: ChargebeeClient, body: str | bytes, message: str) -> None:
    response = post(chargebee, "/customers", body)

    assert response.status_code == 400
    assert response.json() == chargebee_refusal(400, "invalid_request", message)
    assert Customer.objects.count() == 0


def test_a_contact_is_added_by_json(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1"})

    response = post(chargebee, "/customers/c1/add_contact", {"contact": {"email": "j@x.co", "enabled": True}})

    assert response.json()["customer"]["contacts"][0]["enabled"] is True
