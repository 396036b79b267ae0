"""chargebee for Node: customers are deleted, merged and cleared, and read after the job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from billing_customers.models import BillingSite
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.sites import update_site
from tests.fixtures import NOW

Scenario = Callable[..., Any]
Worker = Callable[[], None]


def said_of(error: dict[str, Any]) -> tuple[Any, ...]:
    return error["http_status_code"], error["api_error_code"]


MISSING = (404, "resource_not_found")


def test_customer_is_deleted_by_a_job(scenario: Scenario, run_jobs: Worker) -> None:
    asked = scenario("delete")

    run_jobs()

    result = scenario("afterDeletion")
    assert (asked["id"], asked["deleted"]) == ("acme", False)
    assert (said_of(result["acme"]), said_of(result["refused"])) == (MISSING, MISSING)
    assert [(each["id"], each["deleted"]) for each in result["list"]] == [("acme", True)]
    # The id is free again.
    assert (result["again"]["first_name"], result["again"]["deleted"]) == ("Cy", False)


def test_merged_customer_is_missing_and_the_other_has_what_it_had(scenario: Scenario, run_jobs: Worker) -> None:
    asked = scenario("merge")
    before = scenario("afterMerge")

    run_jobs()

    after = scenario("afterMerge")
    assert (asked["id"], before["old"]["first_name"], before["kept"].get("contacts")) == ("kept", "Ann", None)
    assert said_of(after["old"]) == MISSING
    assert after["kept"]["first_name"] == "Bea"
    assert [contact["email"] for contact in after["kept"]["contacts"]] == ["jane@example.com"]


def test_merged_id_leads_to_the_other_where_the_site_says_so(
    scenario: Scenario, run_jobs: Worker, site: BillingSite
) -> None:
    update_site(site=site, follows_merged_ids=True)
    scenario("merge")

    run_jobs()

    after = scenario("afterMerge")
    assert after["old"] == after["kept"]
    assert after["kept"]["id"] == "kept"


@pytest.mark.parametrize(
    ("name", "expected", "param"),
    [
        ("mergeIntoItself", (400, "param_wrong_value"), "to_customer_id"),
        ("mergeWithNobody", MISSING, "from_customer_id"),
    ],
)
def test_merge_that_cannot_be_is_refused(scenario: Scenario, name: str, expected: Any, param: str) -> None:
    error = scenario(name)

    assert (said_of(error), error["param"]) == (expected, param)


def test_personal_data_is_cleared_by_a_job(scenario: Scenario, run_jobs: Worker, site: BillingSite) -> None:
    asked = scenario("clear", by=create_api_key(site=site, scopes=["write", "pii:clear"], at=NOW)[1])

    run_jobs()

    result = scenario("afterClearing")
    assert (asked["pii_cleared"], result["acme"]["pii_cleared"]) == ("scheduled_for_clear", "cleared")
    assert not {"first_name", "email"} & set(result["acme"])
    assert "ann@example.com" not in str(result["contents"])
    assert said_of(result["refused"]) == (409, "invalid_state_for_request")


def test_key_without_the_scope_clears_nothing(scenario: Scenario) -> None:
    assert said_of(scenario("clearWithoutTheScope")) == (403, "api_authorization_failed")
