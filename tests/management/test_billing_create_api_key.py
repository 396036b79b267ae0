from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from billing_customers import key_text
from billing_customers.models import ApiKey, BillingSite
from tests.clients import ChargebeeClient, ChingClient


def run(*arguments: str) -> tuple[str, str]:
    """Standard output and standard error."""
    output, error = StringIO(), StringIO()
    call_command("billing_create_api_key", *arguments, stdout=output, stderr=error, no_color=True)
    return output.getvalue(), error.getvalue()


def test_the_key_stands_alone_on_standard_output(site: BillingSite) -> None:
    output, _ = run("acme-test")

    assert output.count("\n") == 1
    assert key_text.is_well_formed(output.removesuffix("\n"))
    assert output.startswith("ck_test_")


def test_standard_error_says_what_it_is_for_and_not_the_key(site: BillingSite) -> None:
    output, error = run("acme-test", "--scope", "write")

    hint = ApiKey.objects.get().hint
    assert error == f"{hint}: a key of acme-test with the scopes write. Keep it; only this once is it shown.\n"
    assert output.strip() not in error


def test_the_key_opens_both_dialects(site: BillingSite) -> None:
    key = run("acme-test", "--scope", "write")[0].strip()

    assert ChingClient(key).post("/customers", {"name": "Tal"}).status_code == 200
    assert ChargebeeClient(key).post("/customers").status_code == 200


def test_a_key_of_a_live_site_says_so(live_site: BillingSite) -> None:
    assert run("acme")[0].startswith("ck_live_")


@pytest.mark.parametrize(
    ("arguments", "scopes"),
    [
        ([], "read"),
        (["--scope", "read"], "read"),
        (["--scope", "write"], "write"),
        (["--scope", "write", "--scope", "pii:clear"], "write pii:clear"),
        (["--scope", "read", "--scope", "read"], "read"),
    ],
)
def test_scopes_are_those_asked_for_and_read_without_any(site: BillingSite, arguments: list[str], scopes: str) -> None:
    run("acme-test", *arguments)

    assert ApiKey.objects.get().scopes == scopes


def test_a_key_to_read_cannot_write(site: BillingSite) -> None:
    key = run("acme-test")[0].strip()

    assert ChingClient(key).get("/customers").status_code == 200
    assert ChingClient(key).post("/customers", {"name": "Tal"}).status_code == 403


def test_a_name_is_kept(site: BillingSite) -> None:
    run("acme-test", "--name", "checkout server")

    assert ApiKey.objects.get().name == "checkout server"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2999-01-31T00:00:00Z", datetime(2999, 1, 31, tzinfo=UTC)),
        ("2999-01-31T02:00:00+02:00", datetime(2999, 1, 31, tzinfo=UTC)),
        # In the time zone of the host, Chicago here.
        ("2999-01-31T00:00:00", datetime(2999, 1, 31, 6, tzinfo=UTC)),
    ],
)
def test_a_key_can_end(site: BillingSite, text: str, at: datetime) -> None:
    run("acme-test", "--expires-at", text)

    assert ApiKey.objects.get().expires_at == at


def test_without_a_time_a_key_never_ends(site: BillingSite) -> None:
    run("acme-test")

    assert ApiKey.objects.get().expires_at is None


def test_each_call_makes_another_key(site: BillingSite) -> None:
    assert run("acme-test")[0] != run("acme-test")[0]
    assert ApiKey.objects.count() == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody"], "There is no site nobody. Make it with billing_create_site."),
        (["acme-test", "--expires-at", "2001-01-01T00:00:00Z"], "Must be in the future."),
        (["acme-test", "--name", "x" * 101], "Must have at most 100 characters."),
    ],
)
def test_what_cannot_be_is_refused(site: BillingSite, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError) as refusal:
        run(*arguments)

    assert str(refusal.value) == message
    assert ApiKey.objects.count() == 0


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["acme-test", "--scope", "admin"],
        ["acme-test", "--expires-at", "tomorrow"],
        ["acme-test", "--expires-at", "2999-02-31T00:00:00Z"],
    ],
)
def test_arguments_that_cannot_be_read_are_refused(site: BillingSite, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)

    assert ApiKey.objects.count() == 0
