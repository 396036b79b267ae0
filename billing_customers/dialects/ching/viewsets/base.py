from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.base import BillingViewSet
from billing_customers.dialects.ching import outputs
from billing_customers.dialects.ching.authentication import BearerAuthentication
from billing_customers.dialects.ching.errors import Ching
from billing_customers.dialects.parsers import StrictJsonParser


class ChingViewSet(BillingViewSet):
    dialect = Ching()
    authentication_classes = [BearerAuthentication]
    parser_classes = [StrictJsonParser]

    def answer(self, row: Mapping[str, Any], **envelope: str) -> HttpResponse:
        """One customer in the envelope, with its version as ``ETag``; a tombstone is a stub."""
        if row["deleted_at"] is None:
            data = outputs.customer(row, livemode=self.site.livemode)
        else:
            data = outputs.deleted_customer(row)
        self.customer_pk = row["id"]
        headers = {"ETag": f'"{row["resource_version"]}"'}
        return json_answer({"success": True, **envelope, "data": data}, headers=headers)


class UnknownRoute(ChingViewSet):
    """Any other path."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = []
