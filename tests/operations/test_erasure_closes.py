"""A customer whose personal data is cleared, or is about to be, is closed: nobody can give it new."""

from __future__ import annotations

import pytest

from billing_customers.choices import IdentifyBy
from billing_customers.exceptions import InvalidState
from billing_customers.gateways.base import Charge, ChargeStatus
from billing_customers.models import BillingSite, Customer, LedgerEntry, Transaction
from billing_customers.operations import documents
from billing_customers.operations.collecting import begin_collection
from billing_customers.operations.collection_plan import Wanted, with_plan
from billing_customers.operations.credits import add_promotional_credits, reverse_promotional_credits
from billing_customers.operations.customers import upsert_customer
from billing_customers.operations.deletion import delete_customer, schedule_deletion
from billing_customers.operations.erasure_certificates import verify_erasure
from billing_customers.operations.settling_payments import NOT_CHARGED, settle_collection
from billing_customers.work.outcomes import Outcome
from tests.fixtures import NOW
from tests.operations import acts, families
from tests.operations.collecting import a_source, an_invoice, collection
from tests.operations.test_erasure import MUCH_LATER, run_all, schedule
from tests.operations.watching import refusal


@pytest.fixture
def acme(site: BillingSite) -> Customer:
    return acts.an_acme(site)


CLOSED = {
    **{name: act for name, act in acts.ACTS.items() if name != "delete"},
    "add_credits": lambda *, public_id, **where: add_promotional_credits(
        customer_public_id=public_id, amount=1, description="x", **where
    ),
    "create_invoice": lambda *, public_id, **where: documents.create_invoice(
        customer_public_id=public_id, total=1, **where
    ),
}


@pytest.mark.parametrize("is_done", [False, True])
@pytest.mark.parametrize("act", CLOSED)
def test_closed_customer_refuses(site: BillingSite, acme: Customer, act: str, is_done: bool) -> None:
    acts.a_user("avi")
    schedule(site)
    if is_done:
        run_all()

    with refusal(InvalidState) as caught:
        CLOSED[act](site=site, public_id="acme", at=MUCH_LATER)
    done = "was" if is_done else "is being"
    assert caught.value.message == (f"The personal data of the customer {done} cleared: it cannot be changed any more.")


def test_scheduled_customer_is_not_brought_up_to_date_by_an_upsert(site: BillingSite, acme: Customer) -> None:
    schedule(site)

    with refusal(InvalidState):
        upsert_customer(
            site=site,
            identify_by=IdentifyBy.EMAIL,
            attributes={"email": "acme@example.com", "name": "B"},
            at=MUCH_LATER,
        )


def test_subscription_of_a_closed_customer_cannot_come_to_life(site: BillingSite, acme: Customer) -> None:
    documents.create_subscription(site=site, customer_public_id="acme", status="canceled", public_id="s", at=NOW)
    schedule(site)

    with refusal(InvalidState):
        documents.change_subscription(site=site, public_id="s", status="active", at=acts.LATER)  # type: ignore[arg-type]


def test_money_that_comes_late_is_booked_and_tells_nothing(site: BillingSite, acme: Customer) -> None:
    a_source(site)
    an_invoice(site)
    attempt, _ = begin_collection(site=site, customer_public_id="acme", collection=collection(), at=NOW)
    gone = Charge(ChargeStatus.DECLINED, reason=NOT_CHARGED, message="No such charge.")
    settle_collection(site=site, attempt=attempt, charge=gone, at=NOW)
    schedule(site)
    run_all()

    made = Charge(ChargeStatus.SUCCEEDED, id_at_gateway="ch_1")
    settle_collection(site=site, attempt=attempt, charge=made, at=MUCH_LATER)

    assert Transaction.objects.get().status == "success"
    assert verify_erasure(site=site, public_id="acme") == []


@pytest.mark.parametrize("is_done", [False, True])
def test_entry_of_a_closed_customer_is_not_taken_back(site: BillingSite, acme: Customer, is_done: bool) -> None:
    add_promotional_credits(site=site, customer_public_id="acme", amount=500, description="x", at=NOW)
    schedule(site)
    if is_done:
        run_all()
    entry = LedgerEntry.objects.get().public_id

    with refusal(InvalidState):
        reverse_promotional_credits(site=site, public_id=entry, description="For Ann", at=MUCH_LATER)


@pytest.mark.parametrize(("child", "parent"), [("acme", "other"), ("other", "acme")])
def test_closed_customer_gets_no_place_in_a_hierarchy(
    site: BillingSite, acme: Customer, child: str, parent: str
) -> None:
    acts.create(site, "other")
    schedule(site)

    with refusal(InvalidState):
        families.link(site, child, parent)


def test_closed_customer_can_be_taken_out_of_a_hierarchy_and_deleted(site: BillingSite, acme: Customer) -> None:
    acts.create(site, "other")
    families.link(site, "acme", "other")
    schedule(site)
    run_all()

    families.delink(site, "acme", at=MUCH_LATER)
    delete_customer(site=site, public_id="acme", at=MUCH_LATER)

    assert (acts.stored(acme).has_parent, acts.stored(acme).is_live) == (False, None)
    assert verify_erasure(site=site, public_id="acme") == []


def test_nobody_is_invoiced_in_the_place_of_a_closed_customer(site: BillingSite, acme: Customer) -> None:
    acts.create(site, "below")
    families.owned(site, "below", "acme", invoiced="acme", pays="acme")
    schedule(site)

    with refusal(InvalidState):
        documents.create_invoice(site=site, customer_public_id="below", total=1, at=MUCH_LATER)


def test_closed_customer_pays_for_nobody(site: BillingSite, acme: Customer) -> None:
    acts.create(site, "below")
    families.owned(site, "below", "acme", invoiced="below", pays="acme")
    documents.create_invoice(site=site, customer_public_id="below", total=1, public_id="i1", at=NOW)
    schedule(site)

    with refusal(InvalidState):
        with_plan(site, "below", (Wanted("i1"),), None, lambda plan: plan)


def test_cleared_customer_can_be_deleted(site: BillingSite, acme: Customer) -> None:
    schedule(site)
    run_all()

    delete_customer(site=site, public_id="acme", at=MUCH_LATER)

    assert acts.stored(acme).deleted_at == MUCH_LATER
    assert verify_erasure(site=site, public_id="acme") == []


def test_cleared_customer_can_be_deleted_by_a_job(site: BillingSite, acme: Customer) -> None:
    schedule(site)
    run_all()

    schedule_deletion(site=site, public_id="acme", at=MUCH_LATER)

    assert run_all(MUCH_LATER) == [Outcome.SUCCEEDED]
