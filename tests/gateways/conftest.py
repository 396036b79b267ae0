from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateways import stripe_server
from tests.gateways.stripe_server import LocalStripe


@pytest.fixture(scope="session")
def local_stripe_process() -> Iterator[LocalStripe]:
    with stripe_server.running() as server:
        yield server


@pytest.fixture
def local_stripe(local_stripe_process: LocalStripe) -> LocalStripe:
    """A local Stripe in which nothing has happened yet."""
    local_stripe_process.forget()
    return local_stripe_process
