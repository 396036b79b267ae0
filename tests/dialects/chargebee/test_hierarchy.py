"""Chargebee "Link a customer", "Delink a customer", "Get hierarchy" and "Update hierarchy access settings"."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite, Relationship
from billing_customers.operations.customers import create_customer
from tests.clients import ChargebeeClient
from tests.dialects.clock import START
from tests.dialects.expected import NO_SUCH_RESOURCE, VERSION, chargebee_customer, chargebee_refusal, wrong_value

pytestmark = pytest.mark.usefixtures("clock")

DEFAULTS: dict[str, Any] = {
    "use_default_hierarchy_settings": True,
    "parent_account_access": {
        "portal_edit_child_subscriptions": "view_only",
        "portal_download_child_invoices": "yes",
        "send_subscription_emails": False,
        "send_invoice_emails": True,
        "send_payment_emails": True,
    },
    "child_account_access": {
        "portal_edit_subscriptions": "yes",
        "portal_download_invoices": "view_only",
        "send_subscription_emails": True,
        "send_invoice_emails": True,
        "send_payment_emails": True,
    },
}


@pytest.fixture
def made(site: BillingSite) -> None:
    """Customers ``hq``, ``north``, ``shop`` and ``alone``."""
    for name in ("hq", "north", "shop", "alone"):
        create_customer(site=site, public_id=name, attributes={}, at=START)


@pytest.fixture
def group(chargebee: ChargebeeClient, made: None) -> None:
    """``hq`` over ``north`` over ``shop``, who is invoiced itself and paid for by ``hq``."""
    link(chargebee, "north", "hq")
    link(chargebee, "shop", "north", payment_owner_id="hq")


def link(chargebee: ChargebeeClient, child: str, parent: str, **said: str) -> Any:
    return chargebee.post(f"/customers/{child}/relationships", {"parent_id": parent, **said})


def relationship(parent: str | None, root: str, pays: str, invoiced: str) -> dict[str, Any]:
    shown = {"root_id": root, "payment_owner_id": pays, "invoice_owner_id": invoiced}
    return {"relationship": {"parent_id": parent, **shown} if parent else shown}


def node(customer: str, parent: str | None, pays: str, invoiced: str, *children: str) -> dict[str, Any]:
    shown = {
        "object": "hierarchy",
        "customer_id": customer,
        "payment_owner_id": pays,
        "invoice_owner_id": invoiced,
        "children_ids": list(children),
    }
    return {**shown, "parent_id": parent} if parent else shown


HQ = node("hq", None, "hq", "hq", "north")
NORTH = node("north", "hq", "north", "north", "shop")
SHOP = node("shop", "north", "hq", "shop")


def test_linked_customer_shows_where_it_stands(chargebee: ChargebeeClient, made: None) -> None:
    response = link(chargebee, "north", "hq")

    shown = chargebee_customer(
        "north", resource_version=VERSION + 1, **relationship("hq", "hq", "north", "north"), **DEFAULTS
    )
    assert (response.status_code, response.json()) == (200, {"customer": shown})
    assert chargebee.get("/customers/north").json() == {"customer": shown}


def test_root_shows_that_it_is_one_while_it_has_children(chargebee: ChargebeeClient, group: None) -> None:
    assert chargebee.get("/customers/hq").json()["customer"] == chargebee_customer(
        "hq", resource_version=VERSION + 1, **relationship(None, "hq", "hq", "hq")
    )

    chargebee.post("/customers/north/delete_relationship")

    assert chargebee.get("/customers/hq").json()["customer"] == chargebee_customer("hq", resource_version=VERSION + 2)


def test_delinked_customer_shows_nothing_of_it(chargebee: ChargebeeClient, group: None) -> None:
    response = chargebee.post("/customers/shop/delete_relationship")

    assert response.json() == {"customer": chargebee_customer("shop", resource_version=VERSION + 2)}


def test_list_shows_relationships_and_filters_by_them(chargebee: ChargebeeClient, group: None) -> None:
    shown = chargebee.get("/customers", {"relationship[payment_owner_id][is]": "hq"}).json()["list"]

    assert [each["customer"]["relationship"] for each in shown] == [
        relationship("north", "hq", "hq", "shop")["relationship"]
    ]
    everybody = chargebee.get("/customers").json()["list"]
    assert [each["customer"].get("relationship", {}).get("root_id") for each in everybody] == ["hq", "hq", "hq", None]


def test_settings_of_ones_own(chargebee: ChargebeeClient, made: None) -> None:
    said = {"use_default_hierarchy_settings": "false", "parent_account_access[send_payment_emails]": "false"}

    customer = link(chargebee, "north", "hq", **said).json()["customer"]

    assert {name: customer[name] for name in DEFAULTS} == {
        **DEFAULTS,
        "use_default_hierarchy_settings": False,
        "parent_account_access": {**DEFAULTS["parent_account_access"], "send_payment_emails": False},
    }


def test_settings_are_updated_and_go_back_to_the_defaults(chargebee: ChargebeeClient, group: None) -> None:
    said = {"use_default_hierarchy_settings": "false", "child_account_access[portal_download_invoices]": "no"}

    own = chargebee.post("/customers/shop/update_hierarchy_settings", said).json()["customer"]
    back = chargebee.post("/customers/shop/update_hierarchy_settings").json()["customer"]

    assert own["child_account_access"] == {**DEFAULTS["child_account_access"], "portal_download_invoices": "no"}
    assert {name: back[name] for name in DEFAULTS} == DEFAULTS


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({}, [HQ, NORTH, SHOP]),
        ({"hierarchy_operation_type": "complete_hierarchy"}, [HQ, NORTH, SHOP]),
        ({"hierarchy_operation_type": "subordinates"}, [NORTH, SHOP]),
        ({"hierarchy_operation_type": "path_to_root"}, [HQ, NORTH]),
        ({"hierarchy_operation_type": "immediate_children"}, [SHOP]),
    ],
)
def test_parts_of_a_hierarchy(
    chargebee: ChargebeeClient, group: None, part: dict[str, str], expected: list[dict[str, Any]]
) -> None:
    assert chargebee.get("/customers/north/hierarchy", part).json() == {"hierarchies": expected}
    assert chargebee.post("/customers/north/hierarchy", part).json() == {"hierarchies": expected}
    detailed = [{**each, "has_children": bool(each["children_ids"])} for each in expected]
    assert chargebee.get("/customers/north/hierarchy_detail", part).json() == {
        "list": [{"hierarchy": each} for each in detailed]
    }


def test_customer_in_no_hierarchy_is_a_node_by_itself(chargebee: ChargebeeClient, made: None) -> None:
    answer = chargebee.get("/customers/alone/hierarchy").json()

    assert answer == {"hierarchies": [node("alone", None, "alone", "alone")]}


@pytest.mark.parametrize("part", ["complete_hierarchy", "subordinates", "path_to_root", "immediate_children"])
@pytest.mark.parametrize("customer", ["hq", "north", "shop"])
@pytest.mark.parametrize("limit", ["1", "2"])
def test_pages_are_the_hierarchy_in_parts(
    chargebee: ChargebeeClient, group: None, customer: str, part: str, limit: str
) -> None:
    query = {"hierarchy_operation_type": part, "limit": limit}
    pages = [chargebee.get(f"/customers/{customer}/hierarchy_detail", query).json()]
    while "next_offset" in pages[-1]:
        query["offset"] = pages[-1]["next_offset"]
        pages.append(chargebee.get(f"/customers/{customer}/hierarchy_detail", query).json())

    whole = chargebee.get(f"/customers/{customer}/hierarchy", {"hierarchy_operation_type": part}).json()
    found = [each["hierarchy"]["customer_id"] for page in pages for each in page["list"]]
    assert found == [each["customer_id"] for each in whole["hierarchies"]]
    assert all(len(page["list"]) <= int(limit) for page in pages)


def test_offset_of_another_part_is_refused(chargebee: ChargebeeClient, group: None) -> None:
    offset = chargebee.get("/customers/hq/hierarchy_detail", {"limit": "1"}).json()["next_offset"]

    response = chargebee.get(
        "/customers/hq/hierarchy_detail", {"offset": offset, "hierarchy_operation_type": "path_to_root"}
    )

    assert response.json() == wrong_value("offset", "Must be the next_offset of the same list.")


@pytest.mark.parametrize(
    ("params", "param", "message"),
    [
        ({}, "parent_id", "Is required."),
        ({"parent_id": ""}, "parent_id", "Is required."),
        (
            {"parent_id": "hq", "child_account_access[portal_edit_subscriptions]": "no"},
            "child_account_access[portal_edit_subscriptions]",
            "Must be one of yes, view_only.",
        ),
        (
            {"parent_id": "hq", "parent_account_access[send_invoice_emails]": "1"},
            "parent_account_access[send_invoice_emails]",
            "Must be true or false.",
        ),
        (
            {"parent_id": "hq", "parent_account_access": "yes"},
            "parent_account_access",
            "Takes parts, such as parent_account_access[portal_edit_child_subscriptions].",
        ),
        (
            {"parent_id": "hq", "use_default_hierarchy_settings": "maybe"},
            "use_default_hierarchy_settings",
            "Must be true or false.",
        ),
        (
            {"parent_id": "hq", "invoice_owner_id": "alone"},
            "invoice_owner_id",
            "Must be the customer itself or one of those above it.",
        ),
    ],
)
def test_bad_parameters_are_refused(
    chargebee: ChargebeeClient, made: None, params: dict[str, str], param: str, message: str
) -> None:
    response = chargebee.post("/customers/north/relationships", params)

    assert (response.status_code, response.json()) == (400, wrong_value(param, message))
    assert not Relationship.objects.exists()


def test_unknown_part_is_refused(chargebee: ChargebeeClient, made: None) -> None:
    response = chargebee.get("/customers/hq/hierarchy", {"hierarchy_operation_type": "siblings"})

    said = "Must be one of complete_hierarchy, subordinates, path_to_root, immediate_children."
    assert response.json() == wrong_value("hierarchy_operation_type", said)


def test_ring_is_a_state_that_cannot_be(chargebee: ChargebeeClient, group: None) -> None:
    response = link(chargebee, "hq", "shop")

    refusal = chargebee_refusal(
        409, "invalid_state_for_request", "The customer would come to be above itself.", "parent_id"
    )
    assert (response.status_code, response.json()) == (409, refusal)


def test_second_parent_is_a_state_that_cannot_be(chargebee: ChargebeeClient, group: None) -> None:
    response = link(chargebee, "shop", "hq")

    message = "The customer has a parent already: unlink it first."
    assert response.json() == chargebee_refusal(409, "invalid_state_for_request", message)


@pytest.mark.parametrize("action", ["delete_relationship", "update_hierarchy_settings"])
def test_what_needs_a_parent_is_refused_without_one(chargebee: ChargebeeClient, group: None, action: str) -> None:
    response = chargebee.post(f"/customers/hq/{action}")

    assert response.json() == chargebee_refusal(409, "invalid_state_for_request", "The customer has no parent.")


def test_sixth_level_is_over_the_limit(chargebee: ChargebeeClient, site: BillingSite) -> None:
    for number in range(6):
        create_customer(site=site, public_id=f"c{number}", attributes={}, at=START)
    answers = [link(chargebee, f"c{number + 1}", f"c{number}") for number in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 400]
    assert answers[-1].json() == chargebee_refusal(
        400, "resource_limit_exceeded", "A hierarchy has at most 5 levels.", "parent_id"
    )


@pytest.mark.parametrize("param", ["parent_id", "payment_owner_id", "invoice_owner_id"])
def test_foreign_id_is_answered_as_a_missing_one_to_the_byte(
    chargebee: ChargebeeClient, made: None, other_site: BillingSite, param: str
) -> None:
    create_customer(site=other_site, public_id="theirs", attributes={}, at=START)

    answers = (
        {link(chargebee, "north", **{"parent": "hq", param: each}).content for each in ("theirs", "nobody")}
        if (param != "parent_id")
        else {link(chargebee, "north", each).content for each in ("theirs", "nobody")}
    )

    assert len(answers) == 1
    shown = {**NO_SUCH_RESOURCE, "message": f"{param}: {NO_SUCH_RESOURCE['message']}"}
    answer = chargebee.post("/customers/north/relationships", {"parent_id": "hq", param: "theirs"})
    assert answer.json() == {**shown, "param": param, "error_param": param}


@pytest.mark.parametrize("action", ["hierarchy", "hierarchy_detail"])
def test_hierarchy_of_an_unknown_customer_is_not_found(chargebee: ChargebeeClient, made: None, action: str) -> None:
    response = chargebee.get(f"/customers/nobody/{action}")

    assert (response.status_code, response.json()) == (404, NO_SUCH_RESOURCE)


def test_former_id_is_understood(chargebee: ChargebeeClient, group: None, site: BillingSite) -> None:
    from billing_customers.operations.customers import rename_customer  # noqa: PLC0415

    rename_customer(site=site, public_id="north", new_public_id="nord", at=START)

    nodes = chargebee.get("/customers/north/hierarchy").json()["hierarchies"]

    assert [each["customer_id"] for each in nodes] == ["hq", "nord", "shop"]
    assert nodes[2]["parent_id"] == "nord"
