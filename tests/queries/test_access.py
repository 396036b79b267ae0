"""Who may see or change what of a customer, and why. Contract: "Link a customer", the access settings of both sides."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import pytest

from billing_customers.choices import CustomerUserRole
from billing_customers.models import BillingSite
from billing_customers.operations.access import AccessSettings
from billing_customers.operations.customer_users import link_user
from billing_customers.operations.sites import update_site
from billing_customers.queries.access import AccessLine, access_to
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.families import chain, link, owned, people

CHILD, PARENT = "child_account_access", "parent_account_access"


def told(site: BillingSite, public_id: str = "shop") -> list[AccessLine]:
    lines = access_to(site, public_id)
    assert lines is not None
    return lines


def brief(site: BillingSite, public_id: str = "shop") -> list[tuple[str, str, str, str]]:
    """Who, what, how much and the code of the reason; the lines of users are left out."""
    return [(each.customer_id, each.what, each.level, each.reason) for each in told(site, public_id) if not each.role]


def test_customer_by_itself_has_full_access(site: BillingSite) -> None:
    people(site, "shop")

    assert told(site) == [
        AccessLine(
            "shop",
            "subscriptions",
            "yes",
            "no_parent",
            "May view and edit the subscriptions: nobody is above the customer, so no setting limits it.",
        ),
        AccessLine(
            "shop",
            "invoices",
            "yes",
            "no_parent",
            "May view and download the invoices: nobody is above the customer, so no setting limits it.",
        ),
    ]


def test_parent_has_no_access_to_itself_by_settings(site: BillingSite) -> None:
    chain(site, "hq shop")

    assert {reason for *_, reason in brief(site, "hq")} == {"no_parent"}


def test_sites_settings_hold_for_customer_and_parent(site: BillingSite) -> None:
    chain(site, "hq shop")

    because = "the site's settings have"
    assert [astuple(each)[:5] for each in told(site)] == [
        (
            "shop",
            "subscriptions",
            "yes",
            "site_settings",
            f"May view and edit the subscriptions: {because} {CHILD}[portal_edit_subscriptions]=yes.",
        ),
        (
            "shop",
            "invoices",
            "view_only",
            "site_settings",
            f"May only view the invoices: {because} {CHILD}[portal_download_invoices]=view_only.",
        ),
        (
            "hq",
            "subscriptions",
            "view_only",
            "site_settings",
            f"May only view the subscriptions: {because} {PARENT}[portal_edit_child_subscriptions]=view_only.",
        ),
        (
            "hq",
            "invoices",
            "yes",
            "site_settings",
            f"May view and download the invoices: {because} {PARENT}[portal_download_child_invoices]=yes.",
        ),
    ]


def test_settings_of_the_site_are_those_of_today(site: BillingSite) -> None:
    chain(site, "hq shop")
    changed = update_site(site=site, parent_account_access={"portal_download_child_invoices": "no"})

    assert brief(changed)[3] == ("hq", "invoices", "no", "site_settings")
    assert told(changed)[3].message.startswith("May neither view nor download the invoices: ")


def test_own_settings_come_before_the_sites(site: BillingSite) -> None:
    people(site, "hq shop")
    own = AccessSettings(
        uses_default=False,
        parent_account_access={"portal_edit_child_subscriptions": "no"},
        child_account_access={"portal_edit_subscriptions": "view_only"},
    )
    link(site, "shop", "hq", access=own)

    assert brief(site) == [
        ("shop", "subscriptions", "view_only", "own_settings"),
        ("shop", "invoices", "view_only", "site_settings"),
        ("hq", "subscriptions", "no", "own_settings"),
        ("hq", "invoices", "yes", "site_settings"),
    ]
    assert told(site)[2].message == (
        "May neither view nor edit the subscriptions: the customer's own settings have "
        f"{PARENT}[portal_edit_child_subscriptions]=no."
    )


@pytest.mark.parametrize(
    ("pays", "above", "why"),
    [
        ("shop", "north", "the parent"),
        ("north", "north", "the account that pays"),
        ("hq", "hq", "the account that pays"),
    ],
)
def test_settings_are_about_the_payer_or_else_the_parent(site: BillingSite, pays: str, above: str, why: str) -> None:
    chain(site, "top hq north")
    people(site, "shop")
    owned(site, "shop", "north", invoiced="shop", pays=pays)

    lines = told(site)
    others = [name for name in ("north", "hq", "top") if name != above]
    assert [each.customer_id for each in lines] == [each for name in ("shop", above, *others) for each in (name, name)]
    assert {(each.level, each.reason) for each in lines[4:]} == {("no", "not_the_account_above")}
    assert lines[4].message == (
        f"May neither view nor edit the subscriptions: access settings are about {above}, {why}."
    )


@pytest.mark.parametrize(
    ("role", "levels", "reasons"),
    [
        (CustomerUserRole.OWNER, ["yes", "view_only"], ["as_the_account", "as_the_account"]),
        (CustomerUserRole.BILLING, ["yes", "view_only"], ["as_the_account", "as_the_account"]),
        (CustomerUserRole.VIEWER, ["view_only", "view_only"], ["viewer", "as_the_account"]),
    ],
)
def test_user_sees_what_the_account_does(site: BillingSite, role: str, levels: list[str], reasons: list[str]) -> None:
    chain(site, "hq shop")
    user = acts.a_user()
    link_user(site=site, public_id="shop", user=user, role=role, at=NOW)

    lines = told(site)[4:]

    assert [(each.customer_id, each.user_id, each.role) for each in lines] == [("shop", str(user.pk), role)] * 2
    assert ([each.level for each in lines], [each.reason for each in lines]) == (levels, reasons)


def test_users_of_the_account_above_are_told_of(site: BillingSite) -> None:
    chain(site, "top hq shop")
    for name in ("hq", "top"):
        link_user(site=site, public_id=name, user=acts.a_user(name), role=CustomerUserRole.VIEWER, at=NOW)

    lines = [each for each in told(site) if each.role]

    assert [(each.customer_id, each.level, each.message) for each in lines] == [
        ("hq", "view_only", "May only view the subscriptions: as hq itself may."),
        ("hq", "view_only", "May only view the invoices: a viewer of hq only views."),
    ]


def test_former_id_leads_to_the_customer(site: BillingSite) -> None:
    people(site, "shop")
    acts.rename(site, "shop", "store")

    assert {each.customer_id for each in told(site, "shop")} == {"store"}


@pytest.mark.parametrize("public_id", ["nobody", "shop"])
def test_missing_and_foreign_customers_have_none(site: BillingSite, other_site: BillingSite, public_id: str) -> None:
    people(site, "shop")

    assert access_to(other_site, public_id) is None


def test_tombstone_has_none(site: BillingSite) -> None:
    people(site, "shop")
    acts.delete(site, "shop")

    assert access_to(site, "shop") is None


@pytest.mark.parametrize(("names", "users", "queries"), [("shop", 3, 2), ("hq shop", 0, 3), ("a b c d shop", 9, 3)])
def test_queries_are_as_many_whatever_there_is(
    site: BillingSite, django_assert_num_queries: Any, names: str, users: int, queries: int
) -> None:
    chain(site, names)
    for number in range(users):
        link_user(site=site, public_id="shop", user=acts.a_user(f"u{number}"), at=NOW)

    with django_assert_num_queries(queries):
        told(site)
