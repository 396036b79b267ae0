from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.chargebee import money, rows
from billing_customers.dialects.chargebee.filters import TRANSACTION_ENUMS, read_conditions
from billing_customers.dialects.chargebee.inputs.excess_payment import read_excess_payment
from billing_customers.dialects.chargebee.inputs.params import read_flag
from billing_customers.dialects.chargebee.pagination import Scope, read_limit, read_sort
from billing_customers.dialects.chargebee.viewsets.base import ChargebeeViewSet
from billing_customers.exceptions import NotFound
from billing_customers.operations.payments import record_excess_payment
from billing_customers.queries.customers import Cursor, Page, Row, find_customer
from billing_customers.queries.transactions import (
    TRANSACTION_ATTRIBUTES,
    TRANSACTION_SORTS,
    find_transaction,
    linked_invoices,
    page_of_transactions,
    transactions_of_customer,
)


class TransactionViewSet(ChargebeeViewSet):
    """Payments, and the one kind of them that is written down by hand."""

    def list(self, request: Request) -> HttpResponse:
        query = self.query
        conditions = read_conditions(query, TRANSACTION_ATTRIBUTES, TRANSACTION_ENUMS)
        sort, descending = read_sort(query, TRANSACTION_SORTS)
        include_deleted = read_flag(query, "include_deleted")
        said = [(each.attribute, each.operator, each.value) for each in conditions]
        scope = Scope.of(self.site, "transactions", said, sort, descending, include_deleted)
        page = page_of_transactions(
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
        row = find_transaction(self.site, public_id)
        if row is None:
            raise NotFound("There is no such transaction.")
        return json_answer(self._shown([row])[0])

    def list_of_customer(self, request: Request, public_id: str) -> HttpResponse:
        customer = find_customer(self.site, public_id, ("id",))
        if customer is None:
            raise NotFound("There is no such customer.")
        scope = Scope.of(self.site, "transactions of a customer", customer["id"])
        page = transactions_of_customer(
            self.site, customer["id"], limit=read_limit(self.query), after=scope.open(self.query)
        )
        return self._answered(page, scope.seal)

    def record_excess_payment(self, request: Request, public_id: str) -> HttpResponse:
        customer, payment = record_excess_payment(
            site=self.site,
            customer_public_id=public_id,
            **read_excess_payment(self.body),
            expected_version=self.expected_version(),
            actor=self.actor,
            at=self.at,
        )
        shown = {
            "customer": self.shown(vars(customer))["customer"],
            "transaction": money.transaction(vars(payment), customer_id=customer.public_id),
        }
        return json_answer(shown)

    def _answered(self, page: Page, seal: Callable[[Cursor], str]) -> HttpResponse:
        answer: dict[str, Any] = {"list": self._shown(page.rows)}
        if page.next is not None:
            answer["next_offset"] = seal(page.next)
        return json_answer(answer)

    def _shown(self, found: Sequence[Row]) -> Sequence[dict[str, Any]]:
        links = linked_invoices(self.site, found)
        return [{"transaction": rows.transaction(row, links.get(row["id"], ()))} for row in found]
