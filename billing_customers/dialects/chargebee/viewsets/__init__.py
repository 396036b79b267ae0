from billing_customers.dialects.chargebee.viewsets.base import UnknownRoute
from billing_customers.dialects.chargebee.viewsets.configurations import ConfigurationViewSet
from billing_customers.dialects.chargebee.viewsets.contacts import ContactViewSet
from billing_customers.dialects.chargebee.viewsets.customers import CustomerViewSet
from billing_customers.dialects.chargebee.viewsets.events import EVENT_SORTS, EventViewSet
from billing_customers.dialects.chargebee.viewsets.webhooks import WebhookEndpointViewSet

__all__ = [
    "EVENT_SORTS",
    "ConfigurationViewSet",
    "ContactViewSet",
    "CustomerViewSet",
    "EventViewSet",
    "UnknownRoute",
    "WebhookEndpointViewSet",
]
