from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from billing_customers.actors import Actor
from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.base import BillingViewSet
from billing_customers.dialects.chargebee import outputs
from billing_customers.dialects.chargebee.authentication import BasicAuthentication
from billing_customers.dialects.chargebee.brackets import read_query
from billing_customers.dialects.chargebee.errors import Chargebee
from billing_customers.dialects.chargebee.parsers import BracketFormParser
from billing_customers.dialects.parsers import StrictJsonParser
from billing_customers.exceptions import InvalidInput, Issue
from billing_customers.queries.surroundings import surroundings_of

ALL_DISABLED = "all-disabled"
SILENCING = ("chargebee-event-webhook", "chargebee-event-actions")


class ChargebeeViewSet(BillingViewSet):
    dialect = Chargebee()
    authentication_classes = [BasicAuthentication]
    parser_classes = [BracketFormParser, StrictJsonParser]

    @property
    def query(self) -> dict[str, Any]:
        """The query string, read as bracketed parameters."""
        return read_query(self.request.META.get("QUERY_STRING", ""))

    @property
    def actor(self) -> Actor:
        """Whoever holds the key. Contract: "Request headers", ``chargebee-event-webhook`` and ``-actions``."""
        return replace(super().actor, silences_webhooks=any(name in self.request.headers for name in SILENCING))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        for name in SILENCING:
            if request.headers.get(name, ALL_DISABLED) != ALL_DISABLED:
                raise InvalidInput([Issue(name, f"Must be {ALL_DISABLED}.")])

    def answer(self, row: Mapping[str, Any]) -> HttpResponse:
        """One customer, and its card if that is what it pays with."""
        return json_answer(self.shown(row))

    def shown(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """``customer`` and ``card``, to which an answer may add another resource."""
        self.customer_pk = row["id"]
        return outputs.with_card(row, surroundings_of(self.site, [row], outputs.CONTACT_COLUMNS)[row["id"]])


class UnknownRoute(ChargebeeViewSet):
    """Any other path."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = []
