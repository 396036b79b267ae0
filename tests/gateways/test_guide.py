"""The adapter that the guide writes keeps every promise; what the page on gateways says is so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from billing_customers.events.sealing import Secret
from billing_customers.gateways.base import AccountInput, Refused, Unreachable
from billing_customers.gateways.registry import backends
from billing_customers.gateways.test import CARDS, REFUSED_CARDS, SILENT_CARD
from billing_customers.models import BillingSite, GatewayAccount
from tests import pages
from tests.gateways import acmepay
from tests.gateways.conformance import GatewayConformance, Side, asked
from tests.shell.sources import CHECKOUT

GUIDE, GATEWAYS = CHECKOUT / "docs" / "adding_a_gateway.md", CHECKOUT / "docs" / "gateways.md"


def _module() -> dict[str, Any]:
    """What the guide's marked snippets make."""
    namespace: dict[str, Any] = {"__name__": "acmepay"}
    for snippet in pages.snippets(GUIDE):
        if snippet.mark in {"adapter", "side"}:
            exec(compile(snippet.text, str(snippet), "exec"), namespace)
    return namespace


MODULE = _module()
AcmePayGateway = MODULE["AcmePayGateway"]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[acmepay.AcmePay]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with acmepay.running() as server:
        yield server


class TestAdapterOfTheGuide(GatewayConformance):
    @pytest.fixture
    def side(self, server: acmepay.AcmePay) -> Side:
        side: Side = MODULE["AcmePaySide"](server)
        return side


def gateway_with(secret: str, url: str) -> Any:
    account = GatewayAccount(site=BillingSite(pk=1), public_id="gw_1", options={"url": url})
    return AcmePayGateway(account, {"secret": Secret(secret)})


def test_bad_credentials_are_told(server: acmepay.AcmePay) -> None:
    with pytest.raises(Refused) as caught:
        gateway_with("wrong", server.url).check()

    assert caught.value.message == "The gateway refuses the credentials of its account."


def test_bad_credentials_are_no_answer_to_a_look_up(server: acmepay.AcmePay) -> None:
    with pytest.raises(Unreachable):
        gateway_with("wrong", server.url).look_up(asked("card_1"))


@pytest.mark.parametrize(
    ("url", "livemode", "names"), [("http://x", True, ["url"]), ("http://x", False, []), ("https://x", True, [])]
)
def test_it_refuses_an_option(url: str, livemode: bool, names: list[str]) -> None:
    given = AccountInput({"secret": Secret("s")}, {"url": url}, livemode)

    assert list(AcmePayGateway.faults(given)) == names


def test_the_page_has_each_card_of_the_test_gateway() -> None:
    told = {number.strip("`"): (stored, charged) for number, stored, charged in pages.rows(GATEWAYS, start="number")}

    assert set(told) == {*CARDS, *REFUSED_CARDS, SILENT_CARD}
    assert {number: _last_word(told[number][1]) for number in CARDS} == CARDS
    assert {number: _last_word(told[number][0]) for number in REFUSED_CARDS} == REFUSED_CARDS


def _last_word(cell: str) -> str:
    return re.findall(r"`(\w+)`", cell)[-1]


def test_the_page_has_each_gateway_with_what_it_needs() -> None:
    told = {name.strip("`"): (needs, options) for name, _, needs, options in pages.rows(GATEWAYS, start="gateway")}

    assert {name: tuple(re.findall(r"`(\w+)`", cell[0])) for name, cell in told.items()} == {
        name: backend.credential_names for name, backend in backends().items()
    }
    assert {name: tuple(re.findall(r"`(\w+)`", cell[1])) for name, cell in told.items()} == {
        name: backend.option_names for name, backend in backends().items()
    }
