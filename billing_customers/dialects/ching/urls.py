"""CHING's routes. Mount them at ``ching/v1/`` and, as the contract's page writes them, at ``v1/``."""

from django.urls import path, re_path

from billing_customers.dialects.ching.viewsets import CustomerViewSet, UnknownRoute

urlpatterns = [
    path("customers", CustomerViewSet.as_view({"get": "list", "post": "create"})),
    path("customers/upsert", CustomerViewSet.as_view({"post": "upsert"})),
    path(
        "customers/<str:public_id>",
        CustomerViewSet.as_view({"get": "retrieve", "post": "update", "delete": "destroy"}),
    ),
    # Any character, line feeds too; not (?s:.*), which breaks reverse() for the whole host.
    re_path(r"^[\s\S]*\Z", UnknownRoute.as_view(dict.fromkeys(("get", "post", "delete"), "unknown_route"))),
]
