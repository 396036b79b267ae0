"""What waits and what was sent last is read within bounds, by the index of an endpoint's deliveries."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing_customers.models import BillingSite, Customer, Delivery, Event, WebhookEndpoint
from billing_customers.operations.customers import create_customer
from billing_customers.queries.deliveries import MAX_WAITING, latest_attempts, latest_deliveries, waiting_counts
from tests.admin.outbox import attempted, change, make_endpoint, many_deliveries
from tests.fixtures import NOW

STATUSES = ("pending", "succeeded", "exhausted", "expired", "cancelled")


@pytest.fixture
def endpoint(site: BillingSite) -> WebhookEndpoint:
    return make_endpoint(site)


@pytest.fixture
def customer(site: BillingSite, endpoint: WebhookEndpoint) -> Customer:
    """A customer, whose creation waits for the endpoint."""
    return create_customer(site=site, public_id="dana", attributes={}, at=NOW)


def test_each_endpoint_has_its_own_count(endpoint: WebhookEndpoint, customer: Customer, site: BillingSite) -> None:
    idle = make_endpoint(site)
    many_deliveries(endpoint, Event.objects.get(), 4, "succeeded")
    many_deliveries(endpoint, Event.objects.get(), 2, "pending")

    assert waiting_counts([endpoint, idle]) == {endpoint.pk: 3, idle.pk: 0}


def test_counting_ends_one_beyond_the_maximum(endpoint: WebhookEndpoint, customer: Customer) -> None:
    many_deliveries(endpoint, Event.objects.get(), MAX_WAITING + 100)

    assert waiting_counts([endpoint]) == {endpoint.pk: MAX_WAITING + 1}


def test_nothing_is_asked_for_no_endpoint(db: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert waiting_counts([]) == {}

    assert len(queries) == 0


def test_latest_come_newest_first_whatever_their_status(endpoint: WebhookEndpoint, customer: Customer) -> None:
    event = Event.objects.get()
    for status in STATUSES * 3:
        many_deliveries(endpoint, event, 1, status)

    found = latest_deliveries(endpoint, 7)

    assert found == list(Delivery.objects.order_by("-pk")[:7])
    assert [each.status for each in found] == [*STATUSES, *STATUSES][::-1][:7]


def test_deliveries_of_other_endpoints_are_left_out(
    endpoint: WebhookEndpoint, customer: Customer, site: BillingSite
) -> None:
    other = make_endpoint(site)
    change(customer)

    assert [each.endpoint_id for each in latest_deliveries(other, 20)] == [other.pk]


def test_latest_cost_two_queries_with_their_events(endpoint: WebhookEndpoint, customer: Customer) -> None:
    many_deliveries(endpoint, Event.objects.get(), 30)

    with CaptureQueriesContext(connection) as queries:
        ids = {each.event.public_id for each in latest_deliveries(endpoint, 20)}

    assert ids == {Event.objects.get().public_id}
    assert len(queries) == 2


def test_attempts_come_in_their_order_and_the_oldest_are_left_out(
    endpoint: WebhookEndpoint, customer: Customer
) -> None:
    first = Delivery.objects.get()
    change(customer)
    second = Delivery.objects.latest("pk")
    made = [attempted(each, 500) for each in (first, second, first, second)]

    assert latest_attempts([first, second], 3) == {first.pk: [made[2]], second.pk: [made[1], made[3]]}


# The plans of the other databases depend on how many rows there are.
if connection.vendor == "sqlite":

    def test_both_are_read_by_the_index(endpoint: WebhookEndpoint, customer: Customer) -> None:
        with CaptureQueriesContext(connection) as queries:
            waiting_counts([endpoint])
            latest_deliveries(endpoint, 20)

        plans = []
        for query in queries.captured_queries[:2]:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN QUERY PLAN " + query["sql"].replace("%", "%%"))
                plans += [row[-1] for row in cursor.fetchall() if "billing_customers_delivery" in row[-1]]
        by_all = r"USING COVERING INDEX bc_delivery_endpoint \(site_id=\? AND endpoint_id=\? AND status=\?\)"
        assert len(plans) == 1 + len(STATUSES)
        assert [plan for plan in plans if not re.search(by_all, plan)] == []
