from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.ching import inputs, outputs
from billing_customers.dialects.ching.viewsets.base import ChingViewSet
from billing_customers.dialects.ching.viewsets.customers import LIST_LIMIT
from billing_customers.dialects.preparing import PreparesSources
from billing_customers.exceptions import InvalidState, NotFound
from billing_customers.operations.gateway_accounts import default_test_gateway
from billing_customers.operations.payment_sources import add_payment_source
from billing_customers.operations.source_inputs import card_given
from billing_customers.queries.customers import Row, find_customer
from billing_customers.queries.payment_sources import find_source, sources_of

# The card that always works; it ends as many years from now.
TEST_CARD = {"number": "4242424242424242", "cvv": "123", "expiry_month": 12}
TEST_CARD_YEARS = 4


class PaymentMethodViewSet(PreparesSources, ChingViewSet):
    """What customers pay with, to be read, and cards of the test gateway, to be attached."""

    def prepare(self, request: Request, *, request_key: str | None) -> None:
        if self.action != "attach_test_card":
            return
        customer_id = inputs.read_owner(self.body)
        if find_customer(self.site, customer_id, ("id",)) is None:
            raise NotFound("There is no such resource.")
        if self.site.livemode:
            raise InvalidState("Test cards can be attached in test mode only.")
        account = default_test_gateway(self.site, self.at)
        said = {**TEST_CARD, "expiry_year": self.at.year + TEST_CARD_YEARS, "gateway_account_id": account.public_id}
        self.prepare_given(card_given(said, within=""), customer_id, request_key)

    def retrieve(self, request: Request, public_id: str) -> HttpResponse:
        row = find_source(self.site, public_id, include_detached=True)
        if row is None:
            raise NotFound("There is no such resource.")
        return json_answer({"success": True, "data": self._shown(row)})

    def list(self, request: Request, public_id: str) -> HttpResponse:
        return self._listed(public_id, detached=False)

    def list_inactive(self, request: Request, public_id: str) -> HttpResponse:
        return self._listed(public_id, detached=True)

    def attach_test_card(self, request: Request) -> HttpResponse:
        customer, source = add_payment_source(
            site=self.site,
            customer_public_id=inputs.read_owner(self.body),
            prepared=self.source_prepared(),
            actor=self.actor,
            at=self.at,
        )
        self.customer_pk = customer.pk
        is_default = source.public_id == customer.primary_payment_source_id
        shown = outputs.payment_method(vars(source), is_default=is_default, livemode=self.site.livemode)
        return json_answer({"success": True, "data": shown})

    def _listed(self, public_id: str, *, detached: bool) -> HttpResponse:
        customer = find_customer(self.site, public_id, ("id",))
        if customer is None:
            raise NotFound("There is no such resource.")
        rows = sources_of(self.site, customer["id"], detached=detached, limit=LIST_LIMIT)
        return json_answer({"success": True, "data": [self._shown(row) for row in rows]})

    def _shown(self, row: Row) -> dict[str, Any]:
        is_default = row["public_id"] == row["customer__primary_payment_source_id"]
        return outputs.payment_method(row, is_default=is_default, livemode=self.site.livemode)
