"""One idempotency key, one effect: in parallel, after a crash, and over and over again."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from billing_customers.models import BillingSite, Customer, IdempotencyRecord
from billing_customers.operations import idempotency
from billing_customers.operations.idempotency import StoredResponse
from tests.clients import ChargebeeClient, ChingClient
from tests.concurrency.crowd import SIZE, crowd, tally, values
from tests.fixtures import NOW

BODY = {"name": "Dana", "email": "dana@example.com"}
SECOND = timedelta(seconds=1)
ANSWER = StoredResponse(200, "{}", {})


def ching_post(key: str) -> Any:
    return ChingClient(key).post("/customers", BODY, **{"Idempotency-Key": "k1"})


def chargebee_post(key: str) -> Any:
    return ChargebeeClient(key).post(
        "/customers", {"first_name": "Dana", "email": "dana@example.com"}, **{"chargebee-idempotency-key": "k1"}
    )


DIALECTS = {
    "ching": (ching_post, "Idempotent-Replayed", 409, ["error", "code"], "IDEMPOTENCY_KEY_IN_USE"),
    "chargebee": (chargebee_post, "chargebee-idempotency-replayed", 429, ["api_error_code"], "lock_timeout"),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_parallel_requests_with_one_key_have_one_effect(key: str, dialect: str) -> None:
    post, replayed, in_use, path, code = DIALECTS[dialect]

    answers = values(crowd(lambda _: post(key)))

    assert Customer.objects.count() == 1
    kinds = Counter((answer.status_code, answer.headers.get(replayed)) for answer in answers)
    assert set(kinds) <= {(200, None), (200, "true"), (in_use, None)}
    assert (kinds[200, None], sum(kinds.values())) == (1, SIZE)
    refusals = [answer for answer in answers if answer.status_code == in_use]
    assert {answer.headers["Retry-After"] for answer in refusals} <= {"1"}
    assert {_at(answer.json(), path) for answer in refusals} <= {code}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_success_has_the_same_bytes(key: str, dialect: str) -> None:
    post, replayed, *_ = DIALECTS[dialect]
    first = values(crowd(lambda _: post(key)))

    later = values(crowd(lambda _: post(key), 8))

    assert {answer.content for answer in first + later if answer.status_code == 200} == {later[0].content}
    assert [answer.headers.get(replayed) for answer in later] == ["true"] * 8
    assert Customer.objects.count() == 1


def test_same_key_with_other_bodies_is_refused(key: str) -> None:
    outcomes = crowd(
        lambda number: ChingClient(key).post("/customers", {"name": f"Name {number}"}, **{"Idempotency-Key": "k1"})
    )

    kinds = Counter(answer.status_code for answer in values(outcomes))
    assert kinds == {200: 1, 422: SIZE - 1}
    assert Customer.objects.count() == 1


def test_different_keys_do_not_wait_for_each_other(key: str) -> None:
    outcomes = crowd(lambda number: ChingClient(key).post("/customers", BODY, **{"Idempotency-Key": f"k{number}"}))

    assert Counter(answer.status_code for answer in values(outcomes)) == {200: SIZE}
    assert Customer.objects.count() == SIZE


def test_claim_that_its_process_left_behind_is_taken_over(key: str) -> None:
    ching_post(key)
    Customer.objects.update(is_live=None, deleted_at=NOW)
    _crashed(lease_until=timezone.now() - SECOND)

    answers = values(crowd(lambda _: ching_post(key), 8))

    assert Customer.objects.live().count() == 1
    assert {answer.status_code for answer in answers} <= {200, 409}
    replayed = [answer.headers.get("Idempotent-Replayed") for answer in answers if answer.status_code == 200]
    assert replayed.count(None) == 1
    assert IdempotencyRecord.objects.get().response_status == 200


def test_claim_whose_lease_still_runs_is_left_alone(key: str) -> None:
    ching_post(key)
    Customer.objects.update(is_live=None, deleted_at=NOW)
    _crashed(lease_until=timezone.now() + 60 * SECOND)

    answers = values(crowd(lambda _: ching_post(key), 8))

    assert {answer.status_code for answer in answers} == {409}
    assert Customer.objects.live().count() == 0


def test_one_of_many_takes_over(site: BillingSite) -> None:
    said = {"site": site, "dialect": "ching", "key": "k1", "fingerprint": "f1"}
    idempotency.claim(**said, at=NOW)  # type: ignore[arg-type]

    # Each at a time of its own, as clocks have it: what counts is the claim that was read.
    outcomes = crowd(
        lambda number: idempotency.claim(**said, at=NOW + 60 * SECOND + number * timedelta(milliseconds=1))  # type: ignore[arg-type]
    )

    assert tally(outcomes) == {"done": 1, "KeyInUse": SIZE - 1}
    assert IdempotencyRecord.objects.get().lease_until == values(outcomes)[0].lease_until


def test_one_of_two_owners_finishes(site: BillingSite) -> None:
    said = {"site": site, "dialect": "ching", "key": "k1", "fingerprint": "f1"}
    first = idempotency.claim(**said, at=NOW)  # type: ignore[arg-type]
    second = idempotency.claim(**said, at=NOW + 60 * SECOND)  # type: ignore[arg-type]
    assert not isinstance(first, StoredResponse)
    assert not isinstance(second, StoredResponse)

    outcomes = crowd(lambda number: idempotency.finish((first, second)[number % 2], ANSWER), 8)

    assert tally(outcomes) == {"done": 1, "KeyInUse": 7}
    assert outcomes[[each.name for each in outcomes].index("done")] in outcomes[1::2]


def test_purge_beside_purge_removes_each_record_once(site: BillingSite) -> None:
    for number in range(40):
        idempotency.claim(site=site, dialect="ching", key=f"k{number}", fingerprint="f1", at=NOW)

    outcomes = crowd(lambda _: idempotency.purge(at=NOW + timedelta(days=2), batch=10), 8)

    assert tally(outcomes) == {"done": 8}
    assert sum(values(outcomes)) + IdempotencyRecord.objects.count() == 40


def _crashed(*, lease_until: Any) -> None:
    """Make the finished record one whose process died between claim and effect."""
    IdempotencyRecord.objects.update(
        response_status=None, response_body=None, response_headers=None, customer=None, lease_until=lease_until
    )


def _at(body: Any, path: list[str]) -> Any:
    for name in path:
        body = body[name]
    return body
