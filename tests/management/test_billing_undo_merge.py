from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from billing_customers.models import BillingSite, Customer, CustomerMerge
from tests.operations import acts
from tests.operations.merges import UNDONE_AT, ask, both, merge, run_all
from tests.operations.watching import rows_stay


@pytest.fixture
def merged(site: BillingSite) -> CustomerMerge:
    both(site)
    return merge(site)


def run(*arguments: str) -> tuple[str, str]:
    """Standard output and standard error."""
    output, error = StringIO(), StringIO()
    call_command("billing_undo_merge", *arguments, stdout=output, stderr=error, no_color=True)
    return output.getvalue(), error.getvalue()


def refusal(*arguments: str) -> str:
    """What is said, with nothing changed."""
    with rows_stay(), pytest.raises(CommandError) as caught:
        run(*arguments)
    assert caught.value.returncode == 1
    return str(caught.value)


@pytest.mark.parametrize("site_said", [(), ("--site", "acme-test")], ids=["any site", "its site"])
def test_the_id_stands_alone_on_standard_output(merged: CustomerMerge, site_said: tuple[str, ...]) -> None:
    output, error = run(merged.public_id, *site_said)

    assert output == f"{merged.public_id}\n"
    assert error == (
        f"{merged.public_id}: from out of to again, undo scheduled. A worker undoes it: billing_worker --once.\n"
    )


def test_the_job_is_that_of_the_api(site: BillingSite, merged: CustomerMerge) -> None:
    run(merged.public_id)

    run_all(timezone.now())

    merged.refresh_from_db()
    assert (merged.status, merged.error) == ("undone", "")
    assert {each.public_id for each in Customer.objects.for_site(site).live()} == {"from", "to"}


def test_asked_again_nothing_changes(merged: CustomerMerge) -> None:
    run(merged.public_id)

    with rows_stay():
        assert run(merged.public_id)[0] == f"{merged.public_id}\n"


def test_merge_that_is_not_made_yet_is_refused(site: BillingSite) -> None:
    both(site)

    assert refusal(ask(site).public_id) == "The merge is scheduled: there is nothing to undo."


def test_customer_that_was_deleted_since_is_told(site: BillingSite, merged: CustomerMerge) -> None:
    acts.delete(site, "to", at=UNDONE_AT)

    assert refusal(merged.public_id) == "The customer to was deleted or merged itself since."


def test_merge_that_is_not_there(merged: CustomerMerge, other_site: BillingSite) -> None:
    assert refusal("merge_nope") == "There is no merge merge_nope."
    assert refusal(merged.public_id, "--site", other_site.slug) == (
        f"There is no merge {merged.public_id} in {other_site.slug}."
    )


def test_site_that_is_not_there(merged: CustomerMerge) -> None:
    assert refusal(merged.public_id, "--site", "nope") == "There is no site nope. Make it with billing_create_site."


def test_id_that_two_sites_have_needs_the_site(
    site: BillingSite, other_site: BillingSite, merged: CustomerMerge
) -> None:
    both(other_site)
    CustomerMerge.objects.filter(pk=ask(other_site).pk).update(public_id=merged.public_id)

    assert refusal(merged.public_id) == f"More than one site has a merge {merged.public_id}: name one with --site."
    assert run(merged.public_id, "--site", site.slug)[0] == f"{merged.public_id}\n"
