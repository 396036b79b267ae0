from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from billing_customers.gateways.registry import open_credentials
from billing_customers.models import BillingSite, GatewayAccount
from billing_customers.operations import gateway_accounts
from billing_customers.operations.gateway_accounts import create_gateway_account
from tests.fixtures import NOW

KEY = "sk_test_51NotAKeyOfAnybody0123456789"
OTHER_KEY = "sk_test_51AnotherKeyOfNobody0123456"
# Nobody listens there.
NOWHERE = "api_base=http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BILLING_GATEWAY_API_KEY", raising=False)


@pytest.fixture
def stripe(site: BillingSite, monkeypatch: pytest.MonkeyPatch) -> GatewayAccount:
    with monkeypatch.context() as patch:
        patch.setattr(gateway_accounts, "new_id", lambda prefix, length: "gw_s")
        return create_gateway_account(site=site, backend="stripe", credentials={"api_key": KEY}, at=NOW)


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("billing_change_gateway_account", "acme-test", *arguments, stdout=output)
    return output.getvalue()


def columns(account: GatewayAccount) -> dict[str, Any]:
    return dict(GatewayAccount.objects.values().get(pk=account.pk))


def test_what_is_named_is_changed_and_told(stripe: GatewayAccount) -> None:
    assert run("gw_s", "--position", "7", "--name", "Second") == "gw_s: stripe, position 7, enabled\n"

    assert (columns(stripe)["position"], columns(stripe)["name"]) == (7, "Second")


def test_nothing_named_changes_nothing(stripe: GatewayAccount) -> None:
    before = columns(stripe)

    run("gw_s")

    assert columns(stripe) == before


def test_account_is_disabled_and_enabled(stripe: GatewayAccount) -> None:
    assert run("gw_s", "--disable") == "gw_s: stripe, position 1, disabled\n"
    assert run("gw_s", "--enable") == "gw_s: stripe, position 1, enabled\n"


def test_credentials_come_from_the_environment(stripe: GatewayAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLING_GATEWAY_API_KEY", OTHER_KEY)

    said = run(stripe.public_id)

    stripe.refresh_from_db()
    assert open_credentials(stripe)["api_key"].reveal() == OTHER_KEY
    assert OTHER_KEY not in said


def test_account_that_does_not_work_is_not_enabled(stripe: GatewayAccount) -> None:
    run("gw_s", "--disable")

    with pytest.raises(CommandError, match="gw_s does not work: "):
        run("gw_s", "--check", "--enable", "--credential", f"api_key={OTHER_KEY}", "--option", NOWHERE)

    assert columns(stripe)["disabled_at"] is not None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gw_none",), "The site acme-test has no gateway account gw_none."),
        (("gw_s", "--position", "-1"), "position: Must be from 0 to 32767."),
        (("gw_s", "--option", "colour=blue"), "options.colour: There is no such option."),
    ],
)
def test_what_cannot_be_is_refused(stripe: GatewayAccount, arguments: tuple[str, ...], said: str) -> None:
    before = columns(stripe)

    with pytest.raises(CommandError) as refusal:
        run(*arguments)

    assert str(refusal.value) == said
    assert columns(stripe) == before


def test_account_of_another_site_is_missing(stripe: GatewayAccount, other_site: BillingSite) -> None:
    with pytest.raises(CommandError, match="has no gateway account"):
        call_command("billing_change_gateway_account", other_site.slug, "gw_s", "--disable")

    assert columns(stripe)["disabled_at"] is None
