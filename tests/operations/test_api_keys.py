"""API keys: made, found, counted, rolled, revoked."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Any

import pytest
from pytest_django.asserts import assertNumQueries

from billing_customers import key_text
from billing_customers.conf import Rate
from billing_customers.exceptions import InvalidInput, InvalidState
from billing_customers.models import ApiKey, BillingSite
from billing_customers.operations.api_keys import (
    create_api_key,
    find_api_key,
    note_use,
    revoke_api_key,
    roll_api_key,
    take_call,
)
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.watching import faults, nothing_changes, refusal, rows_stay

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
FIVE_A_MINUTE = Rate(calls=5, seconds=60)


def a_key(site: BillingSite, **settings: Any) -> tuple[ApiKey, str]:
    return create_api_key(site=site, at=NOW, **settings)


def waits(key: ApiKey, count: int, at: Any = NOW) -> list[int | None]:
    return [take_call(key, FIVE_A_MINUTE, at=at) for _ in range(count)]


@pytest.mark.parametrize(("fixture", "start"), [("site", "ck_test_"), ("live_site", "ck_live_")])
def test_text_is_96_characters_and_says_the_mode(request: pytest.FixtureRequest, fixture: str, start: str) -> None:
    _, text = a_key(request.getfixturevalue(fixture))

    assert re.fullmatch(start + r"[0-9A-Za-z]{88}", text)


def test_prefix_of_new_keys_is_a_setting(site: BillingSite, settings: Any) -> None:
    settings.BILLING_CUSTOMERS = {"API_KEY_PREFIX": "shop"}

    _, text = a_key(site)

    assert (text[:10], len(text), key_text.is_well_formed(text)) == ("shop_test_", 96, True)


def test_text_is_stored_nowhere(site: BillingSite) -> None:
    key, text = a_key(site, name="server", scopes=["write"], expires_at=acts.LATER)

    row = ApiKey.objects.filter(pk=key.pk).values().get()
    assert row == {
        "id": key.pk,
        "site_id": site.pk,
        "name": "server",
        "digest": hashlib.sha256(text.encode()).hexdigest(),
        "hint": f"ck_test_…{text[-4:]}",
        "scopes": "write",
        "created_at": NOW,
        "expires_at": acts.LATER,
        "revoked_at": None,
        "last_used_at": None,
        "successor_id": None,
        "throttle_window": 0,
        "throttle_calls": 0,
    }


@pytest.mark.parametrize(
    ("given", "stored", "granted"),
    [
        (["read"], "read", {"read"}),
        (["write"], "write", {"read", "write"}),
        (["pii:clear"], "pii:clear", {"pii:clear"}),
        (["write", "read", "write"], "write read", {"read", "write"}),
    ],
)
def test_scopes_are_stored(site: BillingSite, given: list[str], stored: str, granted: set[str]) -> None:
    key, _ = a_key(site, scopes=given)

    key.refresh_from_db()
    assert (key.scopes, key.scope_set) == (stored, granted)


def test_scope_is_read_unless_said(site: BillingSite) -> None:
    assert a_key(site)[0].scopes == "read"


@pytest.mark.parametrize("scopes", [[], ["admin"], ["read", ""], "write", ["READ"]], ids=repr)
def test_other_scopes_are_refused(site: BillingSite, scopes: Any) -> None:
    with refusal(InvalidInput) as caught:
        a_key(site, scopes=scopes)

    assert faults(caught) == [("scopes", "Must be some of read, write, pii:clear.")]


def test_name_has_at_most_100_characters(site: BillingSite) -> None:
    assert a_key(site, name="\u05d0" * 100)[0].name == "\u05d0" * 100


def test_longer_name_is_refused(site: BillingSite) -> None:
    with refusal(InvalidInput) as caught:
        a_key(site, name="x" * 101)

    assert faults(caught) == [("name", "Must have at most 100 characters.")]


@pytest.mark.parametrize("expires_at", [NOW, NOW - SECOND])
def test_key_that_never_opens_anything_is_refused(site: BillingSite, expires_at: Any) -> None:
    with refusal(InvalidInput) as caught:
        a_key(site, expires_at=expires_at)

    assert faults(caught) == [("expires_at", "Must be in the future.")]


def test_key_is_found_with_its_site(site: BillingSite, other_site: BillingSite) -> None:
    a_key(other_site)
    key, text = a_key(site)

    found = find_api_key(text, at=NOW)

    assert (found, found and found.site) == (key, site)


@pytest.mark.parametrize("known", [True, False])
def test_well_formed_text_costs_one_query(site: BillingSite, known: bool) -> None:
    text = a_key(site)[1] if known else key_text.new_key("ck", livemode=False)

    with assertNumQueries(1):
        found = find_api_key(text, at=NOW)

    assert (found is not None) is known


@pytest.mark.parametrize("change", ["", "x", "cut", "checksum", "letter", "case", "blank", "surrogate"])
def test_malformed_text_costs_no_query(site: BillingSite, change: str) -> None:
    _, text = a_key(site)
    spoiled = {
        "": "",
        "x": "x" * 96,
        "cut": text[:-1],
        "checksum": text[:-1] + ("0" if text[-1] != "0" else "1"),
        "letter": text[:20] + ("0" if text[20] != "0" else "1") + text[21:],
        "case": text.swapcase(),
        "blank": text + " ",
        "surrogate": text[:-1] + "\ud800",
    }[change]

    with assertNumQueries(0):
        found = find_api_key(spoiled, at=NOW)

    assert found is None


def test_key_opens_until_it_expires(site: BillingSite) -> None:
    key, text = a_key(site, expires_at=acts.LATER)

    found = [find_api_key(text, at=acts.LATER - timedelta(microseconds=1)), find_api_key(text, at=acts.LATER)]

    assert found == [key, None]


def test_revoked_key_opens_nothing(site: BillingSite) -> None:
    key, text = a_key(site)

    revoke_api_key(key=key, at=NOW)

    assert find_api_key(text, at=NOW - DAY) is None


def test_revoking_twice_keeps_the_first_time(site: BillingSite) -> None:
    key, _ = a_key(site)
    revoke_api_key(key=key, at=NOW)

    with nothing_changes():
        again = revoke_api_key(key=key, at=acts.LATER)

    assert again.revoked_at == NOW


def test_revoking_leaves_other_keys_alone(site: BillingSite) -> None:
    key, _ = a_key(site)
    _, other = a_key(site)

    revoke_api_key(key=key, at=NOW)

    assert find_api_key(other, at=NOW) is not None


@pytest.mark.parametrize(("seconds", "noted"), [(0, acts.LATER), (59, acts.LATER), (60, acts.LATER + 60 * SECOND)])
def test_use_is_noted_once_a_minute(site: BillingSite, seconds: int, noted: Any) -> None:
    key, text = a_key(site)
    note_use(key, at=acts.LATER)

    used = find_api_key(text, at=acts.LATER)
    assert used is not None
    note_use(used, at=acts.LATER + seconds * SECOND)

    key.refresh_from_db()
    assert key.last_used_at == noted


def test_use_that_is_fresh_costs_no_query(site: BillingSite) -> None:
    key, _ = a_key(site)
    note_use(key, at=NOW)
    key.refresh_from_db()

    with assertNumQueries(0):
        note_use(key, at=NOW + 59 * SECOND)


def test_note_with_old_news_never_overwrites_a_fresher_one(site: BillingSite) -> None:
    key, _ = a_key(site)
    note_use(ApiKey.objects.get(pk=key.pk), at=acts.LATER)

    note_use(key, at=NOW)

    key.refresh_from_db()
    assert key.last_used_at == acts.LATER


def test_calls_within_the_rate_are_allowed(site: BillingSite) -> None:
    key, _ = a_key(site)

    assert waits(key, 7, NOW + 18 * SECOND) == [None] * 5 + [42, 42]


def test_next_window_starts_afresh(site: BillingSite) -> None:
    key, _ = a_key(site)
    waits(key, 6, NOW + 59 * SECOND)

    assert waits(key, 6, NOW + 60 * SECOND) == [None] * 5 + [60]


def test_window_never_goes_back(site: BillingSite) -> None:
    key, _ = a_key(site)
    waits(key, 3, NOW + 60 * SECOND)

    # Another process, whose clock is a second behind.
    assert waits(key, 3, NOW + 59 * SECOND) == [None, None, 1]


@pytest.mark.parametrize(("before", "after"), [(60, 86_400), (86_400, 60), (1, 3_600)])
def test_rate_that_was_changed_counts_from_its_next_window(site: BillingSite, before: int, after: int) -> None:
    key, _ = a_key(site)
    late = NOW + 80_000 * SECOND
    for _ in range(6):
        take_call(key, Rate(calls=5, seconds=before), at=late)

    waits = [take_call(key, Rate(calls=5, seconds=after), at=late + after * SECOND) for _ in range(6)]

    assert (waits[:5], waits[5] is None) == ([None] * 5, False)


def test_each_key_has_its_own_count(site: BillingSite) -> None:
    one, _ = a_key(site)
    two, _ = a_key(site)
    waits(one, 6)

    assert waits(two, 1) == [None]


def test_refused_calls_change_nothing(site: BillingSite) -> None:
    key, _ = a_key(site)
    waits(key, 5)

    with rows_stay():
        waits(key, 3)


def test_successor_has_the_same_site_name_and_scopes(site: BillingSite) -> None:
    old, _ = a_key(site, name="server", scopes=["write", "pii:clear"])

    successor, text = roll_api_key(key=old, at=acts.LATER)

    assert find_api_key(text, at=acts.LATER) == successor
    successor.refresh_from_db()
    assert (successor.site, successor.name, successor.scopes) == (site, "server", "write pii:clear")
    assert (successor.created_at, successor.expires_at, successor.successor) == (acts.LATER, None, None)


@pytest.mark.parametrize(
    ("overlap", "expected"),
    [
        ({}, acts.LATER + DAY),
        ({"overlap": timedelta(0)}, acts.LATER),
        ({"overlap": 7 * DAY}, acts.LATER + 7 * DAY),
    ],
    ids=repr,
)
def test_old_key_ends_after_the_overlap(site: BillingSite, overlap: Any, expected: Any) -> None:
    old, text = a_key(site)

    successor, _ = roll_api_key(key=old, at=acts.LATER, **overlap)

    old.refresh_from_db()
    assert (old.expires_at, old.successor) == (expected, successor)
    assert [find_api_key(text, at=at) for at in (expected - timedelta(microseconds=1), expected)] == [old, None]


def test_old_key_that_ends_before_the_overlap_keeps_its_end(site: BillingSite) -> None:
    old, _ = a_key(site, expires_at=NOW + 90 * SECOND)

    roll_api_key(key=old, at=acts.LATER)

    old.refresh_from_db()
    assert old.expires_at == NOW + 90 * SECOND


@pytest.mark.parametrize("overlap", [-SECOND, 7 * DAY + SECOND], ids=repr)
def test_other_overlap_is_refused(site: BillingSite, overlap: timedelta) -> None:
    old, _ = a_key(site)

    with refusal(InvalidInput) as caught:
        roll_api_key(key=old, overlap=overlap, at=acts.LATER)

    assert faults(caught) == [("overlap", "Must be from 0 to 7 days.")]


@pytest.mark.parametrize("end", ["rolled", "revoked", "expired"])
def test_key_that_has_ended_cannot_be_rolled(site: BillingSite, end: str) -> None:
    old, _ = a_key(site, expires_at=acts.LATER + SECOND)
    if end == "rolled":
        roll_api_key(key=old, at=NOW)
    elif end == "revoked":
        revoke_api_key(key=old, at=NOW)

    with refusal(InvalidState) as caught:
        roll_api_key(key=old, at=acts.LATER + SECOND if end == "expired" else acts.LATER)

    assert caught.value.message == "Only a key in use that was not rolled before can be rolled."
