from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from billing_customers.models import IdempotencyRecord
from tests.clients import ChingClient


def run() -> str:
    output = StringIO()
    call_command("billing_purge", stdout=output)
    return output.getvalue()


@pytest.fixture
def three(ching: ChingClient) -> None:
    """Three stored responses; the window of the second is over."""
    for number in range(3):
        ching.post("/customers", {"name": "Tal"}, **{"Idempotency-Key": f"order-{number}"})
    IdempotencyRecord.objects.filter(key="order-1").update(expires_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.usefixtures("three")
def test_only_responses_whose_window_is_over_are_removed() -> None:
    assert run() == "Removed 1 stored responses.\n"
    assert set(IdempotencyRecord.objects.values_list("key", flat=True)) == {"order-0", "order-2"}


@pytest.mark.usefixtures("three")
def test_more_than_one_batch_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    IdempotencyRecord.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    monkeypatch.setattr("billing_customers.operations.idempotency.purge.__kwdefaults__", {"batch": 2})

    assert run() == "Removed 3 stored responses.\n"


def test_nothing_to_remove_is_said(db: None) -> None:
    assert run() == "Removed 0 stored responses.\n"
