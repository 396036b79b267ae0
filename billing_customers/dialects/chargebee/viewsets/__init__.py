from billing_customers.dialects.chargebee.viewsets.base import UnknownRoute
from billing_customers.dialects.chargebee.viewsets.configurations import ConfigurationViewSet
from billing_customers.dialects.chargebee.viewsets.contacts import ContactViewSet
from billing_customers.dialects.chargebee.viewsets.customers import CustomerViewSet

__all__ = ["ConfigurationViewSet", "ContactViewSet", "CustomerViewSet", "UnknownRoute"]
