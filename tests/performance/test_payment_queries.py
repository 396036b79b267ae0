"""The statements of payments and documents, named: a payment costs the same however many there were before."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing_customers.models import BillingSite
from billing_customers.operations.documents import create_invoice, create_subscription
from tests.clients import ChargebeeClient
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.collecting import a_source, collect
from tests.performance.conftest import BEGIN, COMMIT, KEY, Sends, name_of

_RECORD = ("UPDATE eventclock", "INSERT event") if connection.vendor == "mysql" else ("INSERT event",)


_EVENT = ("SELECT webhookendpoint", "SELECT paymentsource", *_RECORD)
BEGUN = (
    BEGIN,
    "SELECT customer",
    "SELECT invoice",
    "SELECT paymentsource",
    "INSERT transaction",
    "INSERT allocation",
    COMMIT,
)
# What the test gateway does, which first sees to it that nothing it writes can be undone.
CHARGED = (BEGIN, COMMIT, "SELECT testgatewaycharge", "INSERT testgatewaycharge", "SELECT testgatewaycharge")
BOOKED = (
    BEGIN,
    "SELECT allocation",
    "SELECT customer",
    "SELECT transaction",
    "SELECT invoice",
    "UPDATE invoice",
    "UPDATE allocation",
    "UPDATE transaction",
    "UPDATE customer",
    # What is shown of them: once, for two events and the answer.
    "SELECT allocation",
    "SELECT allocation",
    *_EVENT,
    *_EVENT,
)


def an_invoice(site: BillingSite, public_id: str, total: int = 1000) -> None:
    create_invoice(site=site, customer_public_id="acme", total=total, public_id=public_id, at=NOW)


@pytest.mark.parametrize("count", [1, 50])
@pytest.mark.parametrize("path", ["/invoices", "/customers/acme/invoices"])
def test_list_of_invoices_is_the_same_for_any_number(
    site: BillingSite, chargebee: ChargebeeClient, sends: Sends, path: str, count: int
) -> None:
    acts.create(site)
    a_source(site)
    for number in range(count):
        an_invoice(site, f"inv{number}")
        collect(site, f"inv{number}")
    customer = ("SELECT customer",) * path.startswith("/customers")

    with sends(KEY, *customer, "SELECT invoice", "SELECT allocation"):
        listed = chargebee.get(path, {"limit": "100"}).json()["list"]

    assert [len(each["invoice"]["linked_payments"]) for each in listed] == [1] * count


@pytest.mark.parametrize("count", [1, 50])
def test_list_of_subscriptions_is_the_same_for_any_number(
    site: BillingSite, chargebee: ChargebeeClient, sends: Sends, count: int
) -> None:
    acts.create(site)
    for _ in range(count):
        create_subscription(site=site, customer_public_id="acme", status="active", at=NOW)

    with sends(KEY, "SELECT subscription", "SELECT customer"):
        assert len(chargebee.get("/subscriptions", {"limit": "100"}).json()["list"]) == count


@pytest.mark.parametrize("before", [0, 20])
def test_payment_costs_the_same_however_many_there_were(
    site: BillingSite, chargebee: ChargebeeClient, sends: Sends, before: int
) -> None:
    acts.create(site)
    a_source(site)
    for number in range(before):
        an_invoice(site, f"before{number}")
        collect(site, f"before{number}")
    an_invoice(site, "inv")

    with sends(KEY, *BEGUN, *CHARGED, *BOOKED, COMMIT, "SELECT paymentsource"):
        answer = chargebee.post("/customers/acme/collect_payment", {"invoice_allocations[invoice_id][0]": "inv"})

    assert answer.status_code == 200


def test_each_further_invoice_costs_its_change_and_its_event(site: BillingSite, chargebee: ChargebeeClient) -> None:
    acts.create(site)
    a_source(site)
    few, many = (statements(site, chargebee, count) for count in (2, 12))

    assert many - few == Counter(dict.fromkeys(("UPDATE invoice", "SELECT allocation", *_EVENT), 10))


def statements(site: BillingSite, chargebee: ChargebeeClient, count: int) -> Counter[str]:
    """What a payment of ``count`` new invoices sends."""
    ids = [f"inv{count}-{number}" for number in range(count)]
    for public_id in ids:
        an_invoice(site, public_id)
    invoices = {f"invoice_allocations[invoice_id][{number}]": public_id for number, public_id in enumerate(ids)}
    with CaptureQueriesContext(connection) as captured:
        assert chargebee.post("/customers/acme/collect_payment", invoices).status_code == 200
    return Counter(name_of(query["sql"]) for query in captured)
