"""The shop of the example project brings its own subscriptions, and customers stay as long as they run."""

from __future__ import annotations

import json

import pytest

from tests.example.processes import Example

# In one process, so that its models are the example's.
SCRIPT = """
import json
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from billing_customers.models import BillingSite
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.customers import create_customer
from example_project.shop.models import Subscription

now = timezone.now()
site = BillingSite.objects.get(slug="acme-test")
key = create_api_key(site=site, scopes=["write"], at=now)[1]
client = Client(headers={"authorization": f"Bearer {key}", "host": "127.0.0.1"})
customer = create_customer(site=site, public_id="acme", attributes={"name": "Acme"}, at=now)
statuses = {}
for state in Subscription.State.values:
    Subscription.objects.all().delete()
    Subscription.objects.create(customer=customer, magazine="Cats", state=state)
    answer = client.delete("/ching/v1/customers/acme")
    statuses[state] = [answer.status_code, answer.json().get("error", {}).get("code")]
customer.refresh_from_db()
late = Subscription(customer=customer, magazine="Dogs")
try:
    late.full_clean()
except ValidationError as error:
    statuses["late"] = error.messages
print(json.dumps(statuses))
"""
REFUSED = [409, "CUSTOMER_HAS_ACTIVE_SUBSCRIPTION"]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    """A database with the site acme-test."""
    example = Example(tmp_path_factory.mktemp("shop"))
    for command in (["migrate", "--verbosity", "0"], ["billing_create_site", "acme-test"]):
        done = example.manage(*command)
        assert done.returncode == 0, done.stderr
    return example


def test_customer_stays_as_long_as_a_magazine_comes(example: Example) -> None:
    done = example.manage("shell", "-v", "0", "-c", SCRIPT)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "running": REFUSED,
        "trial": REFUSED,
        "unpaid": REFUSED,
        "ended": [200, None],
        "late": ["The customer was deleted."],
    }


def test_every_foreign_key_has_a_neighbour(example: Example) -> None:
    done = example.manage("check", "--fail-level", "WARNING")

    assert done.returncode == 0, done.stderr


def test_migrations_are_complete(example: Example) -> None:
    assert example.manage("makemigrations", "shop", "--check", "--dry-run").returncode == 0
