"""One customer becomes another. Contract: Chargebee "Merge customers" (chargebee-wire 3.14)."""

from __future__ import annotations

import pytest

from billing_customers.actors import Actor
from billing_customers.exceptions import InvalidInput, InvalidState, NotFound, VersionMismatch
from billing_customers.models import (
    BillingSite,
    Customer,
    CustomerMerge,
    Job,
)
from billing_customers.operations.merge_rules import blockers_of_merge
from billing_customers.operations.merging import merge_customers
from tests.fixtures import NOW
from tests.hostapp.models import Badge
from tests.operations import acts
from tests.operations.collecting import an_invoice
from tests.operations.families import delink, link
from tests.operations.merges import ask, both, customers_stay, merge, run_all, undo
from tests.operations.money import an_attempt, credit
from tests.operations.watching import faults, refusal, rows_stay

MERGED_VERSION = acts.LATER_VERSION + 60_000


@pytest.fixture(autouse=True)
def pair(site: BillingSite) -> tuple[Customer, Customer]:
    return both(site)


class TestAsking:
    def test_customer_that_stays_is_returned_as_it_is(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        customer, found = merge_customers(site=site, from_id="from", to_id="to", actor=Actor("api", "k"), at=acts.LATER)

        assert (customer.pk, customer.resource_version) == (pair[1].pk, acts.VERSION)
        assert (found.status, found.done_by, found.source_id, found.target_id) == (
            "scheduled",
            "k",
            pair[0].pk,
            pair[1].pk,
        )

    def test_nothing_but_job_and_merge_is_written(self, site: BillingSite) -> None:
        before = list(Customer.objects.values())

        ask(site)

        assert list(Customer.objects.values()) == before
        assert (Job.objects.get().kind, CustomerMerge.objects.count()) == ("customers.merge", 1)

    def test_asked_twice_there_is_one_merge(self, site: BillingSite) -> None:
        first = ask(site)

        with rows_stay():
            assert ask(site).pk == first.pk

    @pytest.mark.parametrize("follows", [False, True])
    def test_asked_again_when_it_is_made_it_is_the_same(self, site: BillingSite, follows: bool) -> None:
        site.follows_merged_ids = follows
        site.save()
        first = merge(site)

        with rows_stay():
            again = ask(site)

        assert (again.pk, again.status) == (first.pk, "merged")

    def test_once_undone_it_can_be_asked_for_anew(self, site: BillingSite) -> None:
        first = merge(site)
        undo(site, first)

        assert ask(site).pk != first.pk

    def test_made_merge_of_another_site_is_missing(self, site: BillingSite, other_site: BillingSite) -> None:
        acts.create(other_site, "to")
        merge(site)

        with refusal(NotFound):
            ask(other_site)

    @pytest.mark.parametrize(
        ("source", "target", "param"), [("no", "to", "from_customer_id"), ("from", "no", "to_customer_id")]
    )
    def test_missing_customer_is_refused(self, site: BillingSite, source: str, target: str, param: str) -> None:
        with refusal(NotFound) as caught:
            ask(site, source, target)
        assert caught.value.param == param

    @pytest.mark.parametrize(("source", "target"), [("theirs", "to"), ("from", "theirs")])
    def test_customer_of_another_site_is_missing(
        self, site: BillingSite, other_site: BillingSite, source: str, target: str
    ) -> None:
        acts.create(other_site, "theirs")

        with refusal(NotFound) as caught:
            ask(site, source, target)
        assert caught.value.message == "There is no such customer."

    @pytest.mark.parametrize("gone", ["from", "to"])
    def test_deleted_customer_is_missing(self, site: BillingSite, gone: str) -> None:
        acts.delete(site, gone)

        with refusal(NotFound):
            ask(site)

    def test_customer_into_itself_is_refused(self, site: BillingSite) -> None:
        with refusal(InvalidInput) as caught:
            ask(site, "from", "from")
        assert faults(caught) == [("to_customer_id", "Must be another customer.")]

    def test_former_id_of_itself_is_refused(self, site: BillingSite) -> None:
        acts.rename(site, "from", "renamed")

        with refusal(InvalidInput):
            ask(site, "from", "renamed")

    def test_customer_that_has_changed_since_is_refused(self, site: BillingSite) -> None:
        with refusal(VersionMismatch) as caught:
            ask(site, expected_version=acts.VERSION - 1)
        assert caught.value.message == "The customer has changed since."

    def test_version_is_that_of_the_one_that_is_merged_away(self, site: BillingSite) -> None:
        acts.update(site, "to", name="Other")

        assert ask(site, expected_version=acts.VERSION).status == "scheduled"

    def test_former_ids_are_understood(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        acts.rename(site, "from", "source")
        acts.rename(site, "to", "target")

        found = ask(site, "from", "to")

        assert (found.source_id, found.target_id) == (pair[0].pk, pair[1].pk)


class TestWhatSpeaksAgainstIt:
    """Asked at once, and again by the job: then the merge has failed, and nothing has moved."""

    def check(self, site: BillingSite, message: str, code: str, pair: tuple[Customer, Customer]) -> None:
        # Both are read anew: what speaks against it was written by an operation.
        source, target = (acts.stored(each) for each in pair)
        found = blockers_of_merge(site, source, target)
        assert [(each.code, each.message) for each in found] == [(code, message)]
        assert found[0].fix
        with refusal(InvalidState) as caught:
            ask(site)
        assert (caught.value.message, caught.value.param) == (message, "from_customer_id")

    def test_parent(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        acts.create(site, "parent")
        link(site, "from", "parent")

        self.check(site, "The customer has a parent in an account hierarchy.", "has_parent", pair)

    def test_children(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        acts.create(site, "child")
        link(site, "child", "from")

        self.check(site, "The customer has children in an account hierarchy.", "has_children", pair)

    def test_hierarchy_of_the_other_one_does_not(self, site: BillingSite) -> None:
        acts.create(site, "parent")
        acts.create(site, "child")
        link(site, "to", "parent")
        link(site, "child", "to")

        merge(site)

    def test_payment_under_way(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        an_attempt(pair[0], an_invoice(site, customer="from"))

        self.check(site, "A payment of the customer is under way.", "live_transaction", pair)

    def test_more_contacts_than_a_customer_may_have(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        for number in range(6):
            for name in ("from", "to"):
                acts.add_contact(site, name, id=f"c{number}", email="a@example.com")

        self.check(site, "Together they have 12 contacts, and a customer has at most 10.", "too_many_contacts", pair)

    def test_more_money_than_a_balance_may_have(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        credit(site, 10**15, "to")
        credit(site, 1, "from")
        credit(site, 1, "from", currency_code="EUR")

        self.check(site, f"The promotional credits in USD would exceed {10**15}.", "balance_limit", pair)

    def test_rows_that_nobody_looks_after(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        badge = Badge.objects.create(customer=pair[0], given_at=NOW, value=1)
        message = "Rows of hostapp.Badge.customer refer to the customer, and no neighbour looks after them."

        self.check(site, message, "uncovered_rows", pair)
        assert blockers_of_merge(site, *pair)[0].ids == (str(badge.pk),)

    def test_source_is_merged_into_a_third(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        acts.create(site, "third")
        ask(site, "from", "third")

        self.check(site, "The customer is being merged into third.", "merge_under_way", pair)

    def test_target_is_merged_into_a_third(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        acts.create(site, "third")
        ask(site, "to", "third")

        self.check(site, "The other customer is being merged into third.", "merge_under_way", pair)

    def test_target_is_merged_into_the_source(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        ask(site, "to", "from")

        source, target = pair
        messages = [each.message for each in blockers_of_merge(site, source, target)]
        assert messages == [
            "The other customer is being merged into from.",
            "Other customers are being merged into the customer, or out of it.",
        ]
        with refusal(InvalidState):
            ask(site)

    def test_source_gets_a_third(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        acts.create(site, "third")
        ask(site, "third", "from")

        message = "Other customers are being merged into the customer, or out of it."
        self.check(site, message, "merge_under_way", pair)

    def test_several_can_be_merged_into_one(self, site: BillingSite) -> None:
        acts.create(site, "third")
        ask(site, "third", "to")
        ask(site)

        run_all()

        assert set(CustomerMerge.objects.values_list("status", flat=True)) == {"merged"}

    def test_what_came_meanwhile_fails_the_merge(self, site: BillingSite, pair: tuple[Customer, Customer]) -> None:
        found = ask(site)
        acts.create(site, "parent")
        link(site, "from", "parent")
        before = list(Customer.objects.values())

        run_all()

        found.refresh_from_db()
        assert (found.status, found.error, found.is_open, found.manifest) == (
            "failed",
            "The customer has a parent in an account hierarchy.",
            None,
            {},
        )
        assert list(Customer.objects.values()) == before
        assert Job.objects.get(kind="customers.merge").result == {"merged": False, "reason": found.error}

    @pytest.mark.parametrize("gone", ["from", "to"])
    def test_deletion_meanwhile_fails_the_merge(self, site: BillingSite, gone: str) -> None:
        found = ask(site)
        acts.delete(site, gone)
        with customers_stay():
            run_all()

        found.refresh_from_db()
        assert (found.status, found.error) == ("failed", "One of the customers was deleted meanwhile.")

    def test_merge_that_failed_can_be_asked_for_again(self, site: BillingSite) -> None:
        first = ask(site)
        acts.create(site, "parent")
        link(site, "from", "parent")
        run_all()
        delink(site, "from")

        assert merge(site).pk != first.pk
