"""Which accounts lead to one vault, so that a reference of the one can be charged by the other."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.gateways.vaults import has_same_vault
from billing_customers.models import BillingSite, GatewayAccount
from billing_customers.operations.gateway_accounts import create_gateway_account, default_test_gateway
from tests.fixtures import NOW

KEY, OTHER_KEY = "sk_test_51NotAKeyOfAnybody01", "sk_test_51NotAKeyOfAnybody02"


def stripe(site: BillingSite, key: str = KEY, **options: Any) -> GatewayAccount:
    return create_gateway_account(site=site, backend="stripe", credentials={"api_key": key}, options=options, at=NOW)


def test_test_gateways_have_one_vault(site: BillingSite, other_site: BillingSite) -> None:
    assert has_same_vault(default_test_gateway(site, NOW), default_test_gateway(other_site, NOW))


def test_accounts_with_one_key_have_one_vault(site: BillingSite, other_site: BillingSite) -> None:
    assert has_same_vault(stripe(site), stripe(other_site, raw_cards=True))


@pytest.mark.parametrize(("key", "options"), [(OTHER_KEY, {}), (KEY, {"api_base": "http://127.0.0.1:8420"})])
def test_accounts_with_another_key_or_place_have_two(
    site: BillingSite, other_site: BillingSite, key: str, options: dict[str, Any]
) -> None:
    assert not has_same_vault(stripe(site), stripe(other_site, key, **options))


def test_gateways_have_vaults_of_their_own(site: BillingSite, other_site: BillingSite) -> None:
    assert not has_same_vault(stripe(site), default_test_gateway(other_site, NOW))


def test_modes_have_vaults_of_their_own(site: BillingSite, other_site: BillingSite) -> None:
    one, other = stripe(site), stripe(other_site)
    other.site.livemode = True

    assert not has_same_vault(one, other)


@pytest.mark.parametrize("column", ["backend", "sealed_credentials"])
def test_what_cannot_be_told_is_two(site: BillingSite, other_site: BillingSite, column: str) -> None:
    accounts = [stripe(site), stripe(other_site)]
    for account in accounts:
        setattr(account, column, "gone")

    assert not has_same_vault(*accounts)


def test_adapter_that_says_nothing_goes_by_all_that_it_is_given(
    site: BillingSite, other_site: BillingSite, settings: Any
) -> None:
    settings.BILLING_CUSTOMERS = {"GATEWAYS": {"acmepay": "billing_customers.gateways.test.TestGateway"}}
    one, other = (create_gateway_account(site=each, backend="acmepay", at=NOW) for each in (site, other_site))

    assert has_same_vault(one, other)
    other.options = {"url": "https://elsewhere.example.com"}
    assert not has_same_vault(one, other)
