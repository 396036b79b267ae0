from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite, Customer
from billing_customers.neighbors import ModelNeighbor
from tests.operations import acts

MEMBERSHIPS = ModelNeighbor(
    "hostapp.Membership",
    kind="subscription",
    label="memberships",
    customer_field="member",
    status_field="state",
    status_map={"on": "active", "trial": "trialing", "late": "past_due"},
    pii=["nickname", "phone", "greeting"],
    id_field="code",
)
BADGES = ModelNeighbor("hostapp.Badge")


@pytest.fixture
def plugged_in(settings: Any) -> None:
    """The host's models are neighbours."""
    settings.BILLING_CUSTOMERS = {"NEIGHBORS": [MEMBERSHIPS, BADGES]}


@pytest.fixture
def acme(site: BillingSite) -> Customer:
    return acts.create(site, "acme")


@pytest.fixture
def other(site: BillingSite) -> Customer:
    return acts.create(site, "other")
