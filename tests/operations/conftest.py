from __future__ import annotations

import pytest

from billing_customers.models import BillingSite, Customer
from tests.operations import acts


@pytest.fixture
def acme(site: BillingSite) -> Customer:
    """A customer about whom nothing is said."""
    return acts.create(site, "acme")
