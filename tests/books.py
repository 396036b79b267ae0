"""The books add up after every test that used the database, whatever the test was about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection
from django.db.transaction import TransactionManagementError

from billing_customers.models import BillingSite
from billing_customers.operations.verification import Violation, verify_books

MARK = "breaks_books"

# Without a row in any of them there is nothing to add up.
_TABLES = (
    *("balance", "ledgerentry", "transaction", "allocation", "invoice", "creditnote", "unbilledcharge"),
    "paymentsource",
)
_SITES = " UNION ".join(f"SELECT site_id FROM billing_customers_{table}" for table in _TABLES)
_DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}


@pytest.fixture(autouse=True)
def books(request: pytest.FixtureRequest) -> Iterator[None]:
    """Verifies the books of every site before the test's rows are gone.

    A test that leaves them broken says so, and why: ``@pytest.mark.breaks_books("…")``. Then they must be broken.
    """
    mark = request.node.get_closest_marker(MARK)
    if mark is not None and not mark.args:
        pytest.fail(f"The mark {MARK} needs a reason.", pytrace=False)
    if not _uses_database(request):
        yield
        return
    # Set up before this fixture, so that the rows are still there after its test.
    request.getfixturevalue("db")
    yield
    check(is_marked=mark is not None)


def check(*, is_marked: bool) -> None:
    """Fail where the books are not as the mark says."""
    found = violations()
    if found is None:
        return
    if found and not is_marked:
        pytest.fail("The books do not add up:\n" + "\n".join(map(str, found)), pytrace=False)
    if is_marked and not found:
        pytest.fail(f"The books add up: the mark {MARK} is not needed.", pytrace=False)


def violations() -> list[Violation] | None:
    """What is wrong in any site; ``None`` where the test left a transaction in which nothing can be read."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_SITES)
            sites = [pk for (pk,) in cursor.fetchall()]
    except (DatabaseError, TransactionManagementError):
        return None
    return [found for pk in sites for found in verify_books(site=BillingSite(pk=pk))]


def _uses_database(request: pytest.FixtureRequest) -> bool:
    return request.node.get_closest_marker("django_db") is not None or not _DATABASE_FIXTURES.isdisjoint(
        request.fixturenames
    )
