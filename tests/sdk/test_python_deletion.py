"""chargebee for Python: delete a customer."""

from __future__ import annotations

from typing import Any

import pytest
from chargebee import InvalidRequestError

from billing_customers.models import BillingSite
from billing_customers.work.jobs import run_due
from tests.fixtures import NOW


def test_deletion_is_carried_out_by_a_job(client: Any, site: BillingSite) -> None:
    client.Customer.create({"id": "acme", "first_name": "Ann"})

    answer = client.Customer.delete("acme", {"delete_payment_method": False})

    assert (answer.customer.id, answer.customer.deleted) == ("acme", False)
    assert client.Customer.retrieve("acme").customer.deleted is False
    while run_due(clock=lambda: NOW.replace(year=NOW.year + 50)):
        pass
    with pytest.raises(InvalidRequestError) as caught:
        client.Customer.retrieve("acme")
    assert caught.value.api_error_code == "resource_not_found"
    (listed,) = client.Customer.list({"include_deleted": True}).list
    assert listed.customer.deleted is True
