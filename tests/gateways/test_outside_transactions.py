"""No gateway is called inside a transaction, and the test gateway is who notices."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from billing_customers.gateways.registry import gateway_of
from billing_customers.gateways.test import TestGateway, undone_as_a_whole
from billing_customers.models import BillingSite, GatewayAccount, TestGatewayCharge
from tests.concurrency.conftest import APPS
from tests.gateways.conformance import asked, card, holder


@pytest.fixture
def gateway(site: BillingSite) -> Any:
    return gateway_of(GatewayAccount.objects.get(site=site))


@pytest.mark.parametrize("what", ["store", "detach", "charge", "look_up", "check"])
def test_it_refuses_to_be_called_inside_a_transaction(gateway: TestGateway, what: str) -> None:
    arguments: dict[str, tuple[Any, ...]] = {
        "store": (card(), holder()),
        "detach": ("tok_success_1",),
        "charge": (asked("tok_success_1"),),
        "look_up": (asked("tok_success_1"),),
        "check": (),
    }

    with transaction.atomic(), pytest.raises(RuntimeError):
        getattr(gateway, what)(*arguments[what])

    assert TestGatewayCharge.objects.count() == 0


@pytest.mark.django_db(transaction=True, available_apps=APPS)
def test_a_run_that_is_undone_as_a_whole_may_call_it(gateway: TestGateway) -> None:
    with transaction.atomic():
        with undone_as_a_whole():
            assert gateway.charge(asked("tok_success_1")).status == "succeeded"
        transaction.set_rollback(True)

    assert TestGatewayCharge.objects.count() == 0


def test_a_transaction_within_such_a_run_counts(gateway: TestGateway) -> None:
    with transaction.atomic(), undone_as_a_whole():
        with transaction.atomic(), pytest.raises(RuntimeError):
            gateway.check()
        gateway.check()
