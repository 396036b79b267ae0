"""Stripe as the tests of its adapter need it."""

from __future__ import annotations

from typing import Any

from billing_customers.choices import PaymentMethodType
from billing_customers.events.sealing import Secret
from billing_customers.gateways.base import ReferenceInput, SourceInput
from billing_customers.gateways.stripe import StripeGateway
from billing_customers.models import BillingSite, GatewayAccount
from tests.gateways.conformance import CVV, Side, card
from tests.gateways.stripe_server import KEY, LocalStripe

REFUSED = "4000000000000002"
INTENTS, METHODS = "/v1/payment_intents", "/v1/payment_methods"


class StripeSide(Side):
    def __init__(self, server: LocalStripe, gateway: StripeGateway) -> None:
        self.server = server
        self.gateway = gateway
        self.secrets = (KEY, REFUSED, f"cvc={CVV}", f"[cvc]={CVV}")

    def good(self) -> SourceInput:
        return card()

    def refused(self) -> SourceInput:
        return card(REFUSED)

    def declining(self) -> str:
        return self.server.reference("4000000000000341")

    def confirming(self) -> str:
        return self.server.reference("4000002760003184")

    def silent(self, *, made: bool) -> str:
        self.server.order("lost" if made else "unreached", INTENTS)
        return self.server.reference("4242424242424242")

    def taken(self, key: str) -> int:
        return self.server.taken(key)


def gateway_at(url: str, **options: Any) -> StripeGateway:
    account = GatewayAccount(site=BillingSite(pk=1), pk=1, public_id="gw_1", options={"api_base": url, **options})
    return StripeGateway(account, {"api_key": Secret(KEY)})


def reference_input(reference_id: str, type_: str = "card") -> ReferenceInput:
    return ReferenceInput(type=PaymentMethodType(type_), reference_id=reference_id)


def token_input(token: str) -> ReferenceInput:
    return ReferenceInput(type=PaymentMethodType.CARD, tmp_token=Secret(token))


def sepa(server: LocalStripe, iban: str = "DE89370400440532013000") -> str:
    method = server.post(METHODS, type="sepa_debit", **{"sepa_debit[iban]": iban})["id"]
    return f"{server.customer(method)}/{method}"
