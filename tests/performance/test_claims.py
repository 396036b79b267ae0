"""Finding and claiming what waits takes the partial indexes, however much has been delivered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from billing_customers.models import WebhookEndpoint
from tests.benchmarks.claiming import TABLES, explained_claim, waiting_endpoint
from tests.benchmarks.outbox import EVENTS_EACH
from tests.benchmarks.seeding import settle

pytestmark = pytest.mark.postgres

DELIVERED = 20_000
# Of many in so small a table, PostgreSQL rather reads all of it.
LANES = 20


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[WebhookEndpoint]:
    """An endpoint with twenty lanes that wait among four thousand, gone after the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        endpoint = waiting_endpoint(waiting=LANES * EVENTS_EACH, delivered=DELIVERED)
        settle(*TABLES, vacuum=False)
        yield endpoint
        transaction.set_rollback(True)


@pytest.fixture
def endpoint(seeded: WebhookEndpoint, db: None) -> WebhookEndpoint:
    """As ``seeded``; what the test does to the database is undone after it."""
    return seeded


def test_a_claim_takes_the_partial_indexes(endpoint: WebhookEndpoint) -> None:
    assert list(explained_claim(endpoint, most=LANES).faults()) == []


@pytest.mark.parametrize("index", ["bc_delivery_head", "bc_lane_ready"])
def test_a_claim_without_its_index_is_found_out(endpoint: WebhookEndpoint, index: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {index}")
    assert f"Claiming does not take {index}." in list(explained_claim(endpoint, most=LANES).faults())
