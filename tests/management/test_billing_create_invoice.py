from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from billing_customers.models import BillingSite, Customer, Invoice
from billing_customers.operations.documents import create_subscription
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.money import book

USD = ("--total", "1095", "--currency", "USD")
WHOLE = "--total: Must be an integer, in minor units such as cents."


@pytest.fixture(autouse=True)
def acme(site: BillingSite) -> Customer:
    return acts.create(site)


def run(*arguments: str) -> tuple[str, str]:
    """Standard output and standard error."""
    output, error = StringIO(), StringIO()
    call_command("billing_create_invoice", *arguments, stdout=output, stderr=error, no_color=True)
    return output.getvalue(), error.getvalue()


def refusal(*arguments: str) -> str:
    """What is said, with nothing made."""
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    assert Invoice.objects.count() == 0
    assert caught.value.returncode == 1
    return str(caught.value)


def test_the_id_stands_alone_on_standard_output() -> None:
    output, error = run("acme-test", "acme", *USD)

    invoice = Invoice.objects.get()
    assert output == f"{invoice.public_id}\n"
    assert error == f"{invoice.public_id}: payment_due, 1095 USD due.\n"


def test_everything_can_be_said(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 95, currency="EUR")
    create_subscription(site=site, customer_public_id="acme", status="active", public_id="sub", at=NOW)
    said = ("--due-at", "2027-01-31T00:00:00Z", "--status", "not_paid", "--subscription", "sub", "--id", "inv-1")

    run("acme-test", "acme", "--total", "1095", "--currency", "EUR", "--apply-credits", *said)

    invoice = Invoice.objects.get()
    assert (invoice.public_id, invoice.customer, invoice.currency, invoice.status) == ("inv-1", acme, "EUR", "not_paid")
    assert (invoice.total, invoice.credits_applied, invoice.amount_due) == (1095, 95, 1000)
    assert invoice.due_at == datetime(2027, 1, 31, tzinfo=UTC)
    assert invoice.subscription is not None
    assert invoice.subscription.public_id == "sub"


def test_credits_are_left_alone_unless_it_is_said(site: BillingSite, acme: Customer) -> None:
    book(site, acme, 95)

    run("acme-test", "acme", *USD)

    assert Invoice.objects.get().amount_due == 1095


def test_a_time_without_a_zone_is_in_that_of_the_settings() -> None:
    run("acme-test", "acme", *USD, "--due-at", "2027-01-31T00:00:00")

    assert Invoice.objects.get().due_at == datetime(2027, 1, 31, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope", "acme", *USD], "There is no site nope. Make it with billing_create_site."),
        (["acme-test", "nobody", *USD], "There is no such customer."),
        (["acme-test", "acme"], "--total is required."),
        (["acme-test", "acme", "--total", "5"], "--currency is required."),
        (["acme-test", "acme", "--total", "5", "--currency", "XX"], "currency: Must be an ISO 4217 currency code"),
        (["acme-test", "acme", *USD, "--status", "paid"], "status: Must be one of payment_due, not_paid, posted,"),
        (["acme-test", "acme", *USD, "--due-at", "tomorrow"], "--due-at: Must be ISO 8601, such as"),
        (["acme-test", "acme", *USD, "--due-at", "2027-02-31T00:00:00Z"], "--due-at: Must be ISO 8601, such as"),
        (["acme-test", "acme", *USD, "--subscription", "sub"], "There is no such subscription."),
        (["acme-test", "acme", *USD, "--id", "a/b"], "id: "),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(arguments: list[str], said: str) -> None:
    assert refusal(*arguments).startswith(said)


@pytest.mark.parametrize(
    ("total", "said"),
    [
        ("-1", "total: Must be from 0 to 1000000000000000."),
        (str(10**15 + 1), "total: Must be from 0 to 1000000000000000."),
        *(
            (text, "--total: Must be an integer, in minor units such as cents.")
            for text in ("1.5", "1e3", "", "١٢", "x")
        ),
        (str(10**400), WHOLE),
    ],
)
def test_a_total_that_is_none_is_refused(total: str, said: Any) -> None:
    assert refusal("acme-test", "acme", f"--total={total}", "--currency", "USD") == said


def test_an_id_that_there_is_is_refused() -> None:
    run("acme-test", "acme", *USD, "--id", "inv-1")

    with pytest.raises(CommandError, match="The value inv-1 is already present"):
        run("acme-test", "acme", *USD, "--id", "inv-1")
