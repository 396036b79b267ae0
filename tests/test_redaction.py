"""What is shown of a customer, without what is personal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from billing_customers.redaction import CLEARED_MESSAGE, leaves, personal_values, redact

CHARGEBEE = {
    "id": "ev_1",
    "occurred_at": 1517505731,
    "source": "api",
    "user": "ck_test_…abcd",
    "object": "event",
    "api_version": "v2",
    "event_type": "payment_source_added",
    "webhook_status": "scheduled",
    "content": {
        "customer": {
            "id": "acme",
            "object": "customer",
            "first_name": "Ann",
            "email": "ann@example.com",
            "cf_size": 42,
            "meta_data": {"id": "hidden", "object": "customer"},
            "billing_address": {"object": "billing_address", "city": "Haifa"},
            "contacts": [{"id": "c1", "email": "bob@example.com"}],
            "net_term_days": 7,
            "balances": [{"object": "customer_balance", "promotional_credits": 5}],
        },
        "card": {"object": "card", "last4": "1111", "expiry_month": 12, "payment_source_id": "pm_1"},
    },
    "webhooks": [{"id": "we_1", "object": "webhook", "webhook_status": "scheduled"}],
}


def redacted(said: Any, **how: Any) -> Any:
    return json.loads(redact(json.dumps(said), **{"keeps_keys": False, **how}))


def test_ids_amounts_and_codes_stay_and_the_rest_goes() -> None:
    assert redacted(CHARGEBEE) == {
        **CHARGEBEE,
        "content": {
            "customer": {
                "id": "acme",
                "object": "customer",
                "net_term_days": 7,
                "balances": [{"object": "customer_balance", "promotional_credits": 5}],
            },
            "card": {"object": "card", "payment_source_id": "pm_1"},
        },
    }


def test_keys_can_stay_with_empty_values() -> None:
    data = {"id": "acme", "object": "customer", "name": "Ann", "email": "a@example.com", "metadata": {"a": 1}}

    said = redacted({"data": {**data, "tags": ["x"], "card": {"last4": "1111"}}}, keeps_keys=True)

    assert said == {
        "data": {
            "id": "acme",
            "object": "customer",
            "name": "acme",
            "email": None,
            "metadata": {},
            "tags": [],
            "card": {"last4": None},
        }
    }


def test_actor_goes_when_it_is_asked_for() -> None:
    assert "user" not in redacted(CHARGEBEE, besides={"user"})


def test_sentences_are_replaced() -> None:
    said = redacted({"message": "email: ann@example.com is taken", "http_status_code": 400, "error_msg": "Ann"})

    assert said == {"message": CLEARED_MESSAGE, "http_status_code": 400, "error_msg": CLEARED_MESSAGE}


@pytest.mark.parametrize("keeps_keys", [False, True])
def test_redacting_again_changes_nothing(keeps_keys: bool) -> None:
    once = redact(json.dumps(CHARGEBEE), keeps_keys=keeps_keys)

    assert redact(once, keeps_keys=keeps_keys) == once


def test_texts_on_their_own_in_a_list_go() -> None:
    assert redacted({"list": ["Ann", {"id": "x", "name": "Ann"}, ["Bob"]]}) == {"list": [{"id": "x"}]}


@pytest.mark.parametrize("text", ["", "Ann", '{"id": "acme"', "\x00"])
def test_what_is_no_json_is_emptied(text: str) -> None:
    assert redact(text, keeps_keys=False) == "{}"
    assert list(personal_values(text)) == [text]


def test_what_goes_is_told() -> None:
    assert sorted(personal_values(json.dumps(CHARGEBEE))) == [
        *("1111", "Ann", "Haifa", "ann@example.com", "billing_address", "bob@example.com", "c1", "customer", "hidden"),
    ]


def test_leaves_are_the_texts_at_any_depth() -> None:
    assert list(leaves({"a": ["b", {"c": "d"}], "e": 1, "f": None})) == ["b", "d"]
