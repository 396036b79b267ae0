"""``manage.py billing_conformance``."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from billing_customers.conformance.known import all_known
from billing_customers.conformance.transports import HttpTransport
from billing_customers.dialects.chargebee import outputs
from billing_customers.models import ApiKey, BillingSite, Customer
from billing_customers.operations.api_keys import create_api_key
from tests.fixtures import NOW

SUMMARY = (
    "58 requests: 49 match, 9 differ on purpose, 0 are not there yet, 0 unexplained; 0 kept differences are stale."
)
# Without the two that need an invoice and the one that needs another site, which no request makes.
FROM_AFAR = SUMMARY.replace("49 match, 9", "47 match, 8").replace("0 are", "3 are")


def run(*args: str) -> str:
    out = io.StringIO()
    call_command("billing_conformance", *args, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_command_without_a_url_runs_here_and_leaves_nothing() -> None:
    text = run()

    assert text.splitlines()[-1] == SUMMARY
    assert (BillingSite.objects.count(), ApiKey.objects.count(), Customer.objects.count()) == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_command_rolls_its_own_transaction_back() -> None:
    run("--dialect", "ching")

    assert (BillingSite.objects.count(), ApiKey.objects.count(), Customer.objects.count()) == (0, 0, 0)


def test_command_talks_to_a_server(live_server: Any, key: str) -> None:
    text = run("--url", live_server.url, "--key", key)

    assert text.splitlines()[-1] == FROM_AFAR
    assert not Customer.objects.live().exists()


def test_key_can_come_from_the_environment(live_server: Any, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLING_CONFORMANCE_KEY", key)

    text = run("--url", live_server.url, "--dialect", "ching")

    assert text.splitlines()[-1].startswith("9 requests: 5 match, 4 differ on purpose, ")


@pytest.mark.django_db
def test_json_can_be_read_by_a_program() -> None:
    data = json.loads(run("--json", "--dialect", "ching"))

    assert data["summary"] == {"matches": 5, "differs on purpose": 4, "not there yet": 0, "unexplained": 0}
    assert data["results"][1]["known"][0]["what"] == "data.default_payment_method is null"
    assert data["left_behind"] == []


@pytest.mark.django_db
def test_reason_stands_below_a_known_difference() -> None:
    lines = run("--dialect", "ching").splitlines()

    assert lines[:3] == [
        "CHING",
        "  create                              differs on purpose",
        f"      is refused with 400: {all_known()[1].reason}",
    ]


@pytest.mark.django_db
def test_unexplained_difference_ends_with_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(outputs, "_ALWAYS", tuple(name for name in outputs._ALWAYS if name != "taxability"))

    with pytest.raises(SystemExit) as exit_:
        call_command("billing_conformance", "--dialect", "chargebee")

    assert exit_.value.code == 1
    assert '      customer.taxability is missing; the sample has "taxable"' in capsys.readouterr().out.splitlines()


@pytest.mark.django_db
def test_other_prefixes_are_used() -> None:
    text = run("--dialect", "ching", "--ching-prefix", "v1/")

    assert text.splitlines()[-1].startswith("9 requests: 5 match, 4 differ on purpose, ")


def test_live_key_is_refused(live_site: BillingSite, monkeypatch: pytest.MonkeyPatch) -> None:
    key = create_api_key(site=live_site, scopes=["write"], at=NOW)[1]
    monkeypatch.setattr(HttpTransport, "send", lambda *args: pytest.fail("sent"))

    with pytest.raises(CommandError, match="--allow-live"):
        run("--url", "http://127.0.0.1:1", "--key", key)


def test_live_key_is_taken_when_it_is_meant(live_server: Any, live_site: BillingSite) -> None:
    key = create_api_key(site=live_site, scopes=["write"], at=NOW)[1]

    with pytest.raises(SystemExit):
        run("--url", live_server.url, "--key", key, "--allow-live", "--dialect", "ching")

    assert Customer.objects.for_site(live_site).exists()
    assert not Customer.objects.for_site(live_site).live().exists()


def test_key_is_needed_for_a_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BILLING_CONFORMANCE_KEY", raising=False)

    with pytest.raises(CommandError, match="Give a key of a test site"):
        run("--url", "http://127.0.0.1:1")


def test_server_that_cannot_be_reached_is_told() -> None:
    with pytest.raises(CommandError, match=r"http://127\.0\.0\.1:1 cannot be reached"):
        run("--url", "http://127.0.0.1:1", "--key", "ck_test_x")
