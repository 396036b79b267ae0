"""Idempotency records: claimed, finished, replayed, released, taken over, purged."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from billing_customers.exceptions import KeyInUse, KeyReused
from billing_customers.models import BillingSite, Customer, IdempotencyRecord
from billing_customers.operations import idempotency
from billing_customers.operations.idempotency import StoredResponse
from tests.fixtures import NOW
from tests.operations.watching import nothing_changes, refusal

SECOND = timedelta(seconds=1)
ANSWER = StoredResponse(201, '{"name": "\u05d0 \U0001f600"}', {"ETag": '"1"'})
OTHER_ANSWER = StoredResponse(409, "{}", {})


def claim(site: BillingSite, at: Any = NOW, **said: str) -> Any:
    return idempotency.claim(site=site, at=at, **{"dialect": "ching", "key": "k1", "fingerprint": "f1", **said})


def test_new_key_is_claimed_for_a_minute(site: BillingSite) -> None:
    record = claim(site)

    row = IdempotencyRecord.objects.values().get()
    assert row == {
        "id": record.pk,
        "site_id": site.pk,
        "dialect": "ching",
        "key": "k1",
        "fingerprint": "f1",
        "lease_until": NOW + 60 * SECOND,
        "response_status": None,
        "response_body": None,
        "response_headers": None,
        "customer_id": None,
        "created_at": NOW,
        "expires_at": NOW + timedelta(hours=24),
    }


def test_window_is_a_setting(site: BillingSite, settings: Any) -> None:
    settings.BILLING_CUSTOMERS = {"IDEMPOTENCY_HOURS": 0.5}

    record = claim(site)

    assert record.expires_at == NOW + timedelta(minutes=30)


def test_finished_answer_is_replayed_exactly(site: BillingSite, acme: Customer) -> None:
    idempotency.finish(claim(site), ANSWER, customer_pk=acme.pk)

    with nothing_changes():
        replayed = claim(site, at=NOW + timedelta(hours=23))

    assert replayed == ANSWER
    assert IdempotencyRecord.objects.get().customer == acme


@pytest.mark.parametrize("other", [{"key": "k2"}, {"key": "K1"}, {"dialect": "chargebee"}], ids=repr)
def test_other_key_or_dialect_is_claimed_afresh(site: BillingSite, other: dict[str, str]) -> None:
    idempotency.finish(claim(site), ANSWER)

    claim(site, **other)

    assert IdempotencyRecord.objects.filter(response_status=None).count() == 1


def test_key_of_another_site_is_claimed_afresh(site: BillingSite, other_site: BillingSite) -> None:
    idempotency.finish(claim(site), ANSWER)

    record = claim(other_site, fingerprint="f2")

    assert (record.site, record.response_status) == (other_site, None)


@pytest.mark.parametrize("finished", [True, False])
def test_key_with_another_request_is_refused(site: BillingSite, finished: bool) -> None:
    record = claim(site)
    if finished:
        idempotency.finish(record, ANSWER)

    with refusal(KeyReused):
        claim(site, fingerprint="f2")


def test_key_whose_request_still_runs_is_refused(site: BillingSite) -> None:
    claim(site)

    with refusal(KeyInUse):
        claim(site, at=NOW + 59 * SECOND)


@pytest.mark.parametrize("fingerprint", ["f1", "f2"])
def test_claim_whose_lease_ran_out_is_taken_over(site: BillingSite, fingerprint: str) -> None:
    first = claim(site)

    second = claim(site, at=NOW + 60 * SECOND, fingerprint=fingerprint)

    assert second.pk == first.pk
    row = IdempotencyRecord.objects.get()
    assert (row.fingerprint, row.lease_until, row.created_at) == (fingerprint, NOW + 120 * SECOND, NOW + 60 * SECOND)


def test_taken_over_claim_is_lost_to_its_first_owner(site: BillingSite) -> None:
    first = claim(site)
    second = claim(site, at=NOW + 60 * SECOND)

    with refusal(KeyInUse):
        idempotency.finish(first, OTHER_ANSWER)

    idempotency.finish(second, ANSWER)
    assert claim(site, at=NOW + 61 * SECOND) == ANSWER


def test_release_by_its_first_owner_leaves_a_taken_over_claim(site: BillingSite) -> None:
    first = claim(site)
    claim(site, at=NOW + 60 * SECOND)

    with nothing_changes():
        idempotency.release(first)


def test_answer_is_finished_once(site: BillingSite) -> None:
    record = claim(site)
    idempotency.finish(record, ANSWER)

    with refusal(KeyInUse):
        idempotency.finish(record, OTHER_ANSWER)


def test_released_key_can_be_claimed_again(site: BillingSite) -> None:
    idempotency.release(claim(site))

    record = claim(site, fingerprint="f2")

    assert list(IdempotencyRecord.objects.values_list("pk", "fingerprint")) == [(record.pk, "f2")]


def test_release_leaves_a_finished_answer(site: BillingSite) -> None:
    record = claim(site)
    idempotency.finish(record, ANSWER)

    with nothing_changes():
        idempotency.release(record)


@pytest.mark.parametrize("fingerprint", ["f1", "f2"])
def test_key_is_new_again_after_its_window(site: BillingSite, acme: Customer, fingerprint: str) -> None:
    idempotency.finish(claim(site), ANSWER, customer_pk=acme.pk)
    end = NOW + timedelta(hours=24)

    record = claim(site, at=end, fingerprint=fingerprint)

    row = IdempotencyRecord.objects.values("id", "response_status", "response_body", "customer_id", "expires_at").get()
    assert row == {
        "id": record.pk,
        "response_status": None,
        "response_body": None,
        "customer_id": None,
        "expires_at": end + timedelta(hours=24),
    }


def test_purge_removes_what_is_over(site: BillingSite) -> None:
    for number in range(3):
        claim(site, at=NOW + number * SECOND, key=f"k{number}")

    removed = idempotency.purge(at=NOW + timedelta(hours=24) + SECOND)

    assert removed == 2
    assert list(IdempotencyRecord.objects.values_list("key", flat=True)) == ["k2"]


def test_purge_removes_a_batch_at_most(site: BillingSite) -> None:
    for number in range(5):
        claim(site, key=f"k{number}")

    removed = [idempotency.purge(at=NOW + timedelta(days=2), batch=2) for _ in range(4)]

    assert removed == [2, 2, 1, 0]


def test_longest_answer_is_stored(site: BillingSite, acme: Customer) -> None:
    answer = StoredResponse(200, "\U0001f600" * 300_000, {})

    idempotency.finish(claim(site), answer)

    assert claim(site) == answer
