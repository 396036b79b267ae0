"""Every statement that moves or shows money names the tenant."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from billing_customers.models import BillingSite
from billing_customers.operations.documents import create_invoice
from tests.clients import ChargebeeClient
from tests.dialects.clock import START
from tests.operations import acts
from tests.operations.money import credit, pay
from tests.security.sql_guard import SqlGuard

CREDIT = {"customer_id": "acme", "amount": "5", "description": "x"}
PAYMENT = {"transaction[amount]": "5", "transaction[date]": "1", "transaction[payment_method]": "cash"}
POSTS: list[tuple[str, dict[str, str]]] = [
    *((f"/promotional_credits/{verb}", CREDIT) for verb in ("add", "deduct", "set")),
    *((f"/customers/acme/{verb}_promotional_credits", CREDIT) for verb in ("add", "deduct", "set")),
    *((f"/customers/new/{verb}_promotional_credits", CREDIT) for verb in ("add", "set")),
    ("/customers/acme/add_promotional_credits", {**CREDIT, "currency_code": "EUR"}),
    ("/customers/acme/record_excess_payment", PAYMENT),
    ("/customers/acme/record_excess_payment", {**PAYMENT, "transaction[id]": "t1"}),
]
GETS: list[tuple[str, dict[str, str]]] = [
    ("/customers/acme", {}),
    ("/customers", {}),
    ("/promotional_credits", {}),
    ("/promotional_credits/pc_none", {}),
    *(
        ("/promotional_credits", {name: value})
        for name, value in (
            ("id[is]", "x"),
            ("customer_id[is]", "acme"),
            ("customer_id[not_in]", "[x]"),
            ("type[in]", "[increment]"),
            ("created_at[on]", "1"),
            ("sort_by[desc]", "created_at"),
        )
    ),
    ("/transactions", {}),
    ("/transactions/t1", {}),
    ("/customers/acme/transactions", {}),
    *(
        ("/transactions", {name: value})
        for name, value in (
            ("customer_id[starts_with]", "a"),
            ("payment_source_id[is_not]", "pm_1"),
            ("gateway_account_id[is]", "gw_1"),
            ("payment_method[in]", "[cash]"),
            ("reference_number[is_present]", "false"),
            ("amount[between]", "[1,5]"),
            ("date[between]", "[1,5]"),
            ("sort_by[desc]", "updated_at"),
            ("include_deleted", "true"),
        )
    ),
]


@pytest.fixture
def acme(site: BillingSite) -> None:
    for public_id in ("acme", "new"):
        acts.create(site, public_id, at=START)
    credit(site, 1000)
    pay(site, 500, public_id="t1")
    create_invoice(site=site, customer_public_id="acme", total=1200, apply_credits=True, at=START)


@pytest.mark.parametrize(("path", "params"), POSTS, ids=str)
def test_every_movement_names_the_site(
    chargebee: ChargebeeClient, acme: None, path: str, params: dict[str, str]
) -> None:
    guard = SqlGuard()
    with connection.execute_wrapper(guard):
        response = chargebee.post(path, params)

    # 400: the second payment has the id of the first, and by now acme's dollars are used.
    assert response.status_code in {200, 400}, response.content
    assert guard.seen >= 3


@pytest.mark.parametrize(("path", "params"), GETS, ids=str)
def test_every_look_names_the_site(chargebee: ChargebeeClient, acme: None, path: str, params: dict[str, str]) -> None:
    guard = SqlGuard()
    with connection.execute_wrapper(guard):
        response = chargebee.get(path, params)

    assert response.status_code in {200, 404}, response.content
    assert guard.seen >= 2


def test_every_page_names_the_site(chargebee: ChargebeeClient, acme: None, site: BillingSite) -> None:
    credit(site, 5)
    pay(site, 5)
    pages: list[Any] = []
    with connection.execute_wrapper(SqlGuard()):
        for path in ("/promotional_credits", "/transactions", "/customers/acme/transactions"):
            first = chargebee.get(path, {"limit": "1"}).json()
            pages.append(chargebee.get(path, {"limit": "1", "offset": first["next_offset"]}).json()["list"])

    assert [len(page) for page in pages] == [1, 1, 1]
