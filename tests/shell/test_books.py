"""The check that runs after every test can fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import IntegrityError

from billing_customers.models import Balance, BillingSite
from tests import books
from tests.operations import acts
from tests.operations.money import book
from tests.shell.sources import CHECKOUT

MODULE = """
import pytest
from billing_customers.models import Balance
from tests.operations import acts
from tests.operations.money import book

def test_honest(site):
    book(site, acts.create(site, "acme"), 500)

def test_dishonest(site):
    test_honest(site)
    Balance.objects.update(promotional_credits=400)

@pytest.mark.breaks_books("on purpose")
def test_avowed(site):
    test_dishonest(site)

@pytest.mark.breaks_books("on purpose")
def test_avowed_for_nothing(site):
    test_honest(site)

@pytest.mark.breaks_books
def test_avowed_without_a_reason(site):
    test_dishonest(site)

@pytest.mark.django_db(transaction=True)
def test_dishonest_and_committed():
    from tests.fixtures import NOW
    from billing_customers.operations.sites import create_site
    test_dishonest(create_site(slug="acme-test", at=NOW))

def test_without_a_database():
    pass
"""


def test_dishonest_tests_are_found_out(tmp_path: Path) -> None:
    module = tmp_path / "test_module.py"
    module.write_text(MODULE)
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["tests.books", "tests.fixtures"]')
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", str(module)]
    config = ["-c", str(CHECKOUT / "pyproject.toml"), "--rootdir", str(tmp_path)]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}

    done = subprocess.run(
        [*command, *config], cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
    )

    told = [line.partition("::")[2].split(" ")[0] for line in done.stdout.splitlines() if line.startswith("ERROR ")]
    assert told == [
        "test_dishonest",
        "test_avowed_for_nothing",
        "test_avowed_without_a_reason",
        "test_dishonest_and_committed",
    ], done.stdout + done.stderr
    assert "balance_sum: acme USD promotional_credits: 400 instead of 500" in done.stdout


@pytest.mark.breaks_books("for it to be found")
def test_dishonest_books_are_found_in_each_site(site: BillingSite, other_site: BillingSite) -> None:
    for each in (site, other_site):
        book(each, acts.create(each, "acme"), 500)
    Balance.objects.update(promotional_credits=400)

    with pytest.raises(pytest.fail.Exception, match="The books do not add up"):
        books.check(is_marked=False)
    assert len(books.violations() or []) == 2


def test_honest_books_are_no_reason_for_a_mark(site: BillingSite) -> None:
    book(site, acts.create(site, "acme"), 500)

    with pytest.raises(pytest.fail.Exception, match="is not needed"):
        books.check(is_marked=True)


def test_books_without_a_row_cost_one_statement(site: BillingSite, django_assert_num_queries: object) -> None:
    acts.create(site, "acme")

    with django_assert_num_queries(1):  # type: ignore[operator]
        assert books.violations() == []


def test_transaction_that_failed_has_nothing_to_tell(site: BillingSite) -> None:
    with pytest.raises(IntegrityError):
        Balance(site=site, customer=acts.create(site, "acme"), currency="USD", promotional_credits=-1).save()

    assert books.violations() is None
