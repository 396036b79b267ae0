"""What a merge or a clearing of personal data would do is asked beforehand, and the operation says the same."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.exceptions import BillingError, NotFound
from billing_customers.models import BillingSite, Customer, CustomerAlias, CustomerMerge
from billing_customers.neighbors import ModelNeighbor
from billing_customers.operations.deletion import schedule_deletion
from billing_customers.operations.erasure import schedule_erasure
from billing_customers.operations.merging import merge_customers
from billing_customers.operations.move import schedule_move
from billing_customers.queries.impact import impact_of
from tests.fixtures import NOW
from tests.hostapp.models import Badge
from tests.neighbors.conftest import MEMBERSHIPS
from tests.operations import acts, merges, moving, predicaments
from tests.operations.families import chain, link, people
from tests.operations.money import credit
from tests.operations.predicaments import DELETIONS, Setup
from tests.operations.watching import nothing_changes

BLOCKING_BADGES = ModelNeighbor("hostapp.Badge", kind="badge", blocks=["erase", "merge", "move"], message="A badge.")
CLOSED = "The personal data of the customer is being cleared: it cannot be changed any more."


@pytest.fixture(autouse=True)
def hosts_models(settings: Any) -> None:
    settings.BILLING_CUSTOMERS = {"NEIGHBORS": [BLOCKING_BADGES, MEMBERSHIPS]}


def erasing(site: BillingSite, public_id: str = "acme") -> None:
    schedule_erasure(site=site, public_id=public_id, at=acts.LATER)


def with_contacts(site: BillingSite) -> None:
    acts.create(site, "acme")
    for public_id, count in (("acme", 6), ("hq", 5)):
        for number in range(count):
            acts.add_contact(site, public_id, email=f"{number}@{public_id}.example.com")


def rich(site: BillingSite) -> None:
    acts.create(site, "acme")
    for public_id in ("acme", "hq"):
        credit(site, 600_000_000_000_000, public_id)


def scheduled(source: str, target: str) -> Setup:
    def setup(site: BillingSite) -> None:
        people(site, "acme other")
        merges.ask(site, source, target)

    return setup


def closed(public_id: str) -> Setup:
    def setup(site: BillingSite) -> None:
        acts.create(site, "acme")
        erasing(site, public_id)

    return setup


# With the codes of what speaks against merging ``acme`` into ``hq``.
MERGES: dict[str, tuple[Setup, list[str]]] = {
    "alone": (predicaments.alone, []),
    "subscribed": (predicaments.subscribed("active"), []),
    "documents": (predicaments.with_documents, []),
    "badge of the host": (predicaments.with_a_badge, ["live_badge"]),
    "payment under way": (predicaments.paying, ["live_transaction"]),
    "parent and child": (DELETIONS["parent and child"], ["has_parent", "has_children"]),
    "cleared": (closed("acme"), ["personal_data_cleared"]),
    "other one cleared": (closed("hq"), ["personal_data_cleared"]),
    "asked for already": (scheduled("acme", "hq"), []),
    "going elsewhere": (scheduled("acme", "other"), ["merge_under_way"]),
    "the other going elsewhere": (scheduled("hq", "other"), ["merge_under_way"]),
    "others coming": (scheduled("other", "acme"), ["merge_under_way"]),
    "contacts": (with_contacts, ["too_many_contacts"]),
    "money": (rich, ["balance_limit"]),
}


@pytest.mark.parametrize(("setup", "codes"), MERGES.values(), ids=MERGES)
def test_merge_is_foretold(site: BillingSite, setup: Setup, codes: list[str]) -> None:
    acts.create(site, "hq")
    setup(site)

    with nothing_changes():
        impact = impact_of(site, "acme", "merge", to_customer_id="hq")

    assert [each.code for each in impact.blockers] == codes
    assert [each.message for each in impact.blockers[:1]] == refused_merge(site)
    assert all(each.fix for each in impact.blockers)


def refused_merge(site: BillingSite, to_id: str = "hq") -> list[str]:
    try:
        merge_customers(site=site, from_id="acme", to_id=to_id, at=acts.LATER)
    except BillingError as error:
        return [getattr(error, "issues", [error])[0].message]
    return []


@pytest.mark.parametrize("to_id", ["acme", "nobody", "former"])
def test_merge_into_what_is_no_other_customer_is_foretold(site: BillingSite, to_id: str) -> None:
    acts.create(site, "former")
    acts.rename(site, "former", "acme")

    impact = impact_of(site, "acme", "merge", to_customer_id=to_id)

    assert [each.message for each in impact.blockers] == refused_merge(site, to_id)


def test_effects_of_a_merge_are_what_it_moves(site: BillingSite) -> None:
    merges.both(site)
    merges.a_full_customer(site)
    acts.rename(site, "from", "from-2")

    told = {each.code: each.count for each in impact_of(site, "from-2", "merge", to_customer_id="to").effects}
    moved = merges.merge(site, "from-2").moved

    for code, name in (
        ("payment_sources_moved", "payment sources"),
        ("contacts_moved", "contacts"),
        ("users_moved", "users"),
        ("subscription_moved", "subscriptions"),
        ("invoice_moved", "invoices"),
        ("credit_note_moved", "credit notes"),
        ("unbilled_charge_moved", "unbilled charges"),
        ("transaction_moved", "transactions"),
    ):
        assert told.pop(code) == moved[name], code
    assert set(told) == {
        "customer_merged",
        "promotional_credits_moved",
        "excess_payments_moved",
        "refundable_credits_moved",
        "unbilled_charges_moved",
        "former_ids_moved",
    }


def test_the_id_of_a_merged_customer_deletes_nobody(site: BillingSite) -> None:
    site.follows_merged_ids = True
    site.save()
    people(site, "acme hq")
    merges.merge(site, "acme", "hq")

    with pytest.raises(NotFound):
        impact_of(site, "acme", "delete")
    with pytest.raises(NotFound):
        schedule_deletion(site=site, public_id="acme", at=acts.LATER)
    assert impact_of(site, "acme", "move").customer_id == "hq"


# Whose personal data cannot be cleared, with the codes.
ERASURES: dict[str, tuple[Setup, list[str]]] = {
    "alone": (predicaments.alone, []),
    "documents": (predicaments.with_documents, []),
    "subscribed": (predicaments.subscribed("active"), ["active_subscription"]),
    "member of the host": (predicaments.member_of_the_host("late"), ["active_subscription"]),
    "badge of the host": (predicaments.with_a_badge, ["live_badge"]),
    "payment under way": (predicaments.paying, ["live_transaction"]),
    "parent and child": (DELETIONS["parent and child"], []),
    "scheduled already": (closed("acme"), []),
}


@pytest.mark.parametrize(("setup", "codes"), ERASURES.values(), ids=ERASURES)
def test_clearing_is_foretold(site: BillingSite, setup: Setup, codes: list[str]) -> None:
    acts.create(site, "hq")
    setup(site)

    with nothing_changes():
        impact = impact_of(site, "acme", "erase")

    assert [each.code for each in impact.blockers] == codes
    assert [each.message for each in impact.blockers[:1]] == refused_erasure(site)


def refused_erasure(site: BillingSite) -> list[str]:
    try:
        erasing(site)
    except BillingError as error:
        return [error.message]
    return []


def test_clearing_of_a_tombstone_is_foretold(site: BillingSite) -> None:
    predicaments.with_documents(site)
    acts.delete(site)

    impact = impact_of(site, "acme", "erase")

    assert impact.blockers == ()
    assert impact.effects[0].code == "personal_data_cleared"
    assert refused_erasure(site) == []


def test_what_was_merged_into_it_is_cleared_too(site: BillingSite, settings: Any) -> None:
    settings.BILLING_CUSTOMERS = {"NEIGHBORS": [ModelNeighbor("hostapp.Badge", kind="badge"), MEMBERSHIPS]}
    people(site, "acme hq")
    merges.merge(site, "hq", "acme")

    effects = {each.code: each for each in impact_of(site, "acme", "erase").effects}

    assert (effects["merged_cleared"].count, effects["merged_cleared"].ids) == (1, ("hq",))


def test_what_speaks_against_clearing_what_was_merged_into_it_is_told(site: BillingSite) -> None:
    people(site, "acme")
    Badge.objects.create(customer=a_tombstone_of(site), given_at=NOW, value=1)

    [blocker] = impact_of(site, "acme", "erase").blockers

    assert blocker.code == "live_badge"
    assert refused_erasure(site) == [blocker.message]


def a_tombstone_of(site: BillingSite) -> Customer:
    """A customer that was merged into acme, and got rows of the host's since."""
    people(site, "hq")
    merges.merge(site, "hq", "acme")
    merged: Customer = CustomerMerge.objects.get().source
    assert CustomerAlias.objects.get(merged=merged).customer.public_id == "acme"
    return merged


def test_nothing_is_left_to_clear(site: BillingSite) -> None:
    people(site, "acme")
    erasing(site)
    merges.run_all()

    impact = impact_of(site, "acme", "erase")

    assert (impact.blockers, impact.effects) == ((), ())
    assert refused_erasure(site) == []


@pytest.mark.parametrize("other", ["acme", "hq"])
def test_a_closed_customer_is_linked_to_nobody(site: BillingSite, other: str) -> None:
    people(site, "acme hq")
    erasing(site, other)

    [blocker] = impact_of(site, "acme", "link", parent_id="hq").blockers

    assert (blocker.code, blocker.message, blocker.ids) == ("personal_data_cleared", CLOSED, (other,))
    with pytest.raises(BillingError, match=CLOSED):
        link(site, "acme", "hq")


# Of which customers another site may take no copy, with the codes.
MOVES: dict[str, tuple[Setup, list[str]]] = {
    "subscribed": (predicaments.subscribed("active"), []),
    "badge of the host": (predicaments.with_a_badge, ["live_badge"]),
    "cleared": (closed("acme"), ["personal_data_cleared"]),
    "parent and child": (DELETIONS["parent and child"], []),
}


@pytest.mark.parametrize(("setup", "codes"), MOVES.values(), ids=MOVES)
def test_move_is_foretold(site: BillingSite, other_site: BillingSite, setup: Setup, codes: list[str]) -> None:
    setup(site)
    moving.allow(other_site, site)

    with nothing_changes():
        impact = impact_of(site, "acme", "move")

    assert [each.code for each in impact.blockers] == codes
    assert [each.message for each in impact.blockers[:1]] == refused_move(site, other_site)


def refused_move(site: BillingSite, to_site: BillingSite) -> list[str]:
    try:
        schedule_move(site=to_site, from_site=site.slug, public_id="acme", at=acts.LATER)
    except BillingError as error:
        return [error.message]
    return []


def test_a_closed_customer_can_be_deleted_and_delinked(site: BillingSite) -> None:
    chain(site, "hq acme")
    erasing(site)

    assert impact_of(site, "acme", "unlink").blockers == ()
    assert [each.code for each in impact_of(site, "acme", "delete").blockers] == ["has_parent"]
