from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.chargebee import outputs
from billing_customers.dialects.chargebee.filters import read_conditions
from billing_customers.dialects.chargebee.inputs import customers as inputs
from billing_customers.dialects.chargebee.inputs.params import Unreadable, boolean
from billing_customers.dialects.chargebee.pagination import Scope, read_limit, read_sort
from billing_customers.dialects.chargebee.viewsets.base import ChargebeeViewSet
from billing_customers.exceptions import InvalidInput, Issue, NotFound
from billing_customers.operations.billing_info import change_billing_date, replace_billing_info
from billing_customers.operations.customers import create_customer, update_customer
from billing_customers.queries.customers import SORT_COLUMNS, find_customer, page_of_customers
from billing_customers.queries.surroundings import surroundings_of


class CustomerViewSet(ChargebeeViewSet):
    """The customer resource: what concerns the row itself."""

    def list(self, request: Request) -> HttpResponse:
        query = self.query
        conditions = read_conditions(query)
        sort, descending = read_sort(query, SORT_COLUMNS)
        include_deleted = _include_deleted(query.get("include_deleted"))
        said = [(each.attribute, each.operator, each.value) for each in conditions]
        scope = Scope.of(self.site, "customers", said, sort, descending, include_deleted)
        page = page_of_customers(
            self.site,
            outputs.COLUMNS,
            conditions=conditions,
            include_deleted=include_deleted,
            sort=sort,
            descending=descending,
            limit=read_limit(query),
            after=scope.open(query),
        )
        around = surroundings_of(self.site, page.rows, outputs.CONTACT_COLUMNS)
        answer = {"list": [outputs.with_card(row, around[row["id"]]) for row in page.rows]}
        if page.next is not None:
            answer["next_offset"] = scope.seal(page.next)  # type: ignore[assignment]
        return json_answer(answer)

    def create(self, request: Request) -> HttpResponse:
        public_id, attributes = inputs.read_new(self.body)
        customer = create_customer(
            site=self.site, attributes=attributes, public_id=public_id, actor=self.actor, at=self.at
        )
        return self.answer(vars(customer))

    def retrieve(self, request: Request, public_id: str) -> HttpResponse:
        row = find_customer(self.site, public_id, outputs.COLUMNS)
        if row is None:
            raise NotFound("There is no such customer.")
        return self.answer(row)

    def update(self, request: Request, public_id: str) -> HttpResponse:
        customer = update_customer(
            site=self.site,
            public_id=public_id,
            attributes=inputs.read_changes(self.body),
            expected_version=self.expected_version(),
            actor=self.actor,
            at=self.at,
        )
        return self.answer(vars(customer))

    def update_billing_info(self, request: Request, public_id: str) -> HttpResponse:
        customer = replace_billing_info(
            site=self.site,
            public_id=public_id,
            attributes=inputs.read_billing_info(self.body),
            expected_version=self.expected_version(),
            actor=self.actor,
            at=self.at,
        )
        return self.answer(vars(customer))

    def change_billing_date(self, request: Request, public_id: str) -> HttpResponse:
        customer = change_billing_date(
            site=self.site,
            public_id=public_id,
            attributes=inputs.read_billing_dates(self.body),
            expected_version=self.expected_version(),
            actor=self.actor,
            at=self.at,
        )
        return self.answer(vars(customer))


def _include_deleted(given: object) -> bool:
    if given is None or given == "":
        return False
    try:
        return boolean(given)
    except Unreadable as unreadable:
        raise InvalidInput([Issue("include_deleted", str(unreadable))]) from None
