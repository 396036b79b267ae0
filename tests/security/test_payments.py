"""Payments: every statement names the tenant, and no card is left behind, whatever comes of the payment."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from billing_customers.gateways.base import Unreachable
from billing_customers.gateways.test import TestGateway
from billing_customers.models import BillingSite, Customer, Transaction
from billing_customers.operations.documents import create_subscription
from tests.clients import ChargebeeClient
from tests.dialects.payments import allocations
from tests.factories import RelationshipFactory
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations import collecting as pay
from tests.operations.collecting import a_source, an_invoice, reconcile
from tests.security.sql_guard import SqlGuard
from tests.security.test_card_numbers import CARD, CVV, NUMBER, traces

KEY = {"chargebee-idempotency-key": "once"}
CALLS: dict[str, tuple[dict[str, Any], int]] = {
    "the primary source": ({}, 200),
    "more than is due": ({"amount": "5000"}, 200),
    "a new card": (CARD, 200),
    "a new card that is kept": ({**CARD, "retain_payment_source": "true"}, 200),
    "a new card that becomes the primary one": ({**CARD, "replace_primary_payment_source": "true"}, 200),
    "a card that is declined": ({**CARD, "card[number]": pay.DECLINED}, 400),
    "a card whose answer is lost": ({**CARD, "card[number]": pay.ANSWER_IS_LOST}, 400),
    "a card that takes time": ({**CARD, "card[number]": pay.PENDING}, 200),
    "a card that is refused": ({**CARD, "card[number]": pay.REFUSED}, 400),
    "an amount that is none": ({**CARD, "amount": "0"}, 400),
    "a missing invoice": ({**CARD, **allocations("missing")}, 404),
    "a source that is missing": ({"payment_source_id": "pm_none"}, 404),
    "two kinds": ({**CARD, "bank_account[account_number]": NUMBER}, 400),
    "a token of the browser": ({**CARD, "token_id": NUMBER}, 400),
}
GETS: list[tuple[str, dict[str, str]]] = [
    ("/invoices", {}),
    ("/invoices/inv", {}),
    ("/customers/acme/invoices", {}),
    ("/subscriptions", {}),
    ("/subscriptions/sub", {}),
    *(
        ("/invoices", {name: value})
        for name, value in (
            ("id[in]", "[inv]"),
            ("customer_id[is]", "acme"),
            ("subscription_id[is_not]", "sub"),
            ("status[in]", "[paid]"),
            ("total[between]", "[1,5]"),
            ("date[on]", "1"),
            ("include_deleted", "true"),
            ("sort_by[desc]", "updated_at"),
        )
    ),
    *(
        ("/subscriptions", {name: value})
        for name, value in (("status[is]", "active"), ("customer_id[starts_with]", "a"), ("include_deleted", "true"))
    ),
]


@pytest.fixture
def acme(site: BillingSite) -> Customer:
    """A customer with a card, two invoices, a subscription and a child that it pays for."""
    customer = acts.create(site)
    create_subscription(site=site, customer_public_id="acme", status="active", public_id="sub", at=NOW)
    a_source(site)
    an_invoice(site, 1000, subscription_id="sub")
    an_invoice(site, 500, "inv2")
    child = acts.create(site, "child")
    RelationshipFactory(child=child, parent=customer, invoice_owner=child)
    an_invoice(site, 700, "of-child", customer="child")
    return customer


@pytest.fixture
def all_is_logged(caplog: pytest.LogCaptureFixture, settings: Any) -> Iterator[None]:
    """Every logger tells all, each statement with its values too."""
    settings.DEBUG = True
    for logger in ("", "django", "django.db.backends", "billing_customers"):
        caplog.set_level(logging.DEBUG, logger=logger)
    connection.force_debug_cursor = True
    yield
    connection.force_debug_cursor = False


def post(cb: ChargebeeClient, *invoices: str, customer: str = "acme", **params: Any) -> Any:
    body = {**allocations(*(invoices or ("inv",))), **params}
    return cb.post(f"/customers/{customer}/collect_payment", body, **KEY)


@pytest.mark.parametrize("call", CALLS)
def test_every_payment_names_the_site(chargebee: ChargebeeClient, acme: Customer, call: str) -> None:
    params, status = CALLS[call]
    guard = SqlGuard()

    with connection.execute_wrapper(guard):
        response = post(chargebee, **params)

    assert response.status_code == status, response.content
    assert guard.seen >= 2


@pytest.mark.parametrize(("invoice", "customer"), [("of-child", "acme"), ("of-child", "child")])
def test_every_payment_of_a_family_names_the_site(
    chargebee: ChargebeeClient, acme: Customer, invoice: str, customer: str
) -> None:
    with connection.execute_wrapper(SqlGuard()):
        response = post(chargebee, invoice, customer=customer)

    assert response.status_code == 200


@pytest.mark.parametrize(("path", "params"), GETS, ids=str)
def test_every_look_names_the_site(
    chargebee: ChargebeeClient, acme: Customer, path: str, params: dict[str, str]
) -> None:
    guard = SqlGuard()

    with connection.execute_wrapper(guard):
        response = chargebee.get(path, params)

    assert (response.status_code, guard.seen >= 2) == (200, True)


@pytest.mark.parametrize("number", [pay.ANSWER_IS_LOST, pay.NOT_REACHED])
def test_reconciling_names_the_site(chargebee: ChargebeeClient, acme: Customer, number: str) -> None:
    post(chargebee, **{**CARD, "card[number]": number})
    payment = Transaction.objects.get()

    with connection.execute_wrapper(SqlGuard()):
        assert reconcile(payment, at=payment.updated_at + timedelta(minutes=5))

    assert Transaction.objects.get().is_settled is True


@pytest.mark.usefixtures("all_is_logged")
@pytest.mark.parametrize("call", CALLS)
def test_nothing_is_left_of_a_card(
    chargebee: ChargebeeClient, acme: Customer, caplog: pytest.LogCaptureFixture, call: str
) -> None:
    params, status = CALLS[call]

    response = post(chargebee, **params)

    assert response.status_code == status
    assert traces(caplog, response) == []


@pytest.mark.usefixtures("all_is_logged")
@pytest.mark.parametrize(
    ("name", "error", "status"),
    [
        ("store", Unreachable("No answer.", reason="timeout"), 400),
        ("store", ValueError(f"invalid: {NUMBER!r} {CVV!r}"), 500),
        # By then no adapter has the card any more.
        ("charge", Unreachable("No answer.", reason="timeout"), 400),
        ("charge", ValueError("invalid"), 500),
    ],
)
def test_nothing_is_left_of_what_the_gateway_fails_at(
    chargebee: ChargebeeClient,
    acme: Customer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    error: Exception,
    status: int,
) -> None:
    def fail(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(TestGateway, name, fail)

    response = post(chargebee, **CARD)

    assert response.status_code == status
    assert traces(caplog, response) == []
