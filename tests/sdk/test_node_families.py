"""chargebee for Node: account hierarchies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Scenario = Callable[[str], Any]


def test_link_tells_where_the_customer_stands(scenario: Scenario) -> None:
    place = scenario("link")["relationship"]

    assert place == {
        "parent_id": "north",
        "root_id": "hq",
        "payment_owner_id": "hq",
        "invoice_owner_id": "shop",
    }


def test_ring_is_refused(scenario: Scenario) -> None:
    error = scenario("linkInARing")

    assert (error["http_status_code"], error["api_error_code"], error["param"]) == (
        409,
        "invalid_state_for_request",
        "parent_id",
    )


def test_hierarchy_is_read_in_parts(scenario: Scenario) -> None:
    assert scenario("hierarchy") == {
        "complete_hierarchy": ["hq", "north", "shop"],
        "subordinates": ["north", "shop"],
        "path_to_root": ["hq", "north"],
        "immediate_children": ["shop"],
    }


def test_detail_is_read_page_by_page(scenario: Scenario) -> None:
    result = scenario("hierarchyDetail")

    assert [(node["customer_id"], node["has_children"]) for node in result["nodes"]] == [
        ("hq", True),
        ("north", True),
        ("shop", False),
    ]
    assert result["left"] is None


def test_settings_are_changed_and_given_back(scenario: Scenario) -> None:
    result = scenario("hierarchySettings")

    assert result["own"]["child_account_access"]["send_payment_emails"] is False
    assert result["own"]["use_default_hierarchy_settings"] is False
    assert result["back"]["child_account_access"]["send_payment_emails"] is True
    assert result["back"]["use_default_hierarchy_settings"] is True


def test_end_of_a_link_leaves_the_subtree(scenario: Scenario) -> None:
    result = scenario("deleteRelationship")

    assert result["parted"]["relationship"]["root_id"] == "north"
    assert [(node["customer_id"], node["payment_owner_id"]) for node in result["hierarchies"]] == [
        ("north", "north"),
        ("shop", "north"),
    ]


def test_customers_are_listed_by_their_parent(scenario: Scenario) -> None:
    assert scenario("childrenOf") == ["north"]
