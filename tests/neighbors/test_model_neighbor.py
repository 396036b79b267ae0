"""A model of the host's as a neighbour: what it tells of its rows, and what it does with them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from billing_customers.models import BillingSite, Customer
from billing_customers.neighbors import ModelNeighbor, Operation, Summary
from billing_customers.neighbors.base import Blocker
from tests.fixtures import NOW
from tests.hostapp.models import Badge, Membership
from tests.neighbors.conftest import BADGES, MEMBERSHIPS


def join(customer: Customer, state: str = "on", code: str = "m1", **columns: Any) -> Membership:
    said = {"nickname": "Dan", "phone": "054", "greeting": "Hi Dan", **columns}
    return Membership.objects.create(member=customer, state=state, code=code, **said)


def badge(customer: Customer) -> Badge:
    return Badge.objects.create(customer=customer, given_at=NOW, value=Decimal("1.50"))


def blockers(site: BillingSite, customer: Customer, operation: Operation = Operation.DELETE) -> list[Blocker]:
    return MEMBERSHIPS.blockers(site, customer, operation)


def test_summary_counts_by_canonical_status(site: BillingSite, acme: Customer, other: Customer) -> None:
    for number, state in enumerate(["on", "on", "late", "off", "strange"]):
        join(acme, state, f"m{number}")
    join(other)

    assert MEMBERSHIPS.summary(site, acme) == Summary(
        "subscription", "memberships", 5, 3, {"active": 2, "past_due": 1, "off": 1, "strange": 1}
    )


def test_summary_of_nothing(site: BillingSite, acme: Customer) -> None:
    assert MEMBERSHIPS.summary(site, acme) == Summary("subscription", "memberships", 0, 0, {})


def test_summary_without_statuses_counts_all_as_live(site: BillingSite, acme: Customer) -> None:
    badge(acme)

    assert BADGES.summary(site, acme) == Summary("other", "hostapp.Badge", 1, 1)


@pytest.mark.parametrize("state", ["on", "trial", "late"])
def test_live_row_blocks(site: BillingSite, acme: Customer, state: str) -> None:
    join(acme, state)

    assert blockers(site, acme) == [
        Blocker(
            "active_subscription",
            "The customer has a subscription that is active, past due or trialing.",
            ("m1",),
            "End the subscription first.",
        )
    ]


@pytest.mark.parametrize("state", ["off", "strange", ""])
def test_row_that_is_not_live_blocks_nothing(site: BillingSite, acme: Customer, state: str) -> None:
    join(acme, state)

    assert blockers(site, acme) == []


def test_row_of_another_customer_blocks_nothing(site: BillingSite, acme: Customer, other: Customer) -> None:
    join(other)

    assert blockers(site, acme) == []


def test_value_that_the_map_gives_another_meaning_is_not_itself(site: BillingSite, acme: Customer) -> None:
    neighbor = ModelNeighbor(
        "hostapp.Membership",
        kind="subscription",
        customer_field="member",
        status_field="state",
        status_map={"active": "canceled"},
    )
    join(acme, "active")

    assert neighbor.blockers(site, acme, Operation.DELETE) == []


@pytest.mark.parametrize(
    ("operation", "blocks"), [("delete", True), ("erase", True), ("merge", False), ("move", False)]
)
def test_subscriptions_block_what_would_end_the_customer(
    site: BillingSite, acme: Customer, operation: str, blocks: bool
) -> None:
    join(acme)

    assert bool(blockers(site, acme, Operation(operation))) is blocks


def test_other_kinds_block_nothing_unless_it_is_said(site: BillingSite, acme: Customer) -> None:
    badge(acme)

    assert [BADGES.blockers(site, acme, operation) for operation in Operation] == [[]] * 4


def test_host_says_what_blocks_and_why(site: BillingSite, acme: Customer) -> None:
    neighbor = ModelNeighbor(
        "hostapp.Membership",
        kind="order",
        customer_field="member",
        status_field="state",
        live=["open"],
        blocks=["merge"],
        message="An order is open.",
        fix="Ship it.",
    )
    row = join(acme, "open")

    assert neighbor.blockers(site, acme, Operation.DELETE) == []
    assert neighbor.blockers(site, acme, Operation.MERGE) == [
        Blocker("live_order", "An order is open.", (str(row.pk),), "Ship it.")
    ]


def test_row_without_a_status_is_live(site: BillingSite, acme: Customer) -> None:
    neighbor = ModelNeighbor("hostapp.Badge", kind="badge", blocks=["delete"])
    row = badge(acme)

    assert [each.ids for each in neighbor.blockers(site, acme, Operation.DELETE)] == [(str(row.pk),)]


def test_ten_rows_are_named(site: BillingSite, acme: Customer) -> None:
    for number in range(12):
        join(acme, code=f"m{number}")

    assert [each.ids for each in blockers(site, acme)] == [tuple(f"m{number}" for number in range(10))]


def test_unknown_operation_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="paint"):
        ModelNeighbor("hostapp.Badge", blocks=["paint"])


@pytest.mark.postgres
@pytest.mark.parametrize(("neighbor", "locks"), [(MEMBERSHIPS, 1), (BADGES, 0)])
def test_rows_are_locked_where_they_can_block(
    site: BillingSite, acme: Customer, neighbor: ModelNeighbor, locks: int
) -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        neighbor.lock(site, acme)

    assert [("FOR UPDATE" in query["sql"]) for query in captured].count(True) == locks


def test_neighbour_covers_its_foreign_key() -> None:
    assert MEMBERSHIPS.covers == {("hostapp.membership", "member")}


def test_rows_go_to_another_customer(site: BillingSite, acme: Customer, other: Customer) -> None:
    mine, theirs = join(acme), join(other, code="m2")

    manifest = MEMBERSHIPS.reassign(site, acme, other, at=NOW)

    assert set(Membership.objects.values_list("pk", "member")) == {(mine.pk, other.pk), (theirs.pk, other.pk)}
    assert json.loads(json.dumps(manifest)) == {
        "model": "hostapp.Membership",
        "from": acme.pk,
        "to": other.pk,
        "rows": [mine.pk],
    }


def test_rows_come_back_and_what_was_there_stays(site: BillingSite, acme: Customer, other: Customer) -> None:
    mine, theirs = join(acme), join(other, code="m2")
    manifest = json.loads(json.dumps(MEMBERSHIPS.reassign(site, acme, other, at=NOW)))

    assert MEMBERSHIPS.revert(site, manifest, at=NOW) == []

    assert set(Membership.objects.values_list("pk", "member")) == {(mine.pk, acme.pk), (theirs.pk, other.pk)}


def test_keys_that_are_no_numbers_come_back(site: BillingSite, acme: Customer, other: Customer) -> None:
    row = badge(acme)
    manifest = json.loads(json.dumps(BADGES.reassign(site, acme, other, at=NOW)))

    left = BADGES.revert(site, manifest, at=NOW)

    assert (left, Badge.objects.get(pk=row.pk).customer) == ([], acme)


def test_rows_that_have_changed_since_are_told(site: BillingSite, acme: Customer, other: Customer) -> None:
    gone, elsewhere, back = join(acme, code="m1"), join(acme, code="m2"), join(acme, code="m3")
    manifest = MEMBERSHIPS.reassign(site, acme, other, at=NOW)
    gone_pk = gone.pk
    gone.delete()
    Membership.objects.filter(pk=elsewhere.pk).update(member=acme)

    left = MEMBERSHIPS.revert(site, manifest, at=NOW)

    assert left == [str(gone_pk), str(elsewhere.pk)]
    assert Membership.objects.get(pk=back.pk).member == acme


def test_personal_data_is_blanked(site: BillingSite, acme: Customer, other: Customer) -> None:
    join(acme)
    join(other, code="m2")

    assert MEMBERSHIPS.erase(site, acme, at=NOW) == 1

    columns = ("nickname", "phone", "greeting", "state", "code")
    assert Membership.objects.values_list(*columns).get(member=acme) == ("", None, "Dear customer", "on", "m1")
    assert Membership.objects.values_list(*columns).get(member=other) == ("Dan", "054", "Hi Dan", "on", "m2")


def test_nothing_is_blanked_where_nothing_is_personal(site: BillingSite, acme: Customer) -> None:
    row = badge(acme)

    assert BADGES.erase(site, acme, at=NOW) == 1

    assert Badge.objects.get().value == row.value


def test_export_is_json(site: BillingSite, acme: Customer, other: Customer) -> None:
    row, theirs = badge(acme), badge(other)

    exported = BADGES.export(site, acme)

    assert json.loads(json.dumps(exported)) == [
        {"id": str(row.pk), "customer_id": acme.pk, "given_at": "2026-01-01T00:00:00Z", "value": "1.50"}
    ]
    assert str(theirs.pk) not in str(exported)


def test_host_neighbour_takes_no_payments(site: BillingSite, acme: Customer) -> None:
    assert list(BADGES.receivables(site, acme)) == []
    with pytest.raises(NotImplementedError, match="takes no payments"):
        BADGES.apply_payment(site, "1", 5, at=NOW)
