"""Merges on the pages of their customers, and the list of them: what is shown, to whom, and at what cost."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from billing_customers.models import BillingSite, Customer, CustomerMerge
from billing_customers.operations.documents import change_subscription
from tests.admin.conftest import StaffClient
from tests.admin.forms import ADMIN
from tests.admin.merge_pages import merge_url, offers, section, section_html, text_of, undo_url
from tests.admin.money_pages import page_of
from tests.admin.test_lists import queries_of
from tests.operations import acts
from tests.operations.families import link
from tests.operations.merges import (
    MERGED_AT,
    UNDONE_AT,
    a_full_customer,
    a_subscription,
    ask,
    ask_undo,
    both,
    merge,
    run_all,
    undo,
)

Pair = tuple[Customer, Customer]
LIST = f"{ADMIN}/customermerge/"


@pytest.fixture(autouse=True)
def pair(site: BillingSite) -> Pair:
    return both(site)


def stored(pair: Pair) -> Pair:
    return acts.stored(pair[0]), acts.stored(pair[1])


def failed(site: BillingSite) -> CustomerMerge:
    """A merge that something came to speak against."""
    found = ask(site)
    acts.create(site, "hq")
    link(site, "from", "hq")
    run_all()
    found.refresh_from_db()
    return found


def listed(client: Client, **params: Any) -> list[int]:
    answer = client.get(LIST, params)
    assert answer.status_code == 200
    return [row.pk for row in answer.context["cl"].result_list]


class TestSection:
    def test_customer_that_took_part_in_none_is_told_so(self, root: Client, pair: Pair) -> None:
        assert "It took part in no merge." in section_html(root, pair[0])
        assert offers(root, pair[0]) == [merge_url(pair[0]).removeprefix(f"{ADMIN}/")]

    def test_both_sides_show_it(self, root: Client, site: BillingSite, pair: Pair) -> None:
        a_full_customer(site)
        found = merge(site)
        counts = "contacts: 1 credit notes: 1 invoices: 1 payment sources: 1 subscriptions: 1 transactions: 2 "
        counts += "unbilled charges: 1 users: 1"

        source, target = stored(pair)

        assert section(root, source) == [f"into to {found.public_id} merged {counts} asked T merged T Undo…"]
        assert section(root, target) == [f"from from {found.public_id} merged {counts} asked T merged T Undo…"]

    def test_scheduled_one_is_shown_without_a_way_back(self, root: Client, site: BillingSite, pair: Pair) -> None:
        found = ask(site)

        assert section(root, pair[0]) == [f"into to {found.public_id} scheduled - asked T"]

    def test_failed_one_says_why(self, root: Client, site: BillingSite, pair: Pair) -> None:
        found = failed(site)
        why = "The customer has a parent in an account hierarchy."

        assert section(root, pair[1]) == [f"from from {found.public_id} failed {why} - asked T"]

    def test_undoing_is_shown(self, root: Client, site: BillingSite, pair: Pair) -> None:
        found = merge(site)
        ask_undo(site, found)
        scheduled = section(root, pair[1])
        run_all(UNDONE_AT)

        assert scheduled == [f"from from {found.public_id} undo scheduled - asked T merged T"]
        assert section(root, acts.stored(pair[0])) == [f"into to {found.public_id} undone - asked T merged T undone T"]

    def test_merge_that_was_not_undone_says_why(self, root: Client, site: BillingSite, pair: Pair) -> None:
        a_subscription(site)
        found = merge(site)
        change_subscription(site=site, public_id="sub", status="canceled", at=MERGED_AT + timedelta(minutes=1))
        undo(site, found)

        (row,) = section(root, pair[1])
        assert "merged Not undone: Of the subscriptions that were moved, sub changed since." in row
        assert row.endswith("Undo…")

    def test_newest_stands_first_and_the_rest_is_a_link_away(self, root: Client, site: BillingSite, pair: Pair) -> None:
        for number in range(11):
            acts.create(site, f"c{number}")
            merge(site, f"c{number}", "to")

        rows = section(root, acts.stored(pair[1]))

        assert [row.split()[1] for row in rows] == [f"c{number}" for number in range(10, 0, -1)]
        assert offers(root, pair[1])[0] == f"customermerge/?customer={pair[1].pk}"

    def test_undo_is_a_link_to_the_question(self, root: Client, site: BillingSite, pair: Pair) -> None:
        found = merge(site)

        for customer in stored(pair):
            assert undo_url(found).removeprefix(f"{ADMIN}/") in offers(root, customer)

    def test_merge_below_another_one_is_not_undone_first(self, root: Client, site: BillingSite, pair: Pair) -> None:
        merge(site)
        acts.create(site, "third")
        last = merge(site, "to", "third")

        offered = [url for each in stored(pair) for url in offers(root, each) if "/undo/" in url]

        assert offered == [undo_url(last).removeprefix(f"{ADMIN}/")]

    @pytest.mark.parametrize(
        ("permissions", "sees", "does"),
        [
            ((), False, []),
            (("view_customermerge",), True, ["customermerge/?customer={pk}"]),
            (("merge_customer",), True, ["customer/{pk}/merge/", "customer/{pk}/merges/{merge}/undo/"]),
        ],
    )
    def test_section_is_for_those_who_may_see_merges_or_make_them(
        self,
        staff: StaffClient,
        site: BillingSite,
        pair: Pair,
        permissions: tuple[str, ...],
        sees: bool,
        does: list[str],
    ) -> None:
        found = merge(site)
        client = staff("view_customer", *permissions)

        assert bool(section(client, pair[1])) is sees
        assert offers(client, pair[1]) == [each.format(pk=pair[1].pk, merge=found.pk) for each in does]
        assert (b'href="#merges"' in client.get(page_of(pair[1])).content) is sees

    def test_tombstone_offers_no_merge(self, root: Client, site: BillingSite, pair: Pair) -> None:
        acts.delete(site, "from")

        assert offers(root, acts.stored(pair[0])) == []

    def test_page_costs_the_same_with_one_merge_and_with_ten(self, root: Client, site: BillingSite, pair: Pair) -> None:
        acts.create(site, "c0")
        merge(site, "c0", "to")
        few = queries_of(root, page_of(pair[1]))
        for number in range(1, 10):
            acts.create(site, f"c{number}")
            merge(site, f"c{number}", "to")

        assert len(queries_of(root, page_of(pair[1]))) == len(few)


class TestTombstone:
    def note(self, client: Client, customer: Customer) -> str:
        html = client.get(page_of(customer)).content.decode()
        return html.partition("bc-merged-into")[2].partition("</p>")[0]

    def test_it_says_what_it_was_merged_into(self, staff: StaffClient, site: BillingSite, pair: Pair) -> None:
        merge(site)

        note = self.note(staff("view_customer"), acts.stored(pair[0]))

        assert text_of(note).endswith("This customer was merged into to .")
        assert f'href="{page_of(pair[1])}"' in note

    def test_of_merges_in_a_row_it_is_the_last(self, root: Client, site: BillingSite, pair: Pair) -> None:
        merge(site)
        third = acts.create(site, "third")
        merge(site, "to", "third")

        assert f'href="{page_of(third)}"' in self.note(root, acts.stored(pair[0]))

    def test_customer_that_was_deleted_says_nothing(self, root: Client, site: BillingSite, pair: Pair) -> None:
        acts.delete(site, "from")

        assert self.note(root, acts.stored(pair[0])) == ""

    def test_customer_that_came_back_says_nothing(self, root: Client, site: BillingSite, pair: Pair) -> None:
        undo(site, merge(site))

        assert self.note(root, acts.stored(pair[0])) == ""

    def test_live_customer_is_not_asked(self, root: Client, pair: Pair) -> None:
        looks = [sql for sql in queries_of(root, page_of(pair[0])) if re.search(r"merged_id\W+=", sql)]

        assert looks == []


class TestList:
    def test_it_is_searched_by_merge_and_by_customer(
        self, root: Client, site: BillingSite, other_site: BillingSite, pair: Pair
    ) -> None:
        both(other_site)
        acts.create(site, "third")
        ours, theirs, last = merge(site), merge(other_site), merge(site, "third", "to")

        assert listed(root) == [last.pk, theirs.pk, ours.pk]
        assert listed(root, q=f" {ours.public_id} ") == [ours.pk]
        assert listed(root, q="from") == [theirs.pk, ours.pk]
        assert listed(root, q="third") == [last.pk]
        assert listed(root, q="fro") == listed(root, q="x" * 51) == []

    def test_it_is_filtered_by_customer_site_and_status(
        self, root: Client, site: BillingSite, other_site: BillingSite, pair: Pair
    ) -> None:
        both(other_site)
        theirs, ours = merge(other_site), failed(site)

        for customer in pair:
            assert listed(root, customer=customer.pk) == [ours.pk]
        assert listed(root, site=other_site.slug) == [theirs.pk]
        assert listed(root, status="failed") == [ours.pk]
        assert listed(root, status="merged", customer=pair[0].pk) == []

    def test_row_tells_who_became_whom(self, root: Client, site: BillingSite, pair: Pair) -> None:
        failed(site)

        shown = text_of(root.get(LIST).content.decode())

        assert "from → to acme-test failed The customer has a parent in an account hierarchy." in shown

    @pytest.mark.parametrize("query", ["", "?site=acme-test", "?customer={pk}", "?status=merged", "?q=to"])
    def test_it_costs_the_same_with_one_and_with_twenty(
        self, root: Client, site: BillingSite, pair: Pair, query: str
    ) -> None:
        path = LIST + query.format(pk=pair[1].pk)
        merge(site)
        few = queries_of(root, path)
        for number in range(19):
            acts.create(site, f"c{number}")
            merge(site, f"c{number}", "to")

        many = queries_of(root, path)

        assert len(many) == len(few) <= 10
        assert [sql for sql in many if re.search(r"COUNT\(|DISTINCT", sql)] == []

    def test_page_of_a_merge_shows_what_it_moved(self, root: Client, site: BillingSite, pair: Pair) -> None:
        a_full_customer(site)
        found = merge(site)

        html = root.get(f"{LIST}{found.pk}/change/").content.decode()

        shown = text_of(html)
        assert "subscriptions: 1" in shown
        assert "promotional credits 5.00 USD" in shown
        assert "excess payments 2.50 USD" in shown
        assert f'href="{undo_url(found)}"' in html
        assert "manifest" not in html

    def test_page_offers_no_way_back_to_those_who_may_not(
        self, staff: StaffClient, site: BillingSite, pair: Pair
    ) -> None:
        found = merge(site)

        html = staff("view_customer", "view_customermerge").get(f"{LIST}{found.pk}/change/").content.decode()

        assert "/undo/" not in html

    def test_merge_without_balances_says_so(self, root: Client, site: BillingSite) -> None:
        found = ask(site)

        assert "None." in text_of(root.get(f"{LIST}{found.pk}/change/").content.decode())

    def test_ids_are_text(self, root: Client, site: BillingSite, pair: Pair) -> None:
        found = merge(site)
        Customer.objects.filter(pk__in=[each.pk for each in pair]).update(public_id="<img src=x>")
        CustomerMerge.objects.update(error="<img src=x>", moved={"<img src=x>": 1}, status="failed")
        paths = [LIST, f"{LIST}{found.pk}/change/", *map(page_of, stored(pair))]

        pages = [root.get(path).content.decode() for path in paths]

        assert [page for page in pages if "<img src=x" in page] == []
        assert all("&lt;img src=x&gt;" in page for page in pages)
