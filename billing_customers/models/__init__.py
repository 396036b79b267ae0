"""Data: fields, constraints and querysets. No rule of the domain lives here."""

from billing_customers.models.api_key import ApiKey
from billing_customers.models.contact import Contact
from billing_customers.models.customer import Customer, CustomerAlias
from billing_customers.models.customer_user import CustomerUser
from billing_customers.models.delivery import Delivery, DeliveryAttempt, Lane
from billing_customers.models.documents import CreditNote, Invoice, Subscription, UnbilledCharge
from billing_customers.models.erasure import ErasureCertificate
from billing_customers.models.event import Event, EventClock
from billing_customers.models.gateway import GatewayAccount, TestGatewayCharge
from billing_customers.models.idempotency import IdempotencyRecord
from billing_customers.models.job import Job
from billing_customers.models.ledger import Balance, LedgerEntry
from billing_customers.models.lookups import Prefix
from billing_customers.models.merge import CustomerMerge
from billing_customers.models.move import MigrationStatus, MoveAllowance, ResourceMigration
from billing_customers.models.payment_source import PaymentSource
from billing_customers.models.relationship import Relationship
from billing_customers.models.site import BillingSite, SiteLock
from billing_customers.models.transaction import Allocation, Transaction
from billing_customers.models.webhook import WebhookEndpoint, WebhookSecret

__all__ = [
    "Allocation",
    "ApiKey",
    "Balance",
    "BillingSite",
    "Contact",
    "CreditNote",
    "Customer",
    "CustomerAlias",
    "CustomerMerge",
    "CustomerUser",
    "Delivery",
    "DeliveryAttempt",
    "ErasureCertificate",
    "Event",
    "EventClock",
    "GatewayAccount",
    "IdempotencyRecord",
    "Invoice",
    "Job",
    "Lane",
    "LedgerEntry",
    "MigrationStatus",
    "MoveAllowance",
    "PaymentSource",
    "Prefix",
    "Relationship",
    "ResourceMigration",
    "SiteLock",
    "Subscription",
    "TestGatewayCharge",
    "Transaction",
    "UnbilledCharge",
    "WebhookEndpoint",
    "WebhookSecret",
]
