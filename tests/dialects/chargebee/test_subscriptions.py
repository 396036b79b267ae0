"""Chargebee "List subscriptions" and "Retrieve a subscription"."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from billing_customers.models import BillingSite
from billing_customers.operations.documents import change_subscription
from tests.clients import ChargebeeClient, followed
from tests.dialects.clock import START
from tests.dialects.expected import NO_SUCH_RESOURCE, SECONDS, VERSION, chargebee_customer, wrong_value
from tests.dialects.payments import a_subscription
from tests.dialects.sources import card_of, last_source, paying_customer, with_card
from tests.operations import acts

pytestmark = pytest.mark.usefixtures("clock")

LIST = "/subscriptions"
STATUSES = "Must be one of future, in_trial, active, non_renewing, paused, cancelled, transferred."
OURS = ("active", "trialing", "past_due", "incomplete", "incomplete_expired", "canceled")


@pytest.fixture
def made(site: BillingSite) -> None:
    """s0 to s5 of c1, one in each status, a second apart."""
    acts.create(site, "c1", at=START)
    acts.create(site, "c2", at=START)
    for number, status in enumerate(OURS):
        a_subscription(site, status, f"s{number}", at=START + timedelta(seconds=number, microseconds=300))


def ids(chargebee: ChargebeeClient, params: dict[str, str] | None = None) -> str:
    answer = chargebee.get(LIST, params)
    assert answer.status_code == 200, answer.content
    return "".join(each["subscription"]["id"][1:] for each in answer.json()["list"])


def test_subscription_is_shown_as_far_as_it_is_known(chargebee: ChargebeeClient, made: None) -> None:
    shown: dict[str, Any] = {
        "id": "s1",
        "object": "subscription",
        "customer_id": "c1",
        "status": "in_trial",
        "currency_code": "USD",
        "created_at": SECONDS + 1,
        "started_at": SECONDS + 1,
        "updated_at": SECONDS + 1,
        "deleted": False,
        "has_scheduled_changes": False,
        "resource_version": VERSION + 1000,
    }
    answer = {"subscription": shown, "customer": chargebee_customer("c1")}
    assert chargebee.get("/subscriptions/s1").json() == answer
    assert chargebee.get(LIST, {"id[is]": "s1"}).json() == {"list": [answer]}


def test_card_of_the_customer_is_shown_beside_it(site: BillingSite, chargebee: ChargebeeClient) -> None:
    with_card(chargebee)
    a_subscription(site)

    answer = chargebee.get("/subscriptions/sub").json()

    assert (answer["customer"], answer["card"]) == (paying_customer(last_source()), card_of(last_source()))


def test_subscription_that_was_cancelled(site: BillingSite, chargebee: ChargebeeClient, made: None) -> None:
    change_subscription(site=site, public_id="s1", status="canceled", at=START + timedelta(minutes=1))

    shown = chargebee.get("/subscriptions/s1").json()["subscription"]
    assert (shown["status"], shown["cancelled_at"], shown["updated_at"]) == ("cancelled", SECONDS + 60, SECONDS + 60)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, "012345"),
        ({"sort_by[desc]": "created_at"}, "543210"),
        ({"sort_by[asc]": "updated_at"}, "012345"),
        ({"sort_by[desc]": "updated_at"}, "543210"),
        ({"id[in]": '["s1","s4"]'}, "14"),
        ({"customer_id[is]": "c1"}, "012345"),
        ({"customer_id[is]": "c2"}, ""),
        ({"status[is]": "active"}, "02"),
        ({"status[is]": "in_trial"}, "1"),
        ({"status[is]": "future"}, "3"),
        ({"status[is]": "cancelled"}, "45"),
        ({"status[is]": "paused"}, ""),
        ({"status[is_not]": "cancelled"}, "0123"),
        ({"status[is_not]": "paused"}, "012345"),
        ({"status[in]": '["active","in_trial"]'}, "012"),
        ({"status[not_in]": '["active","in_trial"]'}, "345"),
        ({"created_at[after]": str(SECONDS + 3)}, "45"),
        ({"updated_at[before]": str(SECONDS + 2)}, "01"),
    ],
)
def test_list_is_filtered_and_sorted(
    chargebee: ChargebeeClient, made: None, params: dict[str, str], expected: str
) -> None:
    assert ids(chargebee, params) == expected


@pytest.mark.parametrize(
    ("params", "named", "said"),
    [
        ({"status[is]": "trialing"}, "status[is]", STATUSES),
        ({"sort_by[asc]": "status"}, "sort_by[asc]", "Must be created_at or updated_at."),
    ],
)
def test_filter_that_cannot_be_is_refused(
    chargebee: ChargebeeClient, made: None, params: dict[str, str], named: str, said: str
) -> None:
    assert chargebee.get(LIST, params).json() == wrong_value(named, said)


def test_pages_give_each_subscription_once(chargebee: ChargebeeClient, made: None) -> None:
    pages = followed(chargebee, LIST, {"limit": "2", "sort_by[desc]": "created_at"})

    assert [each["subscription"]["id"] for page in pages for each in page] == ["s5", "s4", "s3", "s2", "s1", "s0"]


def test_subscriptions_of_a_deleted_customer_are_hidden(site: BillingSite, chargebee: ChargebeeClient) -> None:
    acts.create(site, "c1", at=START)
    a_subscription(site, "canceled")
    acts.delete(site, "c1", at=START)

    assert (ids(chargebee), chargebee.get("/subscriptions/sub").json()) == ("", NO_SUCH_RESOURCE)
    found = chargebee.get(LIST, {"include_deleted": "true"}).json()["list"]
    assert [(each["subscription"]["deleted"], each["customer"]["deleted"]) for each in found] == [(True, True)]


def test_missing_subscription(chargebee: ChargebeeClient, made: None) -> None:
    response = chargebee.get("/subscriptions/missing")

    assert (response.status_code, response.json()) == (404, NO_SUCH_RESOURCE)
