"""chargebee for Python: clear the personal data of a customer."""

from __future__ import annotations

from typing import Any

import pytest
from chargebee import APIError, InvalidRequestError

from billing_customers.models import BillingSite
from billing_customers.operations.api_keys import create_api_key
from billing_customers.work.jobs import run_due
from tests.fixtures import NOW


def test_personal_data_is_cleared_by_a_job(connect: Any, client: Any, site: BillingSite) -> None:
    eraser = connect(create_api_key(site=site, scopes=["write", "pii:clear"], at=NOW)[1])
    client.Customer.create({"id": "acme", "first_name": "Ann", "email": "ann@example.com"})

    answer = eraser.Customer.clear_personal_data("acme")

    assert answer.customer.pii_cleared == "scheduled_for_clear"
    while run_due(clock=lambda: NOW.replace(year=NOW.year + 50)):
        pass
    shown = client.Customer.retrieve("acme").customer
    assert (shown.id, shown.pii_cleared, shown.first_name, shown.email) == ("acme", "cleared", None, None)
    events = [each.event.content for each in client.Event.list({"limit": 10}).list]
    assert "ann@example.com" not in str(events)
    with pytest.raises(InvalidRequestError) as caught:
        client.Customer.update("acme", {"first_name": "Ann"})
    assert (caught.value.http_status_code, caught.value.api_error_code) == (409, "invalid_state_for_request")


def test_key_without_the_scope_is_refused(client: Any) -> None:
    client.Customer.create({"id": "acme", "first_name": "Ann"})

    with pytest.raises(APIError) as caught:
        client.Customer.clear_personal_data("acme")

    assert (caught.value.http_status_code, caught.value.api_error_code) == (403, "api_authorization_failed")
    assert client.Customer.retrieve("acme").customer.pii_cleared == "active"
