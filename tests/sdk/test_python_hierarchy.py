"""chargebee for Python: account hierarchies."""

from __future__ import annotations

from typing import Any

import pytest
from chargebee import InvalidRequestError


@pytest.fixture
def group(client: Any) -> None:
    """``hq`` over ``north`` over ``shop``, whom ``hq`` pays for."""
    for name in ("hq", "north", "shop"):
        client.Customer.create({"id": name})
    client.Customer.relationships("north", {"parent_id": "hq"})
    client.Customer.relationships("shop", {"parent_id": "north", "payment_owner_id": "hq"})


def test_link_tells_where_the_customer_stands(client: Any) -> None:
    for name in ("hq", "north"):
        client.Customer.create({"id": name})

    customer = client.Customer.relationships(
        "north",
        {
            "parent_id": "hq",
            "use_default_hierarchy_settings": False,
            "parent_account_access": {"send_invoice_emails": False},
        },
    ).customer

    place = customer.relationship
    assert (place.parent_id, place.invoice_owner_id, place.payment_owner_id) == ("hq", "north", "north")
    assert customer.use_default_hierarchy_settings is False
    assert customer.parent_account_access.send_invoice_emails is False
    assert customer.child_account_access.portal_download_invoices == "view_only"


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("complete_hierarchy", ["hq", "north", "shop"]),
        ("subordinates", ["north", "shop"]),
        ("path_to_root", ["hq", "north"]),
        ("immediate_children", ["shop"]),
    ],
)
def test_hierarchy_is_read_in_parts(client: Any, group: None, part: str, expected: list[str]) -> None:
    nodes = client.Customer.hierarchy("north", {"hierarchy_operation_type": part}).hierarchies

    assert [node.customer_id for node in nodes] == expected


def test_detail_is_read_page_by_page(client: Any, group: None) -> None:
    said = {"hierarchy_operation_type": "complete_hierarchy", "limit": 2}
    first = client.Customer.list_hierarchy_detail("hq", said)
    second = client.Customer.list_hierarchy_detail("hq", {**said, "offset": first.next_offset})

    nodes = [entry.hierarchy for page in (first, second) for entry in page.list]
    assert [(node.customer_id, node.has_children) for node in nodes] == [
        ("hq", True),
        ("north", True),
        ("shop", False),
    ]
    assert second.next_offset is None


def test_settings_are_changed(client: Any, group: None) -> None:
    own = client.Customer.update_hierarchy_settings(
        "shop", {"use_default_hierarchy_settings": False, "child_account_access": {"send_payment_emails": False}}
    ).customer
    back = client.Customer.update_hierarchy_settings("shop", {"use_default_hierarchy_settings": True}).customer

    assert own.child_account_access.send_payment_emails is False
    assert back.child_account_access.send_payment_emails is True


def test_customers_are_listed_by_their_parent(client: Any, group: None) -> None:
    found = client.Customer.list({"relationship": {"parent_id": {"is": "hq"}}}).list

    assert [entry.customer.id for entry in found] == ["north"]


def test_end_of_a_link_leaves_the_subtree(client: Any, group: None) -> None:
    customer = client.Customer.delete_relationship("north").customer

    nodes = client.Customer.hierarchy("shop", {"hierarchy_operation_type": "complete_hierarchy"}).hierarchies
    assert customer.relationship.root_id == "north"
    assert [(node.customer_id, node.payment_owner_id) for node in nodes] == [("north", "north"), ("shop", "north")]


def test_ring_is_an_error_of_the_request(client: Any, group: None) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        client.Customer.relationships("hq", {"parent_id": "shop"})

    assert (caught.value.api_error_code, caught.value.param) == ("invalid_state_for_request", "parent_id")
