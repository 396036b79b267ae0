"""What Stripe has in its vault already is adopted; what is not wanted any more is removed."""

from __future__ import annotations

import pytest

from billing_customers.choices import PaymentMethodType
from billing_customers.gateways.base import Refused, StoredSource, Unreachable
from billing_customers.gateways.stripe import StripeGateway
from tests.gateways.conformance import holder
from tests.gateways.stripe_server import LocalStripe
from tests.gateways.stripe_side import METHODS, gateway_at, reference_input, sepa, token_input


@pytest.fixture
def gateway(local_stripe: LocalStripe) -> StripeGateway:
    return gateway_at(local_stripe.url)


def test_a_reference_of_a_payment_method_is_adopted(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    reference = local_stripe.reference("4242424242424242")

    found = gateway.store(reference_input(reference), holder())

    assert (found.reference_id, found.last4, found.brand, found.iin) == (reference, "4242", "visa", "")


def test_the_first_card_stands_for_its_customer(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    """Chargebee: "If you are passing Stripe Customer ID alone, …"; it is stored expanded."""
    first, second = (local_stripe.card()["id"] for _ in range(2))
    customer = local_stripe.customer(first, second)

    assert gateway.store(reference_input(customer), holder()).reference_id == f"{customer}/{first}"


def test_the_active_card_stands_for_its_customer(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    first, second = (local_stripe.card()["id"] for _ in range(2))
    customer = local_stripe.customer(first, second)
    local_stripe.post(f"/v1/customers/{customer}", **{"invoice_settings[default_payment_method]": second})

    assert gateway.store(reference_input(customer), holder()).reference_id == f"{customer}/{second}"


def test_a_default_of_another_type_is_passed_over(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    visa, debit = local_stripe.card()["id"], sepa(local_stripe).split("/")[1]
    customer = local_stripe.customer(visa, debit)
    local_stripe.post(f"/v1/customers/{customer}", **{"invoice_settings[default_payment_method]": visa})

    found = gateway.store(reference_input(customer, "direct_debit"), holder())

    assert found.reference_id == f"{customer}/{debit}"


def test_a_customer_that_was_deleted_at_stripe_is_refused(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    gone = '{"id": "cus_1", "object": "customer", "deleted": true}'
    local_stripe.order("answer", "/v1/customers", "GET", status=200, body=gone)

    with pytest.raises(Refused) as caught:
        gateway.store(reference_input("cus_1"), holder())

    assert caught.value.reason == "unknown_reference"


@pytest.mark.parametrize("reference", ["cus_unheardof", "cus_unheardof/pm_unheardof", "pm_1", "card", "cus_1/../x", ""])
def test_an_unknown_reference_is_refused(gateway: StripeGateway, reference: str) -> None:
    with pytest.raises(Refused) as caught:
        gateway.store(reference_input(reference), holder())

    assert (caught.value.reason, caught.value.param, caught.value.message) == (
        "unknown_reference",
        "payment_method.reference_id",
        "The gateway knows no such payment method.",
    )


def test_a_payment_method_of_another_customer_is_refused(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    method = local_stripe.reference("4242424242424242").split("/")[1]

    with pytest.raises(Refused) as caught:
        gateway.store(reference_input(f"{local_stripe.customer()}/{method}"), holder())

    assert caught.value.reason == "unknown_reference"


def test_a_customer_without_a_card_is_refused(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    with pytest.raises(Refused) as caught:
        gateway.store(reference_input(local_stripe.customer()), holder())

    assert caught.value.reason == "unknown_reference"


def test_a_debit_is_adopted_as_one(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    reference = sepa(local_stripe)

    found = gateway.store(reference_input(reference, "direct_debit"), holder())

    assert found == StoredSource(
        type=PaymentMethodType.DIRECT_DEBIT, reference_id=reference, last4="3000", issuing_country="DE"
    )


def test_a_debit_is_found_by_its_customer(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    reference = sepa(local_stripe)

    found = gateway.store(reference_input(reference.split("/")[0], "direct_debit"), holder())

    assert found.reference_id == reference


def test_a_debit_is_no_card(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    with pytest.raises(Refused) as caught:
        gateway.store(reference_input(sepa(local_stripe)), holder())

    assert (caught.value.reason, caught.value.param) == ("wrong_type", "payment_method.type")


def test_a_token_of_stripes_page_is_stored(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    method = local_stripe.card()["id"]

    found = gateway.store(token_input(method), holder())

    assert found.reference_id.endswith(f"/{method}")
    assert local_stripe.get(f"{METHODS}/{method}")["customer"] == found.reference_id.split("/")[0]


def test_a_token_that_its_page_has_attached_stays_where_it_is(
    local_stripe: LocalStripe, gateway: StripeGateway
) -> None:
    reference = local_stripe.reference("4242424242424242")

    assert gateway.store(token_input(reference.split("/")[1]), holder()).reference_id == reference


def test_a_card_token_is_stored(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    details = {"number": "5555555555554444", "exp_month": 3, "exp_year": 2032, "cvc": "123"}
    token = local_stripe.post("/v1/tokens", **{f"card[{name}]": details[name] for name in details})["id"]

    found = gateway.store(token_input(token), holder())

    assert (found.brand, found.last4, found.expiry_month, found.expiry_year) == ("mastercard", "4444", 3, 2032)


@pytest.mark.parametrize("token", ["tok_unheardof", "pm_unheardof", "x"])
def test_an_unknown_token_is_refused(gateway: StripeGateway, token: str) -> None:
    with pytest.raises(Refused) as caught:
        gateway.store(token_input(token), holder())

    assert (caught.value.reason, caught.value.param) == ("unknown_reference", "payment_method.tmp_token")


def test_what_is_detached_is_nobodys(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    reference = local_stripe.reference("4242424242424242")

    gateway.detach(reference)

    assert local_stripe.get(f"{METHODS}/{reference.split('/')[1]}")["customer"] is None


def test_a_payment_method_that_has_moved_on_is_left_alone(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    mine, other = (local_stripe.reference("4242424242424242") for _ in range(2))

    gateway.detach(f"{mine.split('/')[0]}/{other.split('/')[1]}")

    assert local_stripe.get(f"{METHODS}/{other.split('/')[1]}")["customer"] == other.split("/")[0]


def test_a_card_of_the_old_kind_is_removed(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    details = {"number": "4242424242424242", "exp_month": 3, "exp_year": 2032, "cvc": "123"}
    token = local_stripe.post("/v1/tokens", **{f"card[{name}]": details[name] for name in details})["id"]
    customer = local_stripe.customer()
    source = local_stripe.post(f"/v1/customers/{customer}/sources", source=token)["id"]

    gateway.detach(f"{customer}/{source}")

    assert local_stripe.get(f"/v1/customers/{customer}")["default_source"] is None


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
def test_a_detaching_that_is_not_certain_is_unreachable(
    local_stripe: LocalStripe, gateway: StripeGateway, method: str, status: int
) -> None:
    reference = local_stripe.reference("4242424242424242")
    local_stripe.order_error(status, METHODS, method, message="No.")

    with pytest.raises(Unreachable):
        gateway.detach(reference)
