"""Chargebee: custom fields, ``cf_*`` at the top level of a customer."""

from __future__ import annotations

import pytest

from billing_customers.models import Customer
from tests.clients import ChargebeeClient
from tests.dialects.expected import VERSION, chargebee_customer, wrong_value

pytestmark = pytest.mark.usefixtures("clock")


def test_custom_fields_come_back_with_the_case_of_their_names(chargebee: ChargebeeClient) -> None:
    response = chargebee.post("/customers", {"id": "c1", "cf_tier": "gold", "cf_Tier2": "\u05d0"})

    assert response.json() == {"customer": chargebee_customer("c1", cf_tier="gold", cf_Tier2="\u05d0")}
    assert chargebee.get("/customers/c1").json() == response.json()


def test_an_update_adds_changes_and_clears_by_name(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1", "cf_stays": "a", "cf_changes": "b", "cf_goes": "c"})

    response = chargebee.post("/customers/c1", {"cf_changes": "B", "cf_goes": "", "cf_new": "d"})

    assert response.json() == {
        "customer": chargebee_customer("c1", cf_stays="a", cf_changes="B", cf_new="d", resource_version=VERSION + 1)
    }


def test_the_last_one_can_be_cleared(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1", "cf_a": "1"})

    assert "cf_a" not in chargebee.post("/customers/c1", {"cf_a": ""}).json()["customer"]
    assert Customer.objects.get().custom_fields is None


@pytest.mark.parametrize(
    ("params", "param", "message"),
    [
        ({"cf_": "x"}, "cf_", "A custom field's name is cf_ and letters, digits or _."),
        ({"cf_a-b": "x"}, "cf_a-b", "A custom field's name is cf_ and letters, digits or _."),
        ({"cf_" + "n" * 101: "x"}, "cf_" + "n" * 61, "A custom field's name is cf_ and letters, digits or _."),
        ({"cf_a[b]": "x"}, "cf_a", "A custom field holds a single value."),
        ({"cf_a": "x" * 1_001}, "cf_a", "A custom field holds at most 1000 characters."),
        ({"cf_a": "a\x07b"}, "cf_a", "Must not contain control characters."),
        (
            {f"cf_{number}": "x" for number in range(101)},
            "custom_fields",
            "Must be an object of at most 100 custom fields.",
        ),
    ],
)
def test_a_wrong_custom_field_is_refused(
    chargebee: ChargebeeClient, params: dict[str, str], param: str, message: str
) -> None:
    response = chargebee.post("/customers", params)

    assert response.status_code == 400
    assert response.json() == wrong_value(param, message)
    assert Customer.objects.count() == 0


def test_custom_fields_are_no_parameters_of_other_operations(chargebee: ChargebeeClient) -> None:
    made = chargebee.post("/customers", {"id": "c1"})

    response = chargebee.post("/customers/c1/change_billing_date", {"cf_a": "x"})

    assert response.json() == made.json()
