from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.chargebee import outputs
from billing_customers.dialects.chargebee.inputs import customers as inputs
from billing_customers.dialects.chargebee.pagination import Scope, read_limit
from billing_customers.dialects.chargebee.viewsets.base import ChargebeeViewSet
from billing_customers.exceptions import InvalidInput, Issue, NotFound
from billing_customers.operations.contacts import add_contact, delete_contact, update_contact
from billing_customers.queries.customers import find_customer, page_of_contacts


class ContactViewSet(ChargebeeViewSet):
    """The contacts of a customer. The three writes answer the whole customer."""

    def list(self, request: Request, public_id: str) -> HttpResponse:
        query = self.query
        row = find_customer(self.site, public_id, ("id", "created_at"))
        if row is None:
            raise NotFound("There is no such customer.")
        scope = Scope.of(self.site, "contacts", row["id"])
        page = page_of_contacts(
            self.site, row, outputs.CONTACT_COLUMNS, limit=read_limit(query), after=scope.open(query)
        )
        answer = {"list": [{"contact": outputs.contact(each)} for each in page.rows]}
        if page.next is not None:
            answer["next_offset"] = scope.seal(page.next)  # type: ignore[assignment]
        return json_answer(answer)

    def add(self, request: Request, public_id: str) -> HttpResponse:
        customer = add_contact(
            site=self.site,
            public_id=public_id,
            attributes=inputs.read_contact(self.body),
            expected_version=self.expected_version(),
            actor=self.actor,
            at=self.at,
        )
        return self.answer(vars(customer))

    def update(self, request: Request, public_id: str) -> HttpResponse:
        customer = update_contact(
            site=self.site,
            public_id=public_id,
            attributes=inputs.read_contact(self.body),
            expected_version=self.expected_version(),
            actor=self.actor,
            at=self.at,
        )
        return self.answer(vars(customer))

    def delete_contact(self, request: Request, public_id: str) -> HttpResponse:
        contact_id = inputs.read_contact(self.body).get("id")
        if not contact_id:
            raise InvalidInput([Issue("contact.id", "Is required.")])
        customer = delete_contact(
            site=self.site,
            public_id=public_id,
            contact_id=contact_id,
            expected_version=self.expected_version(),
            actor=self.actor,
            at=self.at,
        )
        return self.answer(vars(customer))
