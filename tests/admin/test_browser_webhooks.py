"""Webhooks in a real browser, once through, in English and in Hebrew."""

from __future__ import annotations

import pytest

from billing_customers.events.delivery import secret_purpose
from billing_customers.events.sealing import open_sealed
from billing_customers.models import BillingSite, Delivery, Event, WebhookEndpoint, WebhookSecret
from billing_customers.operations.customers import create_customer
from tests.admin.browser import Browser
from tests.admin.outbox import attempted, failed_job, make_endpoint
from tests.fixtures import NOW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADMIN = "/admin/billing_customers"
URL = "https://hooks.example.com/billing"

# What reaches beyond an ancestor that hides it, before any ancestor that scrolls.
CUT_OFF = """
const shown = "#content :is(td, pre, bdi, a, label, .help, input, select, textarea)";
return [...document.querySelectorAll(shown)].filter(element => {
    const {left, right, width} = element.getBoundingClientRect();
    if (width === 0) return false;
    for (let ancestor = element.parentElement; ancestor; ancestor = ancestor.parentElement) {
        const {overflowX} = getComputedStyle(ancestor);
        if (overflowX === "auto" || overflowX === "scroll") return false;
        const edge = ancestor.getBoundingClientRect();
        if (overflowX === "hidden" && (right > edge.right + 1 || left < edge.left - 1)) return true;
    }
    return right > document.documentElement.clientWidth + 1 || left < -1;
}).map(element => element.outerHTML.slice(0, 100))
"""

# Buttons and links that lie over the words of the heading.
OVER_HEADING = """
const words = document.createRange();
words.selectNodeContents(document.querySelector("#content h1 + h2") ?? document.querySelector("#content h1"));
const heading = words.getBoundingClientRect();
return [...document.querySelectorAll(".object-tools li > *")].filter(element => {
    const {left, right, top, bottom} = element.getBoundingClientRect();
    return left < heading.right && right > heading.left && top < heading.bottom && bottom > heading.top;
}).map(element => element.textContent.trim())
"""


def press(desk: Browser, action: str) -> None:
    """Press the button of an action on the page of an object."""
    desk.submit(f'.bc-object-button:has(input[value="{action}"]) button')


def newest_secret() -> str:
    row = WebhookSecret.objects.latest("pk")
    return open_sealed(row.sealed, purpose=secret_purpose(row.endpoint)).reveal()


def is_shown(desk: Browser, css: str) -> bool:
    return desk.find(css).is_displayed()


def test_endpoint_is_added_and_its_secret_shown_once(desk: Browser, site: BillingSite) -> None:
    desk.open(f"{ADMIN}/webhookendpoint/add/")
    desk.choose("site", "acme-test")
    desk.choose("dialect", "CHING")
    desk.type("url", URL)
    boxes = [is_shown(desk, ".field-ticked_events")]
    desk.click('[name=which_events][value="some"]')
    boxes.append(is_shown(desk, ".field-ticked_events"))
    desk.click('[name=ticked_events][value="customer_created"]')
    desk.type("basic_auth_username", "crm")
    desk.type("new_password", "correct horse battery staple")
    desk.shoot(f"{desk.language}-20-endpoint-add")
    desk.submit("[name=_save]")
    desk.shoot(f"{desk.language}-21-endpoint-once")

    text = desk.text("#bc-key-1")
    desk.click("[data-bc-copy]")
    desk.driver.refresh()
    desk.shoot(f"{desk.language}-22-endpoint-reloaded")

    endpoint = WebhookEndpoint.objects.get()
    assert boxes == [False, True]
    assert text == newest_secret()
    assert text not in desk.driver.page_source
    assert "correct horse" not in desk.driver.page_source
    assert (endpoint.url, endpoint.events, endpoint.basic_auth_username) == (URL, ["customer.created"], "crm")
    assert desk.complaints() == []


def test_endpoint_is_rotated_pinged_disabled_and_deleted(desk: Browser, site: BillingSite) -> None:
    endpoint = make_endpoint(site, name="CRM")
    page = f"{ADMIN}/webhookendpoint/{endpoint.pk}/change/"
    desk.open(page)
    press(desk, "rotate")
    desk.type("overlap_hours", "2")
    desk.submit("[name=confirmed]")
    text = desk.text("#bc-key-1")
    desk.submit("#content-main > p > a.button")
    secrets = desk.text(".field-secrets_cell")
    press(desk, "ping")
    ping = Event.objects.get()
    desk.shoot(f"{desk.language}-23-endpoint-pinged")

    assert text == newest_secret()
    assert text not in desk.driver.page_source
    assert secrets.count("whsec_****") == 2
    assert desk.driver.current_url.endswith(page)
    assert ping.public_id in desk.text(".messagelist")
    assert ping.public_id in desk.text(".field-deliveries_cell")

    press(desk, "disable")
    desk.submit("[name=confirmed]")
    assert WebhookEndpoint.objects.get().disabled_reason == "manual"
    press(desk, "delete_endpoints")
    desk.shoot(f"{desk.language}-24-endpoint-delete")
    desk.submit("[name=confirmed]")
    assert desk.rows() == []
    assert WebhookEndpoint.objects.get().deleted_at is not None
    assert desk.complaints() == []


def test_event_is_read_and_resent(desk: Browser, site: BillingSite) -> None:
    endpoint = make_endpoint(site, dialect="chargebee")
    create_customer(site=site, public_id="dana", attributes={"first_name": "דנה", "last_name": "לוי"}, at=NOW)
    attempted(Delivery.objects.get(), 500, text='<script>document.title = "taken"</script>')
    desk.open(f"{ADMIN}/event/")
    desk.type("q", "dana")
    desk.submit("#changelist-search [type=submit]")
    desk.submit("#result_list tbody th a")
    desk.shoot(f"{desk.language}-25-event")
    shown = desk.text("#content")
    title = desk.driver.title
    press(desk, "resend")
    desk.choose("endpoint", endpoint.public_id)
    desk.submit("[name=confirmed]")
    desk.shoot(f"{desk.language}-26-event-resent")

    again = Delivery.objects.latest("pk")
    assert '"first_name": "דנה"' in shown
    assert "document.title" in shown
    assert title != "taken"
    assert (again.is_manual, again.endpoint) == (True, endpoint)
    assert desk.driver.current_url.endswith(f"/event/{again.event_id}/change/")
    assert desk.complaints() == []


def test_range_is_resent_by_a_job_that_is_cancelled(desk: Browser, site: BillingSite) -> None:
    endpoint = make_endpoint(site)
    failed_job(site)
    desk.open(f"{ADMIN}/webhookendpoint/{endpoint.pk}/change/")
    press(desk, "resend_range")
    desk.driver.execute_script("document.querySelector('[name=since]').value = '2026-01-01T00:00'")
    desk.shoot(f"{desk.language}-27-range")
    desk.submit("[name=confirmed]")
    desk.open(f"{ADMIN}/job/?status=pending")
    desk.shoot(f"{desk.language}-28-jobs")
    assert len(desk.rows()) == 1

    desk.submit("#result_list tbody th a")
    press(desk, "cancel")
    desk.submit("[name=confirmed]")

    assert desk.driver.find_elements("css selector", ".bc-badge")[0].text == "cancelled"
    assert desk.complaints() == []


@pytest.mark.parametrize("width", [1400, 800])
def test_nothing_is_cut_off_where_it_cannot_be_scrolled_to(width: int, desk: Browser, site: BillingSite) -> None:
    endpoint = make_endpoint(site, url="https://hooks.example.com/" + "very-long/" * 20 + "no_place_to_break" * 5)
    dana = create_customer(site=site, public_id="dana", attributes={"first_name": "Dana"}, at=NOW)
    delivery = Delivery.objects.get()
    attempted(delivery, 500, text="no blank in it" * 70)
    job = failed_job(site, error="ValueError: " + "x" * 400)
    desk.driver.set_window_size(width, 1100)
    rows = {"webhookendpoint": endpoint, "event": delivery.event, "delivery": delivery, "job": job, "customer": dana}

    cut_off, covered = {}, {}
    for name, row in rows.items():
        for path in (f"{name}/", f"{name}/{row.pk}/change/"):
            desk.open(f"{ADMIN}/{path}")
            cut_off[path] = desk.driver.execute_script(CUT_OFF)
            covered[path] = desk.driver.execute_script(OVER_HEADING)

    assert {path: found for path, found in cut_off.items() if found} == {}
    assert {path: found for path, found in covered.items() if found} == {}


def test_buttons_stand_beside_the_heading_or_below_it(desk: Browser, site: BillingSite) -> None:
    endpoint = make_endpoint(site)
    WebhookEndpoint.objects.update(failures=1, failing_since=NOW)

    desk.open(f"{ADMIN}/webhookendpoint/{endpoint.pk}/change/")

    assert len(desk.driver.find_elements("css selector", ".object-tools li")) == 8
    assert desk.driver.execute_script(OVER_HEADING) == []
