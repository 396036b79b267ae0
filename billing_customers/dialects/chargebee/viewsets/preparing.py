from __future__ import annotations

from django.http import HttpResponse

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.chargebee import money
from billing_customers.dialects.chargebee.viewsets.base import ChargebeeViewSet
from billing_customers.dialects.preparing import PreparesSources
from billing_customers.models import Customer, PaymentSource


class SourceViewSet(PreparesSources, ChargebeeViewSet):
    """Views that make payment sources, or change what they are to their customer."""

    def answer_with_source(self, customer: Customer, source: PaymentSource) -> HttpResponse:
        """``customer`` and ``payment_source``. Contract: the sample of "Assign payment role", which has no card."""
        row = {**vars(source), "gateway_account__public_id": source.gateway_account.public_id}
        shown = {
            "customer": self.shown(vars(customer))["customer"],
            "payment_source": money.payment_source(row, customer_id=customer.public_id),
        }
        return json_answer(shown)
