from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ModelViewSet

from billing_customers.ids import new_customer_id
from billing_customers.models import BillingSite
from tests.benchmarks.baseline.models import PlainCustomer
from tests.benchmarks.baseline.serializers import CustomerSerializer, SlimCustomerSerializer

# Query parameter -> column. The e-mail is compared in the column that has the index.
FILTERS = {
    "first_name": "first_name",
    "last_name": "last_name",
    "email": "email_key",
    "company": "company",
    "phone": "phone",
}
IDENTIFIERS = {"email": "email_key", "taxId": "tax_id_key", "phone": "phone_e164"}


class ByCreation(CursorPagination):
    """The cheapest of the stock paginators: it counts nothing and skips nothing."""

    ordering = ("created_at", "id")
    page_size = 10
    max_page_size = 100
    page_size_query_param = "limit"


class CustomerViewSet(ModelViewSet):  # type: ignore[type-arg]
    serializer_class: type[BaseSerializer[Any]] = CustomerSerializer
    pagination_class = ByCreation
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        customers = PlainCustomer.objects.filter(is_live=True).prefetch_related("contacts")
        given = self.request.query_params
        return customers.filter(**{column: given[name] for name, column in FILTERS.items() if name in given})

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        now = timezone.now()
        serializer.save(
            site_id=BillingSite.objects.values_list("pk", flat=True)[0],
            public_id=new_customer_id(),
            preferred_currency_code="USD",
            created_at=now,
            updated_at=now,
            **_derived(serializer),
        )

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        serializer.save(updated_at=timezone.now(), **_derived(serializer))

    @action(detail=False, methods=["post"])
    def upsert(self, request: Request) -> Response:
        data: Any = request.data
        key = {IDENTIFIERS[data["identifyBy"]]: data[data["identifyBy"]]}
        known = PlainCustomer.objects.filter(is_live=True, **key).order_by("-created_at").first()
        serializer = self.get_serializer(known, data=data, partial=known is not None)
        serializer.is_valid(raise_exception=True)
        if known is None:
            self.perform_create(serializer)
        else:
            self.perform_update(serializer)
        return Response(serializer.data)


class SlimCustomerViewSet(CustomerViewSet):
    serializer_class = SlimCustomerSerializer

    def get_queryset(self) -> Any:
        return super().get_queryset().prefetch_related(None)


def _derived(serializer: BaseSerializer[Any]) -> dict[str, Any]:
    columns: dict[str, Any] = {"resource_version": int(timezone.now().timestamp() * 1000)}
    if "email" in serializer.validated_data:
        columns["email_key"] = serializer.validated_data["email"].lower()
    return columns
