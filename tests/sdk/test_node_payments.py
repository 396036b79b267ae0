"""chargebee for Node: collect payments, and read invoices and subscriptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from billing_customers.models import BillingSite
from billing_customers.operations.documents import create_invoice, create_subscription
from tests.clients import ChargebeeClient
from tests.dialects.sources import CARD
from tests.fixtures import NOW


def test_payment_is_collected_and_read_again(
    site: BillingSite, chargebee: ChargebeeClient, scenario: Callable[[str], Any]
) -> None:
    chargebee.post("/customers", {"id": "c", **CARD})
    create_subscription(site=site, customer_public_id="c", status="active", public_id="sub", at=NOW)
    for number, total in ((1, 1000), (2, 500)):
        create_invoice(site=site, customer_public_id="c", total=total, public_id=f"inv{number}", at=NOW)

    found = scenario("collectPayment")

    payment = found["collected"]["transaction"]
    assert (payment["status"], payment["amount"], payment["amount_unused"]) == ("success", 1300, 100)
    assert [(each["invoice_id"], each["applied_amount"]) for each in payment["linked_invoices"]] == [
        ("inv1", 1000),
        ("inv2", 200),
    ]
    assert found["collected"]["customer"]["excess_payments"] == 100
    assert found["retrieved"] == payment
    assert [(each["invoice"]["id"], each["invoice"]["amount_due"]) for each in found["list"]] == [
        ("inv1", 0),
        ("inv2", 300),
    ]
    assert found["first"]["linked_payments"][0]["txn_id"] == payment["id"]
    assert (found["refused"]["http_status_code"], found["refused"]["param"]) == (
        400,
        "invoice_allocations[invoice_id][0]",
    )
    assert [each["subscription"]["id"] for each in found["subscriptions"]] == ["sub"]
