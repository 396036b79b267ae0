"""CHING's routes. Mount them at ``ching/v1/`` and, as the contract's page writes them, at ``v1/``."""

from django.urls import path, re_path

from billing_customers.dialects.ching.viewsets import (
    CustomerViewSet,
    PaymentMethodViewSet,
    UnknownRoute,
    WebhookViewSet,
)

urlpatterns = [
    path("customers", CustomerViewSet.as_view({"get": "list", "post": "create"})),
    path("customers/upsert", CustomerViewSet.as_view({"post": "upsert"})),
    path(
        "customers/<str:public_id>",
        CustomerViewSet.as_view({"get": "retrieve", "post": "update", "delete": "destroy"}),
    ),
    path("customers/<str:public_id>/payment_methods", PaymentMethodViewSet.as_view({"get": "list"})),
    path("customers/<str:public_id>/payment_methods/inactive", PaymentMethodViewSet.as_view({"get": "list_inactive"})),
    path("payment_methods/test-card", PaymentMethodViewSet.as_view({"post": "attach_test_card"})),
    path("payment_methods/<str:public_id>", PaymentMethodViewSet.as_view({"get": "retrieve"})),
    path("webhooks", WebhookViewSet.as_view({"get": "list", "post": "create"})),
    path("webhooks/<str:number>", WebhookViewSet.as_view({"delete": "destroy"})),
    path("webhooks/<str:number>/rotate_secret", WebhookViewSet.as_view({"post": "rotate_secret"})),
    path("webhooks/<str:number>/ping", WebhookViewSet.as_view({"post": "ping"})),
    # Any character, line feeds too; not (?s:.*), which breaks reverse() for the whole host.
    re_path(r"^[\s\S]*\Z", UnknownRoute.as_view(dict.fromkeys(("get", "post", "delete"), "unknown_route"))),
]
