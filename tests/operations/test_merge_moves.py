"""What a merge moves, and how the customers are left. Contract: Chargebee "Merge customers" (chargebee-wire 3.14)."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers import signals
from billing_customers.actors import Actor
from billing_customers.choices import Bucket
from billing_customers.exceptions import DuplicateId, NotFound
from billing_customers.models import (
    Balance,
    BillingSite,
    Contact,
    Customer,
    CustomerAlias,
    CustomerUser,
    Event,
    Job,
    LedgerEntry,
)
from billing_customers.operations import customer_users, documents
from billing_customers.operations.payment_sources import delete_payment_source
from billing_customers.queries.customers import find_customer, merged_into
from tests.fixtures import NOW
from tests.hostapp.models import Badge
from tests.neighbors.conftest import BADGES, MEMBERSHIPS
from tests.operations import acts
from tests.operations.collecting import a_source, an_invoice, collect
from tests.operations.merges import MERGED_AT, a_subscription, both, customers_stay, merge, owner_of, run_all, undo
from tests.operations.money import amounts, book, credit, pay
from tests.operations.watching import nothing_changes, refusal

MERGED_VERSION = acts.LATER_VERSION + 60_000


@pytest.fixture(autouse=True)
def pair(site: BillingSite) -> tuple[Customer, Customer]:
    return both(site)


class TestCustomers:
    def test_source_is_a_tombstone(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        merge(site)

        row = acts.stored(pair[0])
        assert (row.public_id, row.is_live, row.deleted_at, row.resource_version, row.name) == (
            "from",
            None,
            MERGED_AT,
            MERGED_VERSION,
            "From",
        )

    def test_texts_of_the_other_stay(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        before = vars(acts.stored(pair[1]))

        merge(site)

        after = vars(acts.stored(pair[1]))
        changed = {name for name in before if name != "_state" and before[name] != after[name]}
        assert changed == {"resource_version", "updated_at"}
        assert after["resource_version"] == MERGED_VERSION

    def test_events_say_it_once_each(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        Event.objects.all().delete()

        merge(site, actor=Actor("api", "key"))

        said = Event.objects.order_by("pk").values_list("customer__public_id", "type", "source", "user")
        assert list(said) == [
            ("from", "customer_deleted", "scheduled_job", "customers.merge"),
            ("to", "customer_changed", "scheduled_job", "customers.merge"),
        ]

    def test_event_of_ching_names_the_other(self, site: BillingSite) -> None:
        merge(site)

        payload = Event.objects.get(type="customer_deleted").ching_payload or ""
        assert '"data":{"id":"from","object":"customer","deleted":true,"merged_into":"to"}' in payload

    def test_silence_of_the_request_holds_for_the_job(self, site: BillingSite) -> None:
        Event.objects.all().delete()

        merge(site, actor=Actor("api", "key", silences_webhooks=True))

        assert set(Event.objects.values_list("is_silenced", flat=True)) == {True}

    def test_hosts_hear_of_it(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        heard: list[tuple[int, int]] = []

        def receive(signal: Any, customer: Customer, merged: Customer, **named: Any) -> None:
            heard.append((customer.pk, merged.pk))

        signals.customer_merged.connect(receive)
        try:
            merge(site)
        finally:
            signals.customer_merged.disconnect(receive)
        assert heard == [(pair[1].pk, pair[0].pk)]

    def test_job_that_is_repeated_changes_nothing(self, site: BillingSite) -> None:
        merge(site)
        Job.objects.filter(kind="customers.merge").update(status="pending", run_at=NOW, attempts=0, finished_at=None)

        with customers_stay():
            run_all()


class TestIds:
    def test_old_id_is_known_to_lead_to_the_other(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        merge(site)

        assert merged_into(site, pair[0].pk) == "to"

    def test_old_id_answers_nobody_by_default(self, site: BillingSite) -> None:
        merge(site)

        assert find_customer(site, "from", ("id",)) is None
        with refusal(NotFound):
            acts.update(site, "from", name="New")

    def test_old_id_is_a_tombstone_with_the_deleted(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        merge(site)

        assert find_customer(site, "from", ("id",), include_deleted=True) == {"id": pair[0].pk}

    def test_old_id_is_the_others_where_the_site_says_so(
        self, site: BillingSite, pair: tuple[Customer, Customer]
    ) -> None:
        site.follows_merged_ids = True
        merge(site)

        assert find_customer(site, "from", ("id",)) == {"id": pair[1].pk}
        assert find_customer(site, "from", ("id",), include_deleted=True) == {"id": pair[1].pk}
        assert acts.update(site, "from", name="New").pk == pair[1].pk

    def test_old_id_never_deletes_the_other(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        site.follows_merged_ids = True
        merge(site)

        with nothing_changes():
            assert acts.delete(site, "from").pk == pair[0].pk

    def test_old_id_is_not_given_to_another(self, site: BillingSite) -> None:
        merge(site)

        with refusal(DuplicateId):
            acts.create(site, "from")
        with refusal(DuplicateId):
            acts.rename(site, "to", "from")

    def test_old_id_is_free_once_the_other_is_gone(self, site: BillingSite) -> None:
        merge(site)
        acts.delete(site, "to")

        assert acts.create(site, "from").public_id == "from"

    def test_former_ids_move(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        acts.rename(site, "from", "source")

        merge(site, "source", "to")

        assert find_customer(site, "from", ("id",)) == {"id": pair[1].pk}

    def test_ids_lead_on_when_the_other_is_merged_too(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        third = acts.create(site, "third")
        merge(site)

        merge(site, "to", "third")

        assert [merged_into(site, each.pk) for each in pair] == ["third", "third"]
        assert set(CustomerAlias.objects.values_list("customer_id", flat=True)) == {third.pk}

    def test_id_that_was_used_before_is_free_for_the_merge(self, site: BillingSite) -> None:
        """A former id of a customer that is gone does not stand in the way."""
        acts.create(site, "gone")
        acts.rename(site, "gone", "gone-2")
        acts.delete(site, "gone-2")
        acts.create(site, "gone")

        merge(site, "gone", "to")

        assert CustomerAlias.objects.get(public_id="gone").customer.public_id == "to"


class TestRows:
    def test_everything_moves(self, site: BillingSite) -> None:
        source = a_source(site, public_id="from")
        subscription = a_subscription(site)
        invoice = an_invoice(site, customer="from")
        payment = collect(site, customer="from")
        note = documents.create_credit_note(site=site, customer_public_id="from", total=300, at=NOW)
        charge = documents.create_unbilled_charge(site=site, customer_public_id="from", amount=200, at=NOW)

        found = merge(site)

        rows = (source, subscription, invoice, payment, note, charge)
        assert [owner_of(row) for row in rows] == ["to"] * 6
        assert found.moved == {
            "payment sources": 1,
            "subscriptions": 1,
            "invoices": 1,
            "credit notes": 1,
            "unbilled charges": 1,
            "transactions": 1,
        }

    def test_versions_of_what_moved_rise(self, site: BillingSite) -> None:
        subscription = a_subscription(site)

        merge(site)

        subscription.refresh_from_db()
        assert (subscription.resource_version, subscription.updated_at) == (MERGED_VERSION, MERGED_AT)

    def test_version_rises_whatever_the_clock_says(self, site: BillingSite) -> None:
        subscription = a_subscription(site)
        ahead = MERGED_VERSION + 10**6
        type(subscription).objects.update(resource_version=ahead)

        merge(site)

        subscription.refresh_from_db()
        assert subscription.resource_version == ahead + 1

    def test_rows_of_the_other_are_not_touched(self, site: BillingSite) -> None:
        theirs = a_subscription(site, "to", "theirs")
        a_subscription(site)

        merge(site)

        theirs.refresh_from_db()
        assert theirs.resource_version == acts.VERSION

    def test_detached_sources_move_too(self, site: BillingSite) -> None:
        source = a_source(site, public_id="from")
        delete_payment_source(site=site, public_id=source.public_id, at=NOW)

        merge(site)

        assert owner_of(source) == "to"

    def test_neighbours_of_the_host_move(
        self, site: BillingSite, pair: tuple[Customer, Customer], settings: Any
    ) -> None:
        settings.BILLING_CUSTOMERS = {"NEIGHBORS": [MEMBERSHIPS, BADGES]}
        badge = Badge.objects.create(customer=pair[0], given_at=NOW, value=1)

        found = merge(site)

        badge.refresh_from_db()
        assert (badge.customer_id, found.moved) == (pair[1].pk, {"hostapp.Badge": 1})


class TestRoles:
    def roles(self) -> tuple[str | None, str | None]:
        row = Customer.objects.get(public_id="to")
        return row.primary_payment_source_id, row.backup_payment_source_id

    def test_source_without_a_rival_becomes_primary(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        source = a_source(site, public_id="from")

        merge(site)

        assert self.roles() == (source.public_id, None)
        assert acts.stored(pair[0]).primary_payment_source_id is None

    def test_primary_of_the_other_stays(self, site: BillingSite) -> None:
        a_source(site, public_id="from")
        theirs = a_source(site, "4111111111111111", public_id="to")

        merge(site)

        assert self.roles() == (theirs.public_id, None)

    @pytest.mark.parametrize("has_source", [False, True])
    def test_backup_of_the_other_stays_though_it_has_no_primary(self, site: BillingSite, has_source: bool) -> None:
        backup = a_source(site, public_id="to")
        # As undoing another merge can leave it.
        roles = {"primary_payment_source_id": None, "backup_payment_source_id": backup.public_id}
        Customer.objects.filter(public_id="to").update(**roles)
        primary = a_source(site, public_id="from").public_id if has_source else None

        found = merge(site)

        assert self.roles() == (primary, backup.public_id)
        undo(site, found)
        assert self.roles() == (None, backup.public_id)


class TestContactsAndUsers:
    def test_contacts_move(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        acts.add_contact(site, "from", id="c1", email="a@example.com")
        acts.add_contact(site, "to", id="c2", email="b@example.com")

        found = merge(site)

        assert sorted(Contact.objects.filter(customer=pair[1]).values_list("public_id", flat=True)) == ["c1", "c2"]
        assert [acts.stored(each).contact_count for each in pair] == [0, 2]
        assert found.moved == {"contacts": 1}

    def test_contact_whose_id_is_taken_gets_another(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        acts.add_contact(site, "from", id="c1", email="a@example.com")
        acts.add_contact(site, "to", id="c1", email="b@example.com")

        merge(site)

        ids = Contact.objects.filter(customer=pair[1]).values_list("public_id", flat=True)
        assert len(set(ids)) == 2

    def test_manifest_has_no_personal_data(self, site: BillingSite) -> None:
        acts.add_contact(site, "from", id="c1", email="dana@example.com", first_name="Dana")

        assert "dana" not in str(merge(site).manifest).lower()

    def test_users_move(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        for name, customers in (("dana", ["from"]), ("avi", ["from", "to"])):
            for public_id in customers:
                customer_users.link_user(site=site, public_id=public_id, user=acts.a_user(name), at=NOW)

        merge(site)

        links = CustomerUser.objects.order_by("customer_id", "pk").values_list("customer__public_id", "user__username")
        assert list(links) == [("from", "avi"), ("to", "dana"), ("to", "avi")]


class TestMoney:
    """The books are verified after each of these, too."""

    def test_every_balance_moves_in_every_currency(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        credit(site, 500, "from")
        credit(site, 70, "to")
        credit(site, 30, "from", currency_code="EUR")
        pay(site, 250, "from")
        documents.create_credit_note(site=site, customer_public_id="from", total=300, at=NOW)
        documents.create_unbilled_charge(site=site, customer_public_id="from", amount=200, at=NOW)

        merge(site)

        left = Balance.objects.filter(customer=pair[0]).values_list(*Bucket.values)
        assert {sum(row) for row in left} == {0}
        found = Balance.objects.filter(customer=pair[1]).order_by("currency").values_list("currency", *Bucket.values)
        assert list(found) == [("EUR", 30, 0, 0, 0), ("USD", 570, 300, 250, 200)]
        assert acts.stored(pair[1]).has_balances

    def test_entries_say_why(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        credit(site, 500, "from")

        found = merge(site)

        said = LedgerEntry.objects.filter(reference=f"merge:{found.public_id}:USD").order_by("pk")
        columns = ("customer__public_id", "delta", "balance_after", "description", "source", "credit_type")
        assert list(said.values_list(*columns)) == [
            ("from", -500, 0, "Merged into to", "scheduled_job", "general"),
            ("to", 500, 500, "Merged from from", "scheduled_job", "general"),
        ]

    @pytest.mark.parametrize("bucket", [Bucket.REFUNDABLE_CREDITS, Bucket.EXCESS_PAYMENTS])
    @pytest.mark.parametrize("by_hand", [120, -120])
    def test_what_was_booked_by_hand_moves_apart(
        self, site: BillingSite, pair: tuple[Customer, Customer], bucket: Bucket, by_hand: int
    ) -> None:
        pay(site, 250, "from")
        documents.create_credit_note(site=site, customer_public_id="from", total=250, at=NOW)
        book(site, pair[0], by_hand, bucket=bucket)

        merge(site)

        assert amounts(pair[0], bucket) == {"USD": 0}
        assert amounts(pair[1], bucket) == {"USD": 250 + by_hand}

    def test_nothing_is_booked_where_there_is_nothing(self, site: BillingSite) -> None:
        merge(site)

        assert not LedgerEntry.objects.exists()

    def test_credits_pay_the_next_invoice_of_the_other(self, site: BillingSite) -> None:
        pay(site, 250, "from")

        merge(site)

        invoice = an_invoice(site, 1000, customer="to", apply_credits=True)
        assert (invoice.amount_paid, invoice.amount_due) == (250, 750)
