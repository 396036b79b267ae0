"""Whoever was merged into a customer is cleared with it, and nothing is parted or merged after that."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from billing_customers.events.transport import Reply
from billing_customers.exceptions import InvalidState
from billing_customers.models import (
    BillingSite,
    Customer,
    CustomerMerge,
    ErasureCertificate,
    Event,
    IdempotencyRecord,
    Job,
    Lane,
    PaymentSource,
)
from billing_customers.operations import survivors
from billing_customers.operations.erasure import schedule_erasure
from billing_customers.operations.erasure_certificates import verify_erasure
from billing_customers.operations.merge_rules import blockers_of_merge
from billing_customers.queries.impact import impact_of
from billing_customers.work.outcomes import Outcome
from tests.events.sending import Clock, Receiver, courier_of, drain, make_endpoint
from tests.operations import acts, merges
from tests.operations.canaries import MARK, found_in_tables
from tests.operations.collecting import a_source
from tests.operations.watching import refusal, rows_stay


def test_what_was_merged_into_it_is_cleared_with_it(site: BillingSite) -> None:
    merges.both(site)
    acts.add_contact(site, "from", id="c1", email="c1@example.com")
    found = merges.merge(site)

    schedule_erasure(site=site, public_id="to", at=merges.UNDONE_AT)
    merges.run_all(merges.UNDONE_AT)

    cleared = Customer.objects.order_by("pk").values_list("public_id", "pii_cleared", "name")
    assert list(cleared) == [("from", "cleared", None), ("to", "cleared", None)]
    found.refresh_from_db()
    assert found.manifest == {}
    with refusal(InvalidState):
        merges.ask_undo(site, found)


@pytest.mark.parametrize("cleared", ["from", "to"])
def test_cleared_customer_is_not_merged(site: BillingSite, cleared: str) -> None:
    merges.both(site)
    schedule_erasure(site=site, public_id=cleared, at=acts.LATER)

    found = blockers_of_merge(site, *(Customer.objects.get(public_id=name) for name in ("from", "to")))
    assert [each.code for each in found] == ["personal_data_cleared"]
    with refusal(InvalidState):
        merges.ask(site)


@pytest.fixture
def pair(site: BillingSite) -> tuple[Customer, Customer]:
    return merges.both(site)


def erase(site: BillingSite, public_id: str) -> None:
    schedule_erasure(site=site, public_id=public_id, at=merges.MERGED_AT)
    assert set(merges.run_all()) == {Outcome.SUCCEEDED}


def test_those_that_were_merged_into_it_are_cleared_with_it(site: BillingSite) -> None:
    for name in ("first", "from", "to"):
        acts.create(site, name, name=f"{MARK} {name}", email=f"{MARK}@example.com", company=MARK)
        acts.add_contact(site, name, email=f"{name}-{MARK}@example.com")
    merges.merge(site, "first", "from")
    merges.merge(site)

    erase(site, "to")

    assert list(Customer.objects.values_list("pii_cleared", flat=True)) == ["cleared"] * 3
    assert ErasureCertificate.objects.count() == 3
    assert found_in_tables() == []
    assert [verify_erasure(site=site, public_id=each) for each in ("first", "from", "to")] == [[], [], []]


def test_events_go_on_saying_what_it_was_merged_into(site: BillingSite, pair: tuple[Customer, Customer]) -> None:
    merges.merge(site)

    erase(site, "to")

    deleted = Event.objects.get(type="customer_deleted")
    assert '"merged_into":"to"' in (deleted.ching_payload or "")


def test_the_one_that_was_merged_is_not_cleared_alone(site: BillingSite, pair: tuple[Customer, Customer]) -> None:
    merges.merge(site)

    with refusal(InvalidState) as caught:
        schedule_erasure(site=site, public_id="from", at=merges.MERGED_AT)

    assert caught.value.message == "The customer was merged into to, which has its personal data."
    [blocker] = impact_of(site, "from", "erase").blockers
    assert (blocker.message, blocker.fix) == (
        caught.value.message,
        "Clear to: the customer is cleared with it.",
    )


def test_asked_for_by_its_own_id_once_it_is_cleared_nothing_changes(
    site: BillingSite, pair: tuple[Customer, Customer]
) -> None:
    merges.merge(site)
    erase(site, "to")

    with rows_stay():
        schedule_erasure(site=site, public_id="from", at=merges.UNDONE_AT)


def test_it_is_certified_after_those_that_were_merged_into_it(
    site: BillingSite, pair: tuple[Customer, Customer]
) -> None:
    merges.merge(site)

    erase(site, "to")

    certified = ErasureCertificate.objects.order_by("pk").values_list("customer__public_id", flat=True)
    assert list(certified) == ["from", "to"]


def test_nobody_is_certified_while_one_of_them_cannot_be_cleared(
    site: BillingSite, pair: tuple[Customer, Customer]
) -> None:
    make_endpoint(site)
    merges.merge(site)
    schedule_erasure(site=site, public_id="to", at=merges.MERGED_AT)
    lanes = Lane.objects.filter(customer=pair[0])
    assert lanes.update(lease_until=merges.MERGED_AT + timedelta(minutes=1), token="t") == 1

    assert Outcome.FAILED in merges.run_all()

    assert not ErasureCertificate.objects.exists()
    assert [acts.stored(each).pii_cleared for each in pair] == ["scheduled_for_clear"] * 2


@pytest.mark.parametrize("others", [False, True], ids=["into one", "and on into a third"])
def test_what_others_were_told_of_it_goes_too(site: BillingSite, others: bool) -> None:
    """It was merged into another one for a while, whose events and webhooks told of what it had."""
    make_endpoint(site)
    make_endpoint(site, dialect="chargebee")
    a_talkative_pair(site, with_source=not others)
    found = merges.merge(site)
    later = merges.merge(site, "to", "third") if others else None
    keeper = "third" if others else "to"
    acts.update(site, keeper, name="Keeper")
    keep_an_answer(site, keeper)
    keep_a_job(site, keeper)
    if later is not None:
        merges.undo(site, later)
    merges.undo(site, found)
    drain(courier_of(Receiver(Clock(merges.UNDONE_AT), echo)))
    assert "billing_customers_event.chargebee_payload" in found_in_tables()

    schedule_erasure(site=site, public_id="from", at=merges.UNDONE_AT)
    assert set(merges.run_all(merges.UNDONE_AT)) == {Outcome.SUCCEEDED}

    assert found_in_tables() == []
    certificate = ErasureCertificate.objects.get()
    assert certificate.counts["merged into to"]["rows"] > 0
    assert ("merged into third" in certificate.counts) is others
    # What it had before and since is nobody's but its own.
    assert Customer.objects.get(public_id="to").name == ("To" if others else "Keeper")
    assert any('"To"' in (payload or "") for payload in Event.objects.values_list("ching_payload", flat=True))
    assert verify_erasure(site=site, public_id="from") == []


def test_what_is_still_told_of_it_is_found(site: BillingSite, monkeypatch: pytest.MonkeyPatch) -> None:
    a_talkative_pair(site, with_source=True)
    merges.undo(site, merges.merge(site))
    monkeypatch.setattr(survivors, "redact_events", lambda *_: None)
    schedule_erasure(site=site, public_id="from", at=merges.UNDONE_AT)

    assert merges.run_all(merges.UNDONE_AT) == [Outcome.FAILED]

    job = Job.objects.get(kind="customers.erase")
    assert job.error.startswith("PersonalDataLeft: Event ")
    assert not ErasureCertificate.objects.exists()
    assert Customer.objects.get(public_id="from").name == f"{MARK} from"


def echo(body: dict[str, Any]) -> Reply:
    """It has read what it was sent."""
    return Reply(200, "", "", 1, f"Thank you, {MARK}" if MARK in json.dumps(body) else "", None)


def a_talkative_pair(site: BillingSite, *, with_source: bool) -> None:
    acts.create(site, "from", name=f"{MARK} from")
    acts.create(site, "to", name="To")
    acts.create(site, "third", name="Third")
    acts.add_contact(site, "from", email=f"c-{MARK}@example.com", first_name=MARK)
    if with_source:
        # What was on its way through a third one and back could not be undone.
        a_source(site, public_id="from")
        PaymentSource.objects.update(first_name=f"{MARK} holder")


def keep_a_job(site: BillingSite, public_id: str) -> None:
    """Of the host's, which has ended."""
    said = {"kind": "shop.greet", "status": "succeeded", "result": {"greeted": f"c-{MARK}@example.com"}}
    owner = Customer.objects.get(public_id=public_id)
    Job(site=site, customer=owner, created_at=acts.LATER, **said).save(force_insert=True)


def keep_an_answer(site: BillingSite, public_id: str) -> None:
    """To a request that came with an idempotency key."""
    shown = Event.objects.filter(customer__public_id=public_id).latest("pk").chargebee_payload
    assert shown is not None
    IdempotencyRecord.objects.create(
        site=site,
        dialect="chargebee",
        key="k",
        fingerprint="f",
        lease_until=acts.LATER,
        response_status=200,
        response_body=shown,
        response_headers={},
        customer=Customer.objects.get(public_id=public_id),
        created_at=acts.LATER,
        expires_at=merges.UNDONE_AT + timedelta(days=1),
    )


@pytest.mark.parametrize("closed", ["from", "to"])
def test_merge_of_a_customer_that_is_closed_meanwhile_fails(
    site: BillingSite, pair: tuple[Customer, Customer], closed: str
) -> None:
    merges.ask(site)

    erase(site, closed)

    assert CustomerMerge.objects.get().status == "failed"
    assert [acts.stored(each).is_live for each in pair] == [True, True]


def test_merge_is_not_undone_once_they_are_closed(site: BillingSite, pair: tuple[Customer, Customer]) -> None:
    found = merges.merge(site)
    erase(site, "to")

    with refusal(InvalidState):
        merges.ask_undo(site, found)


def test_undoing_that_comes_too_late_is_given_up(site: BillingSite, pair: tuple[Customer, Customer]) -> None:
    found = merges.merge(site)
    merges.ask_undo(site, found)
    schedule_erasure(site=site, public_id="to", at=merges.MERGED_AT)

    merges.run_all(merges.UNDONE_AT)

    found.refresh_from_db()
    assert (found.status, found.undone_at) == ("merged", None)
    assert [acts.stored(each).pii_cleared for each in pair] == ["cleared", "cleared"]
