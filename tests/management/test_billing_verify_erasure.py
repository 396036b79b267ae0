from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from billing_customers.models import BillingSite, Customer
from billing_customers.operations.erasure import schedule_erasure
from billing_customers.work.jobs import run_due
from tests.fixtures import NOW
from tests.operations import acts


def run(*arguments: str) -> tuple[int, str]:
    """The exit status, and what the command prints."""
    output = StringIO()
    try:
        call_command("billing_verify", *arguments, stdout=output)
    except SystemExit as stopped:
        return int(str(stopped.code)), output.getvalue()
    return 0, output.getvalue()


@pytest.fixture
def acme(site: BillingSite) -> Customer:
    return acts.create(site, "acme", name="Ann")


@pytest.fixture
def erased(site: BillingSite, acme: Customer) -> Customer:
    schedule_erasure(site=site, public_id="acme", at=NOW)
    while run_due(clock=lambda: NOW, uniform=lambda low, high: low):
        pass
    return acme


@pytest.mark.usefixtures("erased")
def test_erasure_that_holds_is_told() -> None:
    assert run("--erasure", "acme", "--site", "acme-test") == (
        0,
        "acme-test acme: the personal data is cleared, and the certificate right\n",
    )


def test_what_is_wrong_is_told_and_the_status_is_1(erased: Customer) -> None:
    Customer.objects.update(company="Ann & Sons")

    status, said = run("--erasure", "acme", "--site", "acme-test")

    assert (status, said.splitlines()) == (
        1,
        [
            "acme-test acme: the erasure is not proven",
            f"  Customer.company of row {erased.pk} is not empty.",
            "  The digest is not that of the certificate and of the rows: one of them was changed.",
        ],
    )
    assert "Sons" not in said


@pytest.mark.usefixtures("acme")
def test_customer_that_was_not_cleared_is_told() -> None:
    status, said = run("--erasure", "acme", "--site", "acme-test", "--json")

    assert (status, json.loads(said)) == (
        1,
        {
            "site": "acme-test",
            "customer": "acme",
            "faults": ["There is no certificate: the personal data was not cleared."],
        },
    )


@pytest.mark.usefixtures("acme")
def test_customer_that_is_yet_to_be_cleared_is_told(site: BillingSite) -> None:
    schedule_erasure(site=site, public_id="acme", at=NOW)

    status, said = run("--erasure", "acme", "--site", "acme-test", "--json")

    message = (
        "The personal data is about to be cleared: a worker does it, and tries again while something is under way."
    )
    assert (status, json.loads(said)["faults"]) == (1, [message])


@pytest.mark.usefixtures("erased")
def test_all_is_well_in_json() -> None:
    status, said = run("--erasure", "acme", "--site", "acme-test", "--json")

    assert (status, json.loads(said)) == (0, {"site": "acme-test", "customer": "acme", "faults": []})


def test_missing_customer_is_told(site: BillingSite) -> None:
    assert run("--erasure", "none", "--site", "acme-test") == (
        1,
        "acme-test none: the erasure is not proven\n  There is no such customer.\n",
    )


def test_site_must_be_named(site: BillingSite) -> None:
    with pytest.raises(CommandError, match="--erasure needs --site"):
        run("--erasure", "acme")


def test_unknown_site_is_told(site: BillingSite) -> None:
    with pytest.raises(CommandError, match="There is no site 'x'"):
        run("--erasure", "acme", "--site", "x")
