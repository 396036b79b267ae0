"""How staff merge a customer into another and undo it: with a permission of its own, after a look at what it does."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from billing_customers.models import BillingSite, Customer, CustomerMerge, Job
from tests.admin.conftest import StaffClient
from tests.admin.forms import ADMIN
from tests.admin.merge_pages import choose, confirm, merge_url, run_jobs, text_of, undo, undo_url
from tests.admin.money_pages import errors_of, page_of, told
from tests.admin.test_access import everything
from tests.operations import acts
from tests.operations.families import link
from tests.operations.merges import a_full_customer, ask, both, merge
from tests.operations.money import credit

Pair = tuple[Customer, Customer]
OTHERS = ("change_customer", "delete_customer", "erase_customer", "credit_customer", "view_customermerge")


@pytest.fixture(autouse=True)
def pair(site: BillingSite) -> Pair:
    return both(site)


def preview(client: Client, pair: Pair) -> str:
    answer = client.get(merge_url(*pair))
    assert answer.status_code == 200
    return text_of(answer.content.decode().partition('id="content"')[2])


def error_of(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.context["question"].error)


class TestChoosing:
    def test_id_leads_to_the_preview(self, root: Client, pair: Pair) -> None:
        before = everything()

        answer = choose(root, pair[0], "to")

        assert (answer.status_code, answer["Location"]) == (302, merge_url(*pair))
        assert everything() == before

    def test_former_id_does_too(self, root: Client, site: BillingSite, pair: Pair) -> None:
        acts.rename(site, "to", "renamed")

        assert choose(root, pair[0], "to")["Location"] == merge_url(*pair)

    @pytest.mark.parametrize(
        ("typed", "error"),
        [
            ("nobody", "There is no such customer."),
            ("from", "Must be another customer."),
            ("theirs", "There is no such customer."),
            ("gone", "There is no such customer."),
        ],
    )
    def test_id_that_is_none_is_refused(
        self, root: Client, site: BillingSite, other_site: BillingSite, pair: Pair, typed: str, error: str
    ) -> None:
        acts.create(other_site, "theirs")
        acts.create(site, "gone")
        acts.delete(site, "gone")

        assert errors_of(choose(root, pair[0], typed)) == {"target_id": [error]}

    @pytest.mark.parametrize("typed", ["", "x" * 51, "a\0"])
    def test_what_cannot_be_read_is_refused(self, root: Client, pair: Pair, typed: str) -> None:
        assert list(errors_of(choose(root, pair[0], typed))) == ["target_id"]


class TestPreview:
    def test_counts_and_balances_are_told(self, root: Client, site: BillingSite, pair: Pair) -> None:
        a_full_customer(site)
        credit(site, 12, "from", currency_code="JPY")

        shown = preview(root, pair)

        assert "Subscriptions: 1 (1 active). They go to to." in shown
        assert "Invoices: 1 (1 paid). They go to to." in shown
        assert "Contacts: 1. They go to to. c1" in shown
        assert "Promotional credits 5.00 USD 5.00 USD 10.00 USD" in shown
        assert "Promotional credits 12 JPY 0 JPY 12 JPY" in shown
        assert "Excess payments 2.50 USD 2.50 USD 5.00 USD" in shown
        # Once, in the table.
        assert "Promotional credits. They go" not in shown

    def test_balances_are_left_out_where_there_are_none(self, root: Client, site: BillingSite, pair: Pair) -> None:
        credit(site, 500, "to")

        assert "Balances that are added" not in preview(root, pair)

    def test_both_are_told_apart(self, root: Client, site: BillingSite, pair: Pair) -> None:
        acts.update(site, "from", company="Levi & Sons")

        shown = preview(root, pair)

        assert "Is merged away Stays Id from to" in shown
        assert "From To Company Levi & Sons - Created at" in shown
        assert "E-mail" not in shown

    def test_other_way_round_is_a_link_away(self, root: Client, pair: Pair) -> None:
        html = root.get(merge_url(*pair)).content.decode()

        assert f'href="{merge_url(pair[1], pair[0])}"' in html
        assert f'href="{merge_url(pair[0])}"' in html

    def test_blockers_are_told_with_what_helps_and_there_is_no_button(
        self, root: Client, site: BillingSite, pair: Pair
    ) -> None:
        acts.create(site, "hq")
        link(site, "from", "hq")
        for number in range(6):
            for name in ("from", "to"):
                acts.add_contact(site, name, id=f"c{number}", email="a@example.com")

        answer = root.get(merge_url(*pair))

        shown = text_of(answer.content.decode())
        assert "This would be refused: The customer has a parent in an account hierarchy. hq" in shown
        assert "Delete 2 of the contacts first." in shown
        assert b'name="confirmed"' not in answer.content

    def test_button_is_there_without_blockers(self, root: Client, pair: Pair) -> None:
        assert b'name="confirmed" value="Merge now"' in root.get(merge_url(*pair)).content

    def test_looking_changes_nothing(self, root: Client, pair: Pair) -> None:
        before = everything()

        answers = [root.get(merge_url(*pair)), root.get(merge_url(pair[0])), root.post(merge_url(*pair))]

        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert everything() == before


class TestMerging:
    def test_job_is_scheduled(self, root: Client, pair: Pair) -> None:
        answer = confirm(root, *pair)

        found = CustomerMerge.objects.get()
        assert answer["Location"] == f"{page_of(pair[0])}#merges"
        assert told(root, pair[0]) == ["Scheduled: from will be merged into to as soon as a worker is free."]
        assert (found.status, found.source, found.target) == ("scheduled", *pair)
        assert found.done_by == str(root.session["_auth_user_id"])
        assert Job.objects.get().kind == "customers.merge"
        logged = {entry.object_id: entry.get_change_message() for entry in LogEntry.objects.all()}
        assert logged == {
            str(pair[0].pk): f"Merging into to was scheduled: {found.public_id}.",
            str(pair[1].pk): f"Merging of from was scheduled: {found.public_id}.",
        }

    def test_worker_does_it(self, root: Client, site: BillingSite, pair: Pair) -> None:
        confirm(root, *pair)

        run_jobs()

        assert CustomerMerge.objects.get().status == "merged"
        assert [each.public_id for each in Customer.objects.for_site(site).live()] == ["to"]

    def test_sent_twice_it_is_one_merge(self, root: Client, pair: Pair) -> None:
        answers = [confirm(root, *pair), confirm(root, *pair)]

        assert [answer.status_code for answer in answers] == [302, 302]
        assert (CustomerMerge.objects.count(), Job.objects.count()) == (1, 1)

    def test_sent_again_after_the_worker_nothing_is_done(self, staff: StaffClient, pair: Pair) -> None:
        client = staff("view_customer", "merge_customer")
        confirm(client, *pair)
        run_jobs()
        before = everything()

        assert confirm(client, *pair).status_code == 403
        assert everything() == before

    @pytest.mark.parametrize("version", ["1", "9" * 18])
    def test_customer_that_has_changed_since_is_looked_at_anew(self, root: Client, pair: Pair, version: str) -> None:
        before = everything()

        answer = confirm(root, *pair, expected_version=version)

        assert error_of(answer) == "The customer has changed since."
        assert everything() == before
        # The version that is sent next is the one that is shown.
        assert f'value="{pair[0].resource_version}"' in answer.content.decode()

    @pytest.mark.parametrize("version", ["", "x", "9" * 400])
    def test_version_that_cannot_be_read_stores_nothing(self, root: Client, pair: Pair, version: str) -> None:
        before = everything()

        answer = confirm(root, *pair, expected_version=version)

        assert answer.status_code == 200
        assert everything() == before

    def test_refusal_is_told(self, root: Client, site: BillingSite, pair: Pair) -> None:
        acts.create(site, "third")
        ask(site, "to", "third")
        before = everything()

        answer = confirm(root, *pair)

        assert error_of(answer) == "The other customer is being merged into third."
        assert everything() == before

    @pytest.mark.parametrize("whom", ["itself", "another site's", "a tombstone", "nobody"])
    def test_target_that_is_none_is_no_page(
        self, root: Client, site: BillingSite, other_site: BillingSite, pair: Pair, whom: str
    ) -> None:
        gone = acts.create(site, "gone")
        acts.delete(site, "gone")
        targets = {"itself": pair[0], "another site's": acts.create(other_site, "to"), "a tombstone": gone}
        target = targets.get(whom, Customer(pk=999_999))
        before = everything()

        assert root.get(merge_url(pair[0], target)).status_code == 404
        assert confirm(root, pair[0], target).status_code == 404
        assert everything() == before


class TestUndoing:
    @pytest.fixture
    def merged(self, site: BillingSite, pair: Pair) -> CustomerMerge:
        return merge(site)

    def test_question_names_both(self, root: Client, merged: CustomerMerge) -> None:
        before = everything()

        html = root.get(undo_url(merged)).content.decode()

        assert "from comes back with everything that to got from it" in html
        assert everything() == before

    def test_job_is_scheduled_and_undoes_it(self, root: Client, merged: CustomerMerge) -> None:
        answer = undo(root, merged)

        assert answer["Location"] == f"{page_of(merged.target)}#merges"
        assert told(root, merged.target) == ["Scheduled: from will be taken out of to as soon as a worker is free."]
        entry = LogEntry.objects.get()
        assert entry.get_change_message() == f"Undoing of the merge {merged.public_id} was scheduled."
        run_jobs()
        merged.refresh_from_db()
        assert merged.status == "undone"

    def test_sent_twice_it_is_undone_once(self, root: Client, merged: CustomerMerge) -> None:
        undo(root, merged)
        undo(root, merged)

        assert Job.objects.filter(kind="customers.undo_merge").count() == 1

    def test_refusal_is_told(self, root: Client, merged: CustomerMerge) -> None:
        undo(root, merged)
        run_jobs()
        before = everything()

        answer = undo(root, merged)

        assert error_of(answer) == "The merge is undone: there is nothing to undo."
        assert everything() == before

    def test_merge_of_another_customer_is_no_page(self, root: Client, site: BillingSite, merged: CustomerMerge) -> None:
        third = acts.create(site, "third")
        elsewhere = undo_url(merged).replace(f"/customer/{merged.target_id}/", f"/customer/{third.pk}/")

        assert root.get(elsewhere).status_code == 404
        assert root.get(undo_url(CustomerMerge(target_id=merged.target_id, pk=999_999))).status_code == 404


def deeds(pair: Pair, merged: CustomerMerge) -> dict[str, Any]:
    """Each page, as it is sent."""
    return {
        "choose": lambda client: choose(client, pair[0], "to"),
        "merge": lambda client: confirm(client, *pair),
        "undo": lambda client: undo(client, merged),
    }


@pytest.fixture
def earlier(site: BillingSite) -> CustomerMerge:
    acts.create(site, "earlier")
    return merge(site, "earlier", "to")


@pytest.mark.parametrize("deed", ["choose", "merge", "undo"])
@pytest.mark.parametrize(
    "permissions", [(), ("view_customer", *OTHERS), ("merge_customer",)], ids=["nothing", "all others", "no sight"]
)
def test_deed_needs_its_permission_and_sight(
    permissions: tuple[str, ...], deed: str, staff: StaffClient, pair: Pair, earlier: CustomerMerge
) -> None:
    send, client = deeds(pair, earlier)[deed], staff(*permissions)
    before = everything()

    answers = [send(client), send(Client())]

    assert [answer.status_code for answer in answers] == [403, 302]
    assert answers[1]["Location"].startswith("/admin/login/")
    assert everything() == before


@pytest.mark.parametrize("deed", ["choose", "merge", "undo"])
def test_deed_is_done_with_them(deed: str, staff: StaffClient, pair: Pair, earlier: CustomerMerge) -> None:
    answer = deeds(pair, earlier)[deed](staff("view_customer", "merge_customer"))

    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{ADMIN}/customer/")


@pytest.mark.parametrize("deed", ["choose", "merge", "undo"])
def test_deed_needs_the_csrf_token(deed: str, root: Client, pair: Pair, earlier: CustomerMerge) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = root.cookies
    before = everything()

    assert deeds(pair, earlier)[deed](client).status_code == 403
    assert everything() == before


@pytest.mark.parametrize("deed", ["choose", "merge"])
def test_nothing_is_done_with_a_tombstone(
    deed: str, staff: StaffClient, site: BillingSite, pair: Pair, earlier: CustomerMerge
) -> None:
    acts.delete(site, "from")
    before = everything()

    answer = deeds(pair, earlier)[deed](staff("view_customer", "merge_customer"))

    assert answer.status_code == 403
    assert everything() == before


@pytest.mark.parametrize("path", ["{}/merge/x/", "{}/merge/" + "9" * 40 + "/", "9999/merge/", "{}/merges/9999/undo/"])
def test_no_path_is_a_crash(path: str, root: Client, pair: Pair) -> None:
    assert root.get(f"{ADMIN}/customer/{path.format(pair[0].pk)}").status_code in {302, 404}
