"""The back office in a real browser, once through, in English and in Hebrew."""

from __future__ import annotations

import pytest

from billing_customers.models import ApiKey, Customer
from billing_customers.operations.api_keys import find_api_key
from tests.admin.browser import Browser
from tests.fixtures import NOW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADMIN = "/admin/billing_customers"


def add_site(desk: Browser) -> None:
    desk.open(f"{ADMIN}/billingsite/add/")
    desk.type("slug", "acme-test")
    desk.shoot(f"{desk.language}-01-site-add")
    desk.submit("[name=_save]")


def add_customer(desk: Browser) -> None:
    desk.open(f"{ADMIN}/customer/add/")
    desk.choose("site", "acme-test")
    desk.type("public_id", "dana-1")
    desk.type("first_name", "דנה")
    desk.type("last_name", "לוי")
    desk.type("email", "dana@example.com")
    desk.type("phone", "054-987-6543")
    desk.type("address_line1", "דיזנגוף 1")
    desk.type("address_city", "תל אביב")
    desk.type("address_country", "IL")
    desk.click("#contacts-group .add-row a")
    desk.type("contacts-0-email", "office@example.com")
    desk.type("contacts-0-first_name", "Noa")
    desk.click("[name=contacts-0-enabled]")
    desk.shoot(f"{desk.language}-05-customer-add")
    desk.submit("[name=_save]")


def test_site_is_added(desk: Browser) -> None:
    add_site(desk)

    desk.shoot(f"{desk.language}-02-sites")
    assert desk.rows() == ["acme-test"]
    assert desk.complaints() == []


def test_key_is_shown_once_and_works(desk: Browser) -> None:
    add_site(desk)
    desk.open(f"{ADMIN}/apikey/add/")
    desk.choose("site", "acme-test")
    desk.type("name", "checkout server")
    desk.shoot(f"{desk.language}-03-key-add")
    desk.submit("[name=_save]")
    desk.shoot(f"{desk.language}-04-key-once")

    text = desk.text("#bc-key-1")
    found = find_api_key(text, at=NOW)
    desk.click("[data-bc-copy]")
    desk.driver.refresh()
    desk.shoot(f"{desk.language}-04-key-reloaded")

    assert found is not None
    assert found.site.slug == "acme-test"
    assert text not in desk.driver.page_source
    assert ApiKey.objects.count() == 1
    assert desk.complaints() == []


def test_customer_is_added_found_renamed_and_deleted(desk: Browser) -> None:
    add_site(desk)
    add_customer(desk)
    desk.shoot(f"{desk.language}-06-customers")
    assert desk.rows() == ["dana-1"]

    desk.type("q", "(054) 987 6543")
    desk.submit("#changelist-search [type=submit]")
    assert desk.rows() == ["dana-1"]

    desk.submit("#result_list tbody th a")
    desk.shoot(f"{desk.language}-07-customer-change")
    desk.type("public_id", "dana-2")
    desk.submit("[name=_continue]")
    desk.shoot(f"{desk.language}-08-customer-renamed")
    assert "dana-1" in (desk.find(".field-former_ids").get_attribute("textContent") or "")
    customer = Customer.objects.get()
    assert (customer.public_id, customer.contact_count, customer.address_city) == ("dana-2", 1, "תל אביב")

    desk.submit(".bc-object-button button.bc-danger")
    desk.shoot(f"{desk.language}-09-customer-delete")
    desk.submit("[name=confirmed]")
    desk.shoot(f"{desk.language}-10-customers-deleted")
    assert Customer.objects.live().count() == 0
    assert desk.rows() == ["dana-2"]

    desk.submit("#result_list tbody th a")
    desk.shoot(f"{desk.language}-11-tombstone")
    assert desk.driver.find_elements("css selector", "[name=_save]") == []
    assert desk.complaints() == []
