from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from billing_customers.models import BillingSite, Customer, Subscription
from tests.operations import acts


@pytest.fixture(autouse=True)
def acme(site: BillingSite) -> Customer:
    return acts.create(site)


def run(*arguments: str) -> tuple[str, str]:
    """Standard output and standard error."""
    output, error = StringIO(), StringIO()
    call_command("billing_create_subscription", *arguments, stdout=output, stderr=error, no_color=True)
    return output.getvalue(), error.getvalue()


def test_the_id_stands_alone_on_standard_output(acme: Customer) -> None:
    output, error = run("acme-test", "acme", "--status", "active")

    subscription = Subscription.objects.get()
    assert (output, error) == (f"{subscription.public_id}\n", f"{subscription.public_id}: active.\n")
    assert (subscription.customer, subscription.status, subscription.currency) == (acme, "active", "USD")


def test_id_and_currency_can_be_said() -> None:
    output, _ = run("acme-test", "acme", "--status", "trialing", "--currency", "eur", "--id", "sub-1")

    assert (output, Subscription.objects.get().currency) == ("sub-1\n", "EUR")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope", "acme", "--status", "active"], "There is no site nope. Make it with billing_create_site."),
        (["acme-test", "nobody", "--status", "active"], "There is no such customer."),
        (["acme-test", "acme"], "--status is required."),
        (["acme-test", "acme", "--status", "cancelled"], "status: Must be one of active, trialing, past_due, "),
        (["acme-test", "acme", "--status", "active", "--currency", "?"], "currency: Must be an ISO 4217 currency"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError) as caught:
        run(*arguments)

    assert str(caught.value).startswith(said)
    assert (caught.value.returncode, Subscription.objects.count()) == (1, 0)
