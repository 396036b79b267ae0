from billing_customers.dialects.chargebee.viewsets.base import UnknownRoute
from billing_customers.dialects.chargebee.viewsets.collecting import CollectingViewSet
from billing_customers.dialects.chargebee.viewsets.configurations import ConfigurationViewSet
from billing_customers.dialects.chargebee.viewsets.contacts import ContactViewSet
from billing_customers.dialects.chargebee.viewsets.credits import CustomerCreditViewSet, PromotionalCreditViewSet
from billing_customers.dialects.chargebee.viewsets.customers import CustomerViewSet
from billing_customers.dialects.chargebee.viewsets.documents import InvoiceViewSet, SubscriptionViewSet
from billing_customers.dialects.chargebee.viewsets.events import EVENT_SORTS, EventViewSet
from billing_customers.dialects.chargebee.viewsets.hierarchy import HierarchyViewSet
from billing_customers.dialects.chargebee.viewsets.merging import MergeViewSet
from billing_customers.dialects.chargebee.viewsets.moves import ResourceMigrationViewSet
from billing_customers.dialects.chargebee.viewsets.outlook import OutlookViewSet
from billing_customers.dialects.chargebee.viewsets.payment_sources import CardViewSet, PaymentSourceViewSet
from billing_customers.dialects.chargebee.viewsets.transactions import TransactionViewSet
from billing_customers.dialects.chargebee.viewsets.webhooks import WebhookEndpointViewSet

__all__ = [
    "EVENT_SORTS",
    "CardViewSet",
    "CollectingViewSet",
    "ConfigurationViewSet",
    "ContactViewSet",
    "CustomerCreditViewSet",
    "CustomerViewSet",
    "EventViewSet",
    "HierarchyViewSet",
    "InvoiceViewSet",
    "MergeViewSet",
    "OutlookViewSet",
    "PaymentSourceViewSet",
    "PromotionalCreditViewSet",
    "ResourceMigrationViewSet",
    "SubscriptionViewSet",
    "TransactionViewSet",
    "UnknownRoute",
    "WebhookEndpointViewSet",
]
