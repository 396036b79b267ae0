"""A merge is undone as a whole, while nothing that was moved has changed since; or it stays, and says why."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers import signals
from billing_customers.choices import Bucket, PaymentRole
from billing_customers.exceptions import InvalidState
from billing_customers.models import (
    Balance,
    BillingSite,
    Contact,
    Customer,
    CustomerAlias,
    CustomerUser,
    Event,
    Job,
    PaymentSource,
    Subscription,
)
from billing_customers.operations import customer_users
from billing_customers.operations.payment_roles import assign_payment_role
from billing_customers.operations.payment_sources import delete_payment_source
from billing_customers.operations.sites import update_site
from billing_customers.queries.customers import find_customer, merged_into
from tests.fixtures import NOW
from tests.hostapp.models import Badge
from tests.neighbors.conftest import BADGES, MEMBERSHIPS
from tests.operations import acts
from tests.operations.collecting import a_source
from tests.operations.merges import (
    MERGED_AT,
    UNDONE_AT,
    a_full_customer,
    a_subscription,
    ask_undo,
    both,
    customers_stay,
    merge,
    owner_of,
    run_all,
    undo,
)
from tests.operations.money import amounts, book, credit
from tests.operations.watching import refusal, rows, rows_stay


@pytest.fixture(autouse=True)
def pair(site: BillingSite) -> tuple[Customer, Customer]:
    return both(site)


def kept(found: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """What a merge and its undoing leave as it was: everything but versions, and what tells of the two."""
    left_out = {"updated_at", "resource_version"}
    told = {"CustomerMerge", "Event", "EventClock", "Job", "LedgerEntry", "IdempotencyRecord"}
    return {
        name: [{column: value for column, value in row.items() if column not in left_out} for row in each]
        for name, each in found.items()
        if name not in told
    }


def test_everything_is_as_it_was(site: BillingSite) -> None:
    a_full_customer(site)
    before = rows()
    found = merge(site)
    assert kept(rows()) != kept(before)

    undo(site, found)

    assert (found.status, found.error, found.undone_at, found.is_open) == ("undone", "", UNDONE_AT, None)
    assert kept(rows()) == kept(before)


def test_versions_rise(site: BillingSite, pair: tuple[Customer, Customer]) -> None:
    found = merge(site)

    undo(site, found)

    assert [acts.stored(each).resource_version for each in pair] == [acts.LATER_VERSION + 180_000] * 2


def test_old_id_answers_again(site: BillingSite, pair: tuple[Customer, Customer]) -> None:
    acts.rename(site, "from", "source")
    found = merge(site, "source", "to")

    undo(site, found)

    assert find_customer(site, "source", ("id",)) == {"id": pair[0].pk}
    assert find_customer(site, "from", ("id",)) == {"id": pair[0].pk}
    assert merged_into(site, pair[0].pk) is None


def test_events_say_it_once_each(site: BillingSite) -> None:
    found = merge(site)
    Event.objects.all().delete()

    undo(site, found)

    said = Event.objects.order_by("pk").values_list("customer__public_id", "type", "user")
    assert list(said) == [
        ("from", "customer_changed", "customers.undo_merge"),
        ("to", "customer_changed", "customers.undo_merge"),
    ]


def test_hosts_hear_of_it(site: BillingSite, pair: tuple[Customer, Customer]) -> None:
    heard: list[tuple[int, int]] = []

    def receive(signal: Any, customer: Customer, parted: Customer, **named: Any) -> None:
        heard.append((customer.pk, parted.pk))

    found = merge(site)
    signals.customer_merge_undone.connect(receive)
    try:
        undo(site, found)
    finally:
        signals.customer_merge_undone.disconnect(receive)
    assert heard == [(pair[1].pk, pair[0].pk)]


def test_it_can_be_merged_and_undone_again(site: BillingSite) -> None:
    a_full_customer(site)
    before = rows()
    for _ in range(2):
        undo(site, merge(site))

    assert kept(rows()) == kept(before)


def test_merges_into_one_are_undone_in_any_order(site: BillingSite) -> None:
    acts.create(site, "third")
    a_full_customer(site)
    credit(site, 40, "third")
    before = rows()
    first = merge(site, "third", "to")
    second = merge(site)

    undo(site, first)
    undo(site, second)

    assert kept(rows()) == kept(before)


def test_of_merges_in_a_row_the_last_is_undone(site: BillingSite, pair: tuple[Customer, Customer]) -> None:
    acts.create(site, "third")
    a_full_customer(site)
    credit(site, 40, "third")
    first = merge(site)
    before = rows()
    second = merge(site, "to", "third")
    with refusal(InvalidState):
        ask_undo(site, first)

    undo(site, second)

    assert kept(rows()) == kept(before)
    assert merged_into(site, pair[0].pk) == "to"
    # Going to a third and back has changed what the first one had moved.
    assert "changed since" in undo(site, first).error


def test_rows_of_hosts_go_back(site: BillingSite, pair: tuple[Customer, Customer], settings: Any) -> None:
    settings.BILLING_CUSTOMERS = {"NEIGHBORS": [MEMBERSHIPS, BADGES]}
    badge = Badge.objects.create(customer=pair[0], given_at=NOW, value=1)
    found = merge(site)

    undo(site, found)

    badge.refresh_from_db()
    assert badge.customer_id == pair[0].pk


def test_job_that_is_repeated_changes_nothing(site: BillingSite) -> None:
    undo(site, merge(site))
    Job.objects.filter(kind="customers.undo_merge").update(status="pending", run_at=NOW, attempts=0, finished_at=None)

    with customers_stay():
        run_all(UNDONE_AT)


def test_asked_twice_there_is_one_job(site: BillingSite) -> None:
    found = merge(site)
    ask_undo(site, found)

    with rows_stay():
        ask_undo(site, found)


def test_what_came_to_the_other_since_stays_there(site: BillingSite) -> None:
    found = merge(site)
    later = a_subscription(site, "to", "later")
    credit(site, 70, "to")

    undo(site, found)

    assert owner_of(later) == "to"
    assert amounts(Customer.objects.get(public_id="to")) == {"USD": 70}


def test_what_the_other_wrote_in_the_same_moment_stays_there(site: BillingSite) -> None:
    moved, theirs = a_subscription(site), a_subscription(site, "to", "theirs")
    found = merge(site)
    Subscription.objects.filter(pk=theirs.pk).update(updated_at=MERGED_AT)

    undo(site, found)

    assert (owner_of(moved), owner_of(theirs)) == ("from", "to")


def test_user_that_was_taken_away_stays_away(site: BillingSite) -> None:
    customer_users.link_user(site=site, public_id="from", user=acts.a_user(), at=NOW)
    found = merge(site)
    customer_users.unlink_user(site=site, public_id="to", user=acts.a_user())

    assert undo(site, found).status == "undone"
    assert not CustomerUser.objects.exists()


def test_neighbour_that_is_not_plugged_in_any_more_keeps_it(
    site: BillingSite, pair: tuple[Customer, Customer], settings: Any
) -> None:
    settings.BILLING_CUSTOMERS = {"NEIGHBORS": [BADGES]}
    Badge.objects.create(customer=pair[0], given_at=NOW, value=1)
    found = merge(site)
    settings.BILLING_CUSTOMERS = {}

    undo(site, found)

    assert found.error == "There is no neighbour hostapp.Badge any more, which would give back its rows."


@pytest.mark.parametrize("public_id", ["to", "another"])
def test_address_that_somebody_has_taken_stays_with_it(site: BillingSite, public_id: str) -> None:
    update_site(site=site, forbids_duplicate_emails=True)
    acts.update(site, "from", email="ann@example.com")
    found = merge(site)
    acts.create(site, "another")
    acts.update(site, public_id, email="Ann@example.com", at=MERGED_AT)

    undo(site, found)

    assert (found.status, found.error) == ("merged", f"The e-mail address was given to {public_id} since.")
    assert not Customer.objects.get(public_id="from").is_live


def test_address_is_no_obstacle_where_several_may_have_it(site: BillingSite) -> None:
    acts.update(site, "from", email="ann@example.com")
    found = merge(site)
    acts.update(site, "to", email="ann@example.com", at=MERGED_AT)

    undo(site, found)

    assert found.status == "undone"


class TestRoles:
    def roles(self, public_id: str) -> tuple[str | None, str | None]:
        row = Customer.objects.get(public_id=public_id)
        return row.primary_payment_source_id, row.backup_payment_source_id

    def test_each_has_its_own_again(self, site: BillingSite) -> None:
        mine = a_source(site, public_id="from").public_id
        theirs = a_source(site, "4111111111111111", public_id="to").public_id
        found = merge(site)

        undo(site, found)

        assert (self.roles("from"), self.roles("to")) == ((mine, None), (theirs, None))

    @pytest.mark.parametrize("role", [PaymentRole.PRIMARY, PaymentRole.BACKUP])
    def test_role_given_to_what_goes_back_is_as_it_was(self, site: BillingSite, role: PaymentRole) -> None:
        mine = a_source(site, public_id="from").public_id
        theirs = a_source(site, "4111111111111111", public_id="to").public_id
        found = merge(site)
        assign_payment_role(site=site, customer_public_id="to", payment_source_id=mine, role=role, at=UNDONE_AT)

        undo(site, found)

        assert (self.roles("from"), self.roles("to")) == ((mine, None), (theirs, None))
        assert PaymentSource.objects.count() == 2

    def test_what_was_detached_since_gets_no_role_again(self, site: BillingSite) -> None:
        mine = a_source(site, public_id="from").public_id
        theirs = a_source(site, "4111111111111111", public_id="to").public_id
        found = merge(site)
        primary = PaymentRole.PRIMARY
        assign_payment_role(site=site, customer_public_id="to", payment_source_id=mine, role=primary, at=UNDONE_AT)
        delete_payment_source(site=site, public_id=theirs, at=UNDONE_AT)

        undo(site, found)

        assert (self.roles("from"), self.roles("to")) == ((mine, None), (None, None))


def test_balances_of_every_kind_go_back(site: BillingSite, pair: tuple[Customer, Customer]) -> None:
    a_full_customer(site)
    book(site, pair[0], -120, bucket=Bucket.EXCESS_PAYMENTS)
    columns = ("customer__public_id", "currency", *Bucket.values)
    before = list(Balance.objects.order_by("pk").values_list(*columns))

    undo(site, merge(site))

    assert list(Balance.objects.order_by("pk").values_list(*columns)) == before


def test_contact_has_its_own_id_again(site: BillingSite, pair: tuple[Customer, Customer]) -> None:
    for name in ("from", "to"):
        acts.add_contact(site, name, id="c1", email=f"{name}@example.com")

    undo(site, merge(site))

    found = Contact.objects.order_by("pk").values_list("customer__public_id", "public_id")
    assert list(found) == [("from", "c1"), ("to", "c1")]
    assert not CustomerAlias.objects.exists()
