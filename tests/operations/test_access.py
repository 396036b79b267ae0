"""The access settings of a site, and those of a relationship. Contract: "Update hierarchy access settings"."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.exceptions import InvalidInput, InvalidState, NotFound, VersionMismatch
from billing_customers.models import BillingSite, Customer, Relationship
from billing_customers.models.access import child_defaults, effective_access, parent_defaults
from billing_customers.operations.access import AccessSettings
from billing_customers.operations.hierarchy import change_access
from billing_customers.operations.sites import create_site, update_site
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.families import chain, link, people
from tests.operations.watching import faults, listening, nothing_changes, refusal

OWN = AccessSettings(
    uses_default=False,
    parent_account_access={"send_invoice_emails": False},
    child_account_access={"portal_download_invoices": "no"},
)


def change(site: BillingSite, access: AccessSettings, **said: Any) -> Customer:
    return change_access(site=site, access=access, **{"public_id": "child", "at": acts.LATER, **said})


def held(site: BillingSite) -> dict[str, Any]:
    """What of the child's access settings is not as the product has it."""
    shown = effective_access(site, vars(Relationship.objects.get()))
    usual = {"parent_account_access": parent_defaults(), "child_account_access": child_defaults()}
    return {
        f"{side}.{name}": value
        for side, settings in shown.items()
        for name, value in settings.items()
        if usual[side][name] != value
    }


@pytest.fixture
def family(site: BillingSite) -> BillingSite:
    chain(site, "top child")
    return site


def test_site_is_made_and_changed_with_some_settings(db: None) -> None:
    site = create_site(slug="s", at=NOW, child_account_access={"portal_edit_subscriptions": "view_only"})

    update_site(site=site, child_account_access={"send_payment_emails": False, "send_invoice_emails": None})

    stored = BillingSite.objects.get(pk=site.pk)
    assert stored.parent_account_access == parent_defaults()
    assert stored.child_account_access == {
        **child_defaults(),
        "portal_edit_subscriptions": "view_only",
        "send_payment_emails": False,
    }


@pytest.mark.parametrize(
    ("side", "given", "field", "message"),
    [
        (
            "parent_account_access",
            {"portal_edit_child_subscriptions": "maybe"},
            "portal_edit_child_subscriptions",
            None,
        ),
        ("child_account_access", {"portal_edit_subscriptions": "no"}, "portal_edit_subscriptions", None),
        ("child_account_access", {"send_invoice_emails": "true"}, "send_invoice_emails", "Must be true or false."),
        ("child_account_access", {"x": True}, "x", "There is no such access setting."),
        ("child_account_access", [], "", "Must be an object of access settings."),
    ],
)
def test_settings_that_cannot_be_are_refused(
    site: BillingSite, side: str, given: Any, field: str, message: str | None
) -> None:
    with refusal(InvalidInput) as caught:
        update_site(site=site, **{side: given})  # type: ignore[misc]

    ((name, said),) = faults(caught)
    assert name == (f"{side}.{field}" if field else side)
    assert said == message or said.startswith("Must be one of yes, view_only")


def test_own_settings_are_over_those_of_the_site(family: BillingSite) -> None:
    change(family, OWN)
    update_site(site=family, child_account_access={"send_payment_emails": False, "portal_download_invoices": "yes"})

    assert held(family) == {
        "parent_account_access.send_invoice_emails": False,
        "child_account_access.portal_download_invoices": "no",
        "child_account_access.send_payment_emails": False,
    }


def test_what_is_not_said_stays(family: BillingSite) -> None:
    change(family, OWN)

    change(family, AccessSettings(uses_default=False, child_account_access={"send_invoice_emails": False}))

    assert held(family) == {
        "parent_account_access.send_invoice_emails": False,
        "child_account_access.portal_download_invoices": "no",
        "child_account_access.send_invoice_emails": False,
    }


def test_what_is_not_said_can_go_back_to_the_site_s(family: BillingSite) -> None:
    change(family, OWN)

    other = AccessSettings(uses_default=False, child_account_access={"send_invoice_emails": False})
    change(family, other, replaces=True)

    assert held(family) == {"child_account_access.send_invoice_emails": False}


def test_defaults_remove_own_settings(family: BillingSite) -> None:
    change(family, OWN)

    change(family, AccessSettings(child_account_access={"send_invoice_emails": False}))

    assert (held(family), Relationship.objects.get().uses_default_access) == ({}, True)


def test_link_with_own_settings(site: BillingSite) -> None:
    people(site, "top child")

    link(site, "child", "top", access=OWN)

    assert held(site) == {
        "parent_account_access.send_invoice_emails": False,
        "child_account_access.portal_download_invoices": "no",
    }


def test_change_says_what_changed(family: BillingSite) -> None:
    with listening() as said:
        change(family, AccessSettings(uses_default=False))
        customer = change(family, OWN)

    assert [each.what for each in said] == ["updated", "updated"]
    assert said[0].changes == {"use_default_hierarchy_settings": (True, False)}
    assert set(said[1].changes or {}) == {"parent_account_access", "child_account_access"}
    assert customer.resource_version == acts.LATER_VERSION + 2


def test_change_that_changes_nothing_is_none(family: BillingSite) -> None:
    with nothing_changes():
        change(family, AccessSettings())


def test_settings_need_a_parent_and_the_current_version(family: BillingSite) -> None:
    with refusal(InvalidState) as caught:
        change(family, OWN, public_id="top")
    assert caught.value.message == "The customer has no parent."
    with refusal(VersionMismatch):
        change(family, OWN, expected_version=1)
    with refusal(NotFound):
        change(family, OWN, public_id="missing")
