"""Whole bodies of both dialects, as the contracts print them."""

from __future__ import annotations

import json
import re
from typing import Any

CREATED = "2018-02-01T17:22:11.000Z"
SECONDS = 1_517_505_731
VERSION = 1_517_505_731_000

GENERATED_ID = re.compile(r"\Acus_[A-Za-z0-9_-]{12}\Z")


def ching_customer(public_id: str, **said: Any) -> dict[str, Any]:
    """CHING's customer object with the keys in the contract's order, and what a customer has who said nothing."""
    customer: dict[str, Any] = {
        "id": public_id,
        "object": "customer",
        "name": None,
        "email": None,
        "phone": None,
        "locale": "he",
        "taxId": None,
        "metadata": {},
        "default_payment_method": None,
        "livemode": False,
        "created": CREATED,
    }
    assert said.keys() <= customer.keys()
    return {**customer, **said}


def ching_answer(data: Any, **envelope: str) -> bytes:
    """The bytes of a success, so that the order of the keys counts."""
    body = {"success": True, **envelope, "data": data}
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def ching_refusal(status: int, code: str, message: str, **more: Any) -> dict[str, Any]:
    return {"success": False, "error": {"status": status, "code": code, "message": message, **more}}


def ching_issue(*path: str, message: str) -> dict[str, Any]:
    """The refusal of one field."""
    issues = [{"path": list(path), "message": message}]
    return ching_refusal(400, "INVALID_FIELD", "Field validation failed", issues=issues)


NO_SUCH_CHING_CUSTOMER = ching_refusal(404, "NOT_FOUND", "There is no such resource.")


def chargebee_customer(public_id: str, **said: Any) -> dict[str, Any]:
    """Chargebee's customer object of someone who said nothing but what is in ``said``."""
    customer: dict[str, Any] = {
        "allow_direct_debit": False,
        "auto_collection": "on",
        "card_status": "no_card",
        "created_at": SECONDS,
        "deleted": False,
        "excess_payments": 0,
        "id": public_id,
        "net_term_days": 0,
        "object": "customer",
        "pii_cleared": "active",
        "preferred_currency_code": "USD",
        "promotional_credits": 0,
        "refundable_credits": 0,
        "resource_version": VERSION,
        "taxability": "taxable",
        "unbilled_charges": 0,
        "updated_at": SECONDS,
    }
    return {**customer, **said}


def chargebee_balances(preferred: str = "USD", **by_currency: dict[str, int]) -> dict[str, Any]:
    """What a customer shows of these balances: those of the preferred currency as its own, and all of them."""
    nothing = dict.fromkeys(("promotional_credits", "refundable_credits", "excess_payments", "unbilled_charges"), 0)
    balances = [
        {
            "object": "customer_balance",
            "currency_code": preferred,
            "balance_currency_code": code,
            **nothing,
            **by_currency[code],
        }
        for code in sorted(by_currency)
    ]
    return {**nothing, **by_currency.get(preferred, {}), "balances": balances}


def chargebee_refusal(status: int, code: str, message: str, param: str = "", **more: Any) -> dict[str, Any]:
    """Chargebee's error object; ``param`` in bracket notation."""
    error: dict[str, Any] = {
        "message": f"{param}: {message}" if param else message,
        "type": "invalid_request",
        "api_error_code": code,
        "error_code": code,
        "error_msg": message,
        "http_status_code": status,
    }
    if param:
        error |= {"param": param, "error_param": param}
    return {**error, **more}


def wrong_value(param: str, message: str) -> dict[str, Any]:
    return chargebee_refusal(400, "param_wrong_value", message, param)


NO_SUCH_RESOURCE = chargebee_refusal(404, "resource_not_found", "Sorry, we couldn't find that resource")
