"""What holds for every adapter. A test class inherits it and says, as a fixture ``side``, how the other side is made to
do each thing; ``docs/adding_a_gateway.md`` shows one.
"""

from __future__ import annotations

import logging
import threading
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from billing_customers.events.sealing import Secret
from billing_customers.gateways.base import (
    BankAccountInput,
    Capability,
    CardInput,
    Charge,
    ChargeRequest,
    ChargeStatus,
    Gateway,
    Holder,
    Refused,
    SourceInput,
    StoredSource,
    Unreachable,
)

NUMBER = "4242424242424242"
CVV = "737"


class Side(ABC):
    """The gateway that the adapter speaks to, as the tests need it."""

    gateway: Gateway
    # What must never be shown, besides NUMBER: card numbers, credentials.
    secrets: tuple[str, ...] = ()

    @abstractmethod
    def good(self) -> SourceInput:
        """Something new that can be stored and charged."""

    @abstractmethod
    def refused(self) -> SourceInput:
        """Something that is refused when it is to be stored."""

    @abstractmethod
    def declining(self) -> str:
        """A reference whose charges are declined."""

    @abstractmethod
    def confirming(self) -> str:
        """A reference whose card holder has to confirm each charge."""

    @abstractmethod
    def silent(self, *, made: bool) -> str:
        """A reference whose next charge is not answered, though it is ``made``, or because it never arrives."""

    @abstractmethod
    def taken(self, key: str) -> int:
        """How often money was taken for a request's key, by the other side's own account."""


def card(number: str = NUMBER, **more: Any) -> CardInput:
    """A card, with :data:`NUMBER` unless told otherwise."""
    given: dict[str, Any] = {"expiry_month": 10, "expiry_year": 2031, "first_name": "Ada", "cvv": Secret(CVV)}
    return CardInput(number=Secret(number), **(given | more))


def holder(key: str = "request-1") -> Holder:
    return Holder(customer_id="acme", key=key, email="ada@example.com", name="Ada")


def asked(reference_id: str, key: str = "txn_1", amount: int = 4200) -> ChargeRequest:
    return ChargeRequest(key=key, amount=amount, currency="USD", reference_id=reference_id, description="Payment txn_1")


def everything_shown(value: Any) -> str:
    """All that a log, an error page or a debugger shows of a value; of an error also its chain and its frames."""
    shown = f"{value!r} {value!s}"
    if isinstance(value, BaseException):
        trace = traceback.TracebackException.from_exception(value, capture_locals=True)
        shown += "".join(trace.format()) + repr(value.__context__)
    return shown


def no_secret_is_written(
    side: Side, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[None]:
    """Whatever happens between the two steps of this writes no secret, to no log and no stream."""
    caplog.set_level(logging.DEBUG)
    yield
    written = caplog.text + "".join(capfd.readouterr())
    assert [secret for secret in (NUMBER, *side.secrets) if secret in written] == []


INPUTS: dict[Capability, SourceInput] = {
    Capability.RAW_CARDS: card(),
    Capability.BANK_ACCOUNTS: BankAccountInput(account_number=Secret("000123456789"), iban=None),
}


class GatewayConformance:
    """Inherit it as ``class TestMine(GatewayConformance)`` and give it the fixture ``side``."""

    @pytest.fixture
    def side(self) -> Side:
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def _nothing_secret_is_logged(
        self, side: Side, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> Iterator[None]:
        yield from no_secret_is_written(side, caplog, capfd)

    @pytest.fixture
    def reference(self, side: Side) -> str:
        """Something that is stored and can be charged."""
        return side.gateway.store(side.good(), holder()).reference_id

    def test_it_says_what_it_takes_and_needs(self, side: Side) -> None:
        gateway = side.gateway

        assert all(isinstance(each, Capability) for each in gateway.capabilities)
        assert all(isinstance(each, str) for each in (*gateway.credential_names, *gateway.option_names))

    @pytest.mark.parametrize("capability", INPUTS)
    def test_it_takes_what_it_says_and_refuses_the_rest(self, side: Side, capability: Capability) -> None:
        outcome = _outcome(side, INPUTS[capability])

        assert outcome == ("stored" if capability in side.gateway.capabilities else "not_supported")

    def test_what_is_stored_fits_its_columns(self, side: Side) -> None:
        stored = side.gateway.store(side.good(), holder())

        assert isinstance(stored, StoredSource)
        assert 0 < len(stored.reference_id) <= 200
        assert len(stored.last4) == 4
        assert len(stored.iin) in {0, 6}

    def test_stored_again_with_the_key_it_is_the_same(self, side: Side) -> None:
        given = side.good()

        references = {side.gateway.store(given, holder()).reference_id for _ in range(2)}

        assert len(references) == 1

    def test_with_another_key_it_is_another(self, side: Side) -> None:
        references = {side.gateway.store(side.good(), holder(key)).reference_id for key in ("one", "two")}

        assert len(references) == 2

    def test_a_refused_source_says_why(self, side: Side) -> None:
        with pytest.raises(Refused) as caught:
            side.gateway.store(side.refused(), holder())

        assert caught.value.reason
        assert caught.value.message.endswith(".")

    def test_a_charge_takes_the_money_once(self, side: Side, reference: str) -> None:
        charge = side.gateway.charge(asked(reference))

        assert charge == Charge(ChargeStatus.SUCCEEDED, id_at_gateway=charge.id_at_gateway)
        assert 0 < len(charge.id_at_gateway) <= 100
        assert side.taken("txn_1") == 1

    def test_asked_twice_it_charges_once(self, side: Side, reference: str) -> None:
        charges = [side.gateway.charge(asked(reference)) for _ in range(2)]

        assert charges[0] == charges[1]
        assert side.taken("txn_1") == 1

    def test_asked_twice_at_the_same_time_it_charges_once(self, side: Side, reference: str) -> None:
        # Whoever comes second may have to look it up.
        charges = [each for each in _together(lambda: side.gateway.charge(asked(reference)), 4) if each is not None]

        assert charges == [charges[0]] * len(charges)
        assert side.gateway.look_up(asked(reference)) == charges[0]
        assert side.taken("txn_1") == 1

    def test_another_key_is_another_charge(self, side: Side, reference: str) -> None:
        charges = [side.gateway.charge(asked(reference, key)) for key in ("txn_1", "txn_2")]

        assert charges[0].id_at_gateway != charges[1].id_at_gateway
        assert (side.taken("txn_1"), side.taken("txn_2")) == (1, 1)

    def test_a_charge_is_found_by_its_key(self, side: Side, reference: str) -> None:
        charges = {key: side.gateway.charge(asked(reference, key)) for key in ("txn_1", "txn_2")}

        assert {key: side.gateway.look_up(asked(reference, key)) for key in charges} == charges

    def test_a_charge_that_was_never_made_is_not_found(self, side: Side, reference: str) -> None:
        side.gateway.charge(asked(reference, "txn_2"))

        assert side.gateway.look_up(asked(reference)) is None

    def test_a_declined_charge_says_why_and_takes_nothing(self, side: Side) -> None:
        request = asked(side.declining())

        charge = side.gateway.charge(request)

        assert (charge.status, bool(charge.reason), charge.message[-1:]) == (ChargeStatus.DECLINED, True, ".")
        assert side.taken("txn_1") == 0
        assert side.gateway.look_up(request) == charge

    def test_a_charge_that_must_be_confirmed_takes_nothing(self, side: Side) -> None:
        request = asked(side.confirming())

        charge = side.gateway.charge(request)

        assert (charge.status, charge.reason) == (ChargeStatus.ACTION_NEEDED, "authentication_required")
        assert side.taken("txn_1") == 0
        assert side.gateway.look_up(request) == charge

    def test_a_charge_whose_answer_is_lost_is_found(self, side: Side) -> None:
        request = asked(side.silent(made=True))

        with pytest.raises(Unreachable):
            side.gateway.charge(request)

        found = side.gateway.look_up(request)
        assert found is not None
        assert found.status == ChargeStatus.SUCCEEDED
        assert side.gateway.charge(request) == found
        assert side.taken("txn_1") == 1

    def test_a_charge_that_never_arrived_is_not_found(self, side: Side) -> None:
        request = asked(side.silent(made=False))

        with pytest.raises(Unreachable):
            side.gateway.charge(request)

        assert side.gateway.look_up(request) is None
        assert side.taken("txn_1") == 0

    def test_what_is_gone_is_removed_without_an_error(self, side: Side, reference: str) -> None:
        for each in (reference, reference, "nothing/like-it", ""):
            side.gateway.detach(each)

    def test_good_credentials_are_found_good(self, side: Side) -> None:
        side.gateway.check()

    def test_it_shows_no_secret(self, side: Side) -> None:
        stored = side.gateway.store(side.good(), holder())
        faults = [_fault(side.gateway.store, side.refused(), holder("request-2"))]
        faults += [_fault(side.gateway.charge, asked(side.silent(made=made), f"txn_{made}")) for made in (True, False)]
        shown = "".join(everything_shown(each) for each in (side.gateway, stored, *faults))

        assert [secret for secret in (NUMBER, *side.secrets) if secret in shown] == []


def _outcome(side: Side, given: SourceInput) -> str:
    try:
        side.gateway.store(given, holder())
    except Refused as refusal:
        return refusal.reason
    return "stored"


def _together(charge: Callable[[], Charge], count: int) -> list[Charge | None]:
    """What as many calls at the same time give; ``None`` for one that was not answered."""
    start = threading.Barrier(count)

    def call(_: int) -> Charge | None:
        start.wait(30)
        try:
            return charge()
        except Unreachable:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(call, range(count)))


def _fault(call: Any, *arguments: Any) -> BaseException:
    with pytest.raises((Refused, Unreachable)) as caught:
        call(*arguments)
    return caught.value
