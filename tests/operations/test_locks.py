"""What the locks do by themselves; what they prevent is shown under concurrency."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from billing_customers.exceptions import NotFound
from billing_customers.models import BillingSite, Customer, SiteLock
from billing_customers.operations import locks
from tests.operations import acts


def test_customers_are_written_to_the_default_database() -> None:
    assert locks.database() == "default"


@pytest.mark.parametrize("value", ["dana@example.com", "", "\u05d0" * 254, "it's", "%s", "\U0001f600"])
def test_any_value_can_be_locked_again_and_again(site: BillingSite, value: str) -> None:
    with transaction.atomic():
        for _ in range(2):
            locks.lock_value(site, "email_key", value)

    assert SiteLock.objects.get().taken == (0 if connection.vendor == "postgresql" else 2)


def test_lost_lock_row_comes_back(site: BillingSite) -> None:
    SiteLock.objects.all().delete()

    with transaction.atomic():
        locks.lock_value(site, "email_key", "a")
        locks.lock_value(site, "email_key", "b")

    expected = [] if connection.vendor == "postgresql" else [(site.pk, 2)]
    assert list(SiteLock.objects.values_list("site", "taken")) == expected


def test_customer_is_locked_by_present_and_former_id(site: BillingSite, acme: Customer) -> None:
    acts.rename(site, "acme", "apex")

    with transaction.atomic():
        found = [locks.lock_customer(site, public_id) for public_id in ("apex", "acme")]

    assert found == [acme, acme]


@pytest.mark.parametrize("public_id", ["missing", "", "ACME", "acme "])
def test_missing_customer_cannot_be_locked(site: BillingSite, acme: Customer, public_id: str) -> None:
    with transaction.atomic(), pytest.raises(NotFound) as caught:
        locks.lock_customer(site, public_id)

    assert (caught.value.message, caught.value.param) == ("There is no such customer.", "")
