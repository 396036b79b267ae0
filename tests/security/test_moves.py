"""A move crosses the border between tenants: only where it was allowed, and nothing but the customer comes through."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.db import connection

from billing_customers.models import BillingSite, Event, Job, MoveAllowance, ResourceMigration
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.gateway_accounts import create_gateway_account
from billing_customers.operations.sites import create_site
from billing_customers.work.handlers import RunningJob, handlers
from tests.clients import ChargebeeClient
from tests.fixtures import NOW
from tests.operations import acts, moving
from tests.operations.watching import rows
from tests.security.sql_guard import SqlGuard

# What the answer to a request has of its own.
OWN_HEADERS = {"X-Request-Id"}
LATEST = "/resource_migrations/retrieve_latest"


def client_of(site: BillingSite, *scopes: str) -> ChargebeeClient:
    return ChargebeeClient(create_api_key(site=site, scopes=scopes or ("write",), at=NOW)[1])


def ask(client: ChargebeeClient, from_site: str, public_id: str = "zed") -> Any:
    return client.post("/customers/move", {"from_site": from_site, "id_at_from_site": public_id})


def latest(client: ChargebeeClient, from_site: str = moving.SOURCE, entity_id: str = "zed") -> Any:
    return client.get(LATEST, {"from_site": from_site, "entity_type": "customer", "entity_id": entity_id})


def told(response: Any) -> tuple[int, bytes, dict[str, str]]:
    headers = {name: value for name, value in response.items() if name not in OWN_HEADERS}
    return response.status_code, response.content, headers


def stored() -> dict[str, Any]:
    return {name: found for name, found in rows().items() if name != "ApiKey"}


@pytest.fixture
def source(site: BillingSite) -> BillingSite:
    """``acme-test`` may take customers from here; nobody else may, and nothing else."""
    return moving.a_source(site)


@pytest.fixture
def third(db: None) -> BillingSite:
    """A tenant that nothing was allowed."""
    made = create_site(slug="third-test", at=NOW)
    acts.create(made, "zed")
    return made


@pytest.mark.parametrize("public_id", ["zed", "nobody"])
def test_whoever_has_no_allowance_learns_nothing(source: BillingSite, third: BillingSite, public_id: str) -> None:
    client = client_of(third)
    before = stored()

    answers = [told(ask(client, slug, public_id)) for slug in (source.slug, "nowhere", third.slug)]

    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 400
    assert stored() == before


def test_allowance_of_one_site_gives_nothing_to_another(
    site: BillingSite, source: BillingSite, third: BillingSite
) -> None:
    asked = {
        "acme from third": ask(client_of(site), third.slug),
        "third from acme": ask(client_of(third), site.slug),
        "third from globex": ask(client_of(third), source.slug),
        "globex from acme": ask(client_of(source), site.slug),
    }

    assert {response.status_code for response in asked.values()} == {400}
    assert len({response.content for response in asked.values()}) == 1
    assert (Job.objects.count(), ResourceMigration.objects.count()) == (0, 0)


def test_live_site_learns_nothing_of_a_test_site(live_site: BillingSite, source: BillingSite) -> None:
    # Written past the operations, which refuse it.
    MoveAllowance.objects.create(site=live_site, from_site=source, created_at=NOW)
    client = client_of(live_site)

    assert told(ask(client, source.slug)) == told(ask(client, "nowhere"))


def test_key_that_only_reads_moves_nobody(site: BillingSite, source: BillingSite) -> None:
    response = ask(client_of(site, "read"), source.slug)

    assert response.status_code == 403
    assert ResourceMigration.objects.count() == 0


def test_key_that_only_reads_may_look(site: BillingSite, source: BillingSite) -> None:
    moving.schedule(site)

    assert latest(client_of(site, "read")).status_code == 200


def test_move_is_seen_by_the_site_that_asked_alone(site: BillingSite, source: BillingSite, third: BillingSite) -> None:
    moving.schedule(site)

    for other in (source, third):
        client = client_of(other)
        assert told(latest(client)) == told(latest(client, "nowhere")) == told(latest(client, entity_id="nobody"))
        assert latest(client).status_code == 404


def test_refusals_and_looks_name_the_site(site: BillingSite, source: BillingSite, third: BillingSite) -> None:
    moving.schedule(site)
    clients = [client_of(each) for each in (site, source, third)]
    asked = [(clients[0], source.slug, "nobody"), (clients[0], "nowhere", "zed"), (clients[2], source.slug, "zed")]
    guard = SqlGuard()

    with connection.execute_wrapper(guard):
        refused = [ask(*each).status_code for each in asked]
        looked = [latest(client).status_code for client in clients]

    assert (refused, looked) == ([404, 400, 400], [200, 404, 404])
    assert guard.seen > 0


def test_copy_names_the_sites(site: BillingSite, source: BillingSite) -> None:
    moving.schedule(site)
    running = RunningJob(moving.the_job(), clock=lambda: acts.LATER, is_stopping=lambda: False)

    with connection.execute_wrapper(SqlGuard()):
        result = handlers()[moving.KIND].carry(running)

    assert result["status"] == "succeeded"


def test_no_row_of_the_source_is_changed(site: BillingSite, source: BillingSite) -> None:
    moving.schedule(site)
    before = of_site(source)

    moving.run_all()

    after = of_site(source)
    # The clock of events ticks on some databases only.
    assert {name for name in after if after[name] != before[name]} - {"EventClock"} == {"Event"}


def of_site(site: BillingSite) -> dict[str, list[Any]]:
    return {name: [row for row in each if row.get("site_id") == site.pk] for name, each in rows().items()}


def test_reference_and_credentials_are_in_no_log_and_no_job(
    site: BillingSite, source: BillingSite, caplog: pytest.LogCaptureFixture
) -> None:
    """A reference is in events as far as the contract shows it to the site itself; nobody else gets to see it."""
    caplog.set_level(logging.DEBUG)
    for each in (site, source):
        credentials = {"api_key": "sk_test_canary0123456789"}
        create_gateway_account(site=each, backend="stripe", credentials=credentials, at=NOW)

    moving.schedule(site)
    moving.run_all()

    kept = [str(job) + str(vars(job)) for job in Job.objects.all()]
    kept += [str(vars(each)) for each in ResourceMigration.objects.all()]
    texts = [*kept, caplog.text]
    assert not any(secret in text for text in texts for secret in ("tok_success", "canary0123456789"))
    assert not any("canary0123456789" in (event.chargebee_payload or "") for event in Event.objects.all())
