from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.chargebee import money, outputs, rows
from billing_customers.dialects.chargebee.filters import INVOICE_ENUMS, SUBSCRIPTION_ENUMS, read_conditions
from billing_customers.dialects.chargebee.inputs.params import read_flag
from billing_customers.dialects.chargebee.pagination import Scope, read_limit, read_sort
from billing_customers.dialects.chargebee.viewsets.base import ChargebeeViewSet
from billing_customers.exceptions import NotFound
from billing_customers.queries.conditions import Condition
from billing_customers.queries.customers import Cursor, Page, Row, find_customer
from billing_customers.queries.documents import (
    INVOICE_ATTRIBUTES,
    INVOICE_SORTS,
    SUBSCRIPTION_ATTRIBUTES,
    SUBSCRIPTION_SORTS,
    find_invoice,
    find_subscription,
    invoices_of_customer,
    linked_payments,
    owners_of,
    page_of_invoices,
    page_of_subscriptions,
)
from billing_customers.queries.surroundings import surroundings_of


class InvoiceViewSet(ChargebeeViewSet):
    """Invoices, to be read. They are made by the host; see ``docs/payments.md``."""

    def list(self, request: Request) -> HttpResponse:
        query = self.query
        conditions = read_conditions(query, INVOICE_ATTRIBUTES, INVOICE_ENUMS)
        sort, descending = read_sort(query, INVOICE_SORTS)
        include_deleted = read_flag(query, "include_deleted")
        scope = Scope.of(self.site, "invoices", _said(conditions), sort, descending, include_deleted)
        page = page_of_invoices(
            self.site,
            conditions=conditions,
            include_deleted=include_deleted,
            sort=sort,
            descending=descending,
            limit=read_limit(query),
            after=scope.open(query),
        )
        return self._answered(page, scope.seal)

    def retrieve(self, request: Request, public_id: str) -> HttpResponse:
        row = find_invoice(self.site, public_id)
        if row is None:
            raise NotFound("There is no such invoice.")
        return json_answer(*self._shown([row]))

    def list_of_customer(self, request: Request, public_id: str) -> HttpResponse:
        customer = find_customer(self.site, public_id, ("id",))
        if customer is None:
            raise NotFound("There is no such customer.")
        scope = Scope.of(self.site, "invoices of a customer", customer["id"])
        page = invoices_of_customer(
            self.site, customer["id"], limit=read_limit(self.query), after=scope.open(self.query)
        )
        return self._answered(page, scope.seal)

    def _answered(self, page: Page, seal: Callable[[Cursor], str]) -> HttpResponse:
        return _answered(self._shown(page.rows), page, seal)

    def _shown(self, found: Sequence[Row]) -> Sequence[dict[str, Any]]:
        payments = linked_payments(self.site, found)
        return [{"invoice": rows.invoice(row, payments.get(row["id"], ()))} for row in found]


class SubscriptionViewSet(ChargebeeViewSet):
    """Subscriptions, to be read, as much as is known of them."""

    def list(self, request: Request) -> HttpResponse:
        query = self.query
        conditions = read_conditions(query, SUBSCRIPTION_ATTRIBUTES, SUBSCRIPTION_ENUMS)
        sort, descending = read_sort(query, SUBSCRIPTION_SORTS)
        include_deleted = read_flag(query, "include_deleted")
        scope = Scope.of(self.site, "subscriptions", _said(conditions), sort, descending, include_deleted)
        page = page_of_subscriptions(
            self.site,
            conditions=[_canonical(each) for each in conditions],
            include_deleted=include_deleted,
            sort=sort,
            descending=descending,
            limit=read_limit(query),
            after=scope.open(query),
        )
        return _answered(self._shown(page.rows), page, scope.seal)

    def retrieve(self, request: Request, public_id: str) -> HttpResponse:
        row = find_subscription(self.site, public_id)
        if row is None:
            raise NotFound("There is no such subscription.")
        return json_answer(*self._shown([row]))

    def _shown(self, found: Sequence[Row]) -> Sequence[dict[str, Any]]:
        """Each with its customer, and the card if that is what it pays with: the clients cannot do without."""
        owners = owners_of(self.site, found, outputs.COLUMNS)
        around = surroundings_of(self.site, owners.values(), outputs.CONTACT_COLUMNS)
        return [
            {
                "subscription": rows.subscription(row),
                **outputs.with_card(owners[row["customer_id"]], around[row["customer_id"]]),
            }
            for row in found
        ]


def _canonical(condition: Condition) -> Condition:
    """One that is told in Chargebee's statuses, in ours: one of theirs may be several."""
    if condition.attribute != "status":
        return condition
    given = condition.value if condition.operator in {"in", "not_in"} else [condition.value]
    ours = [status for status, shown in money.SUBSCRIPTION_STATUSES.items() if shown in given]
    return replace(condition, operator="in" if condition.operator in {"is", "in"} else "not_in", value=ours)


def _said(conditions: Iterable[Condition]) -> list[tuple[str, str, Any]]:
    return [(each.attribute, each.operator, each.value) for each in conditions]


def _answered(shown: Sequence[dict[str, Any]], page: Page, seal: Callable[[Cursor], str]) -> HttpResponse:
    answer: dict[str, Any] = {"list": shown}
    if page.next is not None:
        answer["next_offset"] = seal(page.next)
    return json_answer(answer)
