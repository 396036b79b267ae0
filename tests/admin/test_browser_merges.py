"""Merging in a real browser, in English and in Hebrew: chosen, looked at, asked for, made, and undone."""

from __future__ import annotations

import pytest
from django.utils import timezone

from billing_customers.models import BillingSite, Customer, CustomerMerge
from tests.admin.browser import Browser
from tests.admin.forms import ADMIN
from tests.admin.merge_pages import merge_url, run_jobs, undo_url
from tests.admin.money_pages import page_of
from tests.operations import acts
from tests.operations.collecting import a_source, an_invoice
from tests.operations.families import delink, link
from tests.operations.merges import a_subscription
from tests.operations.money import credit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def twice(site: BillingSite, dana: Customer) -> Customer:
    """Dana once more, with something of everything, below a head office."""
    other = acts.create(site, "dana-levi", name="Dana Levi", email="dana@example.com", company="Levi Ltd")
    a_source(site, public_id="dana-levi")
    a_subscription(site, "dana-levi")
    an_invoice(site, customer="dana-levi")
    credit(site, 1250, "dana-levi")
    credit(site, 500, "dana-levi", currency_code="JPY")
    credit(site, 10_000, "dana")
    acts.add_contact(site, "dana-levi", id="jane", email="jane@example.com")
    acts.create(site, "head-office")
    link(site, "dana-levi", "head-office")
    return other


def test_customer_is_merged_and_parted(desk: Browser, site: BillingSite, dana: Customer, twice: Customer) -> None:
    desk.open(page_of(twice))
    desk.submit(f'#merges a[href="{merge_url(twice)}"]')
    desk.type("target_id", "nobody")
    desk.submit("[name=confirmed]")
    assert desk.text(".errorlist") == "There is no such customer."
    desk.shoot(f"{desk.language}-60-choose")
    desk.type("target_id", "dana")
    desk.submit("[name=confirmed]")

    desk.shoot(f"{desk.language}-61-blocked")
    assert "The customer has a parent in an account hierarchy." in desk.text(".bc-blocker")
    assert desk.driver.find_elements("css selector", "[name=confirmed]") == []
    delink(site, "dana-levi", at=timezone.now())
    desk.open(merge_url(twice, dana))
    desk.shoot(f"{desk.language}-62-preview")
    desk.submit("[name=confirmed]")

    desk.shoot(f"{desk.language}-63-scheduled")
    assert "Scheduled: dana-levi will be merged into dana as soon as a worker is free." in desk.text(".messagelist")
    run_jobs()
    desk.open(page_of(twice))
    desk.shoot(f"{desk.language}-64-tombstone")
    desk.submit(".bc-merged-into a")
    desk.shoot(f"{desk.language}-65-merged")

    merge = CustomerMerge.objects.get()
    desk.submit(f'#merges a[href="{undo_url(merge)}"]')
    desk.shoot(f"{desk.language}-66-undo")
    desk.submit("[name=confirmed]")
    run_jobs()

    merge.refresh_from_db()
    assert (merge.status, merge.error) == ("undone", "")
    desk.open(f"{ADMIN}/customermerge/")
    assert len(desk.rows()) == 1
    desk.shoot(f"{desk.language}-67-list")
    desk.open(f"{ADMIN}/customermerge/{merge.pk}/change/")
    desk.shoot(f"{desk.language}-68-merge")
    assert desk.complaints() == []
