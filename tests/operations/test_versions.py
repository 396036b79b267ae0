"""The version rises strictly and the time of change never goes back, whatever the clock does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing_customers.exceptions import VersionMismatch
from billing_customers.models import BillingSite, Customer
from billing_customers.operations.storing import next_version
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.watching import nothing_changes, refusal

BEFORE = NOW - timedelta(days=400)


@pytest.mark.parametrize(
    ("microseconds", "version"),
    [(0, 1_767_225_600_000), (999, 1_767_225_600_000), (1_000, 1_767_225_600_001), (999_999, 1_767_225_600_999)],
)
def test_version_is_the_time_in_milliseconds(microseconds: int, version: int) -> None:
    assert next_version(NOW + timedelta(microseconds=microseconds)) == version


def test_no_millisecond_is_lost_to_rounding() -> None:
    versions = [next_version(NOW + timedelta(milliseconds=number)) for number in range(1000)]

    assert versions == [acts.VERSION + number for number in range(1000)]


@pytest.mark.parametrize("previous", [acts.VERSION - 1, acts.VERSION, acts.VERSION + 5])
def test_version_is_above_the_previous_one(previous: int) -> None:
    assert next_version(NOW, previous) == max(acts.VERSION, previous + 1)


def test_update_takes_the_time_of_the_clock(site: BillingSite, acme: Customer) -> None:
    acts.update(site, name="New", at=acts.LATER)

    row = acts.stored(acme)
    assert (row.resource_version, row.updated_at, row.created_at) == (acts.LATER_VERSION, acts.LATER, NOW)


def test_version_rises_while_the_clock_stands_still(site: BillingSite, acme: Customer) -> None:
    versions = [acts.update(site, name=f"Name {number}", at=NOW).resource_version for number in range(3)]

    assert versions == [acts.VERSION + 1, acts.VERSION + 2, acts.VERSION + 3]


def test_version_rises_while_the_clock_goes_back(site: BillingSite, acme: Customer) -> None:
    acts.update(site, name="New", at=BEFORE)

    row = acts.stored(acme)
    assert (row.resource_version, row.updated_at) == (acts.VERSION + 1, NOW)


@pytest.mark.parametrize("act", acts.VERSIONED_ACTS)
def test_version_rises_with(site: BillingSite, act: str) -> None:
    before = acts.an_acme(site)

    acts.VERSIONED_ACTS[act](site=site, public_id="acme", at=BEFORE)

    row = acts.stored(before)
    assert (row.resource_version, row.updated_at) == (before.resource_version + 1, before.updated_at)


@pytest.mark.parametrize("act", acts.VERSIONED_ACTS)
def test_expected_version_is_accepted_by(site: BillingSite, act: str) -> None:
    before = acts.an_acme(site)

    acts.VERSIONED_ACTS[act](site=site, public_id="acme", expected_version=before.resource_version, at=acts.LATER)

    assert acts.stored(before).resource_version == acts.LATER_VERSION


@pytest.mark.parametrize("act", acts.VERSIONED_ACTS)
@pytest.mark.parametrize("distance", [-1, 1, -acts.VERSION])
def test_other_version_is_refused_by(site: BillingSite, act: str, distance: int) -> None:
    before = acts.an_acme(site)

    with refusal(VersionMismatch) as caught:
        acts.VERSIONED_ACTS[act](
            site=site, public_id="acme", expected_version=before.resource_version + distance, at=acts.LATER
        )

    assert caught.value.current == before.resource_version


def test_other_version_is_refused_before_it_is_seen_that_nothing_would_change(site: BillingSite) -> None:
    acts.create(site, name="Acme")

    with refusal(VersionMismatch):
        acts.VERSIONED_ACTS["update"](site=site, public_id="acme", expected_version=1, at=NOW)


def test_version_of_a_tombstone_does_not_matter_to_its_deletion(site: BillingSite, acme: Customer) -> None:
    acts.delete(site)

    with nothing_changes():
        acts.VERSIONED_ACTS["delete"](site=site, public_id="acme", expected_version=1, at=acts.LATER)
