"""What became of the last move. Contract: Chargebee "Retrieve the latest migration" (chargebee-wire 3.12)."""

from __future__ import annotations

import pytest

from billing_customers.choices import JobStatus
from billing_customers.models import BillingSite, Job, ResourceMigration
from billing_customers.queries.moves import latest_migration
from tests.operations import acts, moving

GIVEN_UP = "It was given up. Ask for it again."


@pytest.fixture
def asked(site: BillingSite) -> ResourceMigration:
    moving.a_source(site)
    return moving.schedule(site)


def latest(site: BillingSite, from_site: str = moving.SOURCE, entity_id: str = "zed") -> tuple[str, str] | None:
    found = latest_migration(site, from_site=from_site, entity_id=entity_id)
    return None if found is None else (found.status, found.errors)


def test_what_waits_is_scheduled(site: BillingSite, asked: ResourceMigration) -> None:
    assert latest(site) == ("scheduled", "")


def test_what_is_carried_out_is_scheduled_still(site: BillingSite, asked: ResourceMigration) -> None:
    Job.objects.update(status=JobStatus.RUNNING)

    assert latest(site) == ("scheduled", "")


def test_what_was_done_has_succeeded_and_stays_so(site: BillingSite, asked: ResourceMigration) -> None:
    moving.run_all()
    Job.objects.all().delete()

    assert latest(site) == ("succeeded", "")


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.CANCELLED])
def test_what_nobody_works_on_any_more_has_failed(
    site: BillingSite, asked: ResourceMigration, status: JobStatus
) -> None:
    Job.objects.update(status=status)

    assert latest(site) == ("failed", GIVEN_UP)


def test_what_lost_its_job_has_failed(site: BillingSite, asked: ResourceMigration) -> None:
    Job.objects.all().delete()

    assert latest(site) == ("failed", GIVEN_UP)


def test_last_one_counts(site: BillingSite, asked: ResourceMigration) -> None:
    acts.create(site, "zed")
    moving.run_all()
    acts.delete(site, "zed")
    moving.schedule(site)

    assert latest(site) == ("scheduled", "")


@pytest.mark.parametrize(("from_site", "entity_id"), [("acme-test", "zed"), ("nowhere", "zed"), (moving.SOURCE, "ZED")])
def test_what_was_not_asked_for_is_nothing(
    site: BillingSite, asked: ResourceMigration, from_site: str, entity_id: str
) -> None:
    assert latest(site, from_site, entity_id) is None


def test_neither_the_source_nor_a_third_site_sees_it(
    site: BillingSite, live_site: BillingSite, asked: ResourceMigration
) -> None:
    for other in (asked.from_site, live_site):
        assert latest(other) is None
