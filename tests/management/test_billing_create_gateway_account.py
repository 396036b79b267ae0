from __future__ import annotations

import io
import sys
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from billing_customers.gateways.registry import open_credentials
from billing_customers.models import BillingSite, GatewayAccount

KEY = "sk_test_51NotAKeyOfAnybody0123456789"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, site: BillingSite) -> None:
    """A test site with its test gateway, and no credentials around."""
    monkeypatch.delenv("BILLING_GATEWAY_API_KEY", raising=False)


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("billing_create_gateway_account", *arguments, stdout=output)
    return output.getvalue()


def made() -> GatewayAccount:
    return GatewayAccount.objects.exclude(name="Test gateway").get()


def test_the_id_stands_alone_on_standard_output() -> None:
    assert run("acme-test", "test") == f"{made().public_id}\n"


def test_name_and_position_are_kept() -> None:
    run("acme-test", "test", "--name", "Second", "--position", "7")

    assert (made().name, made().position, made().backend) == ("Second", 7, "test")


def test_a_credential_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLING_GATEWAY_API_KEY", KEY)

    run("acme-test", "stripe")

    assert open_credentials(made())["api_key"].reveal() == KEY


@pytest.mark.parametrize("given", [f"api_key={KEY}\n", f"\n  api_key = {KEY}  \n\n", f"api_key={KEY}"])
def test_a_credential_comes_from_standard_input(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("BILLING_GATEWAY_API_KEY", "sk_test_another")
    monkeypatch.setattr(sys, "stdin", io.StringIO(given))

    run("acme-test", "stripe", "--credential-stdin")

    assert open_credentials(made())["api_key"].reveal() == KEY


def test_a_credential_comes_from_an_argument() -> None:
    run("acme-test", "stripe", "--credential", f"api_key={KEY}")

    assert open_credentials(made())["api_key"].reveal() == KEY


@pytest.mark.parametrize(
    ("texts", "options"),
    [
        (["raw_cards=true"], {"raw_cards": True}),
        (["raw_cards=false", "api_base=http://127.0.0.1:1"], {"raw_cards": False, "api_base": "http://127.0.0.1:1"}),
        ([], {}),
    ],
)
def test_options_are_read_by_their_kind(texts: list[str], options: dict[str, Any]) -> None:
    given = [argument for text in texts for argument in ("--option", text)]

    run("acme-test", "stripe", "--credential", f"api_key={KEY}", *given)

    assert made().options == options


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody", "test"], "There is no site nobody. Make it with billing_create_site."),
        (["acme-test", "paypal"], "backend: There is no such gateway. Known: test, stripe."),
        (["acme-test", "stripe"], "credentials.api_key: Is missing."),
        (
            ["acme-test", "stripe", "--credential", "api_key=sk_live_51"],
            "credentials.api_key: Must be a secret or restricted key of Stripe's test mode.",
        ),
        (["acme-test", "test", "--option", "x=[1]"], "options.x: There is no such option."),
        (["acme-test", "test", "--position", "-1"], "position: Must be from 0 to 32767."),
    ],
)
def test_what_cannot_be_is_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError) as refusal:
        run(*arguments)

    assert str(refusal.value) == message
    assert GatewayAccount.objects.count() == 1


def test_a_live_site_gets_no_test_gateway(live_site: BillingSite) -> None:
    with pytest.raises(CommandError) as refusal:
        run("acme", "test")

    assert str(refusal.value) == "backend: The gateway is for test sites only."


def test_a_line_that_cannot_be_read_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(KEY))

    with pytest.raises(CommandError) as refusal:
        run("acme-test", "stripe", "--credential-stdin")

    assert str(refusal.value) == "A line of standard input is not of the form name=value."


@pytest.mark.parametrize("argument", [KEY, f"={KEY}"])
def test_an_argument_that_cannot_be_read_is_refused_and_not_shown(argument: str) -> None:
    with pytest.raises(CommandError) as refusal:
        run("acme-test", "stripe", "--credential", argument)

    assert "Must have the form NAME=VALUE." in str(refusal.value)
    assert KEY not in str(refusal.value)
    assert GatewayAccount.objects.count() == 1


def test_a_check_that_succeeds_says_nothing_more() -> None:
    assert run("acme-test", "test", "--check") == f"{made().public_id}\n"


def test_a_check_that_fails_is_told() -> None:
    with pytest.raises(CommandError) as refusal:
        run(
            *("acme-test", "stripe", "--check", "--credential", f"api_key={KEY}"),
            *("--option", "api_base=http://127.0.0.1:1"),
        )

    said = "does not work: Stripe did not give an answer that can be trusted."
    mended = f"It is disabled; mend it with billing_change_gateway_account acme-test {made().public_id}, and --enable."
    assert str(refusal.value) == f"{made().public_id} is made, and {said} {mended}"
    assert made().disabled_at is not None
