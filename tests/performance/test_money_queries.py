"""The statements of what moves and shows money, named; as many whatever there is."""

from __future__ import annotations

import pytest
from django.db import connection

from billing_customers.models import BillingSite, Customer
from billing_customers.operations.documents import create_invoice
from tests.clients import ChargebeeClient
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.money import credit, pay
from tests.performance.conftest import BEGIN, COMMIT, KEY, MOVE, ROLLBACK, Sends

SELECT = "SELECT customer"
BALANCES = "SELECT balance"
# On PostgreSQL in one trip, so that the balance is locked for as short as can be.
MOVES = {"postgresql": (MOVE,)}.get(connection.vendor, ("UPDATE balance", BALANCES, "INSERT ledgerentry"))
MISSES = {"postgresql": (MOVE,)}.get(connection.vendor, ("UPDATE balance",))
RECORD = {"mysql": ("UPDATE eventclock", "INSERT event")}.get(connection.vendor, ("INSERT event",))
# The customer's version, and the event, in which its balances are.
TELL = ("UPDATE customer", "SELECT webhookendpoint", BALANCES, *RECORD)
CREDIT = {"amount": "100", "description": "x"}
PAYMENT = {"transaction[amount]": "500", "transaction[date]": "1600968152", "transaction[payment_method]": "check"}


@pytest.fixture
def rich(site: BillingSite) -> Customer:
    """A customer with credits."""
    customer = acts.create(site, "c0")
    credit(site, 1000, "c0")
    return customer


@pytest.mark.parametrize("verb", ["add", "deduct"])
def test_credits_are_moved_in_one_go(rich: Customer, chargebee: ChargebeeClient, sends: Sends, verb: str) -> None:
    with sends(KEY, BEGIN, SELECT, *MOVES, *TELL, COMMIT, BALANCES):
        answer = chargebee.post(f"/customers/c0/{verb}_promotional_credits", CREDIT)
    assert answer.status_code == 200


def test_credits_are_set_by_one_look_more(rich: Customer, chargebee: ChargebeeClient, sends: Sends) -> None:
    with sends(KEY, BEGIN, SELECT, BALANCES, *MOVES, *TELL, COMMIT, BALANCES):
        answer = chargebee.post("/promotional_credits/set", {**CREDIT, "customer_id": "c0"})
    assert answer.status_code == 200


def test_setting_what_is_there_writes_nothing(rich: Customer, chargebee: ChargebeeClient, sends: Sends) -> None:
    with sends(KEY, BEGIN, SELECT, BALANCES, COMMIT, BALANCES):
        answer = chargebee.post("/customers/c0/set_promotional_credits", {**CREDIT, "amount": "1000"})
    assert answer.status_code == 200


def test_first_movement_makes_the_balance(site: BillingSite, chargebee: ChargebeeClient, sends: Sends) -> None:
    acts.create(site, "c0")
    with sends(KEY, BEGIN, SELECT, *MISSES, "INSERT balance", "UPDATE customer", *MOVES, *TELL, COMMIT, BALANCES):
        answer = chargebee.post("/customers/c0/add_promotional_credits", CREDIT)
    assert answer.status_code == 200


def test_refused_deduction_ends_at_the_guard(rich: Customer, chargebee: ChargebeeClient, sends: Sends) -> None:
    with sends(KEY, BEGIN, SELECT, *MISSES, ROLLBACK, COMMIT):
        answer = chargebee.post("/customers/c0/deduct_promotional_credits", {**CREDIT, "amount": "1001"})
    assert answer.status_code == 400


def test_payment_is_one_row_and_one_movement(rich: Customer, chargebee: ChargebeeClient, sends: Sends) -> None:
    insert = (BEGIN, "INSERT transaction", COMMIT)
    with sends(KEY, BEGIN, SELECT, *insert, *MOVES, *TELL, COMMIT, BALANCES):
        answer = chargebee.post("/customers/c0/record_excess_payment", PAYMENT)
    assert answer.status_code == 200


@pytest.mark.parametrize("count", [1, 100])
def test_customers_with_balances_are_one_query_more(
    site: BillingSite, chargebee: ChargebeeClient, sends: Sends, count: int
) -> None:
    for number in range(count):
        acts.create(site, f"c{number}")
        credit(site, 5, f"c{number}")
        credit(site, 5, f"c{number}", currency_code="EUR")
    with sends(KEY, SELECT, BALANCES):
        answer = chargebee.get("/customers", {"limit": "100"})
    assert [len(each["customer"]["balances"]) for each in answer.json()["list"]] == [2] * count


def test_customer_with_balances_is_two_queries(rich: Customer, chargebee: ChargebeeClient, sends: Sends) -> None:
    with sends(KEY, SELECT, BALANCES):
        assert chargebee.get("/customers/c0").status_code == 200


@pytest.mark.parametrize("count", [1, 100])
def test_credits_are_listed_by_one_query(
    site: BillingSite, chargebee: ChargebeeClient, sends: Sends, count: int
) -> None:
    acts.create(site, "c0")
    for _ in range(count):
        credit(site, 5, "c0")
    with sends(KEY, "SELECT ledgerentry"):
        answer = chargebee.get("/promotional_credits", {"limit": "100", "customer_id[is]": "c0"})
    assert len(answer.json()["list"]) == count


def test_credit_is_one_query(rich: Customer, chargebee: ChargebeeClient, sends: Sends) -> None:
    public_id = rich.ledger_entries.get().public_id
    with sends(KEY, "SELECT ledgerentry"):
        assert chargebee.get(f"/promotional_credits/{public_id}").status_code == 200


@pytest.mark.parametrize("count", [1, 100])
@pytest.mark.parametrize(("path", "first"), [("/transactions", ()), ("/customers/c0/transactions", (SELECT,))])
def test_transactions_and_their_invoices_are_two_queries(
    site: BillingSite, chargebee: ChargebeeClient, sends: Sends, count: int, path: str, first: tuple[str, ...]
) -> None:
    acts.create(site, "c0")
    for number in range(count):
        pay(site, 500, "c0", public_id=f"t{number}")
    for _ in range(count // 10 + 1):
        create_invoice(site=site, customer_public_id="c0", total=500, apply_credits=True, at=NOW)
    with sends(KEY, *first, "SELECT transaction", "SELECT allocation"):
        answer = chargebee.get(path, {"limit": "100"})
    linked = [len(each["transaction"]["linked_invoices"]) for each in answer.json()["list"]]
    assert (len(linked), sum(linked)) == (count, count // 10 + 1)


def test_transaction_is_two_queries(
    rich: Customer, site: BillingSite, chargebee: ChargebeeClient, sends: Sends
) -> None:
    pay(site, 500, "c0", public_id="t1")
    with sends(KEY, "SELECT transaction", "SELECT allocation"):
        assert chargebee.get("/transactions/t1").status_code == 200
