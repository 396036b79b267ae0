"""Nobody may move customers until it was allowed, for one way and one mode."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from billing_customers.exceptions import InvalidInput
from billing_customers.models import BillingSite, MoveAllowance
from billing_customers.operations.move_allowances import allow_moves, revoke_moves
from billing_customers.queries.moves import find_source, sites_moved_between
from tests.fixtures import NOW
from tests.operations.acts import LATER
from tests.operations.watching import faults, refusal, rows_stay


def test_moves_are_allowed_for_one_way(site: BillingSite, other_site: BillingSite) -> None:
    made, is_new = allow_moves(site=site, from_site=other_site, at=NOW)

    assert MoveAllowance.objects.values().get() == {
        "id": made.pk,
        "site_id": site.pk,
        "from_site_id": other_site.pk,
        "created_at": NOW,
    }
    assert is_new
    assert find_source(site, other_site.slug) == other_site
    assert find_source(other_site, site.slug) is None


def test_allowed_twice_there_is_one_allowance(site: BillingSite, other_site: BillingSite) -> None:
    first, _ = allow_moves(site=site, from_site=other_site, at=NOW)

    with rows_stay():
        assert allow_moves(site=site, from_site=other_site, at=LATER) == (first, False)


def test_a_site_does_not_move_its_own(site: BillingSite) -> None:
    with refusal(InvalidInput) as caught:
        allow_moves(site=site, from_site=site, at=NOW)

    assert faults(caught) == [("from_site", "Must be another site.")]


@pytest.mark.parametrize("is_to_live", [True, False])
def test_test_and_live_sites_stay_apart(site: BillingSite, live_site: BillingSite, is_to_live: bool) -> None:
    target, source = (live_site, site) if is_to_live else (site, live_site)

    with refusal(InvalidInput) as caught:
        allow_moves(site=target, from_site=source, at=NOW)

    assert faults(caught) == [("from_site", "Must be a site of the same mode: both live, or both for tests.")]


def test_what_was_allowed_can_be_revoked(site: BillingSite, other_site: BillingSite) -> None:
    allow_moves(site=site, from_site=other_site, at=NOW)

    assert revoke_moves(site=site, from_site=other_site) is True
    assert revoke_moves(site=site, from_site=other_site) is False
    assert find_source(site, other_site.slug) is None


def test_revoking_leaves_the_other_way(site: BillingSite, other_site: BillingSite) -> None:
    allow_moves(site=other_site, from_site=site, at=NOW)

    with rows_stay():
        assert revoke_moves(site=site, from_site=other_site) is False


def test_database_keeps_a_site_from_moving_its_own(site: BillingSite) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        MoveAllowance.objects.create(site=site, from_site=site, created_at=NOW)


def test_both_ends_know_of_it(site: BillingSite, other_site: BillingSite, live_site: BillingSite) -> None:
    allow_moves(site=site, from_site=other_site, at=NOW)

    assert sites_moved_between(site) == (["globex-test"], [])
    assert sites_moved_between(other_site) == ([], ["acme-test"])
    assert sites_moved_between(live_site) == ([], [])
