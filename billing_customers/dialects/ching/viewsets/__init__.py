from billing_customers.dialects.ching.viewsets.base import UnknownRoute
from billing_customers.dialects.ching.viewsets.customers import LIST_LIMIT, CustomerViewSet
from billing_customers.dialects.ching.viewsets.payment_methods import PaymentMethodViewSet
from billing_customers.dialects.ching.viewsets.webhooks import WebhookViewSet

__all__ = ["LIST_LIMIT", "CustomerViewSet", "PaymentMethodViewSet", "UnknownRoute", "WebhookViewSet"]
