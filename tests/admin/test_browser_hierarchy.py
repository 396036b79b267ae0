"""The hierarchy of a customer in a real browser, in English and in Hebrew: it is linked, looked at and unlinked."""

from __future__ import annotations

import pytest

from billing_customers.models import BillingSite, Customer, Relationship
from tests.admin.browser import Browser
from tests.admin.forms import ADMIN
from tests.admin.money_pages import page_of
from tests.operations.families import chain, link, owned, people, places

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def boxes(desk: Browser) -> list[str]:
    return [box.text for box in desk.driver.find_elements("css selector", ".bc-node > a bdi, .bc-here strong bdi")]


def edges(desk: Browser) -> list[int]:
    """How far each box begins from the side that the page begins on."""
    script = """
        const tree = document.querySelector('.bc-tree').getBoundingClientRect();
        const isRtl = document.documentElement.dir === 'rtl';
        return [...document.querySelectorAll('.bc-node')].map(box => box.getBoundingClientRect())
            .map(box => Math.round(isRtl ? tree.right - box.right : box.left - tree.left));
    """
    return [int(edge) for edge in desk.driver.execute_script(script)]


def test_customer_is_linked_and_unlinked(desk: Browser, site: BillingSite, dana: Customer) -> None:
    chain(site, "head branch")
    people(site, " ".join(f"shop{number:02d}" for number in range(12)))
    for number in range(12):
        link(site, f"shop{number:02d}", "dana")
    desk.open(page_of(dana))

    desk.submit(f'#hierarchy a[href$="/{dana.pk}/link/"]')
    desk.type("parent_id", "nobody")
    desk.submit("[name=confirmed]")
    assert desk.text(".errorlist") == "There is no such customer."
    desk.shoot(f"{desk.language}-40-link")
    desk.type("parent_id", "branch")
    desk.type("payment_owner_id", "head")
    desk.submit("[name=confirmed]")

    desk.shoot(f"{desk.language}-41-hierarchy")
    assert boxes(desk)[:4] == ["head", "branch", "dana", "shop00"]
    starts = edges(desk)
    assert 0 == starts[0] < starts[1] < starts[2] < starts[3]
    assert set(starts[3:]) == {starts[3]}
    assert places(site)["dana"] == ("branch", "head")

    desk.submit(f'#hierarchy a[href$="/{dana.pk}/unlink/"]')
    desk.shoot(f"{desk.language}-42-unlink")
    desk.submit("[name=confirmed]")

    assert boxes(desk)[:2] == ["dana", "shop00"]
    desk.submit(f'#hierarchy a[href$="?parent={dana.pk}"]')
    desk.shoot(f"{desk.language}-43-children")
    assert len(desk.rows()) == 12
    assert desk.complaints() == []


def test_access_setting_of_a_site_is_chosen(desk: Browser, site: BillingSite) -> None:
    desk.open(f"{ADMIN}/billingsite/{site.pk}/change/")
    desk.find('select[name="parent_invoices"] option[value="no"]').click()
    desk.shoot(f"{desk.language}-44-access")
    desk.submit("[name=_continue]")

    site.refresh_from_db()
    assert site.parent_account_access["portal_download_child_invoices"] == "no"
    assert desk.complaints() == []


def test_owners_further_up_are_shown(desk: Browser, site: BillingSite, dana: Customer) -> None:
    people(site, "head branch sister")
    owned(site, "branch", "head", invoiced="head", pays="head")
    owned(site, "dana", "branch", invoiced="dana", pays="head")
    owned(site, "sister", "dana", invoiced="branch", pays="branch")

    desk.open(page_of(dana))

    desk.shoot(f"{desk.language}-45-owners")
    assert desk.text(".bc-owners").splitlines()[-1] == "head"
    desk.submit(".bc-owners a")
    assert boxes(desk) == ["head", "branch"]
    assert desk.complaints() == []


def test_access_setting_of_a_customer_is_chosen(desk: Browser, site: BillingSite, dana: Customer) -> None:
    people(site, "head")
    link(site, "dana", "head")
    desk.open(page_of(dana))

    desk.submit(f'#hierarchy a[href$="/{dana.pk}/access/"]')
    desk.find('select[name="parent_invoices"] option[value="no"]').click()
    desk.shoot(f"{desk.language}-46-own-access")
    desk.submit("[name=confirmed]")

    desk.shoot(f"{desk.language}-47-own-access-saved")
    assert Relationship.objects.get().parent_account_access == {"portal_download_child_invoices": "no"}
    assert desk.complaints() == []
