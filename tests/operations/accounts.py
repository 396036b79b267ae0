"""Accounts with gateways in short: made, changed, and read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from billing_customers.gateways.base import Capability
from billing_customers.gateways.registry import open_credentials
from billing_customers.gateways.test import TestGateway
from billing_customers.models import BillingSite, GatewayAccount
from billing_customers.operations import gateway_accounts as accounts
from tests.fixtures import NOW

LATER = NOW + timedelta(minutes=1)
KEY = "sk_test_51NotAKeyOfAnybody0123456789"


class Narrow(TestGateway):
    """Takes references only, by two credentials."""

    __test__ = False
    capabilities = frozenset({Capability.REFERENCES})
    credential_names = ("user", "password")
    option_names = ("region", "strict")


NARROW_IS_KNOWN = {"GATEWAYS": {"narrow": f"{__name__}.Narrow"}}


def make(site: BillingSite, backend: str = "narrow", at: Any = NOW, **named: Any) -> GatewayAccount:
    if backend == "narrow":
        named.setdefault("credentials", {"user": "ada", "password": "opensesame"})
    return accounts.create_gateway_account(site=site, backend=backend, at=at, **named)


def change(site: BillingSite, account: GatewayAccount, at: Any = LATER, **named: Any) -> GatewayAccount:
    return accounts.update_gateway_account(site=site, public_id=account.public_id, at=at, **named)


def first(site: BillingSite) -> GatewayAccount:
    return GatewayAccount.objects.get(site=site, backend="test")


def credentials(account: GatewayAccount) -> dict[str, str]:
    account.refresh_from_db()
    return {name: secret.reveal() for name, secret in open_credentials(account).items()}
