"""chargebee for Node: promotional credits and recorded payments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Scenario = Callable[[str], Any]


def test_credits(scenario: Scenario) -> None:
    result = scenario("credits")

    assert (result["added"]["type"], result["added"]["closing_balance"]) == ("increment", 500)
    assert (result["deducted"]["amount"], result["deducted"]["closing_balance"]) == (200, 300)
    assert result["set"]["promotional_credits"] == 1000
    assert [each["balance_currency_code"] for each in result["older"]["balances"]] == ["EUR", "USD"]
    assert result["list"] == [{"promotional_credit": result["deducted"]}]
    assert result["retrieved"] == result["added"]


def test_excess_payment(scenario: Scenario) -> None:
    result = scenario("excessPayment")

    recorded = result["recorded"]
    assert (recorded["customer"]["excess_payments"], recorded["transaction"]["amount_unused"]) == (500, 500)
    assert recorded["transaction"] == result["retrieved"]
    assert result["listed"] == result["ofCustomer"] == [{"transaction": result["retrieved"]}]
    assert (result["refused"]["api_error_code"], result["refused"]["param"]) == (
        "param_wrong_value",
        "transaction[amount]",
    )
