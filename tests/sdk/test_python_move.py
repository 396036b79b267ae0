"""chargebee for Python: move a customer from another site, and look what became of it."""

from __future__ import annotations

from typing import Any

import pytest
from chargebee import InvalidRequestError

from billing_customers.models import BillingSite
from billing_customers.work.jobs import run_due
from tests.fixtures import NOW
from tests.operations import acts, moving

ASKED = {"from_site": moving.SOURCE, "id_at_from_site": "zed"}
LATEST = {"from_site": moving.SOURCE, "entity_type": "customer", "entity_id": "zed"}


def run_jobs() -> None:
    while run_due(clock=lambda: NOW.replace(year=NOW.year + 50)):
        pass


def test_customer_is_moved_by_a_job(client: Any, site: BillingSite) -> None:
    moving.a_source(site)

    migration = client.Customer.move(ASKED).resource_migration

    assert (migration.entity_id, migration.entity_type, migration.from_site) == ("zed", "customer", moving.SOURCE)
    assert (migration.status, migration.errors) == ("scheduled", None)
    run_jobs()
    assert client.ResourceMigration.retrieve_latest(LATEST).resource_migration.status == "succeeded"
    answer = client.Customer.retrieve("zed")
    assert (answer.customer.email, answer.card.last4) == ("zed@example.com", "1881")
    assert [contact.email for contact in answer.customer.contacts] == ["jane@example.com", "joe@example.com"]


def test_reason_of_a_failure_is_told(client: Any, site: BillingSite) -> None:
    moving.a_source(site)
    client.Customer.move(ASKED)
    acts.create(site, "zed")
    run_jobs()

    migration = client.ResourceMigration.retrieve_latest(LATEST).resource_migration

    assert (migration.status, migration.errors) == ("failed", "The value zed is already present.")


def test_move_that_was_not_enabled_is_an_error_of_the_request(client: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        client.Customer.move(ASKED)

    error = caught.value
    assert (error.http_status_code, error.api_error_code, error.param) == (
        400,
        "configuration_incompatible",
        "from_site",
    )


def test_move_that_was_not_asked_for_is_missing(client: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        client.ResourceMigration.retrieve_latest(LATEST)

    assert caught.value.api_error_code == "resource_not_found"
