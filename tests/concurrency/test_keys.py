"""Keys that are rolled, revoked and used at the same time."""

from __future__ import annotations

from typing import Any

from billing_customers.models import ApiKey, BillingSite
from billing_customers.operations.api_keys import (
    create_api_key,
    find_api_key,
    note_use,
    revoke_api_key,
    roll_api_key,
)
from tests.concurrency.crowd import SIZE, crowd, tally, together, values
from tests.fixtures import NOW
from tests.operations import acts


def test_key_that_many_roll_has_one_successor(site: BillingSite) -> None:
    old, _ = create_api_key(site=site, scopes=["write"], at=NOW)

    outcomes = crowd(lambda _: roll_api_key(key=ApiKey.objects.get(pk=old.pk), at=acts.LATER), 12)

    assert tally(outcomes) == {"done": 1, "InvalidState": 11}
    successor, text = values(outcomes)[0]
    old.refresh_from_db()
    assert (old.successor, ApiKey.objects.count()) == (successor, 2)
    assert find_api_key(text, at=acts.LATER) == successor


def test_key_that_many_revoke_ends_once(site: BillingSite) -> None:
    key, text = create_api_key(site=site, at=NOW)

    outcomes = crowd(lambda number: revoke_api_key(key=ApiKey.objects.get(pk=key.pk), at=acts.LATER), 12)

    assert tally(outcomes) == {"done": 12}
    assert {each.revoked_at for each in values(outcomes)} == {acts.LATER}
    assert find_api_key(text, at=NOW) is None


def test_key_that_is_rolled_and_revoked_opens_nothing_more(site: BillingSite) -> None:
    key, text = create_api_key(site=site, at=NOW)

    def act(number: int) -> Any:
        mine = ApiKey.objects.get(pk=key.pk)
        return roll_api_key(key=mine, at=acts.LATER) if number % 2 else revoke_api_key(key=mine, at=acts.LATER)

    outcomes = crowd(act, 8)

    assert set(tally(outcomes)) <= {"done", "InvalidState"}
    assert tally(outcomes[0::2]) == {"done": 4}
    assert find_api_key(text, at=acts.LATER) is None
    assert ApiKey.objects.count() in {1, 2}


def test_use_is_noted_beside_a_revocation_that_stays(site: BillingSite) -> None:
    key, text = create_api_key(site=site, at=NOW)

    outcomes = together(
        lambda: revoke_api_key(key=key, at=acts.LATER),
        *[lambda: note_use(ApiKey.objects.get(pk=key.pk), at=acts.LATER)] * 7,
    )

    assert tally(outcomes) == {"done": 8}
    row = ApiKey.objects.get()
    assert (row.revoked_at, row.last_used_at) == (acts.LATER, acts.LATER)
    assert find_api_key(text, at=acts.LATER) is None


def test_new_keys_never_collide(site: BillingSite) -> None:
    outcomes = crowd(lambda _: create_api_key(site=site, at=NOW)[1])

    assert len(set(values(outcomes))) == SIZE
    assert ApiKey.objects.values("digest").distinct().count() == SIZE
