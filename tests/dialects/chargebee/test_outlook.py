"""Ours, beyond the contract: ``access``, ``recipients`` and ``impact`` of a customer."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.choices import CustomerUserRole
from billing_customers.models import BillingSite, Customer
from billing_customers.operations.customer_users import link_user
from tests.clients import ChargebeeClient
from tests.dialects.clock import START
from tests.dialects.expected import NO_SUCH_RESOURCE, chargebee_refusal, wrong_value
from tests.operations import acts
from tests.operations.families import link
from tests.operations.money import credit, nothing_stored
from tests.operations.predicaments import subscribed

pytestmark = pytest.mark.usefixtures("clock")

SITES = "the site's settings have"


@pytest.fixture
def shop(site: BillingSite) -> Customer:
    """``shop`` below ``hq``, with a contact."""
    acts.create(site, "hq", at=START)
    customer = acts.create(site, "shop", email="shop@example.com", at=START)
    acts.add_contact(site, "shop", id="jane", email="jane@example.com", enabled=True, at=START)
    link(site, "shop", "hq", at=START)
    return customer


def access_line(customer: str, what: str, level: str, reason: str, message: str, **more: str) -> dict[str, str]:
    return {
        "customer_id": customer,
        "what": what,
        "level": level,
        "reason": reason,
        "message": message,
        **more,
    }


def test_access(chargebee: ChargebeeClient, site: BillingSite, shop: Customer) -> None:
    user = acts.a_user()
    link_user(site=site, public_id="shop", user=user, role=CustomerUserRole.VIEWER, at=START)

    answer = chargebee.get("/customers/shop/access")

    child, parent = f"{SITES} child_account_access", f"{SITES} parent_account_access"
    users = {"user_id": str(user.pk), "role": "viewer"}
    lines = [
        access_line(
            "shop",
            "subscriptions",
            "yes",
            "site_settings",
            f"May view and edit the subscriptions: {child}[portal_edit_subscriptions]=yes.",
        ),
        access_line(
            "shop",
            "invoices",
            "view_only",
            "site_settings",
            f"May only view the invoices: {child}[portal_download_invoices]=view_only.",
        ),
        access_line(
            "hq",
            "subscriptions",
            "view_only",
            "site_settings",
            f"May only view the subscriptions: {parent}[portal_edit_child_subscriptions]=view_only.",
        ),
        access_line(
            "hq",
            "invoices",
            "yes",
            "site_settings",
            f"May view and download the invoices: {parent}[portal_download_child_invoices]=yes.",
        ),
        access_line(
            "shop",
            "subscriptions",
            "view_only",
            "viewer",
            "May only view the subscriptions: a viewer of shop only views.",
            **users,
        ),
        access_line(
            "shop",
            "invoices",
            "view_only",
            "as_the_account",
            "May only view the invoices: as shop itself may.",
            **users,
        ),
    ]
    assert answer.status_code == 200
    assert answer.json() == {"access": {"object": "access", "customer_id": "shop", "lines": lines}}


def test_recipients(chargebee: ChargebeeClient, shop: Customer) -> None:
    answer = chargebee.get("/customers/shop/recipients")

    def own() -> dict[str, Any]:
        reason = {"code": "customer", "message": "The e-mail address of the customer.", "sends": True}
        return {"receives": True, "reasons": [{**reason, "customer_id": "shop"}], "email": "shop@example.com"}

    def jane(flag: str) -> dict[str, Any]:
        reason = {"code": "flag_off", "message": f"The contact has {flag}=false.", "sends": False}
        told = {**reason, "customer_id": "shop", "contact_id": "jane"}
        return {"receives": False, "reasons": [told], "email": "jane@example.com"}

    def above(code: str, message: str) -> dict[str, Any]:
        reason = {"code": code, "message": message, "sends": False, "customer_id": "hq"}
        return {"receives": False, "reasons": [reason]}

    off = f"The parent gets no subscription mail: {SITES} parent_account_access[send_subscription_emails]=false."
    nowhere = above("no_email", "The parent has no e-mail address.")
    lines = [
        {"mail": "subscription", **own()},
        {"mail": "subscription", **jane("send_account_email")},
        {"mail": "subscription", **above("switched_off", off)},
        {"mail": "invoice", **own()},
        {"mail": "invoice", **jane("send_billing_email")},
        {"mail": "invoice", **nowhere},
        {"mail": "payment", **own()},
        {"mail": "payment", **jane("send_billing_email")},
        {"mail": "payment", **nowhere},
    ]
    assert answer.status_code == 200
    assert answer.json() == {"recipients": {"object": "recipients", "customer_id": "shop", "lines": lines}}


def test_impact(chargebee: ChargebeeClient, site: BillingSite, shop: Customer) -> None:
    credit(site, 500, "shop", at=START)

    with nothing_stored():
        answer = chargebee.get("/customers/shop/impact", {"operation": "delete"})

    assert answer.status_code == 200
    assert answer.json() == {
        "impact": {
            "object": "impact",
            "operation": "delete",
            "customer_id": "shop",
            "blockers": [
                {
                    "code": "has_parent",
                    "message": "The customer has a parent in an account hierarchy.",
                    "ids": ["hq"],
                    "fix": "Unlink it from its parent first.",
                }
            ],
            "effects": [
                {
                    "code": "customer_deleted",
                    "message": "The customer becomes a tombstone: API clients no longer get it, and its id is free.",
                    "count": 1,
                    "amounts": {},
                    "ids": ["shop"],
                },
                {
                    "code": "promotional_credits_left",
                    "message": "Promotional credits. They stay with the tombstone, and cannot be used.",
                    "count": 1,
                    "amounts": {"USD": 500},
                    "ids": [],
                },
                {
                    "code": "contacts_left",
                    "message": "Contacts: 1. They stay with the tombstone, and get no more mail.",
                    "count": 1,
                    "amounts": {},
                    "ids": ["jane"],
                },
            ],
        }
    }


def told(chargebee: ChargebeeClient, **question: str) -> dict[str, Any]:
    found: dict[str, Any] = chargebee.get("/customers/shop/impact", question).json()["impact"]
    return found


@pytest.mark.parametrize(
    ("question", "blocker"),
    [
        ({"operation": "link", "parent_id": "hq"}, "The customer has a parent already: unlink it first."),
        ({"operation": "merge", "to_customer_id": "shop"}, "Must be another customer."),
    ],
)
def test_targets_are_read(chargebee: ChargebeeClient, shop: Customer, question: dict[str, str], blocker: str) -> None:
    assert told(chargebee, **question)["blockers"][0]["message"] == blocker


def test_owners_are_read(chargebee: ChargebeeClient, site: BillingSite, shop: Customer) -> None:
    chargebee.post("/customers/shop/delete_relationship")
    acts.create(site, "other", at=START)

    said = {"operation": "link", "parent_id": "hq", "payment_owner_id": "other", "invoice_owner_id": "other"}

    assert [each["code"] for each in told(chargebee, **said)["blockers"]] == ["invalid_owner", "invalid_owner"]


def test_first_blocker_is_what_the_deletion_says(chargebee: ChargebeeClient, shop: Customer) -> None:
    foretold = told(chargebee, operation="delete")["blockers"][0]["message"]

    assert chargebee.post("/customers/shop/delete").json() == chargebee_refusal(
        409, "invalid_state_for_request", foretold
    )


def test_live_subscription_is_no_reason_against_this_contracts_deletion(
    chargebee: ChargebeeClient, site: BillingSite
) -> None:
    subscribed("active")(site)

    found = chargebee.get("/customers/acme/impact", {"operation": "delete"}).json()["impact"]

    assert found["blockers"] == []
    assert [(each["code"], each["ids"]) for each in found["effects"]][1] == ("subscriptions_cancelled", ["sub"])


@pytest.mark.parametrize(
    ("question", "param", "message"),
    [
        ({}, "operation", "Is required."),
        ({"operation": ""}, "operation", "Is required."),
        ({"operation": "destroy"}, "operation", "Must be one of delete, erase, link, unlink, merge, move."),
        ({"operation[is]": "delete"}, "operation", "Must be a single string."),
        ({"operation": "link"}, "parent_id", "Is required."),
        ({"operation": "link", "parent_id": ""}, "parent_id", "Is required."),
        ({"operation": "merge"}, "to_customer_id", "Is required."),
        ({"operation": "delete", "delete_payment_method": "maybe"}, "delete_payment_method", "Must be true or false."),
    ],
)
def test_question_that_makes_no_sense(
    chargebee: ChargebeeClient, shop: Customer, question: dict[str, str], param: str, message: str
) -> None:
    answer = chargebee.get("/customers/shop/impact", question)

    assert (answer.status_code, answer.json()) == (400, wrong_value(param, message))


@pytest.mark.parametrize("path", ["access", "recipients", "impact"])
@pytest.mark.parametrize("public_id", ["nobody", "foreign"])
def test_missing_and_foreign_customers_are_not_found(
    chargebee: ChargebeeClient, other_site: BillingSite, path: str, public_id: str
) -> None:
    acts.create(other_site, "foreign", at=START)

    answer = chargebee.get(f"/customers/{public_id}/{path}", {"operation": "erase"})

    assert (answer.status_code, answer.json()) == (404, NO_SUCH_RESOURCE)


@pytest.mark.parametrize("path", ["access", "recipients", "impact"])
def test_answer_names_the_customer_by_its_present_id(
    chargebee: ChargebeeClient, site: BillingSite, shop: Customer, path: str
) -> None:
    acts.rename(site, "shop", "store")

    [answer] = chargebee.get(f"/customers/shop/{path}", {"operation": "move"}).json().values()

    assert (answer["object"], answer["customer_id"]) == (path, "store")


@pytest.mark.parametrize(("path", "statements"), [("access", 4), ("recipients", 3)])
def test_statements_are_few(
    chargebee: ChargebeeClient, shop: Customer, django_assert_num_queries: Any, path: str, statements: int
) -> None:
    # The key, which was used within the last minute, and the query's own.
    chargebee.get("/configurations")

    with django_assert_num_queries(statements):
        chargebee.get(f"/customers/shop/{path}")
