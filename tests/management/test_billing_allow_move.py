from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from billing_customers.models import BillingSite, MoveAllowance


def run(*arguments: str) -> str:
    output = StringIO()
    call_command("billing_allow_move", *arguments, stdout=output)
    return output.getvalue()


def allowances() -> list[tuple[str, str]]:
    return list(MoveAllowance.objects.values_list("from_site__slug", "site__slug"))


def test_moves_are_allowed(site: BillingSite, other_site: BillingSite) -> None:
    assert run("globex-test", "acme-test") == "Customers can now be moved from globex-test to acme-test.\n"
    assert allowances() == [("globex-test", "acme-test")]


def test_it_can_be_repeated(site: BillingSite, other_site: BillingSite) -> None:
    run("globex-test", "acme-test")

    assert run("globex-test", "acme-test") == "Customers can already be moved from globex-test to acme-test.\n"
    assert allowances() == [("globex-test", "acme-test")]


def test_moves_are_allowed_no_more(site: BillingSite, other_site: BillingSite) -> None:
    run("globex-test", "acme-test")

    said = [run("globex-test", "acme-test", "--revoke") for _ in range(2)]

    assert said == [
        "Customers can no longer be moved from globex-test to acme-test.\n",
        "Customers could not be moved from globex-test to acme-test.\n",
    ]
    assert allowances() == []


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ("acme-test", "acme-test", "from_site: Must be another site."),
        ("acme-test", "acme", "from_site: Must be a site of the same mode: both live, or both for tests."),
        ("acme", "acme-test", "from_site: Must be a site of the same mode: both live, or both for tests."),
        ("nowhere", "acme", "There is no site nowhere. Make it with billing_create_site."),
        ("acme", "nowhere", "There is no site nowhere. Make it with billing_create_site."),
    ],
)
def test_what_cannot_be_allowed_is_refused(
    site: BillingSite, live_site: BillingSite, source: str, target: str, message: str
) -> None:
    with pytest.raises(CommandError) as refusal:
        run(source, target)

    assert str(refusal.value) == message
    assert allowances() == []
