"""The parameters of payment sources, by their names in the contract. Their values are never told in an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.views.decorators.debug import sensitive_variables

from billing_customers.choices import PaymentMethodType
from billing_customers.dialects.chargebee.inputs.params import Param, boolean, integer, part, read_params, text
from billing_customers.exceptions import InvalidInput, Issue
from billing_customers.operations.source_inputs import (
    BANK_ACCOUNT_RULES,
    CARD_RULES,
    REFERENCE_RULES,
    GivenSource,
    bank_account_given,
    card_given,
    reference_given,
)

_INTEGERS = ("expiry_month", "expiry_year")

CARD = {name: Param(name, integer if name in _INTEGERS else text) for name in CARD_RULES}
BANK_ACCOUNT = {name: Param(name, text) for name in BANK_ACCOUNT_RULES}
PAYMENT_METHOD = {name: Param(name, text) for name in REFERENCE_RULES}
# "Create using permanent token" and "Create using temporary token": what is a part elsewhere is a parameter here.
PERMANENT_TOKEN = {name: param for name, param in PAYMENT_METHOD.items() if name != "tmp_token"}
TEMPORARY_TOKEN = {name: param for name, param in PAYMENT_METHOD.items() if name != "reference_id"}
OWNER = {
    "customer_id": Param("customer_id", text, max_length=50),
    "replace_primary_payment_source": Param("replaces_primary", boolean),
}
ROLE = {"payment_source_id": Param("payment_source_id", text, max_length=40), "role": Param("role", text)}

# What a caller can pay with, one of them at a time, and a part of each.
PARTS = {"card": "number", "bank_account": "account_number", "payment_method": "reference_id"}
_BROWSER = "Comes of Chargebee.js, which has no part in this installation: "
_INTENT = _BROWSER + "no 3-D Secure flow can be completed here. Send payment_method[reference_id] instead."
_TOKEN = _BROWSER + "there is no such token. Send payment_method[tmp_token] of the gateway's own, or a reference_id."


@sensitive_variables()
def read_source(given: Mapping[str, Any]) -> GivenSource | None:
    """What ``card[…]``, ``bank_account[…]`` or ``payment_method[…]`` say; ``None`` without them. A payment method
    without a type is a card. Raises :class:`InvalidInput`.
    """
    _refuse_browser_flows(given)
    parts = {name: said for name in PARTS if (said := _part(given, name))}
    if len(parts) > 1:
        first, second, *_ = parts
        raise InvalidInput([Issue(second, f"Cannot be given together with {first}.")])
    if "card" in parts:
        return read_card(given)
    if "bank_account" in parts:
        return read_bank_account(given)
    if "payment_method" in parts:
        said = read_params(PAYMENT_METHOD, parts["payment_method"], within="payment_method")
        return reference_given(said, default_type=PaymentMethodType.CARD)
    return None


@sensitive_variables()
def read_card(given: Mapping[str, Any]) -> GivenSource:
    """What ``card[…]`` says. Raises :class:`InvalidInput`."""
    return card_given(read_params(CARD, _part(given, "card"), within="card"))


@sensitive_variables()
def read_bank_account(given: Mapping[str, Any]) -> GivenSource:
    """What ``bank_account[…]`` says. Raises :class:`InvalidInput`."""
    return bank_account_given(read_params(BANK_ACCOUNT, _part(given, "bank_account"), within="bank_account"))


@sensitive_variables()
def read_payment_method(given: Mapping[str, Any]) -> GivenSource:
    """What ``payment_method[…]`` of "Update payment method for a customer" says; the type is required, and Apple Pay is
    none. Raises :class:`InvalidInput`.
    """
    _refuse_browser_flows(given)
    said = read_params(PAYMENT_METHOD, _part(given, "payment_method"), within="payment_method")
    if said.get("type") == PaymentMethodType.APPLE_PAY:
        raise InvalidInput([Issue("payment_method.type", "Cannot be apple_pay here.")])
    return reference_given(said)


@sensitive_variables()
def read_permanent_token(given: Mapping[str, Any]) -> GivenSource:
    """What the parameters of "Create using permanent token" say. Raises :class:`InvalidInput`."""
    return reference_given(read_params(PERMANENT_TOKEN, given), within="")


@sensitive_variables()
def read_temporary_token(given: Mapping[str, Any]) -> GivenSource:
    """What the parameters of "Create using temporary token" say. Raises :class:`InvalidInput`."""
    if not given.get("tmp_token"):
        raise InvalidInput([Issue("tmp_token", "Is required.")])
    return reference_given(read_params(TEMPORARY_TOKEN, given), within="")


def read_owner(given: Mapping[str, Any]) -> tuple[str, bool]:
    """``customer_id``, and whether the source is to be the primary one. Raises :class:`InvalidInput`."""
    said = read_params(OWNER, given)
    if not said.get("customer_id"):
        raise InvalidInput([Issue("customer_id", "Is required.")])
    return said["customer_id"], bool(said.get("replaces_primary"))


def read_role(given: Mapping[str, Any]) -> tuple[str, str]:
    """The id and the role of "Assign payment role". Raises :class:`InvalidInput`."""
    said = read_params(ROLE, given)
    missing = [Issue(name, "Is required.") for name in ROLE if not said.get(name)]
    if missing:
        raise InvalidInput(missing)
    return said["payment_source_id"], said["role"]


def _part(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The parts ``name[…]`` that say something; the others are as absent."""
    said = part(given, name, example=PARTS[name]) or {}
    return {key: value for key, value in said.items() if value is not None and value != ""}


def _refuse_browser_flows(given: Mapping[str, Any]) -> None:
    """No flow that begins in a browser is pretended."""
    if given.get("token_id"):
        raise InvalidInput([Issue("token_id", _TOKEN)])
    if part(given, "payment_intent", example="id"):
        raise InvalidInput([Issue("payment_intent", _INTENT)])
