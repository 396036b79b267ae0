from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.chargebee.viewsets.base import ChargebeeViewSet


class ConfigurationViewSet(ChargebeeViewSet):
    """What the SDKs ask for to learn which site a key belongs to."""

    def list(self, request: Request) -> HttpResponse:
        configuration = {
            "domain": self.site.slug,
            "product_catalog_version": "v2",
            "chargebee_response_schema_type": "items",
        }
        return json_answer({"configurations": [configuration]})
