"""Chargebee: ``meta_data`` and ``exemption_details``, each one form field that holds JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from billing_customers.models import Customer
from tests.clients import ChargebeeClient
from tests.dialects.expected import chargebee_customer, wrong_value

pytestmark = pytest.mark.usefixtures("clock")

DATA = {"plan": "gold", "n": 1, "nested": {"b": [1, True, None, 1.5]}, "\u05d0'\"": "d'e"}


@pytest.mark.parametrize("spell", [json.dumps, lambda data: json.dumps(data, ensure_ascii=False), str])
def test_meta_data_may_be_json_or_what_a_python_dict_looks_like(chargebee: ChargebeeClient, spell: Any) -> None:
    response = chargebee.post("/customers", {"id": "c1", "meta_data": spell(DATA)})

    assert response.json() == {"customer": chargebee_customer("c1", meta_data=DATA)}
    assert chargebee.get("/customers/c1").json() == response.json()


def test_meta_data_is_replaced_whole(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1", "meta_data": '{"a":1}'})

    assert chargebee.post("/customers/c1", {"meta_data": '{"b":2}'}).json()["customer"]["meta_data"] == {"b": 2}


def test_an_empty_object_is_shown_and_an_empty_value_clears(chargebee: ChargebeeClient) -> None:
    empty = chargebee.post("/customers", {"id": "c1", "meta_data": "{}"})
    cleared = chargebee.post("/customers/c1", {"meta_data": ""})

    assert empty.json()["customer"]["meta_data"] == {}
    assert "meta_data" not in cleared.json()["customer"]


@pytest.mark.parametrize("text", ["[]", "1", '"x"', "null", "[{'a': 1}]", "True"])
def test_meta_data_that_is_no_object_is_refused(chargebee: ChargebeeClient, text: str) -> None:
    response = chargebee.post("/customers", {"meta_data": text})

    assert response.status_code == 400
    assert response.json() == wrong_value("meta_data", "Must be a JSON object.")
    assert Customer.objects.count() == 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x", "The text is not JSON: line 1, column 1."),
        ("{", "The text is not JSON: line 1, column 2."),
        ('{"a":1,"a":2}', "The key 'a' appears more than once in one object."),
        ('{"a":"\\u0000"}', "The text contains the character U+0000."),
        ('{"a":"\\ud800"}', "The text contains a lone surrogate."),
        ('{"a":NaN}', "NaN is not a JSON value."),
        ('{"a":9223372036854775808}', "An integer is outside the range of 64 bits."),
        ("{'a': __import__('os')}", "The text is not JSON: line 1, column 2."),
        ("[" * 20_000, "The JSON text is nested more than 12 levels deep."),
    ],
)
def test_meta_data_that_is_no_json_is_refused_with_the_reason(
    chargebee: ChargebeeClient, text: str, reason: str
) -> None:
    response = chargebee.post("/customers", {"meta_data": text})

    assert response.status_code == 400
    assert response.json() == wrong_value("meta_data", f"Must be JSON. {reason}")
    assert Customer.objects.count() == 0


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"k": "x" * 65_528}, "Must have at most 65535 characters as JSON."),
        ({"k": {"k": {"k": {"k": {"k": {"k": {"k": {"k": {}}}}}}}}}, "Must not be nested deeper than 8 levels."),
        ({"k": 1e20}, "Numbers must fit in 64 bits."),
    ],
)
def test_meta_data_over_a_limit_is_refused(chargebee: ChargebeeClient, data: dict[str, Any], message: str) -> None:
    response = chargebee.post("/customers", {"meta_data": json.dumps(data)})

    assert response.status_code == 400
    assert response.json() == wrong_value("meta_data", message)
    assert Customer.objects.count() == 0


def test_meta_data_of_65535_characters_is_kept(chargebee: ChargebeeClient) -> None:
    data = {"k": "\u05d0" * 65_527}

    assert chargebee.post("/customers", {"meta_data": json.dumps(data)}).status_code == 400
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    assert len(text) == 65_535
    assert _posted_as_json(chargebee, data)["meta_data"] == data


def _posted_as_json(chargebee: ChargebeeClient, data: dict[str, Any]) -> dict[str, Any]:
    raw = json.dumps({"meta_data": data}, ensure_ascii=False)
    customer: dict[str, Any] = chargebee.http.post("/api/v2/customers", raw, content_type="application/json").json()[
        "customer"
    ]
    return customer


def test_meta_data_that_is_given_twice_is_refused(chargebee: ChargebeeClient) -> None:
    response = chargebee.post("/customers", [("meta_data", "{}"), ("meta_data", "{}")])

    assert response.json() == wrong_value("meta_data", "Must be a JSON object.")


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ([json.dumps([{"cat": 7}, {"cat": 8}])], [{"cat": 7}, {"cat": 8}]),
        ([str([{"cat": 7}])], [{"cat": 7}]),
        (["{'cat': 7}"], [{"cat": 7}]),
        (["{'cat': 7}", '{"cat":8}'], [{"cat": 7}, {"cat": 8}]),
        (["[]"], []),
    ],
)
def test_exemption_details_may_be_one_array_or_a_field_for_each_element(
    chargebee: ChargebeeClient, fields: list[str], shown: list[Any]
) -> None:
    response = chargebee.post("/customers", [("id", "c1"), *(("exemption_details", field) for field in fields)])

    assert response.json() == {"customer": chargebee_customer("c1", exemption_details=shown)}
    assert chargebee.get("/customers/c1").json() == response.json()


def test_exemption_details_can_be_cleared(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1", "exemption_details": "[1]"})

    assert "exemption_details" not in chargebee.post("/customers/c1", {"exemption_details": ""}).json()["customer"]


@pytest.mark.parametrize(
    ("param", "message"),
    [
        ("exemption_details", "Must be JSON. The text is not JSON: line 1, column 1."),
        ("exemption_details[a]", "Must be a JSON array."),
    ],
)
def test_exemption_details_that_are_no_array_are_refused(chargebee: ChargebeeClient, param: str, message: str) -> None:
    response = chargebee.post("/customers", {param: "x"})

    assert response.status_code == 400
    assert response.json() == wrong_value("exemption_details", message)
    assert Customer.objects.count() == 0
