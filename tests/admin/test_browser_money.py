"""The money of a customer in a real browser, in English and in Hebrew: a credit is added, an invoice collected."""

from __future__ import annotations

import pytest

from billing_customers.models import BillingSite, Customer
from tests.admin.browser import Browser
from tests.admin.money_pages import page_of
from tests.operations.collecting import a_source, an_invoice, of_invoice

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def shown(desk: Browser) -> list[str]:
    """The balances, a text for each currency."""
    parts = desk.driver.find_elements("css selector", "#money .bc-part")
    return [row.text for row in parts[0].find_elements("css selector", "tbody tr")]


def test_added_credit_changes_the_balance(desk: Browser, dana: Customer) -> None:
    desk.open(page_of(dana))
    assert shown(desk) == []

    desk.submit(f'#money a[href$="/{dana.pk}/credit/"]')
    desk.type("amount", "12.50")
    desk.type("description", "Sorry")
    desk.shoot(f"{desk.language}-30-credit")
    desk.submit("[name=confirmed]")

    desk.shoot(f"{desk.language}-31-money")
    assert shown(desk) == ["USD 12.50 USD 0.00 USD 0.00 USD 0.00 USD"]
    assert "Booked: 12.50 USD. The promotional credits are 12.50 USD now." in desk.text(".messagelist")
    assert desk.complaints() == []


def test_invoice_is_collected(desk: Browser, site: BillingSite, dana: Customer) -> None:
    a_source(site, public_id="dana")
    invoice = an_invoice(site, customer="dana")
    desk.open(page_of(dana))

    desk.submit(f'#money a[href$="/collect/{invoice.pk}/"]')
    desk.shoot(f"{desk.language}-32-collect")
    desk.submit("[name=confirmed]")

    desk.shoot(f"{desk.language}-33-collected")
    assert "10.00 USD were collected." in desk.text(".messagelist")
    assert of_invoice() == ("paid", 1000, 0, 0)
    assert desk.complaints() == []
