"""Each look-up takes its index by PostgreSQL's own choice, among 20,000 customers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction

from billing_customers.models import BillingSite
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.sites import create_site
from tests.benchmarks.lookups import TABLES, Lookup, all_lookups
from tests.benchmarks.seeding import seed_customers, settle, typical_id
from tests.benchmarks.wire import Server
from tests.fixtures import NOW

pytestmark = pytest.mark.postgres

ROWS = 20_000
NAMES = (
    "id, CHING",
    "id, Chargebee",
    "e-mail",
    "phone as given",
    "phone in E.164",
    "first name, last name and e-mail",
    "prefix of id",
    "prefix of email",
    "prefix of first_name",
    "prefix of last_name",
    "prefix of company",
    "prefix of phone",
    "email, upsert",
    "taxId, upsert",
    "phone, upsert",
    "the newest hundred",
    "time of creation, a page",
    "time of change, a page",
    "metadata",
)


@pytest.fixture(scope="module")
def kept_connection() -> Iterator[None]:
    """Requests leave the connection open, as those of Django's test client do: its transaction is still wanted."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any, kept_connection: None) -> Iterator[dict[str, Lookup]]:
    """The look-ups by name, on a site with many customers that is gone after the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        site, key = _tenant("crowd-test")
        _tenant("other-test")
        seed_customers(site, ROWS)
        settle(*TABLES, vacuum=False)
        yield {each.name: each for each in all_lookups(Server(), site, key, typical_id(ROWS))}
        transaction.set_rollback(True)


@pytest.fixture
def crowd(seeded: dict[str, Lookup], db: None) -> dict[str, Lookup]:
    """As ``seeded``; what the test does to the database is undone after it."""
    return seeded


def _tenant(slug: str) -> tuple[BillingSite, str]:
    site = create_site(slug=slug, at=NOW)
    return site, create_api_key(site=site, scopes=["write"], at=NOW)[1]


def test_all_look_ups_are_named_here(crowd: dict[str, Lookup]) -> None:
    assert tuple(crowd) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_look_up_takes_its_index(crowd: dict[str, Lookup], name: str) -> None:
    lookup = crowd[name]
    assert list(lookup.faults(lookup.plans())) == []


def test_a_look_up_without_its_index_is_found_out(crowd: dict[str, Lookup]) -> None:
    _drop("bc_customer_tax_id")
    lookup = crowd["taxId, upsert"]
    *_, fault = lookup.faults(lookup.plans())
    assert fault.endswith(" and not bc_customer_tax_id.")


def test_a_look_up_that_reads_a_whole_table_is_found_out(crowd: dict[str, Lookup]) -> None:
    _drop("bc_customer_metadata")
    lookup = crowd["metadata"]
    assert list(lookup.faults(lookup.plans())) == [
        "The look-up by metadata reads the whole of billing_customers_customer.",
        "The look-up by metadata takes [] and not bc_customer_metadata.",
    ]


def test_a_look_up_that_finds_nothing_proves_nothing(crowd: dict[str, Lookup]) -> None:
    lookup = Lookup("nothing", lambda: 0)
    with pytest.raises(AssertionError, match="found nothing"):
        lookup.plans()


def _drop(index: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {index}")
