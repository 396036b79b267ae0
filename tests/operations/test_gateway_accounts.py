"""A site's accounts with payment gateways: made, changed and switched off."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest

from billing_customers.exceptions import InvalidInput, InvalidState, NotFound
from billing_customers.gateways.base import Refused, Unreachable
from billing_customers.gateways.registry import gateway_of
from billing_customers.gateways.stripe import StripeGateway
from billing_customers.gateways.test import TestGateway
from billing_customers.models import BillingSite, GatewayAccount
from billing_customers.operations import gateway_accounts as accounts
from tests.fixtures import NOW
from tests.operations.accounts import KEY, LATER, NARROW_IS_KNOWN, change, credentials, first, make
from tests.operations.watching import faults, nothing_changes, refusal

LIVE_KEY = "sk_live_51NotAKeyOfAnybody0123456789"


@pytest.fixture(autouse=True)
def _narrow(settings: Any) -> None:
    settings.BILLING_CUSTOMERS = NARROW_IS_KNOWN


def test_a_test_site_has_the_test_gateway(site: BillingSite) -> None:
    row = GatewayAccount.objects.values().get()

    assert row == {
        "id": row["id"],
        "site_id": site.pk,
        "public_id": row["public_id"],
        "backend": "test",
        "name": "Test gateway",
        "sealed_credentials": "",
        "options": {},
        "position": 0,
        "created_at": NOW,
        "updated_at": NOW,
        "disabled_at": None,
    }
    assert row["public_id"][:3] == "gw_"
    assert len(row["public_id"]) == 19


def test_a_live_site_has_none(live_site: BillingSite) -> None:
    assert GatewayAccount.objects.count() == 0


def test_the_default_test_gateway_is_made_once(site: BillingSite) -> None:
    with nothing_changes():
        found = accounts.default_test_gateway(site, LATER)

    assert found == first(site)


def test_a_missing_test_gateway_is_made(site: BillingSite) -> None:
    GatewayAccount.objects.all().delete()

    made = accounts.default_test_gateway(site, LATER)

    assert (made.backend, made.name, made.created_at) == ("test", "Test gateway", LATER)


def test_an_account_is_made(site: BillingSite) -> None:
    made = make(site, name="Main", options={"region": "eu", "strict": True})

    row = GatewayAccount.objects.values().get(pk=made.pk)
    del row["id"], row["public_id"], row["sealed_credentials"]
    assert row == {
        "site_id": site.pk,
        "backend": "narrow",
        "name": "Main",
        "options": {"region": "eu", "strict": True},
        "position": 1,
        "created_at": NOW,
        "updated_at": NOW,
        "disabled_at": None,
    }
    assert credentials(made) == {"user": "ada", "password": "opensesame"}


def test_credentials_are_sealed_for_their_account(site: BillingSite) -> None:
    made = make(site)

    assert made.sealed_credentials.startswith("v1.")
    assert "opensesame" not in made.sealed_credentials


def test_no_log_names_a_value(site: BillingSite, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    made = make(site, options={"region": "eu-west"})
    change(site, made, credentials={"password": "sesameopen"}, options={"region": "eu-east"})

    assert [word for word in ("opensesame", "sesameopen", "eu-west", "eu-east") if word in caplog.text] == []
    assert [each.getMessage() for each in caplog.records if each.name == "billing_customers.gateways"] == [
        f"gateway account {made.public_id} of narrow was made",
        f"gateway account {made.public_id} was changed: credentials, options",
    ]


def test_the_next_account_comes_last(site: BillingSite, other_site: BillingSite) -> None:
    make(site, position=7)

    assert (make(site).position, make(other_site).position) == (8, 1)


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"backend": "paypal"}, [("backend", "There is no such gateway. Known: test, stripe, narrow.")]),
        ({"name": "x" * 101}, [("name", "Must have at most 100 characters.")]),
        ({"name": "a\nb"}, [("name", "Must not contain control characters.")]),
        ({"position": -1}, [("position", "Must be from 0 to 32767.")]),
        ({"position": 32_768}, [("position", "Must be from 0 to 32767.")]),
        ({"position": True}, [("position", "Must be an integer.")]),
        ({"credentials": {}}, [("credentials.user", "Is missing."), ("credentials.password", "Is missing.")]),
        (
            {"credentials": {"user": "", "password": "x" * 1001}},
            [
                ("credentials.user", "Cannot be empty."),
                ("credentials.password", "Must have at most 1000 characters."),
            ],
        ),
        (
            {"credentials": {"user": 5, "password": "a\0b", "pin": "1"}},
            [
                ("credentials.user", "Must be a string."),
                ("credentials.password", "Must not contain control characters."),
                ("credentials.pin", "There is no such credential."),
            ],
        ),
        ({"options": {"zone": 1}}, [("options.zone", "There is no such option.")]),
        ({"options": {"region": ["eu"]}}, [("options.region", "Must be a string.")]),
        ({"options": {"region": None}}, [("options.region", "Must be a string.")]),
        (
            {"name": "x" * 101, "options": {"zone": 1}},
            [("name", "Must have at most 100 characters."), ("options.zone", "There is no such option.")],
        ),
    ],
    ids=repr,
)
def test_what_cannot_be_is_refused(site: BillingSite, named: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    with refusal(InvalidInput) as caught:
        make(site, **named)

    assert faults(caught) == expected


def test_a_test_gateway_is_refused_on_a_live_site(live_site: BillingSite) -> None:
    with refusal(InvalidInput) as caught:
        make(live_site, "test")

    assert faults(caught) == [("backend", "The gateway is for test sites only.")]


@pytest.mark.parametrize(
    ("key", "options", "expected"),
    [
        ("pk_test_51", {}, [("credentials.api_key", "Must be a secret or restricted key of Stripe's test mode.")]),
        (LIVE_KEY, {}, [("credentials.api_key", "Must be a secret or restricted key of Stripe's test mode.")]),
        (KEY, {"raw_cards": "yes"}, [("options.raw_cards", "Must be true or false.")]),
        (KEY, {"raw_cards": 1}, [("options.raw_cards", "Must be true or false.")]),
        (KEY, {"api_base": "ftp://x"}, [("options.api_base", "Must be a URL such as http://127.0.0.1:8420.")]),
        (KEY, {"api_base": 1}, [("options.api_base", "Must be a URL such as http://127.0.0.1:8420.")]),
        (KEY, {"api_base": ""}, [("options.api_base", "Must be a URL such as http://127.0.0.1:8420.")]),
    ],
)
def test_what_the_adapter_finds_wrong_is_refused(site: BillingSite, key: str, options: Any, expected: Any) -> None:
    with refusal(InvalidInput) as caught:
        make(site, "stripe", credentials={"api_key": key}, options=options)

    assert faults(caught) == expected


@pytest.mark.parametrize("key", [KEY, "rk_test_51"])
def test_an_account_with_stripe_is_made(site: BillingSite, key: str) -> None:
    options = {"api_base": "http://127.0.0.1:8420", "raw_cards": True}

    made = make(site, "stripe", credentials={"api_key": key}, options=options)

    assert isinstance(gateway_of(made), StripeGateway)
    assert credentials(made) == {"api_key": key}


def test_a_live_site_takes_a_live_key_and_no_other_base(live_site: BillingSite) -> None:
    make(live_site, "stripe", credentials={"api_key": LIVE_KEY})

    with refusal(InvalidInput) as caught:
        make(live_site, "stripe", credentials={"api_key": KEY}, options={"api_base": "https://example.com"})

    assert faults(caught) == [
        ("credentials.api_key", "Must be a secret or restricted key of Stripe's live mode."),
        ("options.api_base", "Is for test sites only."),
    ]


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"name": "New"}, {"name": "New"}),
        ({"position": 9}, {"position": 9}),
        ({"options": {"strict": False}}, {"options": {"strict": False}}),
        ({"options": {}}, {"options": {}}),
        ({}, {}),
    ],
)
def test_what_is_named_is_changed_alone(site: BillingSite, named: Any, expected: Any) -> None:
    made = make(site, name="Main", options={"region": "eu"})
    before = GatewayAccount.objects.values().get(pk=made.pk)

    change(site, made, **named)

    assert GatewayAccount.objects.values().get(pk=made.pk) == {**before, **expected, "updated_at": LATER}


def test_a_credential_is_changed_alone(site: BillingSite) -> None:
    made = make(site)

    change(site, made, credentials={"password": "sesameopen"})

    assert credentials(made) == {"user": "ada", "password": "sesameopen"}


def test_credentials_that_do_not_open_any_more_can_be_given_again(site: BillingSite, settings: Any) -> None:
    made = make(site)
    settings.SECRET_KEY = "another one"
    with refusal(InvalidInput) as caught:
        change(site, made, credentials={"user": "eve"})

    change(site, made, credentials={"user": "eve", "password": "sesameopen"})

    assert faults(caught) == [("credentials.password", "Is missing.")]
    assert credentials(made) == {"user": "eve", "password": "sesameopen"}


def test_a_change_that_cannot_be_is_refused(site: BillingSite) -> None:
    made = make(site)

    with refusal(InvalidInput) as caught:
        change(site, made, name="x" * 101, options={"zone": 1}, credentials={"user": ""})

    assert faults(caught) == [
        ("name", "Must have at most 100 characters."),
        ("credentials.user", "Cannot be empty."),
        ("options.zone", "There is no such option."),
    ]


def test_an_account_is_disabled_once(site: BillingSite) -> None:
    made = first(site)

    accounts.disable_gateway_account(site=site, public_id=made.public_id, at=LATER)
    with nothing_changes():
        accounts.disable_gateway_account(site=site, public_id=made.public_id, at=LATER + timedelta(days=1))

    made.refresh_from_db()
    assert (made.disabled_at, made.updated_at) == (LATER, LATER)


def test_an_account_is_enabled_again(site: BillingSite) -> None:
    made = first(site)
    accounts.disable_gateway_account(site=site, public_id=made.public_id, at=NOW)

    accounts.enable_gateway_account(site=site, public_id=made.public_id, at=LATER)
    with nothing_changes():
        accounts.enable_gateway_account(site=site, public_id=made.public_id, at=LATER + timedelta(days=1))

    made.refresh_from_db()
    assert (made.disabled_at, made.updated_at) == (None, LATER)


def test_a_disabled_account_can_still_be_used_for_what_is_there(site: BillingSite) -> None:
    made = accounts.disable_gateway_account(site=site, public_id=first(site).public_id, at=NOW)

    assert isinstance(gateway_of(made), TestGateway)


@pytest.mark.parametrize(
    "act",
    [
        lambda site, public_id: accounts.update_gateway_account(site=site, public_id=public_id, name="x", at=LATER),
        lambda site, public_id: accounts.disable_gateway_account(site=site, public_id=public_id, at=LATER),
        lambda site, public_id: accounts.enable_gateway_account(site=site, public_id=public_id, at=LATER),
        lambda site, public_id: accounts.check_gateway_account(site=site, public_id=public_id),
        lambda site, public_id: accounts.usable_account(site, public_id, None),
    ],
    ids=["update", "disable", "enable", "check", "usable"],
)
def test_a_foreign_account_is_refused_like_a_missing_one(site: BillingSite, other_site: BillingSite, act: Any) -> None:
    for public_id in (first(other_site).public_id, "gw_missing"):
        with refusal(NotFound) as caught:
            act(site, public_id)
        assert (caught.value.message, caught.value.param) == ("There is no such gateway account.", "gateway_account_id")


def test_good_credentials_are_found_good(site: BillingSite) -> None:
    with nothing_changes():
        accounts.check_gateway_account(site=site, public_id=first(site).public_id)


@pytest.mark.parametrize("error", [Refused, Unreachable])
def test_other_credentials_are_told(site: BillingSite, monkeypatch: pytest.MonkeyPatch, error: Any) -> None:
    def check(gateway: TestGateway) -> None:
        raise error("The gateway says no.", reason="any")

    monkeypatch.setattr(TestGateway, "check", check)

    with refusal(InvalidState) as caught:
        accounts.check_gateway_account(site=site, public_id=first(site).public_id)

    assert caught.value.message == "The gateway says no."
