"""Each guard taken away: the same crowd then breaks the rule, so the tests beside this one can notice.

Two threads meet where the guard would keep them apart, so nothing is left to chance.
"""

from __future__ import annotations

import threading
from typing import Any

import pytest

from billing_customers.choices import IdentifyBy
from billing_customers.conf import Rate
from billing_customers.models import ApiKey, BillingSite, Customer, IdempotencyRecord
from billing_customers.operations import customers, idempotency, locks
from billing_customers.operations.api_keys import create_api_key
from tests.concurrency.crowd import SIZE, crowd, tally, values
from tests.fixtures import NOW
from tests.operations import acts

pytestmark = pytest.mark.postgres


@pytest.fixture
def two_meet(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make two threads wait for each other before the function, or before its result is used."""

    def arrange(owner: Any, name: str, *, after: bool = False) -> None:
        real, barrier = getattr(owner, name), threading.Barrier(2)

        def meet(*args: Any, **named: Any) -> Any:
            if not after:
                barrier.wait(10)
            result = real(*args, **named)
            if after:
                barrier.wait(10)
            return result

        monkeypatch.setattr(owner, name, meet)

    return arrange


@pytest.fixture
def unlocked_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Customers are read without their lock."""

    def read(site: BillingSite, public_id: str, **_: Any) -> Customer:
        return Customer.objects.for_site(site).live().get(public_id=public_id)

    monkeypatch.setattr(locks, "lock_customer", read)


def upsert_by_email(site: BillingSite, attributes: Any) -> bool:
    return customers.upsert_customer(site=site, identify_by=IdentifyBy.EMAIL, attributes=attributes, at=NOW)[1]


def test_upsert_without_its_lock_makes_two_customers(
    site: BillingSite, monkeypatch: pytest.MonkeyPatch, two_meet: Any
) -> None:
    monkeypatch.setattr(locks, "lock_value", lambda *_: None)
    two_meet(customers, "new_customer_id")
    attributes: Any = {"name": "Dana", "email": "dana@example.com"}

    outcomes = crowd(lambda _: upsert_by_email(site, attributes), 2)

    assert values(outcomes) == [True, True]
    assert Customer.objects.filter(email_key="dana@example.com").count() == 2


def test_email_without_its_lock_gets_two_holders(
    site: BillingSite, monkeypatch: pytest.MonkeyPatch, two_meet: Any
) -> None:
    site.forbids_duplicate_emails = True
    monkeypatch.setattr(locks, "lock_value", lambda *_: None)
    two_meet(customers, "new_customer_id")

    outcomes = crowd(lambda _: acts.create(site, None, email="dana@example.com"), 2)

    assert tally(outcomes) == {"done": 2}
    assert Customer.objects.filter(email_key="dana@example.com").count() == 2


def test_contacts_without_the_row_lock_are_miscounted(site: BillingSite, unlocked_rows: None, two_meet: Any) -> None:
    customer = acts.create(site, "acme")
    two_meet(locks, "lock_customer", after=True)

    outcomes = crowd(lambda _: acts.add_contact(site, email="c@example.com"), 2)

    assert tally(outcomes) == {"done": 2}
    assert (customer.contacts.count(), acts.stored(customer).contact_count) == (2, 1)


def test_contacts_without_the_row_lock_exceed_their_limit(
    site: BillingSite, two_meet: Any, request: pytest.FixtureRequest
) -> None:
    customer = acts.create(site, "acme")
    for _ in range(9):
        acts.add_contact(site, email="c@example.com")
    request.getfixturevalue("unlocked_rows")
    two_meet(locks, "lock_customer", after=True)

    crowd(lambda _: acts.add_contact(site, email="c@example.com"), 2)

    assert customer.contacts.count() == 11


def test_update_without_the_row_lock_is_lost(site: BillingSite, unlocked_rows: None, two_meet: Any) -> None:
    customer = acts.create(site, "acme")
    two_meet(locks, "lock_customer", after=True)

    crowd(lambda number: acts.update(site, custom_fields={f"cf_{number}": number}), 2)

    assert len(acts.stored(customer).custom_fields or {}) == 1


def test_version_without_the_row_lock_is_given_twice(site: BillingSite, unlocked_rows: None, two_meet: Any) -> None:
    acts.create(site, "acme")
    two_meet(customers, "check_version")

    outcomes = crowd(
        lambda number: (
            customers.update_customer(
                site=site,
                public_id="acme",
                attributes={"name": f"Name {number}"},
                expected_version=acts.VERSION,
                at=NOW,
            ).resource_version
        ),
        2,
    )

    assert values(outcomes) == [acts.VERSION + 1] * 2


def test_former_id_that_nobody_looks_at_gets_two_owners(site: BillingSite, monkeypatch: pytest.MonkeyPatch) -> None:
    acts.create(site, "acme")
    acts.rename(site, "acme", "apex")
    monkeypatch.setattr(customers, "_check_id_is_free", lambda *_: None)

    outcomes = crowd(lambda _: acts.create(site, "acme"), 1)

    assert tally(outcomes) == {"done": 1}


def test_throttle_that_reads_and_then_writes_lets_more_calls_through(site: BillingSite) -> None:
    key, _ = create_api_key(site=site, at=NOW)
    everyone_has_read = threading.Barrier(SIZE)

    def take_call(rate: Rate) -> bool:
        row = ApiKey.objects.get(pk=key.pk)
        everyone_has_read.wait(20)
        row.throttle_calls += 1
        row.save(update_fields=["throttle_calls"])
        return row.throttle_calls <= rate.calls

    outcomes = crowd(lambda _: take_call(Rate(calls=5, seconds=60)))

    assert values(outcomes) == [True] * SIZE


def test_take_over_that_does_not_compare_has_two_owners(
    site: BillingSite, monkeypatch: pytest.MonkeyPatch, two_meet: Any
) -> None:
    said: Any = {"site": site, "dialect": "ching", "key": "k1", "fingerprint": "f1"}
    idempotency.claim(**said, at=NOW)

    def take_over(existing: IdempotencyRecord, record: IdempotencyRecord) -> IdempotencyRecord:
        IdempotencyRecord.objects.filter(pk=existing.pk).update(lease_until=record.lease_until)
        record.pk = existing.pk
        return record

    monkeypatch.setattr(idempotency, "_take_over", take_over)
    two_meet(idempotency, "_take_over")

    outcomes = crowd(lambda _: idempotency.claim(**said, at=NOW + idempotency.LEASE), 2)

    assert [each.pk for each in values(outcomes)] == [IdempotencyRecord.objects.get().pk] * 2
