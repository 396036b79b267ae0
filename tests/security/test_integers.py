"""Integers: what is one, and how large it may be, wherever a caller may send one."""

from __future__ import annotations

import json

import pytest

from billing_customers.models import Customer
from tests.clients import ChargebeeClient
from tests.dialects.expected import wrong_value

pytestmark = pytest.mark.usefixtures("clock")

NOT_INTEGERS = [
    "abc",
    "1.0",
    "1.5",
    "1e3",
    "+5",
    " 5",
    "5 ",
    "05",
    "00",
    "0x10",
    "1_000",
    "true",
    "None",
    "--1",
    "\u0661\u0662",
    "\uff11",
    "\xb2",
    "9" * 20,
    "9" * 4_000,
    "-" + "9" * 400,
    "5\n",
]
RANGE = "Must be from 0 to 2147483647."


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("1", 1), ("30", 30), ("2147483647", 2_147_483_647)])
def test_net_term_days_in_range_are_kept(chargebee: ChargebeeClient, text: str, value: int) -> None:
    assert chargebee.post("/customers", {"net_term_days": text}).json()["customer"]["net_term_days"] == value


@pytest.mark.parametrize(
    "text",
    ["-1", "2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "9999999999999999999"],
)
def test_net_term_days_out_of_range_are_refused(chargebee: ChargebeeClient, text: str) -> None:
    response = chargebee.post("/customers", {"net_term_days": text})

    assert response.status_code == 400
    assert response.json() == wrong_value("net_term_days", RANGE)
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("text", NOT_INTEGERS)
def test_net_term_days_that_are_no_integer_are_refused(chargebee: ChargebeeClient, text: str) -> None:
    response = chargebee.post("/customers", {"net_term_days": text})

    assert response.status_code == 400
    assert response.json() == wrong_value("net_term_days", "Must be an integer.")
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("text", ["1.0", "1.5", "1e3", "true", '"1.0"', "[]", "{}", '"\u0661"', "-0.0"])
def test_net_term_days_of_another_type_of_json_are_refused(chargebee: ChargebeeClient, text: str) -> None:
    response = chargebee.http.post("/api/v2/customers", f'{{"net_term_days":{text}}}', content_type="application/json")

    assert response.status_code == 400
    assert response.json() == wrong_value("net_term_days", "Must be an integer.")
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("text", ["9223372036854775808", "-9223372036854775809", "9" * 4_000])
def test_an_integer_of_more_than_64_bits_in_json_is_refused(chargebee: ChargebeeClient, text: str) -> None:
    response = chargebee.http.post("/api/v2/customers", f'{{"net_term_days":{text}}}', content_type="application/json")

    assert response.status_code == 400
    assert response.json()["error_msg"] == "An integer is outside the range of 64 bits."
    assert Customer.objects.count() == 0


def test_the_ends_of_64_bits_survive_in_metadata(chargebee: ChargebeeClient) -> None:
    data = {"least": -(2**63), "most": 2**63 - 1, "small": 5e-324, "near": 9.2e18, "one": 1, "yes": True}
    chargebee.post("/customers", {"id": "c1", "meta_data": json.dumps(data)})

    assert chargebee.get("/customers/c1").json()["customer"]["meta_data"] == data


@pytest.mark.parametrize("number", ["1e19", "-1e19", "1e300", "9223372036854775808.0"])
def test_a_float_that_a_database_would_turn_into_a_larger_integer_is_refused(
    chargebee: ChargebeeClient, number: str
) -> None:
    response = chargebee.post("/customers", {"meta_data": f'{{"n":{number}}}'})

    assert response.status_code == 400
    assert response.json() == wrong_value("meta_data", "Numbers must fit in 64 bits.")
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("text", ["1", "10", "100", ""])
def test_a_limit_in_range_is_taken(chargebee: ChargebeeClient, text: str) -> None:
    assert chargebee.get("/customers", {"limit": text}).status_code == 200


@pytest.mark.parametrize("text", ["0", "-1", "101", "2147483648", "9223372036854775808", *NOT_INTEGERS])
def test_any_other_limit_is_refused(chargebee: ChargebeeClient, text: str) -> None:
    response = chargebee.get("/customers", {"limit": text})

    assert response.status_code == 400
    assert response.json() == wrong_value("limit", "Must be an integer from 1 to 100.")


@pytest.mark.parametrize("operator", ["after", "before", "on"])
@pytest.mark.parametrize("seconds", ["0", "1", "1517505731", "4102444800", "253402214399"])
def test_a_time_in_range_is_taken(chargebee: ChargebeeClient, operator: str, seconds: str) -> None:
    assert chargebee.get("/customers", {f"created_at[{operator}]": seconds}).status_code == 200


@pytest.mark.parametrize("operator", ["after", "before", "on"])
@pytest.mark.parametrize("seconds", ["-1", "253402214400", "253402300799", "9223372036854775807", "1517505731000"])
def test_a_time_out_of_range_is_refused(chargebee: ChargebeeClient, operator: str, seconds: str) -> None:
    response = chargebee.get("/customers", {f"updated_at[{operator}]": seconds})

    assert response.status_code == 400
    assert response.json() == wrong_value(f"updated_at[{operator}]", "Must be a timestamp in seconds (UTC).")


@pytest.mark.parametrize("text", NOT_INTEGERS)
def test_a_time_that_is_no_integer_is_refused(chargebee: ChargebeeClient, text: str) -> None:
    response = chargebee.get("/customers", {"created_at[after]": text})

    assert response.status_code == 400
    assert response.json() == wrong_value("created_at[after]", "Must be an integer.")


def test_a_span_of_the_whole_range_is_taken(chargebee: ChargebeeClient) -> None:
    assert chargebee.get("/customers", {"created_at[between]": "[0,253402214399]"}).status_code == 200
