"""The money pages of a customer, used as a person would."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from billing_customers.models import Customer, Invoice, PaymentSource
from tests.admin.forms import ADMIN


def page_of(customer: Customer) -> str:
    return f"{ADMIN}/customer/{customer.pk}/change/"


def credit_url(customer: Customer) -> str:
    return f"{ADMIN}/customer/{customer.pk}/credit/"


def collect_url(invoice: Invoice, customer: Customer | None = None) -> str:
    return f"{ADMIN}/customer/{(customer or invoice.customer).pk}/collect/{invoice.pk}/"


def source_url(source: PaymentSource, deed: str, customer: Customer | None = None) -> str:
    return f"{ADMIN}/customer/{(customer or source.customer).pk}/source/{source.pk}/{deed}/"


def book(client: Client, customer: Customer, **values: Any) -> Any:
    """Send the form of credits, as the page has it, with ``values`` entered."""
    customer.refresh_from_db()
    form = {"deed": "add", "amount": "12.50", "currency_code": "USD", "description": "Sorry", "credit_type": "general"}
    version = {"expected_version": customer.resource_version, "confirmed": "Book it now"}
    return client.post(credit_url(customer), {**form, **version, **values})


def collect(client: Client, invoice: Invoice, source: PaymentSource, **values: Any) -> Any:
    form = {"payment_source_id": source.public_id, "amount": invoice.amount_due, "confirmed": "Charge now"}
    return client.post(collect_url(invoice, values.pop("customer", None)), {**form, **values})


def errors_of(answer: Any) -> dict[str, list[str]]:
    """What the form that is shown again says is wrong."""
    assert answer.status_code == 200
    return {name: list(map(str, errors)) for name, errors in answer.context["question"].form.errors.items()}


def told(client: Client, customer: Customer) -> list[str]:
    return [str(message) for message in client.get(page_of(customer)).context["messages"]]


def tables(client: Client, customer: Customer) -> dict[str, list[list[str]]]:
    """The Money section as text: the rows of each table, by its heading."""
    html = client.get(page_of(customer)).content.decode()
    section = html.partition('id="money"')[2].partition("</section>")[0]
    parts = section.split("<h3>")[1:]
    return {part.partition("</h3>")[0]: _rows(part) for part in parts}


def _rows(html: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", html.partition("<tbody>")[2], re.DOTALL)
    return [[_text(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)] for row in rows]


def _text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())
