from __future__ import annotations

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from billing_customers.choices import Scope as KeyScope
from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.chargebee import outputs
from billing_customers.dialects.chargebee.filters import read_conditions
from billing_customers.dialects.chargebee.inputs import customers as inputs
from billing_customers.dialects.chargebee.inputs import payment
from billing_customers.dialects.chargebee.inputs.params import read_flag
from billing_customers.dialects.chargebee.pagination import Scope, read_limit, read_sort
from billing_customers.dialects.chargebee.viewsets.preparing import SourceViewSet
from billing_customers.exceptions import NotFound
from billing_customers.operations.attributes import CustomerAttributes
from billing_customers.operations.billing_info import change_billing_date, replace_billing_info
from billing_customers.operations.customers import check_new_customer, create_customer, update_customer
from billing_customers.operations.deletion import schedule_deletion
from billing_customers.operations.erasure import schedule_erasure
from billing_customers.operations.payment_sources import Newcomer, assign_payment_role, replace_payment_method
from billing_customers.queries.customers import SORT_COLUMNS, find_customer, page_of_customers
from billing_customers.queries.surroundings import surroundings_of


class CustomerViewSet(SourceViewSet):
    """The customer resource: what concerns the row itself, and what it pays with."""

    action_scopes: ClassVar[dict[str, str]] = {"clear_personal_data": KeyScope.PII_CLEAR}

    def prepare(self, request: Request, *, request_key: str | None) -> None:
        if self.action == "create":
            self._prepare_new(request_key)
        elif self.action == "update_payment_method":
            self.prepare_given(payment.read_payment_method(self.body), self.kwargs["public_id"], request_key)

    def list(self, request: Request) -> HttpResponse:
        query = self.query
        conditions = read_conditions(query)
        sort, descending = read_sort(query, SORT_COLUMNS)
        include_deleted = read_flag(query, "include_deleted")
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
            site=self.site,
            attributes=attributes,
            public_id=public_id,
            payment_source=self.prepared,
            actor=self.actor,
            at=self.at,
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

    def update_payment_method(self, request: Request, public_id: str) -> HttpResponse:
        customer = replace_payment_method(
            site=self.site,
            customer_public_id=public_id,
            prepared=self.source_prepared(),
            expected_version=self.expected_version(),
            actor=self.actor,
            at=self.at,
        )
        return self.answer(vars(customer))

    def assign_payment_role(self, request: Request, public_id: str) -> HttpResponse:
        payment_source_id, role = payment.read_role(self.body)
        customer, source = assign_payment_role(
            site=self.site,
            customer_public_id=public_id,
            payment_source_id=payment_source_id,
            role=role,
            expected_version=self.expected_version(),
            actor=self.actor,
            at=self.at,
        )
        return self.answer_with_source(customer, source)

    def delete_customer(self, request: Request, public_id: str) -> HttpResponse:
        customer = schedule_deletion(
            site=self.site,
            public_id=public_id,
            **inputs.read_deletion(self.body),
            expected_version=self.expected_version(),
            actor=self.actor,
            at=self.at,
        )
        return self.answer(vars(customer))

    def clear_personal_data(self, request: Request, public_id: str) -> HttpResponse:
        customer = schedule_erasure(
            site=self.site,
            public_id=public_id,
            expected_version=self.expected_version(),
            actor=self.actor,
            at=self.at,
        )
        return self.answer(vars(customer))

    def _prepare_new(self, request_key: str | None) -> None:
        """Have what a new customer pays with stored, once all that it says of itself was found to be good."""
        given = payment.read_source(self.body)
        if given is None:
            return
        public_id, attributes = inputs.read_new(self.body)
        check_new_customer(site=self.site, attributes=attributes, public_id=public_id)
        newcomer = Newcomer(public_id or "", attributes.get("email") or "", _name(attributes))
        self.prepare_given(given, None, request_key, newcomer=newcomer)


def _name(attributes: CustomerAttributes) -> str:
    names = (attributes.get("first_name"), attributes.get("last_name"))
    return " ".join(name for name in names if name) or attributes.get("company") or ""
