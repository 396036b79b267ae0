"""chargebee for Python: merge customers; and, beyond what it knows, see what became of it and undo it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from chargebee import InvalidRequestError

from billing_customers.models import BillingSite
from billing_customers.operations.sites import update_site
from tests.sdk.patience import shown

Worker = Callable[[], None]
PAIR = {"from_customer_id": "old", "to_customer_id": "kept"}


@pytest.fixture
def two(client: Any) -> None:
    """``old``, with a contact and credits, and ``kept``."""
    client.Customer.create({"id": "old", "first_name": "Ann"})
    client.Customer.create({"id": "kept", "first_name": "Bea"})
    client.Customer.add_contact("old", {"contact": {"id": "jane", "email": "jane@example.com"}})
    client.PromotionalCredit.add({"customer_id": "old", "amount": 500, "description": "For the delay"})


def refusal(call: Callable[[], Any]) -> tuple[int, str, str | None]:
    """Status, code and parameter of what the library raises."""
    with pytest.raises(InvalidRequestError) as caught:
        call()
    return caught.value.http_status_code, caught.value.api_error_code, caught.value.param


def test_customers_are_merged_by_a_job(client: Any, two: None, run_jobs: Worker) -> None:
    asked = client.Customer.merge(PAIR).customer
    before = client.Customer.retrieve("old").customer

    run_jobs()

    kept = client.Customer.retrieve("kept").customer
    assert (asked.id, asked.contacts, before.first_name) == ("kept", None, "Ann")
    assert (kept.first_name, kept.promotional_credits) == ("Bea", 500)
    assert [contact.email for contact in kept.contacts] == ["jane@example.com"]
    assert refusal(lambda: client.Customer.retrieve("old")) == (404, "resource_not_found", None)
    listed = client.Customer.list({"include_deleted": True, "id": {"is": "old"}}).list
    assert [entry.customer.deleted for entry in listed] == [True]


def test_merged_id_leads_to_the_other_where_the_site_says_so(
    client: Any, two: None, run_jobs: Worker, site: BillingSite
) -> None:
    update_site(site=site, follows_merged_ids=True)
    client.Customer.merge(PAIR)

    run_jobs()

    assert client.Customer.retrieve("old").customer.id == "kept"


def test_end_of_the_one_and_change_of_the_other_are_told(client: Any, two: None, run_jobs: Worker) -> None:
    client.Customer.merge(PAIR)

    run_jobs()

    def listed() -> list[Any]:
        events = [each.event for each in client.Event.list({"limit": 100}).list]
        told = [each for each in events if each.event_type != "customer_created"]
        return told if len(told) > 3 else []

    told = shown(listed)
    assert {(each.event_type, each.content["customer"]["id"]) for each in told} == {
        ("customer_deleted", "old"),
        ("customer_changed", "kept"),
        # Of what it was given before.
        ("customer_changed", "old"),
        ("promotional_credits_added", "old"),
    }


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"from_customer_id": "nobody"}, (404, "resource_not_found", "from_customer_id")),
        ({"to_customer_id": "nobody"}, (404, "resource_not_found", "to_customer_id")),
        ({"to_customer_id": "old"}, (400, "param_wrong_value", "to_customer_id")),
    ],
)
def test_merge_that_cannot_be_is_refused(
    client: Any, two: None, changed: dict[str, str], expected: tuple[int, str, str]
) -> None:
    assert refusal(lambda: client.Customer.merge({**PAIR, **changed})) == expected


def test_merge_is_found_and_undone_by_its_own_routes(
    client: Any, two: None, run_jobs: Worker, port: int, key: str
) -> None:
    def call(method: str, path: str) -> Any:
        url = f"http://127.0.0.1:{port}/api/v2/customer_merges{path}"
        return requests.request(method, url, auth=(key, ""), timeout=30).json()

    client.Customer.merge(PAIR)
    run_jobs()

    [entry] = call("GET", "?customer_id=old")["list"]
    merge = entry["customer_merge"]
    asked = call("POST", f"/{merge['id']}/undo")
    run_jobs()

    assert (merge["status"], asked["customer_merge"]["status"]) == ("merged", "undo_scheduled")
    assert call("GET", f"/{merge['id']}")["customer_merge"]["status"] == "undone"
    old, kept = (client.Customer.retrieve(each).customer for each in ("old", "kept"))
    assert (old.first_name, old.promotional_credits, kept.promotional_credits) == ("Ann", 500, 0)
    assert ([contact.email for contact in old.contacts], kept.contacts) == (["jane@example.com"], None)
