"""Payment sources on Chargebee's wire: what is sent, and whole answers as the contract prints them."""

from __future__ import annotations

from typing import Any

from billing_customers.models import PaymentSource
from tests.clients import ChargebeeClient
from tests.dialects.expected import SECONDS, VERSION, chargebee_customer

NUMBER = "4012888888881881"
CVV = "9474"
# The card in the samples of "Create a customer".
CARD = {
    "card[first_name]": "Richard",
    "card[last_name]": "Fox",
    "card[number]": NUMBER,
    "card[expiry_month]": "10",
    "card[expiry_year]": "2022",
    "card[cvv]": CVV,
}
METHOD = {"payment_method[type]": "card", "payment_method[reference_id]": "cus_I58QViSiwuelqF"}
DECLINED = {**CARD, "card[number]": "4000000000000002"}


def last_source() -> PaymentSource:
    return PaymentSource.objects.select_related("gateway_account").latest("pk")


def source_id(response: Any) -> str:
    """The id of the source that an answer is about."""
    found: str = response.json()["payment_source"]["id"]
    return found


def with_card(cb: ChargebeeClient, public_id: str = "c1") -> str:
    """The id of the card of a new customer, its primary source."""
    found: str = cb.post("/customers", {"id": public_id, **CARD}).json()["card"]["payment_source_id"]
    return found


def method_of(source: PaymentSource, **said: Any) -> dict[str, Any]:
    """The ``payment_method`` of a customer whose primary source it is."""
    return {
        "object": "payment_method",
        "type": "card",
        "gateway": "chargebee",
        "gateway_account_id": source.gateway_account.public_id,
        "status": "valid",
        "reference_id": source.reference_id,
        **said,
    }


def card_of(source: PaymentSource, customer_id: str = "c1", **said: Any) -> dict[str, Any]:
    """The ``card`` next to a customer, of the sample's card."""
    return {
        "object": "card",
        "payment_source_id": source.public_id,
        "customer_id": customer_id,
        "gateway": "chargebee",
        "gateway_account_id": source.gateway_account.public_id,
        "status": "valid",
        "first_name": "Richard",
        "last_name": "Fox",
        "iin": "401288",
        "last4": "1881",
        "card_type": "visa",
        "funding_type": "not_known",
        "expiry_month": 10,
        "expiry_year": 2022,
        "masked_number": "************1881",
        "created_at": SECONDS,
        "updated_at": SECONDS,
        "resource_version": VERSION,
        **said,
    }


def payment_source(source: PaymentSource, customer_id: str = "c1", **said: Any) -> dict[str, Any]:
    """The resource, of the sample's card unless ``said`` has no ``card``."""
    shown: dict[str, Any] = {
        "id": source.public_id,
        "object": "payment_source",
        "type": "card",
        "status": "valid",
        "customer_id": customer_id,
        "reference_id": source.reference_id,
        "gateway": "chargebee",
        "gateway_account_id": source.gateway_account.public_id,
        "created_at": SECONDS,
        "updated_at": SECONDS,
        "resource_version": VERSION,
        "deleted": False,
        "card": {
            "object": "card",
            "first_name": "Richard",
            "last_name": "Fox",
            "iin": "401288",
            "last4": "1881",
            "brand": "visa",
            "funding_type": "not_known",
            "expiry_month": 10,
            "expiry_year": 2022,
            "masked_number": "************1881",
        },
        **said,
    }
    return {name: value for name, value in shown.items() if value is not None}


def paying_customer(source: PaymentSource, public_id: str = "c1", **said: Any) -> dict[str, Any]:
    """A customer who said nothing but that it pays with this card."""
    return chargebee_customer(
        public_id,
        card_status="valid",
        payment_method=method_of(source),
        primary_payment_source_id=source.public_id,
        **said,
    )
