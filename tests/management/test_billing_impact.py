from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from billing_customers.management.commands import billing_impact
from billing_customers.models import BillingSite
from billing_customers.neighbors import Blocker
from billing_customers.queries.impact import Impact
from tests.operations import acts
from tests.operations.families import chain, people
from tests.operations.money import credit
from tests.operations.predicaments import subscribed
from tests.operations.watching import rows_stay


def run(*arguments: str) -> str:
    output = StringIO()
    with rows_stay():
        call_command("billing_impact", "acme-test", "acme", *arguments, stdout=output)
    return output.getvalue()


def test_what_would_change_is_told(site: BillingSite) -> None:
    people(site, "acme")
    credit(site, 500)
    credit(site, 12, currency_code="JPY")
    acts.add_contact(site, id="jane", email="jane@example.com")

    assert run("delete") == (
        "Nothing speaks against delete of acme:\n"
        "  customer_deleted (1): The customer becomes a tombstone: API clients no longer get it, and its id is free. "
        "[acme]\n"
        "  promotional_credits_left (12 JPY, 5.00 USD): Promotional credits. They stay with the tombstone, and cannot "
        "be used.\n"
        "  contacts_left (1): Contacts: 1. They stay with the tombstone, and get no more mail. [jane]\n"
    )


def test_what_speaks_against_it_is_told_first(site: BillingSite) -> None:
    subscribed("active")(site)

    assert run("delete").splitlines()[:4] == [
        "delete of acme would be refused:",
        "  active_subscription: The customer has a subscription that is active, trialing or past due. [sub]",
        "    End the subscription first.",
        "Once that is settled:",
    ]


def test_deletion_that_cancels_subscriptions(site: BillingSite) -> None:
    subscribed("active")(site)

    assert "  subscriptions_cancelled (1): Subscriptions: 1. They are cancelled first. [sub]\n" in run(
        "delete", "--cancel-subscriptions"
    )


def test_refusal_without_effects(site: BillingSite) -> None:
    people(site, "acme")

    assert run("unlink") == (
        "unlink of acme would be refused:\n"
        "  has_no_parent: The customer has no parent.\n"
        "    There is nothing to unlink.\n"
    )


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (
            ["merge", "--to", "hq"],
            "  customer_merged (1): The customer becomes a tombstone whose id leads to hq. [acme]\n",
        ),
        (
            ["link", "--parent", "north", "--payment-owner", "hq"],
            "  payment_owner (1): hq pays for the customer, with its own payment sources. [hq]\n",
        ),
        (
            ["link", "--parent", "north", "--invoice-owner", "hq"],
            "  invoice_owner (1): New invoices for the customer are hq's. [hq]\n",
        ),
    ],
)
def test_targets(site: BillingSite, said: list[str], line: str) -> None:
    people(site, "acme")
    chain(site, "hq north")

    assert line in run(*said)


def test_json(site: BillingSite) -> None:
    people(site, "acme")

    assert json.loads(run("unlink", "--json")) == {
        "operation": "unlink",
        "customer_id": "acme",
        "blockers": [
            {
                "code": "has_no_parent",
                "message": "The customer has no parent.",
                "ids": [],
                "fix": "There is nothing to unlink.",
            }
        ],
        "effects": [],
    }
    assert json.loads(run("delete", "--json"))["effects"][0]["ids"] == ["acme"]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (["merge"], "to_customer_id: Is required."),
        (["link"], "parent_id: Is required."),
        (["destroy"], "invalid choice: 'destroy'"),
    ],
)
def test_question_that_makes_no_sense(site: BillingSite, said: list[str], message: str) -> None:
    people(site, "acme")

    with pytest.raises(CommandError, match=message):
        run(*said)


def test_customer_that_is_not_there(site: BillingSite) -> None:
    with pytest.raises(CommandError, match="There is no such customer"):
        run("delete")


def test_site_that_is_not_there(db: None) -> None:
    with pytest.raises(CommandError, match="There is no site acme-test"):
        run("delete")


def test_blocker_that_nothing_helps_against(site: BillingSite, monkeypatch: pytest.MonkeyPatch) -> None:
    people(site, "acme")
    stubborn = Impact("move", "acme", (Blocker("never", "Never."),), ())
    monkeypatch.setattr(billing_impact, "impact_of", lambda *args, **targets: stubborn)

    assert run("move") == "move of acme would be refused:\n  never: Never.\n"
