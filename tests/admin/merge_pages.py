"""The merges of a customer on its page, read and asked for as a person would."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.utils import timezone

from billing_customers.models import Customer, CustomerMerge
from tests.admin.forms import ADMIN
from tests.admin.money_pages import page_of
from tests.operations.merges import run_all


def merge_url(source: Customer, target: Customer | None = None) -> str:
    """The page that asks which customer stays; with ``target`` the one that shows what would move."""
    return f"{ADMIN}/customer/{source.pk}/merge/{f'{target.pk}/' if target else ''}"


def undo_url(merge: CustomerMerge) -> str:
    return f"{ADMIN}/customer/{merge.target_id}/merges/{merge.pk}/undo/"


def choose(client: Client, source: Customer, typed: str) -> Any:
    return client.post(merge_url(source), {"target_id": typed, "confirmed": "Show what would move"})


def confirm(client: Client, source: Customer, target: Customer, **values: Any) -> Any:
    """Send the form of the preview, as the page has it, with ``values`` entered."""
    source.refresh_from_db()
    form = {"expected_version": source.resource_version, "confirmed": "Merge now"}
    return client.post(merge_url(source, target), {**form, **values})


def undo(client: Client, merge: CustomerMerge) -> Any:
    return client.post(undo_url(merge), {"confirmed": "Undo now"})


def run_jobs() -> None:
    """All that is due by now, by the clock: staff have no other."""
    run_all(timezone.now())


def text_of(html: str) -> str:
    """What is read, in one line."""
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))
    return plain.replace("&#x27;", "'").replace("&amp;", "&")


def section_html(client: Client, customer: Customer) -> str:
    html = client.get(page_of(customer)).content.decode()
    return html.partition('id="merges"')[2].partition("</section>")[0]


def section(client: Client, customer: Customer) -> list[str]:
    """The rows of the section as text, without times."""
    body = section_html(client, customer).partition("<tbody>")[2]
    rows = [text_of(row) for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)]
    return [re.sub(r"\d\d/\d\d/\d{4} [\d:]{8}", "T", row).strip() for row in rows]


def offers(client: Client, customer: Customer) -> list[str]:
    """Where the section leads to, beside other customers and merges."""
    urls = re.findall(r'href="([^"]*)"', section_html(client, customer))
    return [url.removeprefix(f"{ADMIN}/") for url in urls if "/change/" not in url]
