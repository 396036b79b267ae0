"""Calls on payments, invoices and subscriptions, for the tests of Chargebee's answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from billing_customers.models import BillingSite
from billing_customers.operations.documents import create_invoice, create_subscription
from tests.clients import ChargebeeClient
from tests.fixtures import NOW
from tests.operations import collecting as pay

Call = Callable[[ChargebeeClient], Any]

CARD = {"card[number]": pay.GOOD, "card[expiry_month]": "10", "card[expiry_year]": "2030"}
TAKES_TIME = {**CARD, "card[number]": pay.PENDING}


def owing(cb: ChargebeeClient, **card: str) -> ChargebeeClient:
    """The client of a customer ``debtor`` with a card, a subscription and an invoice."""
    cb.post("/customers", {"id": "debtor", **card})
    said: dict[str, Any] = {"site": BillingSite.objects.get(), "customer_public_id": "debtor", "at": NOW}
    create_subscription(status="canceled", public_id="sub", **said)
    create_invoice(total=1000, public_id="inv", subscription_id="sub", due_at=NOW, **said)
    return cb


def collect(cb: ChargebeeClient, customer: str = "debtor", **params: str) -> Any:
    body = {"invoice_allocations[invoice_id][0]": "inv", **params}
    return cb.post(f"/customers/{customer}/collect_payment", body)


def paid(cb: ChargebeeClient) -> ChargebeeClient:
    collect(owing(cb, **CARD), amount="1200")
    return cb


PAYMENT_CALLS: list[tuple[str, int, Call]] = [
    ("collecting_collect_payment", 200, lambda cb: collect(owing(cb, **CARD))),
    ("collecting_collect_payment", 200, lambda cb: collect(owing(cb), **CARD)),
    ("collecting_collect_payment", 200, lambda cb: collect(owing(cb), **TAKES_TIME)),
    ("collecting_collect_payment", 400, lambda cb: collect(owing(cb), **{**CARD, "card[number]": pay.DECLINED})),
    ("collecting_collect_payment", 400, lambda cb: collect(owing(cb))),
    ("collecting_collect_payment", 400, lambda cb: collect(owing(cb, **CARD), amount="0")),
    ("collecting_collect_payment", 404, lambda cb: collect(cb, "none")),
    ("collecting_collect_payment", 409, lambda cb: (collect(owing(cb), **TAKES_TIME), collect(cb, **CARD))[-1]),
    ("invoice_list", 200, lambda cb: paid(cb).get("/invoices")),
    ("invoice_list", 400, lambda cb: cb.get("/invoices", {"total[gt]": "x"})),
    ("invoice_retrieve", 200, lambda cb: owing(cb).get("/invoices/inv")),
    ("invoice_retrieve", 200, lambda cb: paid(cb).get("/invoices/inv")),
    ("invoice_retrieve", 404, lambda cb: cb.get("/invoices/none")),
    ("invoice_list_of_customer", 200, lambda cb: paid(cb).get("/customers/debtor/invoices")),
    ("invoice_list_of_customer", 404, lambda cb: cb.get("/customers/none/invoices")),
    ("subscription_list", 200, lambda cb: owing(cb).get("/subscriptions")),
    ("subscription_list", 400, lambda cb: cb.get("/subscriptions", {"status[is]": "none"})),
    ("subscription_retrieve", 200, lambda cb: owing(cb).get("/subscriptions/sub")),
    ("subscription_retrieve", 404, lambda cb: cb.get("/subscriptions/none")),
    ("transaction_list", 200, lambda cb: paid(cb).get("/transactions")),
    ("event_list", 200, lambda cb: paid(cb).get("/events", {"limit": "100"})),
]
