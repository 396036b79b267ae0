"""Chargebee "Collect payment for customer": POST /customers/{id}/collect_payment."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite, Customer, Invoice, PaymentSource, TestGatewayCharge, Transaction
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.customers import rename_customer
from tests.clients import ChargebeeClient, ChingClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import (
    NO_SUCH_RESOURCE,
    VERSION,
    chargebee_balances,
    chargebee_customer,
    chargebee_refusal,
    wrong_value,
)
from tests.dialects.payments import (
    a_payer,
    a_subscription,
    allocations,
    an_invoice,
    card,
    collect,
    last_payment,
    link,
    transaction,
)
from tests.dialects.sources import CARD, METHOD, last_source, paying_customer, with_card
from tests.factories import RelationshipFactory
from tests.operations import collecting as pay
from tests.operations.money import nothing_stored

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def source_id(clock: Clock, site: BillingSite, chargebee: ChargebeeClient) -> str:
    """The card of the customer ``c1``, who has the invoice ``inv`` over 1095."""
    return a_payer(site, chargebee)


@pytest.fixture
def newcomer(clock: Clock, site: BillingSite, chargebee: ChargebeeClient) -> None:
    """The customer ``c1`` without a payment method, and the invoice ``inv`` over 1095."""
    chargebee.post("/customers", {"id": "c1"})
    an_invoice(site)


def not_charged(code: str, message: str, param: str = "", **more: Any) -> dict[str, Any]:
    """The refusal of a payment."""
    return chargebee_refusal(400, code, message, param, type="payment", **more)


def test_first_sample_with_an_existing_source(site: BillingSite, chargebee: ChargebeeClient) -> None:
    source_id = with_card(chargebee)
    a_subscription(site)
    an_invoice(site, subscription_id="sub")

    response = collect(chargebee, amount="100", payment_source_id=source_id)

    payment = last_payment()
    assert response.status_code == 200
    assert response.json() == {
        "customer": paying_customer(last_source(), resource_version=VERSION + 1),
        "transaction": transaction(
            payment,
            link(applied_amount=100, invoice_status="payment_due"),
            amount=100,
            payment_source_id=source_id,
            subscription_id="sub",
        ),
    }
    assert payment.id_at_gateway.startswith("ch_")


@pytest.mark.usefixtures("newcomer")
def test_second_sample_with_a_new_card_that_is_not_kept(chargebee: ChargebeeClient) -> None:
    response = collect(chargebee, **{**CARD, "card[number]": "378282246310005"})

    assert response.status_code == 200
    assert response.json() == {
        "customer": chargebee_customer("c1", resource_version=VERSION + 1),
        "transaction": transaction(last_payment(), link(), masked_card_number="***********0005"),
    }
    assert "payment_source_id" not in response.json()["transaction"]
    assert PaymentSource.objects.count() == 0


@pytest.mark.usefixtures("newcomer")
def test_new_card_that_is_kept(chargebee: ChargebeeClient) -> None:
    response = collect(chargebee, **CARD, retain_payment_source="true")

    source = last_source()
    answer = response.json()
    assert answer["customer"] == paying_customer(source, resource_version=answer["customer"]["resource_version"])
    assert answer["transaction"] == transaction(last_payment(), link(), payment_source_id=source.public_id)


def test_new_card_that_replaces_the_primary_source(chargebee: ChargebeeClient, source_id: str) -> None:
    answer = collect(chargebee, **CARD, replace_primary_payment_source="true").json()

    replaced = answer["customer"]["primary_payment_source_id"]
    assert replaced == answer["transaction"]["payment_source_id"] == last_source().public_id != source_id


def test_primary_source_is_charged_for_all_that_is_due(chargebee: ChargebeeClient, source_id: str) -> None:
    answer = collect(chargebee).json()

    assert answer["transaction"] == transaction(last_payment(), link(), payment_source_id=source_id)


def test_surplus_is_an_excess_payment(chargebee: ChargebeeClient, source_id: str) -> None:
    answer = collect(chargebee, amount="1500").json()

    balances = chargebee_balances(USD={"excess_payments": 405})
    assert answer["customer"] == paying_customer(last_source(), resource_version=VERSION + 1, **balances)
    assert answer["transaction"] == transaction(last_payment(), link(), amount=1500, amount_unused=405)


def test_two_invoices_in_one_call(site: BillingSite, chargebee: ChargebeeClient, source_id: str) -> None:
    an_invoice(site, 500, "inv2")

    answer = collect(chargebee, ("inv2", "200"), "inv").json()

    links = (
        link("inv2", applied_amount=200, invoice_total=500, invoice_status="payment_due"),
        link(),
    )
    assert answer["transaction"] == transaction(last_payment(), *links, amount=1295)


def test_json_body_with_rows(site: BillingSite, chargebee: ChargebeeClient, source_id: str) -> None:
    body = '{"amount": 100, "invoice_allocations": [{"invoice_id": "inv", "allocation_amount": 60}]}'

    response = chargebee.http.post("/api/v2/customers/c1/collect_payment", body, content_type="application/json")

    assert response.json()["transaction"]["linked_invoices"][0]["applied_amount"] == 60
    assert response.json()["customer"]["excess_payments"] == 40


@pytest.mark.usefixtures("newcomer")
@pytest.mark.parametrize(
    ("params", "kind"),
    [
        (METHOD, "card"),
        ({"payment_method[tmp_token]": "tok_once"}, "card"),
        ({"bank_account[account_number]": "000222222227", "bank_account[routing_number]": "110000000"}, "direct_debit"),
        ({"payment_method[type]": "paypal_express_checkout", "payment_method[reference_id]": "B-1"}, None),
    ],
)
def test_whatever_a_customer_can_pay_with(chargebee: ChargebeeClient, params: Any, kind: str | None) -> None:
    answer = collect(chargebee, **params).json()

    assert answer["transaction"]["payment_method"] == (kind or "paypal_express_checkout")
    assert answer["transaction"]["status"] == "success"


def test_former_id_of_the_customer_is_good(site: BillingSite, chargebee: ChargebeeClient, source_id: str) -> None:
    rename_customer(site=site, public_id="c1", new_public_id="c2", at=START)

    answer = collect(chargebee).json()

    assert (answer["customer"]["id"], answer["transaction"]["customer_id"]) == ("c2", "c2")


def test_parent_that_pays_is_named_in_the_transaction(
    site: BillingSite, chargebee: ChargebeeClient, source_id: str
) -> None:
    chargebee.post("/customers", {"id": "child"})
    an_invoice(site, public_id="of-child", customer_public_id="child")
    RelationshipFactory(child=Customer.objects.get(public_id="child"), parent=Customer.objects.get(public_id="c1"))

    answer = collect(chargebee, "of-child", customer="child").json()

    assert (answer["customer"]["id"], answer["transaction"]["customer_id"]) == ("child", "c1")
    assert answer["transaction"]["payment_source_id"] == source_id


@pytest.mark.usefixtures("newcomer")
def test_payment_that_takes_time_is_in_progress(chargebee: ChargebeeClient) -> None:
    answer = collect(chargebee, **card(pay.PENDING)).json()

    assert answer["transaction"] == transaction(
        last_payment(), status="in_progress", masked_card_number="************4004"
    )


@pytest.mark.usefixtures("newcomer")
@pytest.mark.parametrize(
    ("number", "reason", "message"),
    [
        (pay.DECLINED, "card_declined", "The card was declined."),
        ("4000000000009995", "insufficient_funds", "There are not sufficient funds for the payment."),
    ],
)
def test_decline_is_told_with_its_cause(chargebee: ChargebeeClient, number: str, reason: str, message: str) -> None:
    response = collect(chargebee, **card(number), retain_payment_source="true")

    assert response.status_code == 400
    assert response.json() == not_charged(
        "payment_processing_failed", message, error_cause_id=f"gateway.general.{reason}"
    )
    assert (Transaction.objects.get().status, PaymentSource.objects.count()) == ("failure", 0)


@pytest.mark.usefixtures("newcomer")
def test_card_that_is_refused_when_it_is_stored_leaves_nothing(chargebee: ChargebeeClient) -> None:
    with nothing_stored():
        response = collect(chargebee, **card(pay.REFUSED))

    assert response.json()["api_error_code"] == "payment_processing_failed"


def test_number_that_is_none_is_blamed(chargebee: ChargebeeClient, source_id: str) -> None:
    with nothing_stored():
        response = collect(chargebee, **card("4012888888881882"))

    assert response.json() == not_charged(
        "payment_processing_failed",
        "This is not the number of a card.",
        "card[number]",
        error_cause_id="gateway.general.incorrect_number",
    )


@pytest.mark.usefixtures("newcomer")
def test_silence_is_told_with_the_transaction(chargebee: ChargebeeClient) -> None:
    response = collect(chargebee, **card(pay.ANSWER_IS_LOST))

    payment = Transaction.objects.get()
    said = f"It is not known yet whether the payment {payment.public_id} was made; it will not be made twice."
    assert response.status_code == 400
    assert response.json() == not_charged("payment_processing_failed", said, error_cause_id="gateway.general.timeout")


@pytest.mark.usefixtures("newcomer")
def test_customer_without_a_payment_method(chargebee: ChargebeeClient) -> None:
    with nothing_stored():
        response = collect(chargebee)

    assert response.status_code == 400
    assert response.json() == not_charged(
        "payment_method_not_present", "The customer has no payment source to collect from."
    )


@pytest.mark.parametrize("status", ["paid", "posted", "voided", "pending"])
def test_invoice_that_is_not_due_is_refused(
    site: BillingSite, chargebee: ChargebeeClient, source_id: str, status: str
) -> None:
    Invoice.objects.update(status=status)

    with nothing_stored():
        response = collect(chargebee)

    said = f"The invoice is {status}: only those that are payment_due or not_paid are collected."
    assert response.json() == wrong_value("invoice_allocations[invoice_id][0]", said)
    assert TestGatewayCharge.objects.count() == 0


def test_invoice_that_is_being_collected_is_refused(chargebee: ChargebeeClient, source_id: str) -> None:
    collect(chargebee, **card(pay.PENDING))

    with nothing_stored():
        response = collect(chargebee)

    assert response.status_code == 409
    assert response.json() == chargebee_refusal(
        409,
        "invalid_state_for_request",
        "A payment of an invoice is under way already.",
        "invoice_allocations",
    )


@pytest.mark.parametrize(
    ("params", "named", "said"),
    [
        ({"token_id": "tok_1"}, "token_id", "Comes of Chargebee.js, which has no part in this installation: "),
        ({"payment_intent[id]": "pi_1"}, "payment_intent", "Comes of Chargebee.js, which has no part in this"),
        ({"payment_source_id": "x" * 41}, "payment_source_id", "Must have at most 40 characters."),
        ({"retain_payment_source": "yes"}, "retain_payment_source", "Must be true or false."),
        ({"replace_primary_payment_source": "1"}, "replace_primary_payment_source", "Must be true or false."),
        ({"card": "4012888888881881"}, "card", "Takes parts, such as card[number]."),
        ({**CARD, **METHOD}, "payment_method", "Cannot be given together with card."),
        ({**CARD, "payment_source_id": "pm_1"}, "card", "Cannot be given together with payment_source_id."),
        ({"card[number]": "4012888888881881"}, "card[expiry_month]", "Is required."),
    ],
)
def test_parameters_that_cannot_be(
    chargebee: ChargebeeClient, source_id: str, params: dict[str, str], named: str, said: str
) -> None:
    with nothing_stored():
        response = collect(chargebee, **params)

    error = response.json()
    assert (response.status_code, error["api_error_code"], error["param"]) == (400, "param_wrong_value", named)
    assert error["error_msg"].startswith(said)
    assert "4012888888881881" not in response.content.decode()


@pytest.mark.parametrize("customer", ["missing", "c2"])
def test_customer_that_is_missing_or_deleted(
    chargebee: ChargebeeClient, ching: ChingClient, source_id: str, customer: str
) -> None:
    chargebee.post("/customers", {"id": "c2"})
    ching.delete("/customers/c2")

    with nothing_stored():
        response = collect(chargebee, customer=customer)

    assert (response.status_code, response.json()) == (404, NO_SUCH_RESOURCE)


@pytest.mark.parametrize("whose", ["missing", "theirs"])
def test_source_of_another_customer_is_as_missing(chargebee: ChargebeeClient, source_id: str, whose: str) -> None:
    theirs = with_card(chargebee, "c2")

    with nothing_stored():
        response = collect(chargebee, payment_source_id={"missing": "pm_missing", "theirs": theirs}[whose])

    assert response.status_code == 404
    assert response.json() == chargebee_refusal(
        404, "resource_not_found", "Sorry, we couldn't find that resource", "payment_source_id"
    )


def test_version_of_if_match_is_compared(chargebee: ChargebeeClient, source_id: str) -> None:
    with nothing_stored():
        response = chargebee.post("/customers/c1/collect_payment", allocations("inv"), **{"If-Match": '"1"'})

    assert (response.status_code, response.json()["api_error_code"]) == (409, "invalid_state_for_request")


def test_read_only_key_collects_nothing(site: BillingSite, chargebee: ChargebeeClient, source_id: str) -> None:
    reader = ChargebeeClient(create_api_key(site=site, scopes=["read"], at=START)[1])

    assert collect(reader).status_code == 403
    assert Transaction.objects.count() == 0
