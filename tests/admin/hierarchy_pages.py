"""The hierarchy of a customer on its page, read and changed as a person would."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from billing_customers.models import Customer
from tests.admin.forms import ADMIN
from tests.admin.money_pages import page_of


def link_url(customer: Customer) -> str:
    return f"{ADMIN}/customer/{customer.pk}/link/"


def unlink_url(customer: Customer) -> str:
    return f"{ADMIN}/customer/{customer.pk}/unlink/"


def link(client: Client, customer: Customer, parent_id: str, **values: Any) -> Any:
    """Send the form of links, as the page has it, with ``values`` entered."""
    customer.refresh_from_db()
    form = {"parent_id": parent_id, "expected_version": customer.resource_version, "confirmed": "Link now"}
    return client.post(link_url(customer), {**form, **values})


def unlink(client: Client, customer: Customer, **values: Any) -> Any:
    customer.refresh_from_db()
    form = {"expected_version": customer.resource_version, "confirmed": "Unlink now"}
    return client.post(unlink_url(customer), {**form, **values})


def section(client: Client, customer: Customer) -> str:
    html = client.get(page_of(customer)).content.decode()
    return html.partition('id="hierarchy"')[2].partition("</section>")[0]


def picture(client: Client, customer: Customer) -> list[str]:
    """The boxes of the tree from the top down, each with a dot for every level above it."""
    reader = _Tree()
    reader.feed(section(client, customer).partition('<ul class="bc-tree">')[2].partition("<dl")[0])
    return [f"{'.' * depth}{' '.join(text.split())}" for depth, text in reader.boxes]


def owners(client: Client, customer: Customer) -> list[str]:
    """Who owns the invoices, and who pays them."""
    said = re.findall(r"<dd>(.*?)</dd>", section(client, customer), re.DOTALL)
    return [re.sub(r"<[^>]*>", "", each) for each in said]


def deeds(client: Client, customer: Customer) -> list[str]:
    """Where the section leads to, beside other customers."""
    head = section(client, customer).partition('class="bc-part-head"')[2].partition("</div>")[0]
    return [url.removeprefix(f"{ADMIN}/customer/") for url in re.findall(r'href="([^"]*)"', head)]


class _Tree(HTMLParser):
    """The text of each item of a nested list, with its depth."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.boxes: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "ul":
            self.depth += 1
        elif tag == "li":
            self.boxes.append((self.depth, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "ul":
            self.depth -= 1

    def handle_data(self, data: str) -> None:
        if self.boxes:
            depth, text = self.boxes[-1]
            self.boxes[-1] = (depth, f"{text} {data}")
