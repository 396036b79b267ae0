"""The documentation page in a real browser: it stands alone, and what it sends is what was filled in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from billing_customers.models import BillingSite, Customer
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.customers import create_customer
from tests.admin.browser import Browser, missing_browser
from tests.conftest import require
from tests.fixtures import NOW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browser(live_server: Any) -> Iterator[Browser]:
    require(not missing_browser(), missing_browser() or "A browser")
    with Browser(live_server.url) as window:
        yield window


@pytest.fixture
def docs(browser: Browser, site: BillingSite) -> Browser:
    """The page, with a key entered for both dialects."""
    key = create_api_key(site=site, scopes=["write"], at=NOW)[1]
    browser.open("/docs/")
    browser.click(".btn.authorize")
    for field in ("#auth-bearer-value", "#auth-basic-username"):
        browser.find(field).send_keys(key)
        browser.click(f".auth-container:has({field}) .authorize")
    browser.click(".btn-done")
    return browser


def execute(docs: Browser, operation_id: str, **fields: str) -> str:
    """Try an operation out with parameters by name; return the status of its answer."""
    block = f"[id$='-{operation_id}']"
    docs.click(f"{block} .opblock-summary-control")
    docs.click(f"{block} .try-out__btn")
    for name, text in fields.items():
        docs.find(f"{block} [data-param-name='{name}'] input").send_keys(text)
    docs.click(f"{block} .execute")
    return docs.text(f"{block} .live-responses-table tbody .response-col_status")


def test_customers_are_listed_in_both_dialects(docs: Browser) -> None:
    assert (execute(docs, "ching_customer_list"), execute(docs, "chargebee_customer_list")) == ("200", "200")
    assert docs.complaints() == []


def test_form_changes_only_what_is_filled_in(docs: Browser, site: BillingSite) -> None:
    create_customer(site=site, public_id="c1", attributes={"phone": "1", "company": "Before"}, at=NOW)

    status = execute(docs, "chargebee_customer_update", public_id="c1")

    assert status == "200"
    assert Customer.objects.values_list("phone", "company").get() == ("1", "Example Ltd")
