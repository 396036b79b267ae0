"""Back office: forms and actions that call operations. Nothing here writes a row of this package by itself."""

from billing_customers.admin.api_keys import ApiKeyAdmin
from billing_customers.admin.certificates import ErasureCertificateAdmin
from billing_customers.admin.customers import CustomerAdmin
from billing_customers.admin.deliveries import DeliveryAdmin
from billing_customers.admin.documents import InvoiceAdmin, SubscriptionAdmin
from billing_customers.admin.events import EventAdmin
from billing_customers.admin.gateway_accounts import GatewayAccountAdmin
from billing_customers.admin.jobs import JobAdmin
from billing_customers.admin.ledger_entries import LedgerEntryAdmin
from billing_customers.admin.merges import CustomerMergeAdmin
from billing_customers.admin.payment_sources import PaymentSourceAdmin
from billing_customers.admin.sites import SiteAdmin
from billing_customers.admin.transactions import TransactionAdmin
from billing_customers.admin.webhook_endpoints import WebhookEndpointAdmin

__all__ = [
    "ApiKeyAdmin",
    "CustomerAdmin",
    "CustomerMergeAdmin",
    "DeliveryAdmin",
    "ErasureCertificateAdmin",
    "EventAdmin",
    "GatewayAccountAdmin",
    "InvoiceAdmin",
    "JobAdmin",
    "LedgerEntryAdmin",
    "PaymentSourceAdmin",
    "SiteAdmin",
    "SubscriptionAdmin",
    "TransactionAdmin",
    "WebhookEndpointAdmin",
]
