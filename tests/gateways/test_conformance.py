"""The suite for adapters is able to fail: each of its promises, broken, is noticed."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from billing_customers.gateways.base import (
    Charge,
    ChargeRequest,
    ChargeStatus,
    Holder,
    Refused,
    SourceInput,
    StoredSource,
    Unreachable,
)
from billing_customers.gateways.registry import gateway_of
from billing_customers.gateways.test import TestGateway
from billing_customers.ids import new_id
from billing_customers.models import BillingSite, GatewayAccount
from tests.gateways.conformance import NUMBER, GatewayConformance, asked, holder, no_secret_is_written
from tests.gateways.test_test import TestSide


class ChargesEachTime(TestGateway):
    def charge(self, request: ChargeRequest) -> Charge:
        again = ChargeRequest(new_id("k"), request.amount, request.currency, request.reference_id)
        return super().charge(again)


class FindsNothing(TestGateway):
    def look_up(self, request: ChargeRequest) -> Charge | None:
        return None


class FindsAnything(TestGateway):
    def look_up(self, request: ChargeRequest) -> Charge | None:
        return super().look_up(request) or Charge(ChargeStatus.SUCCEEDED, id_at_gateway="ch_1")


class TakesSilenceForNo(TestGateway):
    def charge(self, request: ChargeRequest) -> Charge:
        try:
            return super().charge(request)
        except Unreachable:
            return Charge(ChargeStatus.DECLINED, reason="timeout", message="No.")


class ForgetsTheKey(TestGateway):
    def store(self, given: SourceInput, holder: Holder) -> StoredSource:
        return super().store(given, Holder(customer_id=holder.customer_id, key=""))


class OneForAll(TestGateway):
    def store(self, given: SourceInput, holder: Holder) -> StoredSource:
        return super().store(given, Holder(customer_id=holder.customer_id, key="all"))


class TellsTheNumber(TestGateway):
    def store(self, given: SourceInput, holder: Holder) -> StoredSource:
        try:
            return super().store(given, holder)
        except Refused as refusal:
            raise Refused(f"No, not {NUMBER}.", reason=refusal.reason) from refusal


class KeepsTheNumberInAFrame(TestGateway):
    def store(self, given: Any, holder: Holder) -> StoredSource:
        number = given.number.reveal()
        assert number
        return super().store(given, holder)


@pytest.mark.parametrize(
    ("broken", "promise"),
    [
        (ChargesEachTime, "test_asked_twice_it_charges_once"),
        (ChargesEachTime, "test_a_charge_is_found_by_its_key"),
        (FindsNothing, "test_a_charge_is_found_by_its_key"),
        (FindsNothing, "test_a_charge_whose_answer_is_lost_is_found"),
        (FindsAnything, "test_a_charge_that_was_never_made_is_not_found"),
        (FindsAnything, "test_a_charge_that_never_arrived_is_not_found"),
        (TakesSilenceForNo, "test_a_charge_whose_answer_is_lost_is_found"),
        (ForgetsTheKey, "test_stored_again_with_the_key_it_is_the_same"),
        (OneForAll, "test_with_another_key_it_is_another"),
        (TellsTheNumber, "test_it_shows_no_secret"),
        (KeepsTheNumberInAFrame, "test_it_shows_no_secret"),
    ],
)
def test_a_broken_adapter_is_noticed(site: BillingSite, broken: type[TestGateway], promise: str) -> None:
    side = TestSide(broken(GatewayAccount.objects.get(site=site), {}))
    test = getattr(GatewayConformance(), promise)
    more = {"reference": side.gateway.store(side.good(), holder()).reference_id} if "reference" in _names(test) else {}

    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test(side=side, **more)


def _names(test: Any) -> tuple[str, ...]:
    names: tuple[str, ...] = test.__code__.co_varnames[: test.__code__.co_argcount]
    return names


def test_a_secret_in_a_log_is_noticed(
    site: BillingSite, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    side = TestSide(gateway_of(GatewayAccount.objects.get(site=site)))
    watching = no_secret_is_written(side, caplog, capfd)
    next(watching)

    logging.getLogger("anything").debug("card %s", NUMBER)

    with pytest.raises(AssertionError):
        next(watching)


def test_a_request_of_the_suite_is_whole() -> None:
    assert asked("tok_1") == ChargeRequest("txn_1", 4200, "USD", "tok_1", "Payment txn_1")
