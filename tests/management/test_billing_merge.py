from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from billing_customers.models import BillingSite, Customer, CustomerMerge, Job
from tests.management.test_billing_impact import run as run_impact
from tests.operations import acts
from tests.operations.families import link
from tests.operations.merges import a_subscription, ask, both, merge, run_all
from tests.operations.money import credit
from tests.operations.watching import rows_stay


@pytest.fixture(autouse=True)
def pair(site: BillingSite) -> tuple[Customer, Customer]:
    return both(site)


def run(*arguments: str, site: str = "acme-test") -> tuple[str, str]:
    """Standard output and standard error."""
    output, error = StringIO(), StringIO()
    call_command("billing_merge", *arguments, "--site", site, stdout=output, stderr=error, no_color=True)
    return output.getvalue(), error.getvalue()


def refusal(*arguments: str, site: str = "acme-test") -> str:
    """What is said, with nothing changed."""
    with rows_stay(), pytest.raises(CommandError) as caught:
        run(*arguments, site=site)
    assert caught.value.returncode == 1
    return str(caught.value)


def foretold(*arguments: str) -> tuple[str, int]:
    """What a dry run prints, with nothing changed, and its exit status."""
    output, status = StringIO(), 0
    with rows_stay():
        try:
            call_command("billing_merge", *arguments, "--site", "acme-test", "--dry-run", stdout=output)
        except SystemExit as stopped:
            status = int(str(stopped.code))
    return output.getvalue(), status


def test_the_id_stands_alone_on_standard_output(pair: tuple[Customer, Customer]) -> None:
    output, error = run("from", "to")

    found = CustomerMerge.objects.get()
    assert output == f"{found.public_id}\n"
    assert error == f"{found.public_id}: from into to, scheduled. A worker makes it: billing_worker --once.\n"
    assert (found.source, found.target, found.done_by) == (*pair, "billing_merge")


def test_the_job_is_that_of_the_api(site: BillingSite) -> None:
    run("from", "to")
    job = Job.objects.get()

    run_all(timezone.now())

    assert job.kind == "customers.merge"
    assert CustomerMerge.objects.get().status == "merged"
    assert [each.public_id for each in Customer.objects.for_site(site).live()] == ["to"]


def test_asked_again_it_is_the_same_merge(site: BillingSite) -> None:
    scheduled = ask(site)

    with rows_stay():
        assert run("from", "to")[0] == f"{scheduled.public_id}\n"


def test_asked_again_once_it_is_made_it_says_so(site: BillingSite) -> None:
    made = merge(site)

    with rows_stay():
        said = run("from", "to")

    assert said == (f"{made.public_id}\n", f"{made.public_id}: from into to, merged.\n")


def test_dry_run_tells_what_moves(site: BillingSite) -> None:
    credit(site, 500, "from")
    credit(site, 12, "from", currency_code="JPY")
    acts.add_contact(site, "from", id="jane", email="jane@example.com")
    a_subscription(site)

    text, status = foretold("from", "to")

    assert status == 0
    assert text == (
        "Nothing speaks against merge of from:\n"
        "  customer_merged (1): The customer becomes a tombstone whose id leads to to. [from]\n"
        "  subscription_moved (1): Subscriptions: 1 (1 active). They go to to.\n"
        "  promotional_credits_moved (12 JPY, 5.00 USD): Promotional credits. They go to to.\n"
        "  contacts_moved (1): Contacts: 1. They go to to. [jane]\n"
    )


def test_dry_run_tells_what_speaks_against_it(site: BillingSite) -> None:
    acts.create(site, "hq")
    link(site, "from", "hq")

    text, status = foretold("from", "to")

    assert status == 1
    assert text.splitlines()[:2] == [
        "merge of from would be refused:",
        "  has_parent: The customer has a parent in an account hierarchy. [hq]",
    ]


def test_dry_run_and_billing_impact_say_the_same(site: BillingSite) -> None:
    acts.create(site, "acme")

    assert foretold("acme", "to")[0] == run_impact("merge", "--to", "to")


def test_refusal_of_a_dry_run_is_that_of_the_merge(site: BillingSite) -> None:
    acts.create(site, "hq")
    link(site, "from", "hq")

    assert refusal("from", "to") == "The customer has a parent in an account hierarchy."


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody", "to"], "There is no customer nobody in acme-test."),
        (["from", "nobody"], "There is no customer nobody in acme-test."),
        (["from", "from"], "to_customer_id: Must be another customer."),
        (["nobody", "to", "--dry-run"], "There is no such customer."),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(arguments: list[str], said: str) -> None:
    assert refusal(*arguments) == said


@pytest.mark.parametrize(
    ("target", "said"), [("nobody", "not_found: There is no such"), ("from", "same_customer: Must be another")]
)
def test_dry_run_into_nobody_would_be_refused(target: str, said: str) -> None:
    text, status = foretold("from", target)

    assert (said in text, status) == (True, 1)


def test_customers_of_another_site_are_not_found(site: BillingSite, other_site: BillingSite) -> None:
    acts.create(other_site, "theirs")

    assert refusal("from", "theirs") == "There is no customer theirs in acme-test."
    assert refusal("from", "to", site=other_site.slug) == f"There is no customer from in {other_site.slug}."


def test_site_that_is_not_there() -> None:
    assert refusal("from", "to", site="nope") == "There is no site nope. Make it with billing_create_site."


def test_site_must_be_named() -> None:
    with pytest.raises(CommandError, match="--site"):
        call_command("billing_merge", "from", "to")
