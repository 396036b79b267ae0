"""Chargebee's routes. Mount them at ``api/v2/``."""

from django.urls import path, re_path

from billing_customers.dialects.chargebee.viewsets import (
    ConfigurationViewSet,
    ContactViewSet,
    CustomerViewSet,
    EventViewSet,
    UnknownRoute,
    WebhookEndpointViewSet,
)

urlpatterns = [
    path("configurations", ConfigurationViewSet.as_view({"get": "list"})),
    path("customers", CustomerViewSet.as_view({"get": "list", "post": "create"})),
    path("customers/<str:public_id>", CustomerViewSet.as_view({"get": "retrieve", "post": "update"})),
    path("customers/<str:public_id>/update_billing_info", CustomerViewSet.as_view({"post": "update_billing_info"})),
    path("customers/<str:public_id>/change_billing_date", CustomerViewSet.as_view({"post": "change_billing_date"})),
    path("customers/<str:public_id>/contacts", ContactViewSet.as_view({"get": "list"})),
    path("customers/<str:public_id>/add_contact", ContactViewSet.as_view({"post": "add"})),
    path("customers/<str:public_id>/update_contact", ContactViewSet.as_view({"post": "update"})),
    path("customers/<str:public_id>/delete_contact", ContactViewSet.as_view({"post": "delete_contact"})),
    path("events", EventViewSet.as_view({"get": "list"})),
    path("events/<str:public_id>", EventViewSet.as_view({"get": "retrieve"})),
    path("webhook_endpoints", WebhookEndpointViewSet.as_view({"get": "list", "post": "create"})),
    path("webhook_endpoints/<str:public_id>", WebhookEndpointViewSet.as_view({"get": "retrieve", "post": "update"})),
    path("webhook_endpoints/<str:public_id>/delete", WebhookEndpointViewSet.as_view({"post": "delete_endpoint"})),
    path("webhook_endpoints/<str:public_id>/rotate_secret", WebhookEndpointViewSet.as_view({"post": "rotate_secret"})),
    path("webhook_endpoints/<str:public_id>/ping", WebhookEndpointViewSet.as_view({"post": "ping"})),
    # Any character, line feeds too; not (?s:.*), which breaks reverse() for the whole host.
    re_path(r"^[\s\S]*\Z", UnknownRoute.as_view(dict.fromkeys(("get", "post", "delete"), "unknown_route"))),
]
