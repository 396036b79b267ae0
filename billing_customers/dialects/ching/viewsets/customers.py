from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.ching import inputs, outputs
from billing_customers.dialects.ching.viewsets.base import ChingViewSet
from billing_customers.exceptions import NotFound
from billing_customers.operations.customers import create_customer, update_customer, upsert_customer
from billing_customers.operations.deletion import delete_customer
from billing_customers.queries.customers import find_customer, merged_into, newest_customers

LIST_LIMIT = 100


class CustomerViewSet(ChingViewSet):
    """The six endpoints of the customers page."""

    def list(self, request: Request) -> HttpResponse:
        livemode = self.site.livemode
        rows = newest_customers(self.site, outputs.COLUMNS, limit=LIST_LIMIT)
        return json_answer({"success": True, "data": [outputs.customer(row, livemode=livemode) for row in rows]})

    def create(self, request: Request) -> HttpResponse:
        customer = create_customer(
            site=self.site,
            attributes=inputs.read_new(self.body),
            requires_dialable_phone=True,
            actor=self.actor,
            at=self.at,
        )
        return self.answer(vars(customer))

    def retrieve(self, request: Request, public_id: str) -> HttpResponse:
        row = find_customer(self.site, public_id, outputs.COLUMNS, include_deleted=True)
        if row is None:
            raise NotFound("There is no such resource.")
        if row["deleted_at"] is not None:
            row["merged_into"] = merged_into(self.site, row["id"])
        return self.answer(row)

    def update(self, request: Request, public_id: str) -> HttpResponse:
        customer = update_customer(
            site=self.site,
            public_id=public_id,
            attributes=inputs.read_changes(self.body),
            expected_version=self.expected_version(),
            requires_dialable_phone=True,
            actor=self.actor,
            at=self.at,
        )
        return self.answer(vars(customer))

    def upsert(self, request: Request) -> HttpResponse:
        identify_by, attributes = inputs.read_upsert(self.body)
        customer, created = upsert_customer(
            site=self.site,
            identify_by=identify_by,
            attributes=attributes,
            new_attributes={"locale": inputs.DEFAULT_LOCALE},
            expected_version=self.expected_version(),
            requires_dialable_phone=True,
            actor=self.actor,
            at=self.at,
        )
        return self.answer(vars(customer), action="created" if created else "updated")

    def destroy(self, request: Request, public_id: str) -> HttpResponse:
        customer = delete_customer(
            site=self.site,
            public_id=public_id,
            expected_version=self.expected_version(),
            actor=self.actor,
            at=self.at,
        )
        return self.answer(vars(customer))
