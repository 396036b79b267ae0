from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.chargebee import families
from billing_customers.dialects.chargebee.inputs import hierarchy as inputs
from billing_customers.dialects.chargebee.pagination import Scope, read_limit
from billing_customers.dialects.chargebee.viewsets.base import ChargebeeViewSet
from billing_customers.exceptions import NotFound
from billing_customers.models import Customer
from billing_customers.operations.hierarchy import change_access, delink_customer, link_customer
from billing_customers.queries.hierarchy import find_place, hierarchy_of, page_of_hierarchy


class HierarchyViewSet(ChargebeeViewSet):
    """Where a customer stands in its account hierarchy. The three writes answer the customer alone."""

    def relationships(self, request: Request, public_id: str) -> HttpResponse:
        customer = link_customer(
            site=self.site,
            public_id=public_id,
            **inputs.read_link(self.body),
            expected_version=self.expected_version(),
            actor=self.actor,
            at=self.at,
        )
        return self._answer_customer(customer)

    def delete_relationship(self, request: Request, public_id: str) -> HttpResponse:
        customer = delink_customer(
            site=self.site,
            public_id=public_id,
            expected_version=self.expected_version(),
            actor=self.actor,
            at=self.at,
        )
        return self._answer_customer(customer)

    def update_hierarchy_settings(self, request: Request, public_id: str) -> HttpResponse:
        customer = change_access(
            site=self.site,
            public_id=public_id,
            access=inputs.read_access(self.body),
            expected_version=self.expected_version(),
            actor=self.actor,
            at=self.at,
        )
        return self._answer_customer(customer)

    def hierarchy(self, request: Request, public_id: str) -> HttpResponse:
        return self._answer_nodes(public_id, self.query)

    def ask_for_hierarchy(self, request: Request, public_id: str) -> HttpResponse:
        """The same by POST: that is what curl makes of the contract's own commands, which have no ``-G``."""
        return self._answer_nodes(public_id, self.body)

    def hierarchy_detail(self, request: Request, public_id: str) -> HttpResponse:
        query = self.query
        part = inputs.read_part(query)
        place = find_place(self.site, public_id)
        if place is None:
            raise NotFound("There is no such customer.")
        scope = Scope.of(self.site, "hierarchy_detail", place.pk, part)
        position = scope.open_position(query)
        page = page_of_hierarchy(
            self.site, place, part, limit=read_limit(query), after=None if position is None else position[1]
        )
        answer: dict[str, Any] = {"list": [{"hierarchy": families.detailed(each)} for each in page.nodes]}
        if page.next is not None:
            answer["next_offset"] = scope.seal_position(0, page.next)
        return json_answer(answer)

    def _answer_nodes(self, public_id: str, given: Mapping[str, Any]) -> HttpResponse:
        nodes = hierarchy_of(self.site, public_id, inputs.read_part(given))
        if nodes is None:
            raise NotFound("There is no such customer.")
        return json_answer({"hierarchies": [families.node(each) for each in nodes]})

    def _answer_customer(self, customer: Customer) -> HttpResponse:
        return json_answer({"customer": self.shown(vars(customer))["customer"]})
