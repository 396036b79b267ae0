"""chargebee for Node: what a customer pays with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Scenario = Callable[[str], Any]


def test_create_with_a_card(scenario: Scenario) -> None:
    answer = scenario("createWithCard")

    customer, card = answer["customer"], answer["card"]
    assert (customer["card_status"], customer["payment_method"]["gateway"]) == ("valid", "chargebee")
    assert (card["payment_source_id"], card["card_type"], card["masked_number"]) == (
        customer["primary_payment_source_id"],
        "visa",
        "************1881",
    )


def test_declined_card_is_a_plain_object_of_the_type_payment(scenario: Scenario) -> None:
    error = scenario("declinedCard")

    assert (error["isError"], error["http_status_code"], error["type"]) == (False, 400, "payment")
    assert (error["api_error_code"], error["error_cause_id"]) == (
        "payment_processing_failed",
        "gateway.general.card_declined",
    )


def test_payment_method_is_replaced(scenario: Scenario) -> None:
    answer = scenario("updatePaymentMethod")

    assert answer["customer"]["payment_method"]["reference_id"] == "cus_1/card_1"
    assert answer["card"]["payment_source_id"] == answer["customer"]["primary_payment_source_id"]


def test_role_is_assigned(scenario: Scenario) -> None:
    answer = scenario("assignPaymentRole")

    assert answer["customer"]["primary_payment_source_id"] == answer["payment_source"]["id"]
    assert answer["payment_source"]["card"]["brand"] == "american_express"


def test_source_is_read_listed_and_deleted(scenario: Scenario) -> None:
    made = scenario("paymentSources")

    assert made["retrieved"] == made["created"]
    assert made["listed"] == [{"payment_source": made["created"]}]
    assert (made["deleted"]["payment_source"]["deleted"], made["left"]) == (True, 1)


def test_card_of_a_customer_is_read(scenario: Scenario) -> None:
    assert scenario("cardOfCustomer")["last4"] == "1881"
