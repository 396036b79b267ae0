"""Our own documents as neighbours."""

from __future__ import annotations

import json
from typing import Any

import pytest

from billing_customers.models import BillingSite, Customer, Invoice, Transaction, UnbilledCharge
from billing_customers.neighbors import Operation
from billing_customers.neighbors.base import Blocker, Receivable
from billing_customers.neighbors.builtin import BUILT_IN
from billing_customers.operations import collecting, documents
from billing_customers.operations.payments import record_excess_payment
from tests.fixtures import NOW
from tests.operations.collecting import LATER, a_source, an_invoice, collect, collection

BY_KIND = {each.kind: each for each in BUILT_IN}


def test_what_is_due_is_receivable(site: BillingSite, acme: Customer) -> None:
    a_source(site)
    for public_id in ("due", "late", "posted", "part", "paid"):
        an_invoice(site, 1000, public_id, status={"late": "not_paid", "posted": "posted"}.get(public_id))
    collect(site, "paid")
    collect(site, "part", amount=400)

    assert list(BY_KIND["invoice"].receivables(site, acme)) == [
        Receivable("due", 1000, "USD"),
        Receivable("late", 1000, "USD"),
        Receivable("part", 600, "USD"),
    ]


@pytest.mark.parametrize("operation", ["delete", "merge", "erase"])
def test_payment_under_way_blocks(site: BillingSite, acme: Customer, operation: Any) -> None:
    a_source(site)
    an_invoice(site)
    attempt, _ = collecting.begin_collection(site=site, customer_public_id="acme", collection=collection(), at=LATER)

    assert BY_KIND["transaction"].blockers(site, acme, Operation(operation)) == [
        Blocker(
            "live_transaction",
            "A payment of the customer is under way.",
            (attempt.public_id,),
            "Wait until the gateway has answered.",
        )
    ]


def test_payment_that_is_over_blocks_nothing(site: BillingSite, acme: Customer) -> None:
    a_source(site)
    an_invoice(site)
    collect(site)

    transactions = BY_KIND["transaction"]
    assert [transactions.blockers(site, acme, each) for each in Operation] == [[]] * 4
    assert transactions.summary(site, acme).by_status == {"success": 1}


def test_personal_data_of_documents_is_blanked(site: BillingSite, acme: Customer) -> None:
    documents.create_unbilled_charge(
        site=site, customer_public_id="acme", amount=5, description="For Dan Cohen", at=NOW
    )
    record_excess_payment(
        site=site, customer_public_id="acme", amount=5, date=NOW, payment_method="cash", comment="From Dan", at=NOW
    )

    erased = {kind: neighbor.erase(site, acme, at=NOW) for kind, neighbor in BY_KIND.items()}

    assert erased == {
        "subscription": 0,
        "invoice": 0,
        "credit_note": 0,
        "unbilled_charge": 1,
        "transaction": 1,
        "relationship": 0,
        "allocation": 0,
    }
    assert (UnbilledCharge.objects.get().description, Transaction.objects.get().comment) == ("", "")


def test_documents_can_be_exported(site: BillingSite, acme: Customer) -> None:
    an_invoice(site)

    (exported,) = BY_KIND["invoice"].export(site, acme)

    assert json.loads(json.dumps(exported)) == exported
    assert (exported["public_id"], exported["total"], exported["customer_id"]) == ("inv", 1000, acme.pk)


def test_documents_go_to_another_customer_and_come_back(site: BillingSite, acme: Customer, other: Customer) -> None:
    an_invoice(site)

    manifest = BY_KIND["invoice"].reassign(site, acme, other, at=NOW)
    moved = Invoice.objects.get().customer
    left = BY_KIND["invoice"].revert(site, manifest, at=NOW)

    assert (moved, left, Invoice.objects.get().customer) == (other, [], acme)
