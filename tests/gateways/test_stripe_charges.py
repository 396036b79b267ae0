"""What becomes of a payment at Stripe, and what its errors mean."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from billing_customers.gateways import stripe as adapter
from billing_customers.gateways.base import Charge, ChargeStatus, Refused, Unreachable
from billing_customers.gateways.stripe import StripeGateway
from billing_customers.gateways.stripe_words import amount_there
from tests.gateways.conformance import asked
from tests.gateways.local_stripe import DECLINED_OFF_SESSION
from tests.gateways.stripe_server import LocalStripe
from tests.gateways.stripe_side import INTENTS, gateway_at, sepa

VISA = "4242424242424242"


@pytest.fixture
def gateway(local_stripe: LocalStripe) -> StripeGateway:
    return gateway_at(local_stripe.url)


def intents(server: LocalStripe) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.get(INTENTS)["data"]
    return found


def test_a_payment_says_what_it_is(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    reference = local_stripe.reference(VISA)

    gateway.charge(asked(reference))

    [intent] = intents(local_stripe)
    told = {
        name: intent[name] for name in ("amount", "currency", "customer", "payment_method", "metadata", "description")
    }
    assert told == {
        "amount": 4200,
        "currency": "usd",
        "customer": reference.split("/")[0],
        "payment_method": reference.split("/")[1],
        "metadata": {"billing_customers_key": "txn_1"},
        "description": "Payment txn_1",
    }


def test_its_key_is_the_idempotency_key(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    gateway.charge(asked(local_stripe.reference(VISA)))

    [headers] = [each["headers"] for each in local_stripe.seen() if each["path"] == INTENTS]
    assert headers["Idempotency-Key"] == "txn_1"


@pytest.mark.parametrize("reference", ["", "tok_success_1", "cus_1", "cus_1/xx_2", "cus_1/pm_2/x"])
def test_a_reference_that_is_none_of_stripes_is_charged_nowhere(
    local_stripe: LocalStripe, gateway: StripeGateway, reference: str
) -> None:
    charge = gateway.charge(asked(reference))

    assert (charge.status, charge.reason) == (ChargeStatus.DECLINED, "unknown_reference")
    assert local_stripe.seen() == []


def test_a_payment_method_that_is_gone_is_declined(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    charge = gateway.charge(asked(f"{local_stripe.customer()}/pm_gone"))

    assert (charge.status, charge.reason) == (ChargeStatus.DECLINED, "unknown_reference")
    assert gateway.look_up(asked(f"{local_stripe.customer()}/pm_gone")) is None


def test_stripe_declines_off_session_what_must_be_confirmed(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    request = asked(local_stripe.reference(DECLINED_OFF_SESSION))

    charge = gateway.charge(request)

    assert charge == Charge(
        ChargeStatus.ACTION_NEEDED,
        id_at_gateway=intents(local_stripe)[0]["id"],
        reason="authentication_required",
        message="The card holder has to confirm the payment, which cannot be done here.",
    )
    assert gateway.look_up(request) == charge


def test_a_payment_that_waits_for_its_card_holder_is_cancelled(
    local_stripe: LocalStripe, gateway: StripeGateway
) -> None:
    charge = gateway.charge(asked(local_stripe.reference("4000002760003184")))

    assert charge.status == ChargeStatus.ACTION_NEEDED
    assert [(each["status"], each["cancellation_reason"]) for each in intents(local_stripe)] == [
        ("canceled", "abandoned")
    ]


def test_one_that_waits_is_cancelled_when_it_is_found(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    request = asked(local_stripe.reference("4000002760003184"))
    local_stripe.order("lost", INTENTS)
    with pytest.raises(Unreachable):
        gateway.charge(request)

    found = gateway.look_up(request)

    assert found is not None
    assert found.status == ChargeStatus.ACTION_NEEDED
    assert intents(local_stripe)[0]["status"] == "canceled"


def test_one_that_goes_on_before_it_is_cancelled_is_what_it_became(
    local_stripe: LocalStripe, gateway: StripeGateway
) -> None:
    request = asked(local_stripe.reference("4000002760003184"))
    local_stripe.order("lost", INTENTS)
    with pytest.raises(Unreachable):
        gateway.charge(request)
    made = intents(local_stripe)[0]
    authenticate = f"{INTENTS}/{made['id']}/_authenticate"
    waiting = {**made, "metadata": {"billing_customers_key": "txn_1"}}
    page = {"object": "list", "url": INTENTS, "has_more": False, "data": [waiting]}
    local_stripe.order("answer", INTENTS, "GET", status=200, body=json.dumps(page))
    local_stripe.post(authenticate, client_secret=made["client_secret"], success="true")

    assert gateway.look_up(request) == Charge(ChargeStatus.SUCCEEDED, id_at_gateway=made["id"])


def test_one_that_its_merchant_cancelled_is_declined(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    reference = local_stripe.reference(VISA)
    customer, method = reference.split("/")
    metadata = {"metadata[billing_customers_key]": "txn_1", "return_url": "https://example.com"}
    made = local_stripe.post(INTENTS, amount=1, currency="usd", customer=customer, payment_method=method, **metadata)
    local_stripe.post(f"{INTENTS}/{made['id']}/cancel")

    found = gateway.look_up(asked(reference))

    assert found == Charge(ChargeStatus.DECLINED, made["id"], "canceled", "The payment was cancelled.")


def test_one_that_is_being_made_is_pending(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    reference = local_stripe.reference(VISA)
    customer, method = reference.split("/")
    metadata = {"metadata[billing_customers_key]": "txn_1", "return_url": "https://example.com"}
    made = local_stripe.post(INTENTS, amount=1, currency="usd", customer=customer, payment_method=method, **metadata)

    assert gateway.look_up(asked(reference)) == Charge(ChargeStatus.PENDING, made["id"])


def test_a_debit_is_pending_until_its_bank_decides(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    request = asked(sepa(local_stripe, "DE62370400440532013001"))

    charge = gateway.charge(request)

    assert charge == Charge(ChargeStatus.PENDING, intents(local_stripe)[0]["id"])
    found = _later(lambda: gateway.look_up(request), charge)
    assert found == Charge(ChargeStatus.DECLINED, charge.id_at_gateway, "card_declined", "The card was declined.")


def _later(look: Any, before: Any) -> Any:
    until = time.monotonic() + 10
    while (found := look()) == before and time.monotonic() < until:
        time.sleep(0.05)
    return found


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (409, {"type": "invalid_request_error", "code": "idempotency_key_in_use"}),
        (400, {"type": "idempotency_error"}),
        (429, {"type": "rate_limit_error"}),
        (400, {"type": "invalid_request_error", "code": "rate_limit"}),
        (500, {"type": "api_error"}),
        (503, {}),
        (302, {}),
    ],
)
def test_what_leaves_the_outcome_open_is_unreachable(
    local_stripe: LocalStripe, gateway: StripeGateway, status: int, error: dict[str, str]
) -> None:
    request = asked(local_stripe.reference(VISA))
    local_stripe.order_error(status, INTENTS, message="sk_test_51 4242424242424242", **error)

    with pytest.raises(Unreachable) as caught:
        gateway.charge(request)

    assert (caught.value.reason, caught.value.message) == (
        "timeout",
        "Stripe did not give an answer that can be trusted.",
    )
    assert caught.value.__context__ is None


@pytest.mark.parametrize("body", ["", "no JSON", "[]", "{}", "null", '{"id": "pi_1"}', "<html>", '{"error": "x"}'])
@pytest.mark.parametrize("status", [200, 400, 402])
def test_an_answer_of_another_form_is_unreachable(
    local_stripe: LocalStripe, gateway: StripeGateway, status: int, body: str
) -> None:
    request = asked(local_stripe.reference(VISA))
    local_stripe.order("answer", INTENTS, status=status, body=body)

    with pytest.raises(Unreachable):
        gateway.charge(request)


@pytest.mark.parametrize(
    ("status", "error", "reason", "message"),
    [
        (401, {}, "gateway_credentials", "The gateway refuses the credentials of its account."),
        (403, {}, "gateway_credentials", "The gateway refuses the credentials of its account."),
        (404, {"code": "resource_missing"}, "unknown_reference", "The gateway knows no such payment method."),
        (400, {"code": "resource_missing"}, "unknown_reference", "The gateway knows no such payment method."),
        (400, {"code": "amount_too_small"}, "amount_too_small", "The gateway refuses the request."),
        (400, {"code": "An odd code!"}, "invalid_request", "The gateway refuses the request."),
        (402, {"code": "card_declined", "decline_code": "lost_card"}, "lost_card", "The card was declined."),
        (402, {"type": "card_error", "code": "expired_card"}, "expired_card", "The card has expired."),
    ],
)
def test_a_refusal_is_a_declined_charge(
    local_stripe: LocalStripe, gateway: StripeGateway, status: int, error: dict[str, str], reason: str, message: str
) -> None:
    request = asked(local_stripe.reference(VISA))
    sent = {"type": "invalid_request_error", "message": "sk_test_51 4242424242424242", **error}
    local_stripe.order_error(status, INTENTS, **sent)

    charge = gateway.charge(request)

    assert charge == Charge(ChargeStatus.DECLINED, reason=reason, message=message)


@pytest.mark.parametrize(
    "body", ["", "no JSON", "[]", "{}", "null", '{"object": "list"}', '{"object": "list", "data": [{}]}']
)
def test_a_look_up_takes_a_list_for_an_answer_alone(
    local_stripe: LocalStripe, gateway: StripeGateway, body: str
) -> None:
    local_stripe.order("answer", INTENTS, "GET", status=200, body=body)

    with pytest.raises(Unreachable):
        gateway.look_up(asked("cus_1/pm_1"))


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 429, 500])
def test_a_look_up_never_takes_an_error_for_an_answer(
    local_stripe: LocalStripe, gateway: StripeGateway, status: int
) -> None:
    local_stripe.order_error(status, INTENTS, "GET", type="invalid_request_error", message="No.")

    with pytest.raises(Unreachable):
        gateway.look_up(asked("cus_1/pm_1"))


def test_a_payment_is_found_on_a_later_page(
    local_stripe: LocalStripe, gateway: StripeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "PAGE", 2)
    reference = local_stripe.reference(VISA)
    charges = {key: gateway.charge(asked(reference, key)) for key in ("a", "b", "c", "d", "e")}

    assert gateway.look_up(asked(reference, "a")) == charges["a"]
    pages = [each for each in local_stripe.seen() if each["method"] == "GET"]
    assert len(pages) == 3


def test_payments_of_other_customers_are_not_looked_through(local_stripe: LocalStripe, gateway: StripeGateway) -> None:
    gateway.charge(asked(local_stripe.reference(VISA)))

    assert gateway.look_up(asked(local_stripe.reference(VISA))) is None


@pytest.mark.parametrize(
    ("status", "error", "raises", "message"),
    [
        (401, {}, Refused, "The gateway refuses the credentials of its account."),
        (403, {}, Refused, "The gateway refuses the credentials of its account."),
        (500, {}, Unreachable, "Stripe did not give an answer that can be trusted."),
        (429, {}, Unreachable, "Stripe did not give an answer that can be trusted."),
    ],
)
def test_bad_credentials_are_told(
    local_stripe: LocalStripe,
    gateway: StripeGateway,
    status: int,
    error: dict[str, str],
    raises: type[Refused | Unreachable],
    message: str,
) -> None:
    local_stripe.order_error(status, INTENTS, "GET", message="Invalid API Key provided: sk_test_***0123", **error)

    with pytest.raises(raises) as caught:
        gateway.check()

    assert caught.value.message == message


@pytest.mark.parametrize(
    ("amount", "currency", "there"),
    [
        (1, "USD", 1),
        (500, "JPY", 500),
        (5120, "KWD", 5120),
        (5, "ISK", 500),
        (7, "UGX", 700),
        (300, "MGA", 3),
        (320, "MGA", None),
        (1, "MGA", None),
    ],
)
def test_an_amount_is_counted_as_stripe_counts(amount: int, currency: str, there: int | None) -> None:
    """https://docs.stripe.com/currencies#special-cases."""
    assert amount_there(amount, currency) == there


def test_an_amount_that_stripe_cannot_take_is_charged_nowhere(
    local_stripe: LocalStripe, gateway: StripeGateway
) -> None:
    request = asked("cus_1/pm_1")

    charge = gateway.charge(type(request)(key="k", amount=320, currency="MGA", reference_id="cus_1/pm_1"))

    assert (charge.status, charge.reason) == (ChargeStatus.DECLINED, "invalid_amount")
    assert local_stripe.seen() == []
