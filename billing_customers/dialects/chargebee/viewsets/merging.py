from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.chargebee.inputs import merging as inputs
from billing_customers.dialects.chargebee.inputs.params import read_params
from billing_customers.dialects.chargebee.merges import customer_merge
from billing_customers.dialects.chargebee.pagination import Scope, read_limit
from billing_customers.dialects.chargebee.viewsets.base import ChargebeeViewSet
from billing_customers.exceptions import NotFound
from billing_customers.operations.merging import merge_customers, undo_merge
from billing_customers.queries.merges import find_merge, page_of_merges


class MergeViewSet(ChargebeeViewSet):
    """The contract's call that merges customers; and, beyond it, what became of merges, and their undoing."""

    def merge(self, request: Request) -> HttpResponse:
        customer, _ = merge_customers(site=self.site, **inputs.read_merge(self.body), actor=self.actor, at=self.at)
        return self.answer(vars(customer))

    def list(self, request: Request) -> HttpResponse:
        query = self.query
        customer_id = read_params(inputs.OF_CUSTOMER, query).get("customer_id") or None
        scope = Scope.of(self.site, "customer_merges", customer_id)
        page = page_of_merges(self.site, customer_id=customer_id, limit=read_limit(query), after=scope.open(query))
        answer: dict[str, Any] = {"list": [_shown(row) for row in page.rows]}
        if page.next is not None:
            answer["next_offset"] = scope.seal(page.next)
        return json_answer(answer)

    def retrieve(self, request: Request, public_id: str) -> HttpResponse:
        return self._answer_merge(public_id)

    def undo(self, request: Request, public_id: str) -> HttpResponse:
        undo_merge(site=self.site, merge_id=public_id, actor=self.actor, at=self.at)
        return self._answer_merge(public_id)

    def _answer_merge(self, public_id: str) -> HttpResponse:
        row = find_merge(self.site, public_id)
        if row is None:
            raise NotFound("There is no such merge.")
        return json_answer(_shown(row))


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"customer_merge": customer_merge(row)}
