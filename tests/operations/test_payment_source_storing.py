"""A gateway is called before anything is written; what it says becomes an error that names the caller's parameter."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from billing_customers.choices import PaymentMethodType
from billing_customers.events.sealing import Secret
from billing_customers.exceptions import InvalidInput, NotFound, PaymentFailed, PaymentUncertain
from billing_customers.gateways.base import (
    BankAccountInput,
    Capability,
    Holder,
    ReferenceInput,
    Refused,
    SourceInput,
    StoredSource,
    Unreachable,
)
from billing_customers.gateways.test import TestGateway
from billing_customers.models import BillingSite, Customer, PaymentSource
from billing_customers.operations.gateway_accounts import disable_gateway_account
from billing_customers.operations.payment_source_storing import GatewayBroken, Newcomer, PreparedSource, prepare_source
from tests.fixtures import NOW
from tests.operations import acts, paying
from tests.operations.watching import faults, refusal

BANK_ACCOUNT = BankAccountInput(account_number=Secret("000222222227"), iban=None)
REFERENCE = ReferenceInput(type=PaymentMethodType.CARD, reference_id="cus_1")
TOKEN = ReferenceInput(type=PaymentMethodType.CARD, tmp_token=Secret("tok_once"))


def prepare(site: BillingSite, given: SourceInput = paying.CARD, **more: Any) -> PreparedSource:
    said: dict[str, Any] = {"customer_public_id": None, "gateway_account_id": None, "request_key": None, **more}
    return prepare_source(site=site, given=given, at=NOW, **said)


@pytest.fixture
def holders(monkeypatch: pytest.MonkeyPatch) -> list[Holder]:
    """For whom the gateway was asked to store something."""
    said: list[Holder] = []

    def store(self: TestGateway, given: SourceInput, holder: Holder) -> StoredSource:
        said.append(holder)
        return paying.stored()

    monkeypatch.setattr(TestGateway, "store", store)
    return said


def raising(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """The gateway raises ``error`` when it is to store something."""

    def store(self: TestGateway, given: SourceInput, holder: Holder) -> StoredSource:
        raise error

    monkeypatch.setattr(TestGateway, "store", store)


def test_what_the_gateway_stored_comes_back_and_nothing_is_written(site: BillingSite) -> None:
    paying.an_account(site)
    before = Customer.objects.count()

    prepared = prepare(site)

    assert prepared.account == paying.an_account(site)
    assert (prepared.stored.last4, prepared.stored.brand, prepared.is_new) == ("1881", "visa", True)
    assert (Customer.objects.count(), PaymentSource.objects.count()) == (before, 0)


@pytest.mark.parametrize(
    ("given", "is_new"), [(paying.CARD, True), (BANK_ACCOUNT, True), (TOKEN, True), (REFERENCE, False)]
)
def test_all_but_a_reference_is_new_to_the_gateway(site: BillingSite, given: SourceInput, is_new: bool) -> None:
    assert prepare(site, given).is_new is is_new


def test_gateway_is_told_whose_it_is(site: BillingSite, holders: list[Holder]) -> None:
    acts.create(site, "acme", first_name="John", last_name="Doe", email="john@example.com")

    prepare(site, customer_public_id="acme", request_key="7")

    assert holders == [Holder(customer_id="acme", key=f"source-{site.pk}-7", email="john@example.com", name="John Doe")]


def test_gateway_is_told_of_a_customer_that_is_yet_to_be_made(site: BillingSite, holders: list[Holder]) -> None:
    prepare(site, request_key="7", newcomer=Newcomer("acme", "john@example.com", "John Doe"))

    assert holders == [Holder(customer_id="acme", key=f"source-{site.pk}-7", email="john@example.com", name="John Doe")]


def test_repetition_of_a_request_stores_the_same_source(site: BillingSite) -> None:
    references = {prepare(site, request_key="7").stored.reference_id for _ in range(2)}

    assert len(references) == 1


def test_requests_without_a_key_are_all_different(site: BillingSite) -> None:
    references = {prepare(site).stored.reference_id for _ in range(2)}

    assert len(references) == 2


@pytest.mark.parametrize("public_id", ["missing", "foreign", "deleted"])
def test_customer_must_be_there_before_the_gateway_is_called(
    site: BillingSite, other_site: BillingSite, holders: list[Holder], public_id: str
) -> None:
    acts.create(other_site, "foreign")
    acts.create(site, "deleted")
    acts.delete(site, "deleted")

    with refusal(NotFound) as caught:
        prepare(site, customer_public_id=public_id)

    assert (caught.value.message, caught.value.param) == ("There is no such customer.", "")
    assert holders == []


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (paying.CARD, "card.number"),
        (BANK_ACCOUNT, "bank_account.account_number"),
        (REFERENCE, "payment_method.reference_id"),
        (TOKEN, "payment_method.tmp_token"),
    ],
)
def test_site_without_a_gateway_takes_nothing(live_site: BillingSite, given: SourceInput, named: str) -> None:
    with refusal(InvalidInput) as caught:
        prepare(live_site, given)

    assert faults(caught) == [(named, "No payment gateway is set up to take it.")]


@pytest.mark.parametrize(
    ("within", "named"),
    [(None, "card.number"), ("card", "card.number"), ("", "number"), ("new_card", "new_card.number")],
)
def test_fault_is_named_as_the_caller_names_the_part(live_site: BillingSite, within: str | None, named: str) -> None:
    with refusal(InvalidInput) as caught:
        prepare(live_site, within=within)

    assert caught.value.param == named


@pytest.mark.parametrize("which", ["missing", "foreign"])
def test_unknown_account_is_refused_like_a_foreign_one(site: BillingSite, other_site: BillingSite, which: str) -> None:
    ids = {"missing": "gw_missing", "foreign": paying.an_account(other_site).public_id}

    with refusal(NotFound) as caught:
        prepare(site, gateway_account_id=ids[which], within="card")

    assert (caught.value.message, caught.value.param) == (
        "There is no such gateway account.",
        "card.gateway_account_id",
    )


def test_account_that_is_disabled_takes_nothing(site: BillingSite) -> None:
    account = disable_gateway_account(site=site, public_id=paying.an_account(site).public_id, at=NOW)

    with refusal(InvalidInput) as caught:
        prepare(site, gateway_account_id=account.public_id, within="card")

    assert faults(caught) == [("card.gateway_account_id", "The gateway account is disabled.")]


def test_account_that_does_not_take_it_is_named(site: BillingSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TestGateway, "capabilities", frozenset({Capability.REFERENCES}))
    account = paying.an_account(site)

    with refusal(InvalidInput) as caught:
        prepare(site, TOKEN, gateway_account_id=account.public_id, within="payment_method")

    assert faults(caught) == [("payment_method.gateway_account_id", "The gateway account does not take it.")]


@pytest.mark.parametrize(
    ("blamed", "within", "named"),
    [("card.cvv", "card", "card.cvv"), ("card.cvv", "", "cvv"), ("card.cvv", None, "card.cvv"), ("", "card", "")],
)
def test_refusal_of_the_gateway_names_the_part_to_blame(
    site: BillingSite, monkeypatch: pytest.MonkeyPatch, blamed: str, within: str | None, named: str
) -> None:
    raising(monkeypatch, Refused("The code is wrong.", reason="incorrect_cvc", param=blamed))

    with refusal(PaymentFailed) as caught:
        prepare(site, within=within)

    assert (caught.value.message, caught.value.reason, caught.value.param) == (
        "The code is wrong.",
        "incorrect_cvc",
        named,
    )


def test_silence_of_the_gateway_is_uncertain(site: BillingSite, monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, Unreachable("No answer.", reason="timeout"))

    with refusal(PaymentUncertain) as caught:
        prepare(site)

    assert (caught.value.message, caught.value.reason) == ("No answer.", "timeout")


def test_crash_of_an_adapter_is_told_without_its_words(site: BillingSite, monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, ValueError("invalid literal for int(): '4012888888881881'"))

    with refusal(GatewayBroken) as caught:
        prepare(site)

    told = "".join(traceback.format_exception(caught.value))
    assert str(caught.value) == "The gateway test raised ValueError."
    assert "in store" in told
    assert "4012888888881881" not in told
