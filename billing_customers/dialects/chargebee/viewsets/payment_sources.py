from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from billing_customers.choices import PaymentMethodType
from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.chargebee import money, outputs
from billing_customers.dialects.chargebee.filters import SOURCE_ENUMS, read_conditions
from billing_customers.dialects.chargebee.inputs import payment as inputs
from billing_customers.dialects.chargebee.inputs.params import read_flag
from billing_customers.dialects.chargebee.pagination import Scope, read_limit, read_sort
from billing_customers.dialects.chargebee.viewsets.base import ChargebeeViewSet
from billing_customers.dialects.chargebee.viewsets.preparing import SourceViewSet
from billing_customers.exceptions import NotFound
from billing_customers.operations.payment_sources import add_payment_source, delete_payment_source
from billing_customers.operations.source_inputs import GivenSource
from billing_customers.queries.customers import find_customer
from billing_customers.queries.payment_sources import SOURCE_ATTRIBUTES, SOURCE_SORTS, find_source, page_of_sources
from billing_customers.queries.surroundings import MARKS, primary_sources

# How each action that makes a source reads it.
READERS: dict[str, Callable[[Mapping[str, Any]], GivenSource]] = {
    "create_card": inputs.read_card,
    "create_bank_account": inputs.read_bank_account,
    "create_using_permanent_token": inputs.read_permanent_token,
    "create_using_temp_token": inputs.read_temporary_token,
}


class PaymentSourceViewSet(SourceViewSet):
    """The payment sources of a site, and of each customer."""

    def prepare(self, request: Request, *, request_key: str | None) -> None:
        read = READERS.get(self.action or "")
        if read is None:
            return
        customer_id, _ = inputs.read_owner(self.body)
        given = read(self.body)
        if find_customer(self.site, customer_id, ("id",)) is None:
            raise NotFound("There is no such customer.", param="customer_id")
        self.prepare_given(given, customer_id, request_key)

    def list(self, request: Request) -> HttpResponse:
        query = self.query
        conditions = read_conditions(query, SOURCE_ATTRIBUTES, SOURCE_ENUMS)
        sort, descending = read_sort(query, SOURCE_SORTS)
        include_deleted = read_flag(query, "include_deleted")
        said = [(each.attribute, each.operator, each.value) for each in conditions]
        scope = Scope.of(self.site, "payment_sources", said, sort, descending, include_deleted)
        page = page_of_sources(
            self.site,
            conditions=conditions,
            include_detached=include_deleted,
            sort=sort,
            descending=descending,
            limit=read_limit(query),
            after=scope.open(query),
        )
        answer: dict[str, Any] = {"list": [_shown(row) for row in page.rows]}
        if page.next is not None:
            answer["next_offset"] = scope.seal(page.next)
        return json_answer(answer)

    def retrieve(self, request: Request, public_id: str) -> HttpResponse:
        row = find_source(self.site, public_id)
        if row is None:
            raise NotFound("There is no such payment source.")
        return json_answer(_shown(row))

    def create_card(self, request: Request) -> HttpResponse:
        return self._added()

    def create_bank_account(self, request: Request) -> HttpResponse:
        return self._added()

    def create_using_permanent_token(self, request: Request) -> HttpResponse:
        return self._added()

    def create_using_temp_token(self, request: Request) -> HttpResponse:
        return self._added()

    def delete_source(self, request: Request, public_id: str) -> HttpResponse:
        return self._deleted(public_id, from_gateway=True)

    def delete_local(self, request: Request, public_id: str) -> HttpResponse:
        return self._deleted(public_id, from_gateway=False)

    def _added(self) -> HttpResponse:
        customer_id, replaces_primary = inputs.read_owner(self.body)
        customer, source = add_payment_source(
            site=self.site,
            customer_public_id=customer_id,
            prepared=self.source_prepared(),
            replaces_primary=replaces_primary,
            actor=self.actor,
            at=self.at,
        )
        return self.answer_with_source(customer, source)

    def _deleted(self, public_id: str, *, from_gateway: bool) -> HttpResponse:
        source = delete_payment_source(
            site=self.site, public_id=public_id, from_gateway=from_gateway, actor=self.actor, at=self.at
        )
        return self.answer_with_source(source.customer, source)


class CardViewSet(ChargebeeViewSet):
    """The card of a customer, as clients know it that are older than payment sources."""

    def retrieve(self, request: Request, customer_id: str) -> HttpResponse:
        customer = find_customer(self.site, customer_id, (*MARKS, "public_id"))
        source = None
        if customer is not None:
            found = primary_sources(self.site, [customer])
            source = found.get((customer["id"], customer["primary_payment_source_id"]))
        if customer is None or source is None or source["type"] != PaymentMethodType.CARD:
            raise NotFound("There is no such card.")
        return json_answer({"card": money.card(source, customer_id=customer["public_id"])})

    def delete_card(self, request: Request, public_id: str) -> HttpResponse:
        row = find_customer(self.site, public_id, outputs.COLUMNS)
        if row is None:
            raise NotFound("There is no such customer.")
        found = primary_sources(self.site, [row])
        source = found.get((row["id"], row["primary_payment_source_id"]))
        if source is None or source["type"] != PaymentMethodType.CARD:
            # A customer without a card is what was asked for.
            return json_answer({"customer": self.shown(row)["customer"]})
        deleted = delete_payment_source(site=self.site, public_id=source["public_id"], actor=self.actor, at=self.at)
        return json_answer({"customer": self.shown(vars(deleted.customer))["customer"]})


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"payment_source": money.payment_source(row, customer_id=row["customer__public_id"])}
