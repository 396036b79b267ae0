from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from billing_customers.models import BillingSite
from tests.concurrency.conftest import APPS
from tests.faults.cluster import Cluster
from tests.faults.seeding import make_local_endpoint
from tests.work.sink import Sink


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever lies in this folder runs threads and processes on PostgreSQL, which see each other's commits."""
    committing = pytest.mark.django_db(transaction=True, available_apps=APPS)
    for item in items:
        if "tests/faults/" in item.nodeid:
            item.add_marker(pytest.mark.concurrency)
            item.add_marker(pytest.mark.postgres)
            # A million rows are made once for all that need them, and are not to be removed after each test.
            keeps_rows = "million" in getattr(item, "fixturenames", ())
            item.add_marker(pytest.mark.django_db if keeps_rows else committing)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A running PostgreSQL that may be killed."""
    with Cluster() as cluster:
        yield cluster


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture
def endpoint_pk(site: BillingSite, sink: Sink) -> int:
    """The primary key of an endpoint whose receiver is the sink."""
    return make_local_endpoint(site, sink.url).pk


@pytest.fixture
def database_url() -> str:
    """Where other processes find the test database."""
    said = connection.settings_dict
    secret = f":{said['PASSWORD']}" if said["PASSWORD"] else ""
    return f"postgres://{said['USER']}{secret}@{said['HOST'] or '127.0.0.1'}:{said['PORT'] or 5432}/{said['NAME']}"
