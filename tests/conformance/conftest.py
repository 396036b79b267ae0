"""Installations to run the table against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from billing_customers.conformance.calls import Installation
from billing_customers.conformance.cases import Case, Dialect, all_cases
from billing_customers.conformance.transports import HttpTransport, InProcessTransport
from billing_customers.models import BillingSite
from billing_customers.operations.api_keys import create_api_key
from tests.fixtures import NOW

PREFIXES = {Dialect.CHING: "/ching/v1", Dialect.CHARGEBEE: "/api/v2"}


def case_named(title: str) -> Case:
    """The case of the table with this title, such as ``"ching create"``."""
    return next(case for case in all_cases() if case.title == title)


@pytest.fixture
def key(site: BillingSite) -> str:
    """The text of a key of ``site`` that may do whatever the table asks for."""
    return create_api_key(site=site, scopes=["write", "pii:clear"], at=NOW)[1]


@pytest.fixture
def here(key: str) -> Installation:
    """This process, and a key of the site ``acme-test``."""
    return Installation(InProcessTransport(), key, PREFIXES)


class NearTransport(HttpTransport):
    """By HTTP to a server of this very process, where invoices can be made too."""

    make = InProcessTransport.make


@pytest.fixture
def near(live_server: Any, key: str) -> Iterator[Installation]:
    """A live server whose host is here, and a key of the site ``acme-test``."""
    transport = NearTransport(live_server.url)
    yield Installation(transport, key, PREFIXES)
    transport.close()


@pytest.fixture
def server(live_server: Any, key: str) -> Iterator[Installation]:
    """A live server, and a key of the site ``acme-test``."""
    transport = HttpTransport(live_server.url)
    yield Installation(transport, key, PREFIXES)
    transport.close()
