"""What a rule says of itself, for the document, is what it does."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from billing_customers.operations.cleaning import ADDRESS_RULES, CONTACT_RULES, CUSTOMER_RULES
from billing_customers.operations.rules import Rule, RuleBroken, schema_of
from billing_customers.operations.source_inputs import BANK_ACCOUNT_RULES, CARD_RULES, REFERENCE_RULES

RULES = {
    f"{table}.{name}": rule
    for table, rules in (
        ("customer", CUSTOMER_RULES),
        ("address", ADDRESS_RULES),
        ("contact", CONTACT_RULES),
        ("card", CARD_RULES),
        ("bank account", BANK_ACCOUNT_RULES),
        ("reference", REFERENCE_RULES),
    )
    for name, rule in rules.items()
}
VALUES: list[Any] = [
    *("x" * length for length in (1, 2, 3, 4, 20, 21, 50, 51, 70, 71, 100, 101, 150, 151, 250, 251, 2000, 2001)),
    *("US", "us", "USD", "usd", "ab@example.com", f"{'x' * 243}@example.com", "on", "TAXABLE", "-1", "true"),
    *(-1, 0, 1, 7, 12, 13, 31, 32, 2**31 - 1, 2**31, 2**70, 1.5, True, False),
    *([], ["x"], {}, {"x": 1}, {"cf_x": "y"}, {f"cf_{number}": 1 for number in range(101)}),
]


def keeps(rule: Rule, value: Any) -> bool:
    """Whether ``value`` keeps the rule."""
    try:
        rule(value)
    except RuleBroken:
        return False
    return True


@pytest.mark.parametrize("name", RULES)
def test_rule_refuses_whatever_its_schema_refuses(name: str) -> None:
    validator = Draft202012Validator(schema_of(RULES[name]))

    assert [value for value in VALUES if not validator.is_valid(value) and keeps(RULES[name], value)] == []


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if "enum" in schema_of(rule)])
def test_rule_takes_each_value_that_its_schema_lists(name: str) -> None:
    assert [value for value in schema_of(RULES[name])["enum"] if not keeps(RULES[name], value)] == []


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if "minimum" in schema_of(rule)])
def test_rule_takes_both_ends_of_its_schema(name: str) -> None:
    schema = schema_of(RULES[name])

    assert keeps(RULES[name], schema["minimum"])
    assert keeps(RULES[name], schema["maximum"])


@pytest.mark.parametrize(
    "name", [name for name, rule in RULES.items() if set(schema_of(rule)) == {"type", "maxLength"}]
)
def test_rule_takes_a_text_of_the_length_that_its_schema_allows(name: str) -> None:
    assert keeps(RULES[name], "x" * schema_of(RULES[name])["maxLength"])


def test_rule_without_a_schema_is_noticed() -> None:
    with pytest.raises(KeyError):
        schema_of(lambda value: value)
