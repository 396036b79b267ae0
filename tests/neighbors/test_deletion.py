"""A customer is not deleted while a neighbour has something live, ours or the host's. CHING: DELETE /customers/:id,
``CUSTOMER_HAS_ACTIVE_SUBSCRIPTION``.
"""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.exceptions import ActiveSubscription, InvalidState
from billing_customers.models import BillingSite, Customer, Event
from billing_customers.neighbors import ModelNeighbor, Operation
from billing_customers.neighbors.builtin import BUILT_IN
from billing_customers.neighbors.registry import blockers_of, neighbors
from billing_customers.operations import documents
from tests.clients import ChingClient
from tests.dialects.expected import ching_refusal
from tests.fixtures import NOW
from tests.hostapp.models import Badge, Membership
from tests.operations import acts
from tests.operations.collecting import an_invoice
from tests.operations.watching import refusal

SUBSCRIBED = "The customer has a subscription that is active, trialing or past due."
MEMBER = "The customer has a subscription that is active, past due or trialing."


def join(customer: Customer, state: str = "on") -> Membership:
    return Membership.objects.create(member=customer, state=state, code="m1", nickname="Dan")


def subscribe(site: BillingSite, status: Any) -> None:
    documents.create_subscription(site=site, customer_public_id="acme", status=status, public_id="sub", at=NOW)


@pytest.mark.parametrize("status", ["active", "trialing", "past_due"])
def test_live_subscription_keeps_its_customer(
    site: BillingSite, ching: ChingClient, acme: Customer, status: str
) -> None:
    subscribe(site, status)
    before = Event.objects.count()

    answer = ching.delete("/customers/acme")

    assert answer.status_code == 409
    assert answer.json() == ching_refusal(409, "CUSTOMER_HAS_ACTIVE_SUBSCRIPTION", SUBSCRIBED)
    assert (acts.stored(acme).is_live, Event.objects.count()) == (True, before)


@pytest.mark.parametrize("status", ["incomplete", "incomplete_expired", "canceled"])
def test_subscription_that_is_not_live_lets_its_customer_go(
    site: BillingSite, ching: ChingClient, acme: Customer, status: str
) -> None:
    subscribe(site, status)

    assert ching.delete("/customers/acme").json()["data"]["deleted"] is True


def test_customer_goes_once_its_subscription_has_ended(site: BillingSite, ching: ChingClient, acme: Customer) -> None:
    subscribe(site, "active")
    documents.change_subscription(site=site, public_id="sub", status="canceled", at=NOW)

    assert ching.delete("/customers/acme").status_code == 200


def test_invoices_and_credit_notes_keep_nobody(site: BillingSite, ching: ChingClient, acme: Customer) -> None:
    an_invoice(site)
    documents.create_credit_note(site=site, customer_public_id="acme", total=5, at=NOW)
    documents.create_unbilled_charge(site=site, customer_public_id="acme", amount=5, at=NOW)

    assert ching.delete("/customers/acme").status_code == 200


@pytest.mark.usefixtures("plugged_in")
@pytest.mark.parametrize("state", ["on", "trial", "late"])
def test_live_subscription_of_the_host_keeps_its_customer(ching: ChingClient, acme: Customer, state: str) -> None:
    join(acme, state)

    answer = ching.delete("/customers/acme")

    assert answer.status_code == 409
    assert answer.json() == ching_refusal(409, "CUSTOMER_HAS_ACTIVE_SUBSCRIPTION", MEMBER)
    assert acts.stored(acme).is_live is True


@pytest.mark.usefixtures("plugged_in")
def test_ended_subscription_of_the_host_lets_its_customer_go(ching: ChingClient, acme: Customer) -> None:
    join(acme, "off")

    assert ching.delete("/customers/acme").status_code == 200
    assert Membership.objects.get().member_id == acme.pk


def test_model_that_is_not_plugged_in_has_no_say(ching: ChingClient, acme: Customer) -> None:
    join(acme)

    assert ching.delete("/customers/acme").status_code == 200


def test_other_reasons_of_the_host_are_told(site: BillingSite, acme: Customer, settings: Any) -> None:
    settings.BILLING_CUSTOMERS = {
        "NEIGHBORS": [ModelNeighbor("hostapp.Badge", kind="badge", blocks=["delete"], message="It has a badge.")]
    }
    Badge.objects.create(customer=acme, given_at=NOW, value=1)

    with refusal(InvalidState) as caught:
        acts.delete(site)

    assert (caught.value.message, caught.value.code) == ("It has a badge.", "invalid_state")


@pytest.mark.usefixtures("plugged_in")
def test_subscription_is_the_reason_that_is_told_first(site: BillingSite, acme: Customer, settings: Any) -> None:
    badges = ModelNeighbor("hostapp.Badge", kind="badge", blocks=["delete"])
    settings.BILLING_CUSTOMERS = {"NEIGHBORS": [badges, *settings.BILLING_CUSTOMERS["NEIGHBORS"]]}
    Badge.objects.create(customer=acme, given_at=NOW, value=1)
    join(acme)

    with refusal(ActiveSubscription):
        acts.delete(site)


@pytest.mark.usefixtures("plugged_in")
def test_deletion_of_a_tombstone_asks_nobody(site: BillingSite, acme: Customer) -> None:
    acts.delete(site)
    join(acme)

    assert acts.delete(site) == acme


@pytest.mark.usefixtures("plugged_in")
def test_all_blockers_are_found(site: BillingSite, acme: Customer) -> None:
    subscribe(site, "active")
    join(acme)

    found = blockers_of(site, acme, Operation.DELETE)

    assert [(each.code, each.ids) for each in found] == [
        ("active_subscription", ("sub",)),
        ("active_subscription", ("m1",)),
    ]


@pytest.mark.usefixtures("plugged_in")
def test_ours_are_asked_first() -> None:
    assert neighbors()[: len(BUILT_IN)] == BUILT_IN
    assert [each.label for each in neighbors()] == [
        "subscriptions",
        "invoices",
        "credit notes",
        "unbilled charges",
        "transactions",
        "account hierarchy",
        "money shared with other customers",
        "memberships",
        "hostapp.Badge",
    ]
