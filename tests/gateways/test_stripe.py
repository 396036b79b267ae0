"""The adapter of Stripe, over real HTTP against a local one."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from billing_customers.choices import FundingType, PaymentMethodType
from billing_customers.events.sealing import Secret
from billing_customers.gateways import stripe as adapter
from billing_customers.gateways.base import (
    BankAccountInput,
    Charge,
    ChargeStatus,
    Refused,
    SourceInput,
    StoredSource,
    Unreachable,
)
from billing_customers.gateways.stripe import StripeGateway
from billing_customers.gateways.stripe_http import BoundedClient
from tests.gateways.conformance import GatewayConformance, Side, asked, card, holder
from tests.gateways.stripe_server import LocalStripe
from tests.gateways.stripe_side import INTENTS, METHODS, REFUSED, StripeSide, gateway_at


@pytest.fixture
def gateway(local_stripe: LocalStripe) -> StripeGateway:
    return gateway_at(local_stripe.url, raw_cards=True)


class TestStripeGateway(GatewayConformance):
    @pytest.fixture
    def side(self, local_stripe: LocalStripe, gateway: StripeGateway) -> Side:
        return StripeSide(local_stripe, gateway)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every request is over after half a second."""
    client = BoundedClient(allow_private=True, connect=0.3, read=0.4, total=0.5)
    monkeypatch.setattr(adapter, "client_of", lambda allow_private: client)
    yield
    client.close()


@pytest.fixture
def deaf() -> Iterator[str]:
    """The URL of a socket that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize(
    ("options", "more"), [({}, set()), ({"raw_cards": True}, {"raw_cards"}), ({"raw_cards": False}, set())]
)
def test_card_numbers_are_taken_where_the_account_says_so(options: dict[str, Any], more: set[str]) -> None:
    assert gateway_at("http://127.0.0.1:1", **options).capabilities == {"references", "tokens", *more}


@pytest.mark.parametrize("given", [card(), BankAccountInput(Secret("000123456789"), None)])
def test_what_is_not_taken_never_leaves(local_stripe: LocalStripe, given: SourceInput) -> None:
    with pytest.raises(Refused) as caught:
        gateway_at(local_stripe.url).store(given, holder())

    assert (caught.value.reason, caught.value.message) == ("not_supported", "The gateway does not take it.")
    assert local_stripe.seen() == []


def test_a_card_is_stored_with_a_customer_of_its_own(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    found = gateway.store(card("5555555555554444", billing_address={"city": "Haifa", "addr1": "1 Allenby"}), holder())

    customer, method = found.reference_id.split("/")
    assert found == StoredSource(
        type=PaymentMethodType.CARD,
        reference_id=f"{customer}/{method}",
        brand="mastercard",
        last4="4444",
        expiry_month=10,
        expiry_year=2031,
        funding_type=FundingType.CREDIT,
        issuing_country="FR",
        first_name="Ada",
        billing_address={"city": "Haifa", "addr1": "1 Allenby"},
    )
    there = local_stripe.get(f"/v1/customers/{customer}")
    assert (there["metadata"], there["name"], there["email"]) == ({"billing_customers_customer": "acme"}, None, None)
    assert local_stripe.get(f"{METHODS}/{method}")["billing_details"] == {
        "name": "Ada",
        "email": "ada@example.com",
        "address": {"line1": "1 Allenby", "city": "Haifa"},
    }


def test_each_step_of_storing_has_a_key_of_its_own(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    gateway.store(card(), holder("request-7"))

    keys = [each["headers"]["Idempotency-Key"] for each in local_stripe.seen()]
    assert keys == ["request-7:method", "request-7:customer", "request-7:attach"]


def test_a_storing_whose_answer_is_lost_can_be_repeated(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    local_stripe.order("lost", "/v1/customers")
    with pytest.raises(Unreachable):
        gateway.store(card(), holder())

    gateway.store(card(), holder())

    assert len(local_stripe.get("/v1/customers")["data"]) == 1


def test_a_card_is_declined_for_its_number(gateway: StripeGateway) -> None:
    with pytest.raises(Refused) as caught:
        gateway.store(card(REFUSED), holder())

    assert (caught.value.reason, caught.value.message) == ("card_declined", "The card was declined.")
    assert caught.value.__context__ is None


def test_a_request_on_a_connection_that_was_closed_is_sent_again(
    local_stripe: LocalStripe, gateway: StripeGateway
) -> None:
    reference = local_stripe.reference("4242424242424242")
    local_stripe.order("keep_alive")
    gateway.check()
    local_stripe.order("lost", INTENTS)

    assert gateway.charge(asked(reference)).status == ChargeStatus.SUCCEEDED
    assert local_stripe.taken("txn_1") == 1
    assert [each["path"] for each in local_stripe.seen()].count(INTENTS) == 2


@pytest.mark.parametrize(
    ("error", "reason", "param", "message"),
    [
        ({"code": "card_declined", "decline_code": "insufficient_funds"}, "insufficient_funds", "", "There are not"),
        ({"code": "card_declined", "decline_code": "generic_decline"}, "card_declined", "", "The card was declined."),
        ({"code": "incorrect_cvc"}, "incorrect_cvc", "card.cvv", "The security code of the card is wrong."),
        ({"code": "invalid_expiry_year"}, "invalid_expiry_year", "card.expiry_year", "The card cannot expire"),
        ({}, "card_declined", "", "The card was declined."),
    ],
)
def test_a_card_error_says_which_part(
    local_stripe: LocalStripe, gateway: StripeGateway, error: dict[str, str], reason: str, param: str, message: str
) -> None:
    local_stripe.order_error(402, METHODS, type="card_error", message="Card 4242424242424242 declined.", **error)

    with pytest.raises(Refused) as caught:
        gateway.store(card(), holder())

    assert (caught.value.reason, caught.value.param) == (reason, param)
    assert caught.value.message.startswith(message)


def test_a_silent_stripe_is_unreachable(deaf: str, impatient: None) -> None:
    gateway = gateway_at(deaf, raw_cards=True)
    calls: dict[str, tuple[Any, ...]] = {
        "store": (card(), holder()),
        "detach": ("cus_1/pm_1",),
        "charge": (asked("cus_1/pm_1"),),
        "look_up": (asked("cus_1/pm_1"),),
        "check": (),
    }

    for name, arguments in calls.items():
        with pytest.raises(Unreachable) as caught:
            getattr(gateway, name)(*arguments)
        assert caught.value.message == "Stripe did not give an answer that can be trusted."


def test_an_answer_that_comes_too_late_is_looked_up(
    local_stripe: LocalStripe, gateway: StripeGateway, impatient: None
) -> None:
    reference = local_stripe.reference("4242424242424242")
    local_stripe.order("slow", INTENTS, seconds=2)
    with pytest.raises(Unreachable):
        gateway_at(local_stripe.url).charge(asked(reference))

    found = gateway.look_up(asked(reference))

    assert found == Charge(ChargeStatus.SUCCEEDED, id_at_gateway=local_stripe.get(INTENTS)["data"][0]["id"])
    assert local_stripe.taken("txn_1") == 1
