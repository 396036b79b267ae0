from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.chargebee import outputs, rows
from billing_customers.dialects.chargebee.inputs.collecting import read_collection
from billing_customers.dialects.chargebee.viewsets.base import ChargebeeViewSet
from billing_customers.exceptions import BillingError, NotFound
from billing_customers.gateways.base import Charge
from billing_customers.models import Transaction
from billing_customers.operations.reconciling import charge_once
from billing_customers.operations.settling_payments import raise_unless_paid, settle_collection
from billing_customers.queries.customers import Row, find_customer
from billing_customers.queries.subjects import row_of


class CollectingViewSet(ChargebeeViewSet):
    """Payments through a gateway: charged before the action, and booked by it."""

    charged: tuple[Transaction, Charge | None] | None = None

    def prepare(self, request: Request, *, request_key: str | None) -> None:
        # Another method will be refused.
        if self.action != "collect_payment":
            return
        collection = read_collection(self.body)
        self.awaits_outcome = True
        try:
            self.charged = charge_once(
                site=self.site,
                customer_public_id=self.kwargs["public_id"],
                collection=collection,
                expected_version=self.expected_version(),
                request_key=request_key,
                actor=self.actor,
                at=self.at,
            )
        except BillingError:
            # It was refused, or has failed: there is nothing to go on with.
            self.awaits_outcome = False
            raise

    def collect_payment(self, request: Request, public_id: str) -> HttpResponse:
        if self.charged is None:
            raise RuntimeError("The action books a payment, and none was begun.")
        payment, charge = self.charged
        if charge is not None:
            payment = settle_collection(site=self.site, attempt=payment, charge=charge, actor=self.actor, at=self.at)
            raise_unless_paid(payment)
        row = row_of(payment, self.site)
        shown = {
            "customer": self.shown(self._named(payment, public_id))["customer"],
            "transaction": rows.transaction(row, row["links"]),
        }
        return json_answer(shown)

    def _named(self, payment: Transaction, public_id: str) -> Row:
        """The customer that the request names; another one may pay."""
        if payment.customer.public_id == public_id:
            return vars(payment.customer)
        found = find_customer(self.site, public_id, outputs.COLUMNS)
        if found is None:
            raise NotFound("There is no such customer.")
        return found
