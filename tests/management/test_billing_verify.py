from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from billing_customers.management.commands import billing_verify
from billing_customers.models import Balance, BillingSite, Relationship
from billing_customers.operations.verification import RULES
from billing_customers.queries.tree_faults import RULES as TREE_RULES
from tests import pages
from tests.operations import acts
from tests.operations.families import chain
from tests.operations.money import book
from tests.shell.sources import CHECKOUT


def run(*arguments: str) -> str:
    """What the command prints when all is well."""
    output = StringIO()
    call_command("billing_verify", *arguments, stdout=output)
    return output.getvalue()


def run_in_vain(*arguments: str) -> str:
    """What it prints when something is not; it exits 1."""
    output = StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("billing_verify", *arguments, stdout=output)
    assert stopped.value.code == 1
    return output.getvalue()


@pytest.fixture
def booked(site: BillingSite, other_site: BillingSite) -> None:
    """Two sites with a balance each."""
    for each in (site, other_site):
        book(each, acts.create(each, "acme"), 500)


@pytest.fixture
def broken(booked: None, other_site: BillingSite) -> None:
    """The books of the second do not add up."""
    Balance.objects.filter(site=other_site).update(promotional_credits=400)


@pytest.mark.usefixtures("booked")
def test_books_that_add_up_are_told_site_by_site() -> None:
    assert run() == (
        "acme-test: the books add up\n"
        "acme-test: the hierarchies are whole\n"
        "globex-test: the books add up\n"
        "globex-test: the hierarchies are whole\n"
    )


def test_installation_without_sites_has_nothing_to_tell(db: None) -> None:
    assert run() == ""


@pytest.mark.usefixtures("broken")
@pytest.mark.breaks_books("the command is to find it")
def test_violation_is_told_with_its_ids() -> None:
    assert run_in_vain() == (
        "acme-test: the books add up\n"
        "acme-test: the hierarchies are whole\n"
        "globex-test: the books do not add up\n"
        "  balance_sum: acme USD promotional_credits: 400 instead of 500. A balance is the sum of its entries.\n"
        "globex-test: the hierarchies are whole\n"
    )


@pytest.mark.usefixtures("broken")
@pytest.mark.breaks_books("the command is to look elsewhere")
def test_one_site_can_be_asked_for() -> None:
    told = run("--site", "acme-test")

    assert told == "acme-test: the books add up\nacme-test: the hierarchies are whole\n"


@pytest.mark.usefixtures("broken")
@pytest.mark.breaks_books("the command is to find it")
def test_violation_is_told_in_json() -> None:
    told: dict[str, Any] = json.loads(run_in_vain("--json"))

    assert told == {
        "violations": 1,
        "sites": {
            "acme-test": [],
            "globex-test": [
                {
                    "rule": "balance_sum",
                    "customer": "acme",
                    "currency": "USD",
                    "subject": "promotional_credits",
                    "expected": 500,
                    "found": 400,
                    "means": "A balance is the sum of its entries.",
                }
            ],
        },
        "faults": 0,
        "hierarchies": {"acme-test": [], "globex-test": []},
    }


@pytest.fixture
def broken_tree(site: BillingSite, other_site: BillingSite) -> None:
    """The hierarchies of the second are not whole; all books add up."""
    chain(other_site, "top below")
    Relationship.objects.filter(site=other_site).update(root=acts.create(other_site, "stranger"))


@pytest.mark.usefixtures("broken_tree")
def test_broken_hierarchy_is_told_by_its_rule() -> None:
    assert run_in_vain() == (
        "acme-test: the books add up\n"
        "acme-test: the hierarchies are whole\n"
        "globex-test: the books add up\n"
        "globex-test: the hierarchies are broken\n"
        "  root: below. The root of a customer is the top of its hierarchy.\n"
    )


@pytest.mark.usefixtures("broken_tree")
def test_broken_hierarchy_is_told_in_json() -> None:
    told: dict[str, Any] = json.loads(run_in_vain("--json", "--site", "globex-test"))

    assert told == {
        "violations": 0,
        "sites": {"globex-test": []},
        "faults": 1,
        "hierarchies": {
            "globex-test": [
                {"rule": "root", "customer": "below", "means": "The root of a customer is the top of its hierarchy."}
            ]
        },
    }


@pytest.mark.usefixtures("booked")
def test_books_that_add_up_are_told_in_json() -> None:
    assert json.loads(run("--json", "--site", "acme-test")) == {
        "violations": 0,
        "sites": {"acme-test": []},
        "faults": 0,
        "hierarchies": {"acme-test": []},
    }


def test_site_that_is_not_there_is_refused(site: BillingSite) -> None:
    with pytest.raises(CommandError, match="There is no site 'nowhere'"):
        run("--site", "nowhere")


@pytest.mark.usefixtures("broken")
@pytest.mark.breaks_books("the command is to find more than it tells")
def test_that_there_may_be_more_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(billing_verify, "MAX_FOUND", 1)

    assert "  There may be more: of each statement 1 are told.\n" in run_in_vain()


def test_page_names_each_rule() -> None:
    told = [rule.strip("`") for rule, _ in pages.rows(CHECKOUT / "docs" / "money.md", start="rule")]

    assert told == list(RULES)


def test_page_names_each_rule_of_hierarchies() -> None:
    told = [rule.strip("`") for rule, _ in pages.rows(CHECKOUT / "docs" / "hierarchy.md", start="rule")]

    assert told == list(TREE_RULES)


@pytest.mark.parametrize("customers", [1, 30])
def test_statements_are_as_many_whatever_there_is(
    site: BillingSite, django_assert_num_queries: Any, customers: int
) -> None:
    for number in range(customers):
        book(site, acts.create(site, f"c{number}"), 500)
        chain(site, f"top-{number} below-{number}")

    with django_assert_num_queries(12):
        run()
