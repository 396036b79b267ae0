"""Which of a site's accounts with payment gateways takes something."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.exceptions import InvalidInput
from billing_customers.gateways.base import Capability
from billing_customers.models import BillingSite
from billing_customers.operations import gateway_accounts as accounts
from billing_customers.operations.sites import create_site
from tests.fixtures import NOW
from tests.operations.accounts import KEY, NARROW_IS_KNOWN, change, first, make
from tests.operations.watching import faults, refusal


@pytest.fixture(autouse=True)
def _narrow(settings: Any) -> None:
    settings.BILLING_CUSTOMERS = NARROW_IS_KNOWN


@pytest.mark.parametrize("capability", [*Capability, None])
def test_the_first_account_that_takes_it_is_chosen(site: BillingSite, capability: Capability | None) -> None:
    narrow = make(site, position=0)
    change(site, first(site), position=5)

    found = accounts.usable_account(site, None, capability)

    takes = {Capability.REFERENCES: narrow, None: narrow}
    assert found == takes.get(capability, first(site))


def test_of_those_at_one_position_the_older_is_chosen(site: BillingSite) -> None:
    older = first(site)
    make(site, "test", position=0)

    assert accounts.usable_account(site, None, None) == older


def test_the_test_gateway_comes_last_whatever_its_position(site: BillingSite) -> None:
    """It takes everything, so what is meant for a real gateway would seem to succeed."""
    narrow = make(site, position=7)

    assert first(site).position == 0
    assert accounts.usable_account(site, None, Capability.REFERENCES) == narrow
    assert accounts.usable_account(site, None, Capability.RAW_CARDS) == first(site)


def test_a_named_account_is_chosen(site: BillingSite) -> None:
    narrow = make(site)

    assert accounts.usable_account(site, narrow.public_id, Capability.REFERENCES) == narrow


def test_an_account_that_cannot_be_used_is_passed_over(
    site: BillingSite, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    narrow = make(site, position=0)
    change(site, first(site), position=5)
    settings.BILLING_CUSTOMERS = {}

    assert accounts.usable_account(site, None, None) == first(site)
    assert f"gateway account {narrow.public_id} cannot be used" in caplog.text


@pytest.mark.parametrize(
    ("capability", "message"),
    [
        (Capability.RAW_CARDS, "The gateway account does not take it."),
        (Capability.BANK_ACCOUNTS, "The gateway account does not take it."),
    ],
)
def test_a_named_account_that_does_not_take_it_is_refused(
    site: BillingSite, capability: Capability, message: str
) -> None:
    narrow = make(site)

    with refusal(InvalidInput) as caught:
        accounts.usable_account(site, narrow.public_id, capability)

    assert faults(caught) == [("gateway_account_id", message)]


def test_a_named_account_that_is_disabled_is_refused(site: BillingSite) -> None:
    made = accounts.disable_gateway_account(site=site, public_id=first(site).public_id, at=NOW)

    with refusal(InvalidInput) as caught:
        accounts.usable_account(site, made.public_id, None)

    assert faults(caught) == [("gateway_account_id", "The gateway account is disabled.")]


def test_a_named_account_that_cannot_be_used_is_refused(site: BillingSite, settings: Any) -> None:
    narrow = make(site)
    settings.BILLING_CUSTOMERS = {}

    with refusal(InvalidInput) as caught:
        accounts.usable_account(site, narrow.public_id, None)

    message = f"The gateway account {narrow.public_id} cannot be used now."
    assert faults(caught) == [("gateway_account_id", message)]


def test_card_numbers_are_taken_by_stripe_where_its_account_says_so(site: BillingSite) -> None:
    accounts.disable_gateway_account(site=site, public_id=first(site).public_id, at=NOW)
    make(site, "stripe", credentials={"api_key": KEY})
    takes = make(site, "stripe", credentials={"api_key": KEY}, options={"raw_cards": True})

    assert accounts.usable_account(site, None, Capability.RAW_CARDS) == takes


@pytest.mark.parametrize("capability", [Capability.RAW_CARDS, None])
def test_without_any_account_there_is_none(live_site: BillingSite, capability: Capability | None) -> None:
    with refusal(InvalidInput) as caught:
        accounts.usable_account(live_site, None, capability)

    assert faults(caught) == [("", "No payment gateway is set up to take it.")]


def test_accounts_of_another_site_are_not_chosen(site: BillingSite) -> None:
    empty = create_site(slug="empty", livemode=True, at=NOW)

    with refusal(InvalidInput):
        accounts.usable_account(empty, None, None)
