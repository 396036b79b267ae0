"""The customers endpoint as one would write it with DRF's own parts, to see whether the fuzzer would notice."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework.parsers import FormParser, JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import BaseSerializer, ModelSerializer
from rest_framework.views import exception_handler
from rest_framework.viewsets import ModelViewSet

from billing_customers.ids import new_customer_id
from billing_customers.models import BillingSite, Customer
from tests.dialects.clock import START


class StockSerializer(ModelSerializer[Customer]):
    class Meta:
        model = Customer
        fields = ["public_id", "name", "first_name", "email", "phone", "locale", "metadata", "net_term_days"]
        read_only_fields = ["public_id"]


class StockViewSet(ModelViewSet[Customer]):
    queryset = Customer.objects.all()
    serializer_class = StockSerializer
    lookup_field = "public_id"
    authentication_classes = []
    permission_classes = []
    throttle_classes = []
    pagination_class = None
    versioning_class = None
    parser_classes = [JSONParser, FormParser]
    renderer_classes = [JSONRenderer]

    def perform_create(self, serializer: BaseSerializer[Customer]) -> None:
        serializer.save(
            site=BillingSite.objects.earliest("pk"),
            public_id=new_customer_id(),
            resource_version=1,
            created_at=START,
            updated_at=START,
        )

    def get_exception_handler(self) -> Any:
        return exception_handler


_many = StockViewSet.as_view({"get": "list", "post": "create"})
_one = StockViewSet.as_view({"get": "retrieve", "post": "partial_update", "delete": "destroy"})

urlpatterns = [
    path(prefix + route, view)
    for prefix in ("ching/v1/", "v1/", "api/v2/")
    for route, view in (("customers", _many), ("customers/<str:public_id>", _one))
]
