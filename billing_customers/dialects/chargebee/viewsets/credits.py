from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.chargebee import money
from billing_customers.dialects.chargebee.filters import CREDIT_ENUMS, read_conditions
from billing_customers.dialects.chargebee.inputs.credits import read_credits, read_credits_of
from billing_customers.dialects.chargebee.pagination import Scope, read_limit, read_sort
from billing_customers.dialects.chargebee.viewsets.base import ChargebeeViewSet
from billing_customers.exceptions import InvalidState, NotFound
from billing_customers.models import Customer, LedgerEntry
from billing_customers.operations.credits import (
    add_promotional_credits,
    deduct_promotional_credits,
    set_promotional_credits,
)
from billing_customers.queries.ledger import CREDIT_ATTRIBUTES, CREDIT_SORTS, find_credit, page_of_credits

Operation = Callable[..., tuple[Customer, LedgerEntry | None]]


class CustomerCreditViewSet(ChargebeeViewSet):
    """The credits of a customer, in the older family of operations: each answers the customer alone."""

    def add_promotional_credits(self, request: Request, public_id: str) -> HttpResponse:
        return self._moved(add_promotional_credits, public_id)

    def deduct_promotional_credits(self, request: Request, public_id: str) -> HttpResponse:
        return self._moved(deduct_promotional_credits, public_id)

    def set_promotional_credits(self, request: Request, public_id: str) -> HttpResponse:
        return self._moved(set_promotional_credits, public_id)

    def _moved(self, operation: Operation, public_id: str) -> HttpResponse:
        customer, _ = operation(
            site=self.site,
            customer_public_id=public_id,
            **read_credits(self.body),
            expected_version=self.expected_version(),
            actor=self.actor,
            at=self.at,
        )
        return json_answer({"customer": self.shown(vars(customer))["customer"]})


class PromotionalCreditViewSet(ChargebeeViewSet):
    """The promotional credits of a site: each answers the customer and the entry."""

    def list(self, request: Request) -> HttpResponse:
        query = self.query
        conditions = read_conditions(query, CREDIT_ATTRIBUTES, CREDIT_ENUMS)
        _, descending = read_sort(query, CREDIT_SORTS)
        said = [(each.attribute, each.operator, each.value) for each in conditions]
        scope = Scope.of(self.site, "promotional_credits", said, descending)
        page = page_of_credits(
            self.site,
            conditions=conditions,
            descending=descending,
            limit=read_limit(query),
            after=scope.open(query),
        )
        answer: dict[str, Any] = {"list": [_shown(row, row["customer__public_id"]) for row in page.rows]}
        if page.next is not None:
            answer["next_offset"] = scope.seal(page.next)
        return json_answer(answer)

    def retrieve(self, request: Request, public_id: str) -> HttpResponse:
        row = find_credit(self.site, public_id)
        if row is None:
            raise NotFound("There is no such promotional credit.")
        return json_answer(_shown(row, row["customer__public_id"]))

    def add_credits(self, request: Request) -> HttpResponse:
        return self._moved(add_promotional_credits)

    def deduct_credits(self, request: Request) -> HttpResponse:
        return self._moved(deduct_promotional_credits)

    def set_credits(self, request: Request) -> HttpResponse:
        return self._moved(set_promotional_credits)

    def _moved(self, operation: Operation) -> HttpResponse:
        customer_id, credits_said = read_credits_of(self.body)
        try:
            customer, entry = operation(
                site=self.site,
                customer_public_id=customer_id,
                **credits_said,
                expected_version=self.expected_version(),
                actor=self.actor,
                at=self.at,
            )
        except NotFound as missing:
            raise NotFound(missing.message, param="customer_id") from None
        if entry is None:
            # The clients need an entry in the answer, and none was made.
            raise InvalidState(f"The balance is {credits_said['amount']} already: nothing was booked.", param="amount")
        shown = {"customer": self.shown(vars(customer))["customer"], **_shown(vars(entry), customer.public_id)}
        return json_answer(shown)


def _shown(row: Mapping[str, Any], customer_id: str) -> dict[str, Any]:
    return {"promotional_credit": money.promotional_credit(row, customer_id=customer_id)}
