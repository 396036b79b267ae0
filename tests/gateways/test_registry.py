"""Which adapters there are, and how an account gets its own."""

from __future__ import annotations

import logging
import sys
from typing import Any

import pytest

from billing_customers.gateways.base import Capability, Gateway, Unreachable
from billing_customers.gateways.registry import (
    GatewayUnavailable,
    UnknownBackend,
    backend_of,
    backends,
    gateway_of,
    open_credentials,
)
from billing_customers.gateways.stripe import StripeGateway
from billing_customers.gateways.test import TestGateway
from billing_customers.models import BillingSite, GatewayAccount
from billing_customers.operations.gateway_accounts import create_gateway_account
from tests.fixtures import NOW

KEY = "sk_test_51NotAKeyOfAnybody0123456789"


class HostGateway(TestGateway):
    """An adapter of the host's own."""

    __test__ = False
    credential_names = ("user", "password")
    option_names = ("region",)


HOSTS = {"GATEWAYS": {"hosts_own": f"{__name__}.HostGateway"}}


def stripe_account(site: BillingSite) -> GatewayAccount:
    return create_gateway_account(site=site, backend="stripe", credentials={"api_key": KEY}, at=NOW)


def test_two_adapters_ship() -> None:
    assert dict(backends()) == {"test": TestGateway, "stripe": StripeGateway}


def test_those_of_the_host_come_with_them(settings: Any) -> None:
    settings.BILLING_CUSTOMERS = HOSTS

    assert list(backends()) == ["test", "stripe", "hosts_own"]
    assert backends()["hosts_own"].__name__ == "HostGateway"


def test_a_host_may_put_its_own_in_the_place_of_one(settings: Any) -> None:
    settings.BILLING_CUSTOMERS = {"GATEWAYS": {"stripe": f"{__name__}.HostGateway"}}

    assert backend_of("stripe").__name__ == "HostGateway"


def test_one_whose_package_is_missing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "billing_customers.gateways.stripe")
    monkeypatch.setitem(sys.modules, "stripe", None)

    assert list(backends()) == ["test"]
    with pytest.raises(UnknownBackend) as caught:
        backend_of("stripe")
    assert str(caught.value) == "Install django-billing-customers[stripe] to use it."


@pytest.mark.parametrize(
    ("given", "name", "message"),
    [
        ({}, "paypal", "There is no such gateway. Known: test, stripe."),
        (HOSTS["GATEWAYS"], "", "There is no such gateway. Known: test, stripe, hosts_own."),
        ({"mine": "tests.nowhere.Mine"}, "mine", "tests.nowhere.Mine cannot be imported."),
        ({"mine": f"{__name__}.Missing"}, "mine", f"{__name__}.Missing cannot be imported."),
    ],
)
def test_an_unknown_one_is_told(settings: Any, given: dict[str, str], name: str, message: str) -> None:
    settings.BILLING_CUSTOMERS = {"GATEWAYS": given}

    with pytest.raises(UnknownBackend) as caught:
        backend_of(name)

    assert str(caught.value) == message


def test_an_account_gets_its_adapter(site: BillingSite) -> None:
    gateway = gateway_of(GatewayAccount.objects.get(site=site))

    assert isinstance(gateway, TestGateway)
    assert (gateway.account.site, gateway.credentials, gateway.options) == (site, {}, {})


def test_its_credentials_are_opened_as_secrets(settings: Any, site: BillingSite) -> None:
    settings.BILLING_CUSTOMERS = HOSTS
    account = create_gateway_account(
        site=site,
        backend="hosts_own",
        credentials={"user": "ada", "password": "opensesame"},
        options={"region": "eu"},
        at=NOW,
    )

    gateway = gateway_of(GatewayAccount.objects.get(pk=account.pk))

    assert {name: secret.reveal() for name, secret in gateway.credentials.items()} == {
        "user": "ada",
        "password": "opensesame",
    }
    assert gateway.options == {"region": "eu"}
    assert "opensesame" not in repr(gateway.credentials)


def test_credentials_stand_in_no_column(site: BillingSite) -> None:
    account = stripe_account(site)

    assert KEY not in str(GatewayAccount.objects.filter(pk=account.pk).values().get())


def test_credentials_of_another_account_do_not_open(site: BillingSite) -> None:
    mine, other = stripe_account(site), stripe_account(site)
    GatewayAccount.objects.filter(pk=mine.pk).update(sealed_credentials=other.sealed_credentials)
    mine.refresh_from_db()

    with pytest.raises(GatewayUnavailable):
        gateway_of(mine)


def _without_its_key(account: GatewayAccount, settings: Any) -> None:
    settings.SECRET_KEY = "another one"


def _without_its_adapter(account: GatewayAccount, settings: Any) -> None:
    account.backend = "gone"


def _on_a_live_site(account: GatewayAccount, settings: Any) -> None:
    account.backend = "test"
    account.site.livemode = True


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_without_its_key, "The key that sealed this is gone"),
        (_without_its_adapter, "There is no such gateway."),
        (_on_a_live_site, "The gateway is for test sites only."),
    ],
)
def test_an_account_that_cannot_be_used_is_unreachable(
    settings: Any, site: BillingSite, caplog: pytest.LogCaptureFixture, spoil: Any, why: str
) -> None:
    account = stripe_account(site)
    spoil(account, settings)

    with pytest.raises(GatewayUnavailable) as caught:
        gateway_of(account)

    assert isinstance(caught.value, Unreachable)
    assert (caught.value.reason, caught.value.message) == (
        "gateway_unavailable",
        f"The gateway account {account.public_id} cannot be used now.",
    )
    [record] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.getMessage().startswith(f"gateway account {account.public_id} cannot be used: {why}")


def test_an_account_without_credentials_has_none(site: BillingSite) -> None:
    assert open_credentials(GatewayAccount.objects.get(site=site)) == {}


@pytest.mark.parametrize("name", ["test", "stripe"])
def test_what_ships_is_a_gateway(name: str) -> None:
    backend = backend_of(name)

    assert issubclass(backend, Gateway)
    assert backend.capabilities <= frozenset(Capability)
