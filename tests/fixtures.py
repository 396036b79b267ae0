"""What most tests start from: two sites, keys of them, and a client of each dialect."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from billing_customers.models import BillingSite
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.sites import create_site
from tests.clients import ChargebeeClient, ChingClient

# A whole second, so that versions are easy to name: 1_767_225_600_000 ms.
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def site(db: None) -> BillingSite:
    """The test site of the project acme."""
    return create_site(slug="acme-test", at=NOW)


@pytest.fixture
def other_site(db: None) -> BillingSite:
    """Another tenant."""
    return create_site(slug="globex-test", at=NOW)


@pytest.fixture
def live_site(db: None) -> BillingSite:
    """The live site of the project acme: the other mode."""
    return create_site(slug="acme", livemode=True, at=NOW)


@pytest.fixture
def key(site: BillingSite) -> str:
    """The text of a key of ``site`` with the scope write."""
    return create_api_key(site=site, scopes=["write"], at=NOW)[1]


@pytest.fixture
def ching(key: str) -> ChingClient:
    return ChingClient(key)


@pytest.fixture
def chargebee(key: str) -> ChargebeeClient:
    return ChargebeeClient(key)
