"""The test gateway: each documented number does what it says, each time."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from billing_customers.choices import FundingType, PaymentMethodType, PaymentSourceStatus
from billing_customers.events.sealing import Secret
from billing_customers.gateways.base import (
    BankAccountInput,
    Capability,
    CardInput,
    Charge,
    ChargeStatus,
    Holder,
    ReferenceInput,
    Refused,
    SourceInput,
    StoredSource,
    Unreachable,
)
from billing_customers.gateways.reasons import sentence_of
from billing_customers.gateways.registry import gateway_of
from billing_customers.gateways.test import CARDS, REFUSED_CARDS, SILENT_CARD, TestGateway
from billing_customers.models import BillingSite, GatewayAccount, TestGatewayCharge
from tests.concurrency.conftest import APPS
from tests.gateways.conformance import GatewayConformance, Side, asked, card, holder

NUMBERS = {word: number for number, word in CARDS.items()}


class TestSide(Side):
    __test__ = False

    def __init__(self, gateway: Any) -> None:
        self.gateway = gateway
        self.secrets = (*CARDS, *REFUSED_CARDS)

    def good(self) -> SourceInput:
        return card()

    def refused(self) -> SourceInput:
        return card("4000000000000002")

    def declining(self) -> str:
        return self._stored("card_declined")

    def confirming(self) -> str:
        return self._stored("authentication_required")

    def silent(self, *, made: bool) -> str:
        return self._stored("lost_answer" if made else "not_reached")

    def taken(self, key: str) -> int:
        return TestGatewayCharge.objects.filter(key=key, status=ChargeStatus.SUCCEEDED).count()

    def _stored(self, word: str) -> str:
        return self.gateway.store(card(NUMBERS[word]), holder()).reference_id


@pytest.fixture
def account(site: BillingSite) -> GatewayAccount:
    return GatewayAccount.objects.get(site=site)


@pytest.fixture
def gateway(account: GatewayAccount) -> Any:
    return gateway_of(account)


@pytest.mark.django_db(transaction=True, available_apps=APPS)
class TestTestGateway(GatewayConformance):
    @pytest.fixture
    def side(self, gateway: TestGateway) -> Side:
        return TestSide(gateway)


def stored(gateway: TestGateway, number: str, key: str = "k") -> str:
    return gateway.store(card(number), holder(key)).reference_id


def test_it_takes_all_there_is(gateway: TestGateway) -> None:
    assert gateway.capabilities == frozenset(Capability)


@pytest.mark.parametrize(
    ("number", "brand"),
    [
        # The cards of the two contracts' samples.
        ("4012888888881881", "visa"),
        ("378282246310005", "american_express"),
        ("4111111111111111", "visa"),
        ("4242424242424242", "visa"),
        ("5555555555554444", "mastercard"),
        ("5105105105105100", "mastercard"),
        ("2223003122003222", "mastercard"),
        ("371449635398431", "american_express"),
        ("6011111111111117", "discover"),
        ("30569309025904", "diners_club"),
        ("36227206271667", "diners_club"),
        ("3566002020360505", "jcb"),
        ("3530111333300000", "jcb"),
        ("6200000000000005", "other"),
    ],
)
def test_a_card_is_stored_without_its_number(gateway: TestGateway, number: str, brand: str) -> None:
    found = gateway.store(card(number, last_name="Lovelace", billing_address={"city": "Haifa"}), holder())

    assert found == StoredSource(
        type=PaymentMethodType.CARD,
        reference_id=found.reference_id,
        status=PaymentSourceStatus.VALID,
        brand=brand,
        last4=number[-4:],
        iin=number[:6],
        number_length=len(number),
        expiry_month=10,
        expiry_year=2031,
        funding_type=FundingType.NOT_KNOWN,
        first_name="Ada",
        last_name="Lovelace",
        billing_address={"city": "Haifa"},
    )
    assert re.fullmatch(r"tok_success_[0-9a-f]{24}", found.reference_id)


@pytest.mark.parametrize("number", ["4012 8888 8888 1881", "4012-8888-8888-1881", " 4012888888881881 "])
def test_a_number_may_be_written_in_groups(gateway: TestGateway, number: str) -> None:
    assert gateway.store(card(number), holder()).last4 == "1881"


@pytest.mark.parametrize(
    "number",
    [
        "4012888888881882",
        "4242424242424241",
        "1",
        "",
        "0" * 11,
        "0" * 20,
        "401288888888188x",
        "\u0664" * 16,
        "0x0",
        "\0",
    ],
)
def test_another_number_is_refused(gateway: TestGateway, number: str) -> None:
    with pytest.raises(Refused) as caught:
        gateway.store(card(number), holder())

    assert (caught.value.reason, caught.value.param, caught.value.message) == (
        "incorrect_number",
        "card.number",
        "This is not the number of a card.",
    )


@pytest.mark.parametrize("month", [0, 13, -1])
def test_a_month_that_is_none_is_refused(gateway: TestGateway, month: int) -> None:
    with pytest.raises(Refused) as caught:
        gateway.store(card(expiry_month=month), holder())

    assert (caught.value.reason, caught.value.param) == ("invalid_expiry_month", "card.expiry_month")


def test_a_card_of_the_past_is_stored_for_the_samples_are_of_the_past(gateway: TestGateway) -> None:
    assert gateway.store(card(expiry_year=2022), holder()).expiry_year == 2022


@pytest.mark.parametrize(
    ("number", "reason", "param"),
    [("4000000000000002", "card_declined", ""), ("4000000000000127", "incorrect_cvc", "card.cvv")],
)
def test_a_card_is_refused_at_storing(gateway: TestGateway, number: str, reason: str, param: str) -> None:
    with pytest.raises(Refused) as caught:
        gateway.store(card(number), holder())

    assert (caught.value.reason, caught.value.param, caught.value.message) == (reason, param, sentence_of(reason))
    assert REFUSED_CARDS[number] == reason


def test_a_card_is_answered_by_silence_at_storing(gateway: TestGateway) -> None:
    with pytest.raises(Unreachable) as caught:
        gateway.store(card(SILENT_CARD), holder())

    assert (caught.value.reason, caught.value.message) == ("timeout", "The gateway did not answer in time.")


@pytest.mark.parametrize("word", CARDS.values())
def test_what_a_card_does_is_in_its_reference(gateway: TestGateway, word: str) -> None:
    assert re.fullmatch(rf"tok_{word}_[0-9a-f]{{24}}", stored(gateway, NUMBERS[word]))


@pytest.mark.parametrize(
    ("number", "status", "reason"),
    [
        ("4000000000000341", "declined", "card_declined"),
        ("4000000000009995", "declined", "insufficient_funds"),
        ("4000000000000069", "declined", "expired_card"),
        ("4000002760003184", "action_needed", "authentication_required"),
    ],
)
def test_a_card_is_declined_at_charging(gateway: TestGateway, number: str, status: str, reason: str) -> None:
    request = asked(stored(gateway, number))

    charge = gateway.charge(request)

    row = TestGatewayCharge.objects.get()
    assert charge == Charge(ChargeStatus(status), row.public_id, reason, sentence_of(reason))
    assert gateway.charge(request) == gateway.look_up(request) == charge


@pytest.mark.parametrize(
    ("number", "becomes", "reason"),
    [("4000000000004004", "succeeded", ""), ("4000000000005001", "declined", "card_declined")],
)
def test_a_card_is_pending_until_it_is_looked_up(gateway: TestGateway, number: str, becomes: str, reason: str) -> None:
    request = asked(stored(gateway, number))

    charge = gateway.charge(request)
    again = gateway.charge(request)
    found = gateway.look_up(request)

    assert charge == again == Charge(ChargeStatus.PENDING, charge.id_at_gateway)
    message = sentence_of(reason) if reason else ""
    assert found == Charge(ChargeStatus(becomes), charge.id_at_gateway, reason, message)
    assert gateway.look_up(request) == gateway.charge(request) == found


def test_a_charge_is_written_down(gateway: TestGateway, site: BillingSite) -> None:
    reference = stored(gateway, "4242424242424242")

    charge = gateway.charge(asked(reference, amount=1))

    row = TestGatewayCharge.objects.values(
        "site", "key", "public_id", "reference", "amount", "currency", "status"
    ).get()
    assert row == {
        "site": site.pk,
        "key": "txn_1",
        "public_id": charge.id_at_gateway,
        "reference": reference,
        "amount": 1,
        "currency": "USD",
        "status": "succeeded",
    }


def test_silence_about_a_charge_that_never_arrived_lasts(gateway: TestGateway) -> None:
    request = asked(stored(gateway, NUMBERS["not_reached"]))

    for _ in range(2):
        with pytest.raises(Unreachable):
            gateway.charge(request)

    assert TestGatewayCharge.objects.count() == 0


def test_keys_of_another_site_are_others(gateway: TestGateway, other_site: BillingSite) -> None:
    elsewhere = gateway_of(GatewayAccount.objects.get(site=other_site))
    gateway.charge(asked("tok_success_1"))

    assert elsewhere.look_up(asked("tok_success_1")) is None
    elsewhere.charge(asked("tok_success_1"))
    assert TestGatewayCharge.objects.count() == 2


def test_the_same_key_of_another_account_stores_another_source(gateway: TestGateway, other_site: BillingSite) -> None:
    elsewhere = gateway_of(GatewayAccount.objects.get(site=other_site))

    assert gateway.store(card(), holder()).reference_id != elsewhere.store(card(), holder()).reference_id


def test_without_a_key_each_source_is_another(gateway: TestGateway) -> None:
    references = {gateway.store(card(), Holder(customer_id="acme", key="")).reference_id for _ in range(2)}

    assert len(references) == 2


def reference_input(type_: str = "card", **more: Any) -> ReferenceInput:
    return ReferenceInput(type=PaymentMethodType(type_), **more)


@pytest.mark.parametrize("type_", ["card", "apple_pay", "google_pay"])
@pytest.mark.parametrize("reference", ["cus_I58QViSiwuelqF", "cus_1/card_2", "tok_pending_1", "x" * 200])
def test_any_reference_is_taken_for_that_of_a_card(gateway: TestGateway, reference: str, type_: str) -> None:
    """Chargebee "Update payment method for a customer"."""
    found = gateway.store(reference_input(type_, reference_id=reference, issuing_country="US"), holder())

    assert found == StoredSource(
        type=PaymentMethodType(type_),
        reference_id=reference,
        brand="visa",
        last4="1111",
        expiry_month=12,
        expiry_year=2030,
        issuing_country="US",
    )


def test_a_reference_that_is_too_long_is_refused(gateway: TestGateway) -> None:
    with pytest.raises(Refused) as caught:
        gateway.store(reference_input(reference_id="x" * 201), holder())

    assert (caught.value.reason, caught.value.param) == ("unknown_reference", "payment_method.reference_id")


def test_a_reference_of_another_type_has_no_card(gateway: TestGateway) -> None:
    found = gateway.store(reference_input("paypal_express_checkout", reference_id="B-1"), holder())

    assert found == StoredSource(type=PaymentMethodType.PAYPAL, reference_id="B-1")


def test_a_reference_of_a_bank_account_has_its_last_digits(gateway: TestGateway) -> None:
    found = gateway.store(reference_input("direct_debit", reference_id="MD1"), holder())

    assert found == StoredSource(type=PaymentMethodType.DIRECT_DEBIT, reference_id="MD1", last4="6789")


@pytest.mark.parametrize(
    ("token", "word"),
    [("tok_visa", "success"), ("tok_pending_abc", "pending"), ("tok_card_declined_", "card_declined"), ("", "success")],
)
def test_a_token_becomes_a_reference_that_does_the_same(gateway: TestGateway, token: str, word: str) -> None:
    found = gateway.store(reference_input(tmp_token=Secret(token)), holder())

    assert re.fullmatch(rf"tok_{word}_[0-9a-f]{{24}}", found.reference_id)


@pytest.mark.parametrize(
    ("reference", "status"),
    [
        ("tok_pending_1", "pending"),
        ("tok_insufficient_funds_abc", "declined"),
        ("tok_unheard_of_1", "succeeded"),
        ("tok_pending", "succeeded"),
        ("pending_1", "succeeded"),
        ("cus_1/card_2", "succeeded"),
    ],
)
def test_an_adopted_reference_does_what_it_says(gateway: TestGateway, reference: str, status: str) -> None:
    assert gateway.charge(asked(reference)).status == status


def test_a_bank_account_waits_for_its_verification(gateway: TestGateway) -> None:
    details = {"bank_name": "Leumi", "account_type": "checking", "account_holder_type": "company", "last_name": "Cohen"}

    found = gateway.store(BankAccountInput(Secret("000123456789"), None, "110000000", details), holder())

    assert found == StoredSource(
        type=PaymentMethodType.DIRECT_DEBIT,
        reference_id=found.reference_id,
        status=PaymentSourceStatus.PENDING_VERIFICATION,
        last4="6789",
        last_name="Cohen",
        bank_name="Leumi",
        account_type="checking",
        account_holder_type="company",
    )


def test_a_bank_account_is_also_known_by_its_iban(gateway: TestGateway) -> None:
    given = BankAccountInput(None, Secret("DE89370400440532013000"), details={"issuing_country": "DE"})

    found = gateway.store(given, holder())

    assert (found.last4, found.issuing_country) == ("3000", "DE")


def test_it_stores_what_is_no_secret_of_a_card(gateway: TestGateway) -> None:
    fields = {each.name for each in dataclasses.fields(CardInput)} & {
        each.name for each in dataclasses.fields(StoredSource)
    }

    assert fields == {"expiry_month", "expiry_year", "first_name", "last_name", "billing_address"}
