from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.chargebee import outlook
from billing_customers.dialects.chargebee.inputs.impact import read_question
from billing_customers.dialects.chargebee.viewsets.base import ChargebeeViewSet
from billing_customers.exceptions import NotFound
from billing_customers.queries.access import access_to
from billing_customers.queries.impact import impact_of
from billing_customers.queries.recipients import recipients_of


class OutlookViewSet(ChargebeeViewSet):
    """Ours, beyond the contract: who sees a customer and gets its mail, and what an operation would do to it."""

    def access(self, request: Request, public_id: str) -> HttpResponse:
        found = access_to(self.site, public_id)
        if found is None:
            raise NotFound("There is no such customer.")
        return json_answer(outlook.access(found))

    def recipients(self, request: Request, public_id: str) -> HttpResponse:
        found = recipients_of(self.site, public_id)
        if found is None:
            raise NotFound("There is no such customer.")
        return json_answer(outlook.recipients(found))

    def impact(self, request: Request, public_id: str) -> HttpResponse:
        return json_answer(outlook.impact(impact_of(self.site, public_id, **read_question(self.query))))
